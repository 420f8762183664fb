//! A finding is acknowledged, is quiet for its term, and pages again.

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::{LocalWorld, condition, eventually};
use serde_json::json;

use crate::story::{
    self, PATIENCE, acceptance, acknowledge, in_seconds, name, now, wait_for_counts,
    wait_for_pages, wait_for_state,
};
use crate::{POLICY, PROGRAM};

#[tokio::test]
async fn an_acknowledged_finding_is_quiet_until_its_term_ends_and_counts_all_the_same() -> Result<()>
{
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    let before = world.scan(POLICY).await?;
    let findings = world.findings(POLICY).await?;
    let finding = name(&findings[0]);
    wait_for_pages(&world, 1).await?;

    let until = in_seconds(6);
    acknowledge(
        &world,
        finding,
        &acceptance("a fix is on its way", Some(until)),
    )
    .await?;
    let quiet = wait_for_state(&world, finding, "Acknowledged").await?;
    let chain = story::chain(&world, &before)?;
    let sequence = story::replay(&chain).await?.head.sequence;
    assert_eq!(
        quiet["status"]["acknowledgement"],
        json!({"sequence": sequence, "independence": "Unverified"})
    );
    wait_for_pages(&world, 0).await?;
    let policy = wait_for_counts(&world, counts(0)).await?;
    assert_eq!(
        condition(&policy, "Compliant"),
        Some(("True", "NoFindings"))
    );
    assert_eq!(policy["status"]["totals"], before["status"]["totals"]);

    let open = wait_for_state(&world, finding, "Open").await?;
    ensure!(now() >= until, "it opened before its term ended");
    assert_eq!(
        open["status"]["acknowledgement"],
        quiet["status"]["acknowledgement"]
    );
    wait_for_pages(&world, 1).await?;
    wait_for_counts(&world, counts(1)).await?;

    // Another person decides anew, for good.
    let mut said = acceptance("it stays", None);
    said["acknowledgedBy"] = json!("dave@example.com");
    acknowledge(&world, finding, &said).await?;
    wait_for_state(&world, finding, "Acknowledged").await?;
    wait_for_pages(&world, 0).await?;
    let said = story::acknowledgements(&chain).await?;
    let by: Vec<&str> = said.iter().map(|it| it.acknowledged_by.as_str()).collect();
    assert_eq!(by, ["carol@example.com", "dave@example.com"]);
    let after = world.scan(POLICY).await?;
    assert_eq!(after["status"]["totals"], before["status"]["totals"]);
    assert_eq!(story::acknowledgements(&chain).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_acknowledgement_is_taken_up_though_github_does_not_answer_and_the_policy_is_gone()
-> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    world.merge_unreviewed("payments", "Hurry more").await?;
    let policy = world.scan(POLICY).await?;
    let findings = world.findings(POLICY).await?;
    let chain = story::chain(&world, &policy)?;

    // A new process that cannot read anything of GitHub knows of the finding by the archive alone.
    ensure!(world.github.revoke(mergeaudit_test_world::TOKEN));
    world.operator.terminate().await?;
    world.operator.restart().await?;
    let first = name(&findings[0]);
    acknowledge(&world, first, &acceptance("known", None)).await?;
    wait_for_state(&world, first, "Acknowledged").await?;

    world
        .policies()
        .delete(POLICY, &kube::api::DeleteParams::default())
        .await?;
    let second = name(&findings[1]);
    acknowledge(&world, second, &acceptance("known too", None)).await?;
    wait_for_state(&world, second, "Acknowledged").await?;
    let state = story::replay(&chain).await?;
    let closed = state
        .findings()
        .values()
        .filter(|it| it.closed_at.is_some());
    assert_eq!(closed.count(), 2);
    Ok(())
}

#[tokio::test]
async fn who_acknowledges_is_held_against_the_map_of_identities() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    for title in ["One", "Two", "Three"] {
        world.merge_unreviewed("payments", title).await?;
    }
    world.scan(POLICY).await?;
    let findings = world.findings(POLICY).await?;
    let alice = &findings[0]["spec"]["change"]["author"]["id"];
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mergeaudit-identities"},
        "data": {alice.to_string(): "alice@example.com", "4242": "carol@example.com"},
    });
    world.apply(&map).await?;
    let cases = [
        ("carol@example.com", "Verified"),
        ("alice@example.com", "Self"),
        ("somebody@example.com", "Unverified"),
    ];
    for (finding, (by, independence)) in findings.iter().zip(cases) {
        let mut said = acceptance("known", None);
        said["acknowledgedBy"] = json!(by);
        acknowledge(&world, name(finding), &said).await?;
        let found = wait_for_state(&world, name(finding), "Acknowledged").await?;
        let status = &found["status"]["acknowledgement"];
        assert_eq!(status["independence"], independence, "{by}");
    }
    Ok(())
}

#[tokio::test]
async fn a_review_after_the_merge_ends_the_page_and_changes_no_count() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    let before = world.scan(POLICY).await?;
    let findings = world.findings(POLICY).await?;
    wait_for_pages(&world, 1).await?;

    story::approve_late(&world, "payments", number, "alice")?;
    world.scan(POLICY).await?;
    let finding = name(&findings[0]);
    wait_for_state(&world, finding, "Open").await?;
    story::approve_late(&world, "payments", number, "bob")?;
    let after = world.scan(POLICY).await?;
    let reviewed = wait_for_state(&world, finding, "Reviewed").await?;
    assert_eq!(reviewed["status"]["review"]["by"], "bob");
    wait_for_pages(&world, 0).await?;
    assert_eq!(after["status"]["totals"], before["status"]["totals"]);
    wait_for_counts(&world, counts(0)).await?;
    // Once.
    world.scan(POLICY).await?;
    let chain = story::chain(&world, &before)?;
    let reviews = story::bodies(&chain).await?.into_iter();
    let reviews =
        reviews.filter(|body| matches!(body, mergeaudit::evidence::entry::Body::Review(_)));
    assert_eq!(reviews.count(), 1);
    Ok(())
}

#[tokio::test]
async fn field_managers_own_what_is_theirs_and_never_fight() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    world.scan(POLICY).await?;
    let findings = world.findings(POLICY).await?;
    let finding = name(&findings[0]);
    let until = in_seconds(3600);
    acknowledge(&world, finding, &acceptance("known", Some(until))).await?;
    wait_for_state(&world, finding, "Acknowledged").await?;
    let version = async || -> Result<Option<String>> {
        Ok(world
            .findings_api()
            .get(finding)
            .await?
            .metadata
            .resource_version)
    };
    let before = version().await?;
    world.scan(POLICY).await?;
    world.scan(POLICY).await?;
    assert_eq!(version().await?, before, "it was written without need");
    assert_eq!(
        owners(&world, finding).await?,
        ["kubectl-patch", "mergeaudit", "mergeaudit-status"]
    );

    let deleted = world.findings_api();
    deleted
        .delete(finding, &kube::api::DeleteParams::default())
        .await?;
    wait_for_state(&world, finding, "Acknowledged").await?;
    eventually("the acknowledgement to be back", PATIENCE, async || {
        let owners = owners(&world, finding).await?;
        ensure!(
            owners == ["mergeaudit", "mergeaudit-restore", "mergeaudit-status"],
            "{owners:?}"
        );
        Ok(())
    })
    .await?;
    // It is the person's to extend.
    let later = acceptance("known", Some(in_seconds(7200)));
    acknowledge(&world, finding, &later).await?;
    let chain = story::chain(&world, &world.policy_now(POLICY).await?)?;
    eventually("the extension", PATIENCE, async || {
        let said = story::acknowledgements(&chain).await?;
        ensure!(said.len() == 2, "{said:#?}");
        Ok(())
    })
    .await
}

async fn owners(world: &LocalWorld, finding: &str) -> Result<Vec<String>> {
    let found = world.findings_api().get(finding).await?;
    let entries = found.metadata.managed_fields.context("managed fields")?;
    let mut owners: Vec<String> = entries.into_iter().filter_map(|it| it.manager).collect();
    owners.sort();
    owners.dedup();
    Ok(owners)
}

fn counts(open: i64) -> serde_json::Value {
    json!({"open": open, "undetermined": 0, "withheld": 0, "baseline": 0})
}
