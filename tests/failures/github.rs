//! GitHub that fails, hangs up, or has had enough.

use anyhow::Result;
use mergeaudit_test_github::{Fault, FaultKind};
use mergeaudit_test_world::{LocalWorld, TOKEN, condition};
use serde_json::Value;

use crate::PROGRAM;
use crate::seen::{assert_names, assert_unseen, debt, message, wait_for};

/// A policy that was scanned once; returns it.
async fn scanned(world: &LocalWorld) -> Result<Value> {
    world.apply(&world.policy("soc2")).await?;
    wait_for(world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    world.scan("soc2").await
}

fn assert_nothing_moved(before: &Value, after: &Value) {
    for unmoved in [
        "lastCheckedTime",
        "lastSuccessfulTime",
        "totals",
        "findings",
    ] {
        assert_eq!(
            after["status"][unmoved], before["status"][unmoved],
            "{unmoved}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_github_that_fails_in_the_middle_of_a_scan_is_taken_for_no_part_of_it() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let before = scanned(&world).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    // The organization and its repositories are still told.
    let told = Fault::next(FaultKind::Slow { milliseconds: 0 }).times(2);
    world.github.fail(told.matching("graphql"));
    // The search asks four times, and then four times which pull requests there are.
    let search = Fault::next(FaultKind::Drop).times(8);
    world.github.fail(search.matching("graphql"));
    let failed = world.scan("soc2").await?;
    assert_eq!(
        condition(&failed, "Reconciling"),
        Some(("True", "ProgressingWithRetry")),
        "{failed:#}"
    );
    assert_names(
        &message(&failed, "Reconciling"),
        &["pull requests of acme", "4 attempts"],
    );
    assert_nothing_moved(&before, &failed);
    let found = |policy: &Value| policy["status"]["findings"]["open"] == 1;
    let back = world.wait_for_policy("soc2", "the retry", found).await?;
    assert_eq!(condition(&back, "Reconciling"), None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_github_that_is_down_is_tried_again_and_nothing_is_lost() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let before = scanned(&world).await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    // One question asks four times.
    for kind in [
        FaultKind::Status { status: 500 },
        FaultKind::Status { status: 502 },
        FaultKind::Drop,
        FaultKind::Garbage,
    ] {
        world.github.fail(Fault::next(kind));
    }
    let down = world.scan("soc2").await?;
    assert_eq!(
        condition(&down, "Reconciling"),
        Some(("True", "ProgressingWithRetry")),
        "{down:#}"
    );
    assert_eq!(
        condition(&down, "Ready"),
        condition(&before, "Ready"),
        "it may pass"
    );
    assert_names(
        &message(&down, "Reconciling"),
        &["organization acme", "4 attempts"],
    );
    assert_names(&debt(&down, "acme"), &["GitHubUnavailable"]);
    assert_nothing_moved(&before, &down);
    assert_eq!(world.findings("soc2").await?.len(), 0);

    let back = world
        .wait_for_policy("soc2", "the retry", |policy| {
            policy["status"]["findings"]["open"] == 1
        })
        .await?;
    assert_eq!(condition(&back, "Reconciling"), None);
    assert_eq!(debt(&back, "acme"), "");
    assert_eq!(
        world.findings("soc2").await?[0]["spec"]["change"]["number"],
        number
    );
    assert_unseen(&world, &[TOKEN]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_fault_is_not_worth_a_word() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    scanned(&world).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    world
        .github
        .fail(Fault::next(FaultKind::Status { status: 502 }));
    world
        .github
        .fail(Fault::next(FaultKind::GraphqlTimeout).matching("graphql"));
    let policy = world.scan("soc2").await?;
    assert_eq!(
        condition(&policy, "Ready"),
        Some(("True", "Succeeded")),
        "{policy:#}"
    );
    assert_eq!(condition(&policy, "Reconciling"), None);
    assert_eq!(policy["status"]["findings"]["open"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_rate_limit_leaves_the_policy_ready_and_loses_nothing() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let before = scanned(&world).await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    world.github.world().tokens[0].hourly_limit = 1;
    let limited = world.scan("soc2").await?;
    assert_eq!(
        condition(&limited, "Reconciling"),
        Some(("True", "RateLimited")),
        "{limited:#}"
    );
    assert_eq!(condition(&limited, "Ready"), condition(&before, "Ready"));
    assert_names(
        &message(&limited, "Reconciling"),
        &["organization acme", "primary rate limit holds until"],
    );
    assert_nothing_moved(&before, &limited);

    // The hour is not over; another account has a budget of its own.
    let other = "ghp_of_another_account";
    world.github.world().token(other).organization("acme");
    world.create_secret("github", &[("token", other)]).await?;
    let back = world.scan("soc2").await?;
    assert_eq!(condition(&back, "Reconciling"), None, "{back:#}");
    assert_eq!(
        world.findings("soc2").await?[0]["spec"]["change"]["number"],
        number
    );
    assert_unseen(&world, &[TOKEN]).await
}
