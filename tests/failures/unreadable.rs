//! Objects that this version cannot read, written before a field's rules were tightened or by somebody else: each is passed over
//! or says so itself, and every other one goes on.

use std::time::Duration;

use anyhow::{Result, ensure};
use kube::CustomResourceExt as _;
use mergeaudit::api::AuditPolicy;
use mergeaudit_test_world::{LocalWorld, condition, eventually};
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::seen::{assert_names, message, wait_for};

/// The API server takes it for a time; for this version it is beyond the end of time.
const FAR: &str = "9999-12-31T23:59:59Z";

/// Creates a policy that today's definition refuses, as one of before.
async fn create_of_before(world: &LocalWorld, policy: &Value) -> Result<()> {
    let mut before = serde_json::to_value(AuditPolicy::crd())?;
    let version = &mut before["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let exemption = &mut version["properties"]["spec"]["properties"]["exemptions"]["items"];
    let time = exemption["properties"]["expirationTime"].as_object_mut();
    if let Some(time) = time {
        time.remove("x-kubernetes-validations");
        time.remove("pattern");
    }
    define(world, &before.to_string()).await?;
    // The API server takes a moment to work by it.
    let created = eventually(
        "the looser definition",
        Duration::from_secs(30),
        async || world.apply(policy).await,
    );
    created.await?;
    for (_, definition) in mergeaudit::api::crds()? {
        define(world, &definition).await?;
    }
    Ok(())
}

async fn define(world: &LocalWorld, definition: &str) -> Result<()> {
    let arguments = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    world.kubectl_with_input(&arguments, definition).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_cannot_be_read_is_stalled_and_keeps_no_other_from_being_audited()
-> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("sound")).await?;
    wait_for(&world, "sound", "Ready", ("True", "NotYetChecked")).await?;
    let mut broken = world.policy("broken");
    broken["spec"]["exemptions"] = json!([{"name": "for-ever", "repositories": ["docs"], "reason": "no code",
        "approvedBy": "ciso@example.com", "expirationTime": FAR}]);
    create_of_before(&world, &broken).await?;

    // Also of a process that finds it there when it starts.
    for _ in 0..2 {
        let policy = wait_for(&world, "broken", "Stalled", ("True", "InvalidPolicy")).await?;
        assert_eq!(
            condition(&policy, "Ready"),
            Some(("False", "InvalidPolicy"))
        );
        assert_names(
            &message(&policy, "Ready"),
            &["spec.exemptions", "correct it"],
        );
        let number = world.merge_unreviewed("payments", "Hurry").await?;
        world.scan("sound").await?;
        let findings = world.findings("sound").await?;
        let last = findings
            .last()
            .map(|last| &last["spec"]["change"]["number"]);
        assert_eq!(last, Some(&json!(number)));
        world.operator.kill();
        world.free_lease().await?;
        world.operator.restart().await?;
    }
    world.apply(&world.policy("broken")).await?;
    let mended = wait_for(&world, "broken", "Ready", ("True", "NotYetChecked")).await?;
    assert_eq!(condition(&mended, "Stalled"), None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_cannot_be_read_comes_back_from_the_archive() -> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("soc2")).await?;
    wait_for(&world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    let before = world.scan("soc2").await?;
    let findings = world.findings("soc2").await?;
    ensure!(findings.len() == 1, "{findings:#?}");
    let name = findings[0]["metadata"]["name"].as_str().unwrap_or_default();

    world.operator.kill();
    let patch = |kind: &str, name: &str, status: Value| {
        let arguments = [
            "patch",
            kind,
            name,
            "--subresource=status",
            "--type=merge",
            "--patch",
        ];
        let patch = json!({"status": status}).to_string();
        let all: Vec<String> = arguments
            .map(str::to_owned)
            .into_iter()
            .chain([patch])
            .collect();
        let world = &world;
        async move {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            world.kubectl(&all).await
        }
    };
    patch("auditpolicy", "soc2", json!({"lastCheckedTime": FAR})).await?;
    let review = json!({"review": {"by": "nobody", "time": FAR}});
    patch("auditfinding", name, review).await?;
    world.free_lease().await?;
    world.operator.restart().await?;

    let healed =
        |policy: &Value| policy["status"]["lastCheckedTime"] == before["status"]["lastCheckedTime"];
    let policy = world
        .wait_for_policy("soc2", "its status to be whole again", healed)
        .await?;
    assert_eq!(policy["status"]["totals"], before["status"]["totals"]);
    let findings = world.findings("soc2").await?;
    assert_eq!(findings[0]["spec"]["change"]["number"], number);
    Ok(())
}
