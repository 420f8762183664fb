//! What these tests do and ask again and again.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp, Unit};
use kube::api::{Patch, PatchParams};
use mergeaudit::evidence::entry::{Acknowledgement, Body};
use mergeaudit::evidence::{Archive, Chain, ChainId, ChainState};
use mergeaudit_test_world::{LocalWorld, eventually};
use serde_json::{Value, json};

use crate::POLICY;

/// How long the operator may take for anything here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The chain of the policy and `acme`.
pub(crate) fn chain(world: &LocalWorld, policy: &Value) -> Result<Chain> {
    let organization_id = policy["status"]["organizations"][0]["id"].as_i64();
    let archive = Archive::open(&format!("file://{}", world.evidence().display()))?;
    Ok(archive.chain(&ChainId {
        namespace: world.namespace.clone(),
        policy: POLICY.to_owned(),
        organization_id: organization_id.context("the organization's id")?,
    }))
}

/// The chain's state, every link and digest checked.
pub(crate) async fn replay(chain: &Chain) -> Result<ChainState> {
    chain.replay().await?.context("there is no chain")
}

/// What every entry of the chain says.
pub(crate) async fn bodies(chain: &Chain) -> Result<Vec<Body>> {
    let mut bodies = Vec::new();
    while let Some(stored) = chain.read(bodies.len() as u64).await? {
        bodies.push(stored.entry.body);
    }
    Ok(bodies)
}

/// Every acknowledgement that the chain holds, in its order.
pub(crate) async fn acknowledgements(chain: &Chain) -> Result<Vec<Acknowledgement>> {
    let said = bodies(chain).await?.into_iter();
    let said = said.filter_map(|body| match body {
        Body::Acknowledgement(said) => Some(said),
        _ => None,
    });
    Ok(said.collect())
}

/// What a person writes: an accepted risk, with an end or without.
pub(crate) fn acceptance(reason: &str, until: Option<Timestamp>) -> Value {
    json!({
        "disposition": "AcceptedRisk", "reason": reason, "acknowledgedBy": "carol@example.com",
        // Null takes an earlier end away.
        "expirationTime": until.map(|until| until.to_string()),
    })
}

/// As `kubectl patch --type=merge` does.
pub(crate) async fn acknowledge(world: &LocalWorld, finding: &str, said: &Value) -> Result<()> {
    let patch = Patch::Merge(json!({"spec": {"acknowledgement": said}}));
    let parameters = PatchParams {
        field_manager: Some("kubectl-patch".to_owned()),
        ..PatchParams::default()
    };
    let findings = world.findings_api();
    let patched = findings.patch(finding, &parameters, &patch).await;
    patched.map(drop).context("acknowledging")
}

/// The finding's name.
pub(crate) fn name(finding: &Value) -> &str {
    finding["metadata"]["name"].as_str().unwrap_or_default()
}

/// Waits until a finding is in that state, and returns it.
pub(crate) async fn wait_for_state(
    world: &LocalWorld,
    finding: &str,
    state: &str,
) -> Result<Value> {
    let what = format!("{finding} to be {state}");
    let found = eventually(&what, PATIENCE, async || {
        let found = world.findings_api().get(finding).await?;
        let found = serde_json::to_value(found)?;
        ensure!(found["status"]["state"] == state, "{:#}", found["status"]);
        Ok(found)
    });
    found
        .await
        .map_err(|error| error.context(world.operator.log_tail()))
}

/// Waits until as many findings page.
pub(crate) async fn wait_for_pages(world: &LocalWorld, count: usize) -> Result<()> {
    eventually("the pages", PATIENCE, async || {
        let metrics = world.operator.metrics().await?;
        let paging = metrics.series("mergeaudit_finding_open", &[]).count();
        ensure!(paging == count, "{paging} findings page instead of {count}");
        Ok(())
    })
    .await
}

/// Waits until the policy counts its findings like this.
pub(crate) async fn wait_for_counts(world: &LocalWorld, counts: Value) -> Result<Value> {
    let what = format!("the findings to be {counts}");
    world
        .wait_for_policy(POLICY, &what, |policy| {
            policy["status"]["findings"] == counts
        })
        .await
}

/// Somebody approves a merged pull request now, on the head that was merged.
pub(crate) fn approve_late(
    world: &LocalWorld,
    repository: &str,
    number: u64,
    login: &str,
) -> Result<()> {
    let now = world.github.now();
    let change = ("acme", repository, number);
    let approved = world.github.world().approve(change, login, now);
    approved.context("the pull request")
}

/// Now.
pub(crate) fn now() -> Timestamp {
    mergeaudit::clock::Clock::System.now()
}

/// A whole second, as Kubernetes keeps times.
pub(crate) fn in_seconds(seconds: i64) -> Timestamp {
    let time = now() + SignedDuration::from_secs(seconds);
    time.round(Unit::Second).unwrap_or(time)
}

/// What metrics say of policies and findings, without the times of scans.
pub(crate) async fn domain_series(world: &LocalWorld) -> Result<Vec<String>> {
    const DOMAIN: [&str; 4] = [
        "mergeaudit_noncompliant_merges_total",
        "mergeaudit_finding_open",
        "mergeaudit_findings",
        "mergeaudit_changes_audited_total",
    ];
    let metrics = world.operator.metrics().await?;
    let series = DOMAIN
        .iter()
        .flat_map(|name| metrics.series(name, &[]).collect::<Vec<_>>());
    let mut series: Vec<String> = series.map(|series| format!("{series:?}")).collect();
    series.sort();
    ensure!(!series.is_empty(), "there are no series");
    Ok(series)
}
