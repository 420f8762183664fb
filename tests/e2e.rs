//! The whole thread on real parts.

use mergeaudit_test_world::{LocalWorld, condition};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mergeaudit");

#[tokio::test]
async fn an_unreviewed_merge_becomes_one_finding() -> anyhow::Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("soc2")).await?;
    let policy = world.scan("soc2").await?;
    assert_eq!(condition(&policy, "Ready"), Some(("True", "Succeeded")));
    let reviewed = world.merge_reviewed("payments", "Round to even").await?;
    let unreviewed = world.merge_unreviewed("payments", "Hurry").await?;
    let policy = world.scan("soc2").await?;
    let findings = world.findings("soc2").await?;
    println!("{reviewed} {unreviewed} {policy:#} {findings:#?}");
    println!("{}", world.operator.log());
    assert_eq!(findings.len(), 1);
    Ok(())
}
