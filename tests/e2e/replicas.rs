//! Two replicas: one leads, both say the same, and the second takes over.

use std::time::Duration;

use anyhow::{Result, ensure};
use mergeaudit_test_world::{LocalWorld, Operator, eventually};

use crate::{POLICY, PROGRAM, archive};

const COUNTER: &str = "mergeaudit_noncompliant_merges_total";

#[tokio::test]
async fn a_second_replica_says_the_same_and_takes_over_from_a_killed_one() -> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    world.scan(POLICY).await?;

    // A log folder of its own, or it would write over the first one's.
    let mut setup = world.operator.setup_mut().clone();
    setup.logs = setup.logs.join("standby");
    std::fs::create_dir_all(&setup.logs)?;
    let standby = Operator::start(setup).await?;
    assert_counter(&standby, 1.0).await?;
    assert_eq!(
        standby.metrics().await?.metric("mergeaudit_leader", &[]),
        Some(0.0)
    );
    assert_eq!(
        world
            .operator
            .metrics()
            .await?
            .metric("mergeaudit_leader", &[]),
        Some(1.0)
    );

    world.operator.kill();
    world.merge_unreviewed("payments", "Hurry again").await?;
    world.request_scan(POLICY, "after the failover").await?;
    // The lease runs out 15 seconds after the standby saw its last renewal.
    eventually(
        "the standby to take over and scan",
        Duration::from_secs(40),
        async || {
            let policy = world.policy_now(POLICY).await?;
            ensure!(
                policy["status"]["lastHandledRequest"] == "after the failover",
                "{:#}",
                policy["status"]
            );
            Ok(())
        },
    )
    .await
    .map_err(|error| error.context(standby.log_tail()))?;
    assert_eq!(world.findings(POLICY).await?.len(), 2);
    assert_counter(&standby, 2.0).await?;
    let policy = world.policy_now(POLICY).await?;
    assert_eq!(archive::replay(&world, &policy).await?.duplicates, 0);
    Ok(())
}

/// The watch cache follows within moments.
async fn assert_counter(operator: &Operator, expected: f64) -> Result<()> {
    eventually(
        "the counter to be there",
        Duration::from_secs(5),
        async || {
            let value = operator.metrics().await?.metric(COUNTER, &[]);
            ensure!(value == Some(expected), "{value:?}");
            Ok(())
        },
    )
    .await
}
