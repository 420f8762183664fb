//! Everything that the cluster knows of a policy is deleted, one after the other, and comes back equal from the archive.

use anyhow::{Context as _, Result, ensure};
use jiff::SignedDuration;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use mergeaudit::evidence::entry::Body;
use mergeaudit_test_world::{LocalWorld, TOKEN, eventually};
use serde_json::{Value, json};

use crate::story::{self, PATIENCE, acceptance, acknowledge, in_seconds, name, wait_for_state};
use crate::{POLICY, PROGRAM};

/// What is to come back.
#[derive(Debug, PartialEq)]
pub(crate) struct Picture {
    /// Specs, labels and states, by name.
    pub(crate) findings: Vec<Value>,
    /// Totals and counts of findings.
    pub(crate) policy: Value,
    series: Vec<String>,
}

#[tokio::test]
async fn acknowledged_reviewed_retired_and_withheld_findings_come_back_equal() -> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    // GitHub's clock is three days behind, so that what is reviewed now was closed three days ago.
    world
        .github
        .set_clock_offset(SignedDuration::from_hours(-72));
    world.apply(&policy(&world)).await?;
    world.scan(POLICY).await?;
    live(&world).await?;
    let before = picture(&world).await?;
    check(&before);
    let before_policy = world.policy_now(POLICY).await?;

    let policy = policy(&world);
    come_back_whatever_is_deleted(&mut world, &before, &policy).await?;
    assert_decided_once(&world, &before_policy).await
}

#[tokio::test]
async fn findings_come_back_to_another_process_though_github_does_not_answer() -> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    world.scan(POLICY).await?;
    wait_for_findings(&world, 1).await?;
    let before = picture(&world).await?;
    ensure!(world.github.revoke(TOKEN));
    world.operator.kill();
    delete_findings(&world).await?;
    world.free_lease().await?;
    world.operator.restart().await?;
    come_back(&world, &before, "with a revoked token").await?;

    world.operator.kill();
    world.kubectl(&["delete", "secret", "github"]).await?;
    delete_findings(&world).await?;
    world.free_lease().await?;
    world.operator.restart().await?;
    come_back(&world, &before, "without a token").await
}

/// Three findings may be open at once, and a closed one stays for a day.
fn policy(world: &LocalWorld) -> Value {
    let mut policy = world.policy(POLICY);
    policy["spec"]["findings"] = json!({"maxOpen": 3, "retentionDays": 1});
    policy
}

/// One is retired, three are acknowledged, one of them for a term, one is reviewed, two are open, and two are withheld: what is
/// acknowledged for a term holds its place.
async fn live(world: &LocalWorld) -> Result<()> {
    let retired = world.merge_unreviewed("payments", "Retired").await?;
    world.scan(POLICY).await?;
    ensure!(world.findings(POLICY).await?.len() == 1);
    story::approve_late(world, "payments", retired, "bob")?;
    world.scan(POLICY).await?;
    eventually("the finding to be retired", PATIENCE, async || {
        let findings = world.findings(POLICY).await?;
        ensure!(findings.is_empty(), "{findings:#?}");
        Ok(())
    })
    .await
    .map_err(|error| error.context(world.operator.log_tail()))?;

    world.github.set_clock_offset(SignedDuration::ZERO);
    let mut numbers = Vec::new();
    for title in ["A", "B", "C", "D", "E", "F", "G", "H"] {
        numbers.push(world.merge_unreviewed("payments", title).await?);
    }
    world.scan(POLICY).await?;
    wait_for_findings(world, 3).await?;
    let published = world.findings(POLICY).await?;
    let terms = [None, Some(in_seconds(86_400)), None];
    for (finding, until) in published.iter().zip(terms) {
        acknowledge(world, name(finding), &acceptance("known", until)).await?;
        wait_for_state(world, name(finding), "Acknowledged").await?;
    }
    wait_for_findings(world, 5).await?;
    story::approve_late(world, "payments", numbers[3], "bob")?;
    world.scan(POLICY).await?;
    wait_for_findings(world, 6).await
}

pub(crate) async fn wait_for_findings(world: &LocalWorld, count: usize) -> Result<()> {
    let what = format!("{count} findings");
    let found = eventually(&what, PATIENCE, async || {
        let findings = world.findings(POLICY).await?;
        ensure!(findings.len() == count, "there are {}", findings.len());
        Ok(())
    });
    found
        .await
        .map_err(|error| error.context(world.operator.log_tail()))
}

pub(crate) async fn picture(world: &LocalWorld) -> Result<Picture> {
    let policy = world.policy_now(POLICY).await?;
    let findings = world.findings(POLICY).await?.into_iter();
    let essence = |finding: Value| {
        json!({
            "name": finding["metadata"]["name"], "labels": finding["metadata"]["labels"],
            "spec": finding["spec"], "status": finding["status"],
        })
    };
    let status = &policy["status"];
    Ok(Picture {
        findings: findings.map(essence).collect(),
        policy: json!({"totals": status["totals"], "findings": status["findings"]}),
        series: story::domain_series(world).await?,
    })
}

fn check(picture: &Picture) {
    let states: Vec<&str> = picture
        .findings
        .iter()
        .filter_map(|finding| finding["status"]["state"].as_str())
        .collect();
    assert_eq!(
        states,
        [
            "Acknowledged",
            "Acknowledged",
            "Acknowledged",
            "Reviewed",
            "Open",
            "Open"
        ]
    );
    assert_eq!(
        picture.policy["findings"],
        json!({"open": 2, "undetermined": 0, "withheld": 2, "baseline": 0})
    );
    assert_eq!(picture.policy["totals"]["changes"], 9);
}

pub(crate) async fn come_back(world: &LocalWorld, before: &Picture, when: &str) -> Result<()> {
    let what = format!("everything to come back {when}");
    let back = eventually(&what, PATIENCE, async || {
        let now = picture(world).await?;
        ensure!(now == *before, "it is {now:#?}\ninstead of {before:#?}");
        Ok(())
    });
    back.await
        .map_err(|error| error.context(world.operator.log_tail()))
}

/// Deletes status, findings and policy, one after the other, under a running operator and before another one starts.
pub(crate) async fn come_back_whatever_is_deleted(
    world: &mut LocalWorld,
    before: &Picture,
    policy: &Value,
) -> Result<()> {
    delete_status(world).await?;
    come_back(world, before, "after the status was deleted").await?;
    delete_findings(world).await?;
    come_back(world, before, "after the findings were deleted").await?;

    world.operator.kill();
    delete_findings(world).await?;
    delete_status(world).await?;
    world.free_lease().await?;
    world.operator.restart().await?;
    come_back(world, before, "to another process").await?;

    delete_policy(world).await?;
    delete_findings(world).await?;
    world.apply(policy).await?;
    come_back(world, before, "after the policy was deleted").await?;
    world.scan(POLICY).await?;
    come_back(world, before, "after one more scan").await
}

pub(crate) async fn delete_status(world: &LocalWorld) -> Result<()> {
    let patch = Patch::Merge(json!({"status": null}));
    let parameters = PatchParams::default();
    let policies = world.policies();
    let deleted = policies.patch_status(POLICY, &parameters, &patch).await;
    deleted.map(drop).context("deleting the status")
}

pub(crate) async fn delete_findings(world: &LocalWorld) -> Result<()> {
    let findings = world.findings_api();
    let all = ListParams::default();
    let deleted = findings
        .delete_collection(&DeleteParams::default(), &all)
        .await;
    deleted.map(drop).context("deleting all findings")
}

pub(crate) async fn delete_policy(world: &LocalWorld) -> Result<()> {
    let policies = world.policies();
    policies.delete(POLICY, &DeleteParams::default()).await?;
    eventually("the policy to be gone", PATIENCE, async || {
        let policy = policies.get_opt(POLICY).await?;
        ensure!(policy.is_none(), "it is there");
        Ok(())
    })
    .await
}

/// Nothing that was rebuilt was decided again.
async fn assert_decided_once(world: &LocalWorld, policy: &Value) -> Result<()> {
    let chain = story::chain(world, policy)?;
    let bodies = story::bodies(&chain).await?;
    let count = |is: fn(&Body) -> bool| bodies.iter().filter(|body| is(body)).count();
    assert_eq!(count(|body| matches!(body, Body::Acknowledgement(_))), 3);
    assert_eq!(count(|body| matches!(body, Body::Review(_))), 2);
    assert_eq!(count(|body| matches!(body, Body::Retirement(_))), 1);
    let state = story::replay(&chain).await?;
    assert_eq!((state.duplicates, state.unmatched_decisions), (0, 0));
    Ok(())
}
