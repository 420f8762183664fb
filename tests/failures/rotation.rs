//! A token that is rotated while a scan is under way.

use std::time::Duration;

use anyhow::{Result, ensure};
use mergeaudit_test_github::{Fault, FaultKind};
use mergeaudit_test_world::{LocalWorld, TOKEN, condition, eventually};

use crate::PROGRAM;
use crate::seen::{assert_unseen, debt, wait_for};

/// The token that follows.
const NEXT: &str = "ghp_the_one_after_the_rotation";

/// Has the search for changes, the scan's third question in GraphQL, take its time.
fn delay_the_search(world: &LocalWorld) {
    for milliseconds in [0, 0, 3000] {
        let slow = Fault::next(FaultKind::Slow { milliseconds });
        world.github.fail(slow.matching("/graphql"));
    }
}

fn listings(world: &LocalWorld) -> usize {
    let requests = world.github.requests();
    let listing = Some("Repositories");
    requests
        .iter()
        .filter(|request| request.operation.as_deref() == listing)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_rotated_during_a_scan_fails_nothing() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("soc2")).await?;
    wait_for(&world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    world.merge_unreviewed("payments", "Hurry").await?;

    delay_the_search(&world);
    let before = listings(&world);
    world.request_scan("soc2", "rotated").await?;
    eventually(
        "the scan to be under way",
        Duration::from_secs(20),
        async || {
            ensure!(listings(&world) > before, "it has not listed repositories");
            Ok(())
        },
    )
    .await?;
    world.github.world().token(NEXT).organization("acme");
    world.create_secret("github", &[("token", NEXT)]).await?;
    ensure!(world.github.revoke(TOKEN), "there is no such token");

    let handled = |policy: &serde_json::Value| policy["status"]["lastHandledRequest"] == "rotated";
    let policy = world
        .wait_for_policy("soc2", "the scan to end", handled)
        .await?;
    assert_eq!(
        condition(&policy, "Ready"),
        Some(("True", "Succeeded")),
        "{policy:#}"
    );
    assert_eq!(debt(&policy, "acme"), "");
    assert_eq!(policy["status"]["findings"]["open"], 1, "{policy:#}");
    let log = world.operator.log();
    assert!(log.contains("the scan goes on with them"), "{log}");
    assert!(!log.contains("CredentialsRejected"), "{log}");
    assert_unseen(&world, &[TOKEN, NEXT]).await
}
