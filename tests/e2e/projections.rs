//! Findings, status and metrics are projections of the archive: deleted, or asked of another process, they come back equal.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kube::api::{DeleteParams, Patch, PatchParams};
use mergeaudit_test_world::{LocalWorld, eventually};
use serde_json::{Value, json};

use crate::{POLICY, PROGRAM, archive};

const PATIENCE: Duration = Duration::from_secs(30);

/// Metrics that are computed from the archive's projections.
const DOMAIN: [&str; 5] = [
    "mergeaudit_noncompliant_merges_total",
    "mergeaudit_finding_open",
    "mergeaudit_findings",
    "mergeaudit_changes_audited_total",
    "mergeaudit_last_success_timestamp_seconds",
];

/// A world with one finding, and one compliant change.
async fn audited() -> Result<(LocalWorld, Value)> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    world.merge_reviewed("ledger", "Close books in UTC").await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    let policy = world.scan(POLICY).await?;
    Ok((world, policy))
}

#[tokio::test]
async fn a_deleted_finding_comes_back_equal() -> Result<()> {
    let (world, policy) = audited().await?;
    let before = world.findings(POLICY).await?;
    ensure!(before.len() == 1, "{before:#?}");
    let name = before[0]["metadata"]["name"].as_str().context("a name")?;
    // More than once: the watch that wakes the operator and the one that fills its cache see the deletion at different times.
    for _ in 0..5 {
        let uid = world.findings_api().get(name).await?.metadata.uid;
        world
            .findings_api()
            .delete(name, &DeleteParams::default())
            .await?;
        let back = eventually("the finding to come back", PATIENCE, async || {
            let back = world.findings_api().get(name).await?;
            ensure!(back.metadata.uid != uid, "it is not deleted yet");
            let back = serde_json::to_value(back)?;
            ensure!(back["status"] == before[0]["status"], "{back:#}");
            Ok(back)
        });
        let back = back
            .await
            .map_err(|error| error.context(world.operator.log_tail()))?;
        assert_eq!(back["spec"], before[0]["spec"]);
        assert_eq!(back["metadata"]["labels"], before[0]["metadata"]["labels"]);
    }
    let after = world.policy_now(POLICY).await?;
    assert_eq!(after["status"]["totals"], policy["status"]["totals"]);
    Ok(())
}

#[tokio::test]
async fn a_deleted_status_comes_back_equal_even_to_an_operator_that_did_not_see_it() -> Result<()> {
    let (mut world, before) = audited().await?;
    delete_status(&world).await?;
    let back = world
        .wait_for_policy(POLICY, "the status to come back", has_totals)
        .await?;
    assert_eq!(timeless(&back), timeless(&before));

    world.operator.kill();
    delete_status(&world).await?;
    ensure!(!has_totals(&world.policy_now(POLICY).await?));
    world.free_lease().await?;
    world.operator.restart().await?;
    let back = world
        .wait_for_policy(POLICY, "the status to come back", has_totals)
        .await?;
    assert_eq!(timeless(&back), timeless(&before));
    Ok(())
}

#[tokio::test]
async fn a_policy_that_is_deleted_and_created_again_continues_its_chain() -> Result<()> {
    let (world, before) = audited().await?;
    let findings = world.findings(POLICY).await?;
    world
        .policies()
        .delete(POLICY, &DeleteParams::default())
        .await?;
    eventually("the policy to be gone", PATIENCE, async || {
        let policy = world.policies().get_opt(POLICY).await?;
        ensure!(policy.is_none(), "it is there");
        Ok(())
    })
    .await?;
    // Findings outlive their policy.
    assert_eq!(world.findings(POLICY).await?, findings);

    world.apply(&world.policy(POLICY)).await?;
    let after = world.scan(POLICY).await?;
    assert_eq!(world.findings(POLICY).await?, findings);
    assert_eq!(after["status"]["totals"], before["status"]["totals"]);
    let entry = |policy: &Value| policy["status"]["organizations"][0]["entry"].clone();
    assert_eq!(entry(&after)["genesis"], entry(&before)["genesis"]);
    assert!(entry(&after)["sequence"].as_u64() > entry(&before)["sequence"].as_u64());
    assert_eq!(archive::replay(&world, &after).await?.duplicates, 0);
    Ok(())
}

#[tokio::test]
async fn a_restart_changes_no_finding_no_status_and_no_series() -> Result<()> {
    let (mut world, before) = audited().await?;
    let findings = world.findings(POLICY).await?;
    let series = domain_series(&world).await?;
    let ended = world.operator.terminate().await?;
    ensure!(ended.success(), "{ended}");
    world.operator.restart().await?;
    // From the first scrape on: the figures are in the status, not in the process.
    assert_eq!(domain_series(&world).await?, series);
    let after = world.scan(POLICY).await?;
    assert_eq!(world.findings(POLICY).await?, findings);
    assert_eq!(after["status"]["totals"], before["status"]["totals"]);
    Ok(())
}

async fn domain_series(world: &LocalWorld) -> Result<Vec<String>> {
    let metrics = world.operator.metrics().await?;
    let series = DOMAIN
        .iter()
        .flat_map(|name| metrics.series(name, &[]).collect::<Vec<_>>());
    let mut series: Vec<String> = series.map(|series| format!("{series:?}")).collect();
    series.sort();
    ensure!(!series.is_empty(), "there are no series");
    Ok(series)
}

async fn delete_status(world: &LocalWorld) -> Result<()> {
    let patch = Patch::Merge(json!({"status": null}));
    let parameters = PatchParams::default();
    let deleted = world
        .policies()
        .patch_status(POLICY, &parameters, &patch)
        .await;
    deleted.map(drop).context("deleting the status")
}

fn has_totals(policy: &Value) -> bool {
    policy["status"]["totals"]["changes"] == 2 && policy["status"]["lastHandledRequest"] == "test-2"
}

/// A status without the times at which conditions changed, which nobody remembers, and without when the archive was last
/// verified, which happens beside the scans.
fn timeless(policy: &Value) -> Value {
    let mut status = policy["status"].clone();
    for condition in status["conditions"].as_array_mut().into_iter().flatten() {
        condition["lastTransitionTime"] = Value::Null;
    }
    let organizations = status["organizations"].as_array_mut();
    for organization in organizations.into_iter().flatten() {
        organization["archiveVerifiedTime"] = Value::Null;
    }
    status
}
