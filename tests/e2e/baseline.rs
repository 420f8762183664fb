//! What landed before auditing began.

use anyhow::Result;
use jiff::SignedDuration;
use mergeaudit_test_github::{World, now};
use mergeaudit_test_world::{Setup, TOKEN, condition};
use serde_json::json;

use crate::{POLICY, PROGRAM};

#[tokio::test]
async fn what_was_merged_before_the_policy_is_baseline_and_never_pages() -> Result<()> {
    let world = Setup::new(PROGRAM).github(history()).start().await?;
    world.apply(&world.policy(POLICY)).await?;
    let policy = world.scan(POLICY).await?;

    let findings = world.findings(POLICY).await?;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["status"]["state"], "Baseline");
    assert_eq!(findings[0]["spec"]["severity"], "Critical");
    let status = &policy["status"];
    assert_eq!(status["totals"]["changes"], 2);
    assert_eq!(status["totals"]["baseline"], 1);
    assert_eq!(status["totals"]["nonCompliant"], json!(null));
    assert_eq!(
        status["findings"],
        json!({"open": 0, "undetermined": 0, "withheld": 0, "baseline": 1})
    );
    assert_eq!(
        condition(&policy, "Compliant"),
        Some(("True", "NoFindings"))
    );
    let metrics = world.operator.metrics().await?;
    assert_eq!(
        metrics.metric("mergeaudit_noncompliant_merges_total", &[]),
        Some(0.0)
    );
    assert_eq!(metrics.metric("mergeaudit_finding_open", &[]), None);
    let audited =
        |verdict| metrics.metric("mergeaudit_changes_audited_total", &[("verdict", verdict)]);
    assert_eq!(audited("baseline"), Some(1.0));
    assert_eq!(audited("compliant"), Some(1.0));
    assert!(!world.operator.log().contains("is non-compliant!"));
    Ok(())
}

/// One reviewed and one unreviewed merge of the last hours, within the first window.
fn history() -> World {
    let mut world = World::new(2);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    let _ = payments
        .merged_pull_request("Long ago")
        .author("alice")
        .merged_at(now() - SignedDuration::from_hours(5))
        .non_compliant(&["ApprovalMissing"]);
    let _ = payments
        .merged_pull_request("And reviewed")
        .author("alice")
        .approved_by("bob")
        .merged_at(now() - SignedDuration::from_hours(2))
        .compliant();
    world.token(TOKEN).organization("acme");
    world
}
