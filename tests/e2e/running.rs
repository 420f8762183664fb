//! When scans run, and how the operator ends.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use mergeaudit::evidence::entry::Trigger;
use mergeaudit_test_world::{LocalWorld, condition, eventually};
use serde_json::json;

use crate::{POLICY, PROGRAM, archive};

#[tokio::test]
async fn a_schedule_runs_on_its_slots() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let mut policy = world.policy(POLICY);
    policy["spec"]["schedule"] = json!("* * * * *");
    world.apply(&policy).await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    let what = "the first slot to be run";
    let policy = eventually(what, Duration::from_secs(75), async || {
        let policy = world.policy_now(POLICY).await?;
        let slot = &policy["status"]["lastScheduleTime"];
        ensure!(slot.is_string(), "{:#}", policy["status"]);
        Ok(policy)
    })
    .await
    .map_err(|error| error.context(world.operator.log_tail()))?;
    let time = |field: &str| -> Result<Timestamp> {
        let text = policy["status"][field].as_str();
        Ok(text.with_context(|| format!("no {field}"))?.parse()?)
    };
    let slot = time("lastScheduleTime")?;
    assert_eq!(slot.as_second() % 60, 0, "{slot}");
    assert_eq!(time("nextScheduleTime")?.as_second(), slot.as_second() + 60);
    assert!(time("lastSuccessfulTime")? >= slot);
    let runs = archive::runs(&world, &policy).await?;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].slot, Some(slot));
    assert_eq!(runs[0].trigger, Trigger::Schedule);
    let findings = world.findings(POLICY).await?;
    assert_eq!(findings[0]["spec"]["change"]["number"], number);
    Ok(())
}

#[tokio::test]
async fn a_suspended_policy_starts_no_scan() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let mut policy = world.policy(POLICY);
    world.apply(&policy).await?;
    world.scan(POLICY).await?;

    policy["spec"]["suspend"] = json!(true);
    world.apply(&policy).await?;
    let is_suspended = |policy: &serde_json::Value| {
        condition(policy, "Ready") == Some(("True", "Suspended"))
            && policy["status"]["observedGeneration"] == policy["metadata"]["generation"]
    };
    world
        .wait_for_policy(POLICY, "the policy to be suspended", is_suspended)
        .await?;
    world.request_scan(POLICY, "while suspended").await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    // An edit after the request: once that is observed, the request has been seen too.
    policy["spec"]["requirements"] = json!({"approvals": 1, "directPushes": "Allowed"});
    world.apply(&policy).await?;
    let suspended = world
        .wait_for_policy(POLICY, "the edit to be observed", is_suspended)
        .await?;
    assert_eq!(
        condition(&suspended, "Compliant"),
        Some(("Unknown", "Suspended"))
    );
    assert_eq!(suspended["status"]["nextScheduleTime"], json!(null));

    policy["spec"]["suspend"] = json!(false);
    world.request_scan(POLICY, "resumed").await?;
    world.apply(&policy).await?;
    let resumed = world
        .wait_for_policy(POLICY, "the scan after it", |policy| {
            policy["status"]["lastHandledRequest"] == "resumed"
        })
        .await?;
    let runs = archive::runs(&world, &resumed).await?;
    let requests: Vec<_> = runs.iter().map(|run| run.request.as_deref()).collect();
    assert_eq!(requests, [Some("test-1"), Some("resumed")]);
    assert_eq!(world.findings(POLICY).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_operator_that_is_told_to_stop_does_so_at_once_and_frees_the_lease() -> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    let leases: Api<Lease> = Api::namespaced(world.client.clone(), &world.namespace);
    let holder = async || {
        let lease = leases.get("mergeaudit").await?;
        anyhow::Ok(lease.spec.and_then(|spec| spec.holder_identity))
    };
    ensure!(holder().await?.is_some(), "nobody holds the lease");
    let told = Instant::now();
    let ended = world.operator.terminate().await?;
    ensure!(ended.success(), "{ended}");
    ensure!(told.elapsed() < Duration::from_secs(6));
    assert_eq!(holder().await?, None);
    Ok(())
}
