//! The thread: policy, scan, merge, scan, finding.

use anyhow::{Context as _, Result};
use mergeaudit_test_world::{LocalWorld, condition};
use serde_json::{Value, json};

use crate::{POLICY, PROGRAM, archive};

const COUNTER: &str = "mergeaudit_noncompliant_merges_total";

#[tokio::test]
async fn an_unreviewed_merge_becomes_one_finding_and_a_reviewed_one_none() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    let first = world.scan(POLICY).await?;
    assert_eq!(condition(&first, "Compliant"), Some(("True", "NoFindings")));
    assert_counter(&world, 0.0).await?;

    let _reviewed = world.merge_reviewed("payments", "Round to even").await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    let second = world.scan(POLICY).await?;

    let findings = world.findings(POLICY).await?;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_finding(&world, &findings[0], number);
    assert_status(&first, &second)?;
    assert_counter(&world, 1.0).await?;
    assert_paging(&world, &findings[0]).await?;
    let log = world.operator.log();
    let words = format!("acme/payments#{number} is non-compliant!");
    assert_eq!(log.matches(&words).count(), 1, "{log}");
    assert_events(&world).await?;

    // The same again finds nothing more.
    let third = world.scan(POLICY).await?;
    assert_eq!(world.findings(POLICY).await?, findings);
    assert_eq!(third["status"]["totals"], second["status"]["totals"]);
    assert_eq!(archive::replay(&world, &third).await?.duplicates, 0);
    Ok(())
}

fn assert_finding(world: &LocalWorld, finding: &Value, number: u64) {
    let change = &finding["spec"]["change"];
    assert_eq!(change["kind"], "PullRequest");
    assert_eq!(change["number"], number);
    assert_eq!(change["title"], "Hurry");
    assert_eq!(change["branch"], "main");
    assert_eq!(change["author"]["login"], "alice");
    assert_eq!(change["mergedBy"]["login"], "alice");
    let truth = world.github.world().truth.last().cloned();
    assert_eq!(
        change["mergeCommit"].as_str(),
        truth
            .as_ref()
            .and_then(|truth| truth.merge_commit.as_deref())
    );
    assert_eq!(finding["spec"]["policyName"], POLICY);
    assert_eq!(finding["spec"]["severity"], "Critical");
    assert_eq!(finding["spec"]["reasons"][0]["type"], "ApprovalMissing");
    assert_eq!(finding["spec"]["reasons"].as_array().map(Vec::len), Some(1));
    assert_eq!(finding["status"]["state"], "Open");
    let labels = json!({
        "mergeaudit.io/policy": POLICY,
        "mergeaudit.io/organization": "acme",
        "mergeaudit.io/repository": "payments",
    });
    assert_eq!(finding["metadata"]["labels"], labels);
    assert_eq!(finding["metadata"]["ownerReferences"], Value::Null);
}

fn assert_status(first: &Value, second: &Value) -> Result<()> {
    assert_eq!(condition(second, "Ready"), Some(("True", "Succeeded")));
    assert_eq!(
        condition(second, "Compliant"),
        Some(("False", "FindingsOpen"))
    );
    assert_eq!(
        condition(second, "CoverageComplete"),
        Some(("False", "PullRequestsOnly"))
    );
    assert_eq!(condition(second, "Stalled"), None);
    assert_eq!(condition(second, "Reconciling"), None);
    let status = &second["status"];
    assert_eq!(
        status["totals"],
        json!({
            "changes": 2, "compliant": 1, "exempt": 0, "baseline": 0,
            "nonCompliant": [{"kind": "PullRequest", "severity": "Critical", "count": 1}],
        })
    );
    assert_eq!(
        status["findings"],
        json!({"open": 1, "undetermined": 0, "withheld": 0, "baseline": 0})
    );
    assert_eq!(status["organizations"][0]["repositories"]["audited"], 2);
    let checked = |policy: &Value| {
        let time = policy["status"]["lastCheckedTime"].as_str();
        time.map(str::to_owned)
            .context("there is no lastCheckedTime")
    };
    // RFC 3339 in UTC with whole seconds sorts as text.
    assert!(checked(first)? < checked(second)?);
    Ok(())
}

async fn assert_counter(world: &LocalWorld, count: f64) -> Result<()> {
    let metrics = world.operator.metrics().await?;
    let labels = [
        ("policy_namespace", world.namespace.as_str()),
        ("policy", POLICY),
        ("organization", "acme"),
        ("kind", "pull_request"),
        ("severity", "critical"),
    ];
    assert_eq!(metrics.metric(COUNTER, &labels), Some(count));
    Ok(())
}

async fn assert_paging(world: &LocalWorld, finding: &Value) -> Result<()> {
    let metrics = world.operator.metrics().await?;
    let name = finding["metadata"]["name"].as_str().unwrap_or_default();
    let labels = [
        ("finding", name),
        ("repository", "payments"),
        ("severity", "critical"),
    ];
    assert_eq!(
        metrics.metric("mergeaudit_finding_open", &labels),
        Some(1.0)
    );
    assert_eq!(metrics.metric("mergeaudit_finding_open", &[]), Some(1.0));
    Ok(())
}

async fn assert_events(world: &LocalWorld) -> Result<()> {
    let wanted = ["Succeeded", "NoFindings", "FindingsOpen"];
    mergeaudit_test_world::eventually(
        "the events",
        std::time::Duration::from_secs(10),
        async || {
            let list = world.kubectl(&["get", "events", "--output=json"]).await?;
            let list: Value = serde_json::from_str(&list)?;
            let of_policy = |event: &&Value| event["involvedObject"]["name"] == POLICY;
            let reasons: Vec<&str> = list["items"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(of_policy)
                .filter_map(|event| event["reason"].as_str())
                .collect();
            anyhow::ensure!(
                wanted.iter().all(|reason| reasons.contains(reason)),
                "{reasons:?}"
            );
            Ok(())
        },
    )
    .await
}
