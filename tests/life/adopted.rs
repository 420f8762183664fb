//! An archive is lost, and a person decides to go on with an empty one: what was open stays so, and nothing that landed meanwhile
//! is taken for old.

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::{LocalWorld, condition};
use serde_json::{Value, json};

use crate::rebuild::{Picture, come_back, delete_findings, delete_status, picture};
use crate::story::{
    self, acceptance, acknowledge, in_seconds, name, wait_for_pages, wait_for_state,
};
use crate::{POLICY, PROGRAM};

/// A finding for each title, of `payments`.
async fn world_with(titles: &[&str]) -> Result<(LocalWorld, Vec<u64>)> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    let mut numbers = Vec::new();
    for title in titles {
        numbers.push(world.merge_unreviewed("payments", title).await?);
    }
    world.scan(POLICY).await?;
    Ok((world, numbers))
}

/// Takes the archive away, and waits until nothing runs any more.
async fn lose_archive(world: &LocalWorld) -> Result<()> {
    std::fs::remove_dir_all(world.evidence())?;
    std::fs::create_dir(world.evidence())?;
    world.request_scan(POLICY, "lost").await?;
    let stalled = |policy: &Value| condition(policy, "Stalled").is_some();
    world
        .wait_for_policy(POLICY, "it to be stalled", stalled)
        .await
        .map(drop)
}

async fn adopt(world: &LocalWorld) -> Result<Value> {
    let annotation = "mergeaudit.io/adopt-archive=the disk was lost, INC-7";
    world
        .kubectl(&["annotate", "auditpolicy", POLICY, annotation])
        .await?;
    world
        .wait_for_policy(POLICY, "it to run again", |policy| {
            condition(policy, "Stalled").is_none()
                && condition(policy, "Ready").is_some_and(|(status, _)| status == "True")
        })
        .await?;
    world.scan(POLICY).await
}

fn states(picture: &Picture) -> Vec<&str> {
    let states = picture.findings.iter();
    states
        .filter_map(|finding| finding["status"]["state"].as_str())
        .collect()
}

#[tokio::test]
async fn what_was_open_stays_open_and_what_landed_meanwhile_is_not_baseline() -> Result<()> {
    let (mut world, numbers) = world_with(&["A", "B", "C"]).await?;
    let findings = world.findings(POLICY).await?;
    let term = Some(in_seconds(86_400));
    acknowledge(&world, name(&findings[0]), &acceptance("known", term)).await?;
    wait_for_state(&world, name(&findings[0]), "Acknowledged").await?;
    story::approve_late(&world, "payments", numbers[1], "bob")?;
    world.scan(POLICY).await?;
    wait_for_state(&world, name(&findings[1]), "Reviewed").await?;
    let specs = |findings: &[Value]| -> Vec<Value> {
        let specs = findings.iter().map(|finding| finding["spec"].clone());
        specs.collect()
    };
    let before = specs(&world.findings(POLICY).await?);

    lose_archive(&world).await?;
    world.merge_unreviewed("payments", "D").await?;
    let policy = adopt(&world).await?;
    let counts = json!({"open": 2, "undetermined": 0, "withheld": 0, "baseline": 0});
    assert_eq!(policy["status"]["findings"], counts, "{policy:#}");
    let adopted = picture(&world).await?;
    assert_eq!(
        states(&adopted),
        ["Acknowledged", "Reviewed", "Open", "Open"]
    );
    assert_eq!(specs(&adopted.findings)[..3], before[..]);
    let critical = &policy["status"]["totals"]["nonCompliant"][0]["count"];
    assert_eq!(critical, 1, "what landed meanwhile");
    wait_for_pages(&world, 2).await?;

    world.operator.kill();
    delete_findings(&world).await?;
    delete_status(&world).await?;
    world.free_lease().await?;
    world.operator.restart().await?;
    come_back(&world, &adopted, "from the new archive").await?;
    let again = world.scan(POLICY).await?;
    assert_eq!(condition(&again, "Stalled"), None, "{again:#}");
    come_back(&world, &adopted, "after one more scan").await?;
    // The chain that is lost said it, and that once.
    let log = world.operator.log();
    let said = log.matches("payments#1 is non-compliant!").count();
    ensure!(said == 1, "{log}");
    decide(&world, &numbers).await
}

/// What a person decides about findings of a lost archive takes effect as ever.
async fn decide(world: &LocalWorld, numbers: &[u64]) -> Result<()> {
    let findings = world.findings(POLICY).await?;
    acknowledge(world, name(&findings[2]), &acceptance("it stays", None)).await?;
    wait_for_state(world, name(&findings[2]), "Acknowledged").await?;
    story::approve_late(world, "payments", numbers[0], "bob")?;
    world.scan(POLICY).await?;
    wait_for_state(world, name(&findings[0]), "Reviewed").await?;
    wait_for_pages(world, 1).await?;
    let chain = story::chain(world, &world.policy_now(POLICY).await?)?;
    let said = story::acknowledgements(&chain).await?;
    assert_eq!(said.len(), 1, "what was said before is in the adoption");
    let found = chain.verify().await?.context("the chain")?;
    ensure!(found.holds(), "{:?}", found.problems);
    Ok(())
}
