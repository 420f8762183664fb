//! One organization that fails, beside one that does not.

use anyhow::Result;
use mergeaudit_test_github::{World, tokens::Access};
use mergeaudit_test_world::{LocalWorld, TOKEN, condition};
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::seen::{assert_names, assert_unseen, debt, message, organization, wait_for};

/// Founds an organization with one repository and lets the token see it.
fn found(github: &mut World, name: &str) {
    let mut organization = github.organization(name);
    let _ = organization.repository("tools").writers(&["alice", "bob"]);
    github.tokens[0].access.push(Access {
        organization: name.to_owned(),
        repositories: None,
        administrator: false,
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_organization_is_named_and_the_other_one_is_scanned() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let mut policy = world.policy("soc2");
    policy["spec"]["organizations"] = json!([{"name": "gone"}, {"name": "acme"}]);
    world.apply(&policy).await?;
    wait_for(&world, "soc2", "Ready", ("False", "PartiallyFailed")).await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    let policy = world.scan("soc2").await?;

    assert_eq!(
        condition(&policy, "Ready"),
        Some(("False", "PartiallyFailed")),
        "{policy:#}"
    );
    assert_names(
        &message(&policy, "Ready"),
        &["organization gone", "check the name"],
    );
    assert!(
        !message(&policy, "Ready").contains("acme"),
        "only what failed is named"
    );
    assert_names(
        &debt(&policy, "gone"),
        &["OrganizationNotFound", "organization gone"],
    );
    assert_eq!(
        organization(&policy, "gone")["debts"][0]["since"],
        policy["metadata"]["creationTimestamp"]
    );
    assert_eq!(debt(&policy, "acme"), "");
    assert!(
        organization(&policy, "acme")["lastCheckedTime"].is_string(),
        "{policy:#}"
    );
    assert_eq!(
        policy["status"]["lastCheckedTime"],
        Value::Null,
        "not everything in scope is audited"
    );
    assert_ne!(
        condition(&policy, "Compliant").map(|(status, _)| status),
        Some("True")
    );
    let findings = world.findings("soc2").await?;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["spec"]["change"]["number"], number);
    // Alerts see it as well: no success, and since when there ought to be one.
    let metrics = world.operator.metrics().await?;
    let gone = [("policy", "soc2"), ("organization", "gone")];
    assert_eq!(
        metrics.metric("mergeaudit_last_success_timestamp_seconds", &gone),
        None
    );
    assert!(
        metrics
            .metric("mergeaudit_audited_since_timestamp_seconds", &gone)
            .is_some()
    );
    let counted = |result: &str| metrics.metric("mergeaudit_scans_total", &[("result", result)]);
    assert_eq!(counted("succeeded"), Some(1.0));
    assert_unseen(&world, &[TOKEN]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_comes_to_be_seen_is_taken_up_without_a_restart() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let mut policy = world.policy("soc2");
    policy["spec"]["organizations"] = json!([{"name": "acme"}, {"name": "beta"}]);
    world.apply(&policy).await?;
    wait_for(&world, "soc2", "Ready", ("False", "PartiallyFailed")).await?;
    found(&mut world.github.world(), "beta");
    let policy = world.scan("soc2").await?;
    assert_eq!(
        condition(&policy, "Ready"),
        Some(("True", "Succeeded")),
        "{policy:#}"
    );
    assert_eq!(
        condition(&policy, "Compliant"),
        Some(("True", "NoFindings"))
    );
    assert!(policy["status"]["lastCheckedTime"].is_string());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn globs_that_match_no_repository_are_not_taken_for_compliance() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let mut policy = world.policy("soc2");
    policy["spec"]["organizations"] =
        json!([{"name": "acme", "repositories": {"include": ["paymnets"]}}]);
    world.apply(&policy).await?;
    wait_for(&world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    let policy = world.scan("soc2").await?;
    assert_eq!(condition(&policy, "Ready"), Some(("True", "Succeeded")));
    assert_eq!(
        condition(&policy, "Compliant"),
        Some(("Unknown", "NothingAudited"))
    );
    assert_eq!(
        condition(&policy, "CoverageComplete"),
        Some(("False", "NothingAudited"))
    );
    assert_names(
        &message(&policy, "CoverageComplete"),
        &["organization acme", "all 2 repositories", "include"],
    );
    Ok(())
}
