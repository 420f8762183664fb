//! An archive that lacks what was published, and the person who decides to go on with it as it is.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::{LocalWorld, condition};
use serde_json::Value;

use crate::archive::{files, put_back, take_away, world_with_a_finding};
use crate::seen::{assert_names, message, organization, wait_for};

async fn annotate(world: &LocalWorld, reason: &str) -> Result<()> {
    let annotation = format!("mergeaudit.io/adopt-archive={reason}");
    let annotate = [
        "annotate",
        "auditpolicy",
        "soc2",
        "--overwrite",
        &annotation,
    ];
    world.kubectl(&annotate).await.map(drop)
}

/// Waits until the policy runs again.
async fn running(world: &LocalWorld) -> Result<Value> {
    let policy = world
        .wait_for_policy("soc2", "the policy to run again", |policy| {
            condition(policy, "Stalled").is_none()
                && condition(policy, "Ready").is_some_and(|(status, _)| status == "True")
        })
        .await?;
    Ok(policy)
}

/// The entry that says that the archive was adopted.
fn adoption(world: &LocalWorld) -> Result<Value> {
    let entries = files(world, "entries")?.into_iter();
    let mut entries =
        entries.map(|path| -> Result<Value> { Ok(serde_json::from_slice(&std::fs::read(path)?)?) });
    let adopted = entries.find(|entry| {
        entry
            .as_ref()
            .map_or(true, |entry| entry["action"] == "Adopted")
    });
    adopted.context("no entry says so")?
}

async fn assert_said(world: &LocalWorld, reason: &str) -> Result<()> {
    let event = world.kubectl(&["get", "events", "--output=json"]).await?;
    ensure!(
        event.contains("ArchiveAdopted") && event.contains(reason),
        "{event}"
    );
    ensure!(
        world.operator.log().contains(reason),
        "the log does not say why"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_archive_is_adopted_for_a_reason_and_a_new_chain_begins() -> Result<()> {
    let (mut world, before) = world_with_a_finding().await?;
    let away = take_away(&world)?;
    std::fs::create_dir(world.evidence())?;
    world.scan("soc2").await?;
    let stalled = wait_for(&world, "soc2", "Stalled", ("True", "ArchiveMismatch")).await?;
    assert_names(
        &message(&stalled, "Stalled"),
        &[
            "no chain",
            "restore the archive",
            "mergeaudit.io/adopt-archive",
        ],
    );

    annotate(&world, "the disk was lost, INC-7").await?;
    running(&world).await?;
    let entry = adoption(&world)?;
    assert_eq!(entry["reason"], "the disk was lost, INC-7", "{entry:#}");
    assert_names(
        &entry["adoption"].to_string(),
        &["no chain", "the chain that begins with"],
    );
    assert_said(&world, "INC-7").await?;

    world.merge_unreviewed("ledger", "Hurry more").await?;
    let after = world.scan("soc2").await?;
    let genesis = |policy: &Value| organization(policy, "acme")["entry"]["genesis"].clone();
    assert_ne!(genesis(&after), genesis(&before), "{after:#}");
    assert_eq!(
        after["status"]["totals"]["nonCompliant"][0]["count"], 1,
        "{after:#}"
    );
    assert_eq!(
        after["status"]["totals"]["baseline"], 1,
        "from before the new chain"
    );
    assert_eq!(after["status"]["findings"]["withheld"], 0, "{after:#}");
    let findings = world.findings("soc2").await?;
    assert_eq!(findings.len(), 2, "what was published stays: {findings:#?}");

    // Findings from the lost chain are no mismatch for ever, not even for an operator that has to read the chain again.
    world.operator.restart().await?;
    let restarted = world.scan("soc2").await?;
    assert_eq!(condition(&restarted, "Stalled"), None, "{restarted:#}");

    // It was one decision, about one loss.
    std::fs::remove_dir_all(world.evidence())?;
    std::fs::create_dir(world.evidence())?;
    world.scan("soc2").await?;
    let stalled = wait_for(&world, "soc2", "Stalled", ("True", "ArchiveMismatch")).await?;
    assert_names(&message(&stalled, "Stalled"), &["with another value"]);
    assert_eq!(std::fs::read_dir(world.evidence())?.count(), 0);
    std::fs::remove_dir_all(away).context("removing the first archive")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_is_adopted_the_entry_goes_back_and_what_was_lost_is_judged_again()
-> Result<()> {
    let (mut world, _) = world_with_a_finding().await?;
    let kept = files(&world, "entries")?.len();
    for title in ["Hurry more", "Hurry most"] {
        world.merge_unreviewed("ledger", title).await?;
        world.scan("soc2").await?;
    }
    let before = world.scan("soc2").await?;
    let lost: Vec<PathBuf> = files(&world, "entries")?.split_off(kept);
    lost.iter().try_for_each(std::fs::remove_file)?;
    world.scan("soc2").await?;
    wait_for(&world, "soc2", "Stalled", ("True", "ArchiveMismatch")).await?;

    annotate(&world, "restored from the copy of midnight").await?;
    let adopted = running(&world).await?;
    let entry = |policy: &Value, field: &str| organization(policy, "acme")["entry"][field].clone();
    assert!(
        entry(&adopted, "sequence").as_u64() < entry(&before, "sequence").as_u64(),
        "{adopted:#}"
    );
    world.operator.restart().await?;
    let after = world.scan("soc2").await?;
    assert_eq!(
        condition(&after, "Ready"),
        Some(("True", "Succeeded")),
        "{after:#}"
    );
    assert_eq!(entry(&after, "genesis"), entry(&before, "genesis"));
    for unmoved in ["totals", "findings"] {
        assert_eq!(
            after["status"][unmoved], before["status"][unmoved],
            "{unmoved}"
        );
    }
    assert_eq!(world.findings("soc2").await?.len(), 3);
    assert_said(&world, "the copy of midnight").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_status_the_findings_tell_that_the_archive_lacks_their_entry() -> Result<()> {
    let (mut world, before) = world_with_a_finding().await?;
    world.operator.kill();
    let away = take_away(&world)?;
    std::fs::create_dir(world.evidence())?;
    let remove = r#"[{"op": "remove", "path": "/status"}]"#;
    let patch = [
        "patch",
        "auditpolicy",
        "soc2",
        "--subresource=status",
        "--type=json",
        "-p",
        remove,
    ];
    world.kubectl(&patch).await?;
    world.operator.restart().await?;
    let stalled = wait_for(&world, "soc2", "Stalled", ("True", "ArchiveMismatch")).await?;
    assert_names(&message(&stalled, "Stalled"), &["no entry"]);
    assert_eq!(
        std::fs::read_dir(world.evidence())?.count(),
        0,
        "no chain is begun"
    );

    std::fs::remove_dir(world.evidence())?;
    put_back(&world, &away)?;
    let restored = world.scan("soc2").await?;
    assert_eq!(condition(&restored, "Stalled"), None, "{restored:#}");
    assert_eq!(restored["status"]["totals"], before["status"]["totals"]);
    Ok(())
}
