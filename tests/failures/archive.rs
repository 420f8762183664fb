//! An archive that vanishes, cannot be written, or is another one than the status names.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use mergeaudit_test_world::{LocalWorld, TOKEN, condition};
use serde_json::Value;

use crate::PROGRAM;
use crate::seen::{assert_names, assert_unseen, debt, message, organization, wait_for};

/// A world with one finding published.
pub(crate) async fn world_with_a_finding() -> Result<(LocalWorld, Value)> {
    let world = LocalWorld::start(PROGRAM).await?;
    let policy = publish_a_finding(&world).await?;
    Ok((world, policy))
}

/// Applies the policy and has it find something; returns it.
pub(crate) async fn publish_a_finding(world: &LocalWorld) -> Result<Value> {
    world.apply(&world.policy("soc2")).await?;
    wait_for(world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    let policy = world.scan("soc2").await?;
    assert_eq!(policy["status"]["findings"]["open"], 1, "{policy:#}");
    Ok(policy)
}

/// Moves the archive out of the operator's sight; [`put_back`] undoes it.
pub(crate) fn take_away(world: &LocalWorld) -> Result<PathBuf> {
    let away = world.evidence().with_extension("away");
    std::fs::rename(world.evidence(), &away).context("taking the archive away")?;
    Ok(away)
}

pub(crate) fn put_back(world: &LocalWorld, away: &PathBuf) -> Result<()> {
    std::fs::rename(away, world.evidence()).context("putting the archive back")
}

pub(crate) async fn assert_nothing_claimed(
    world: &LocalWorld,
    before: &Value,
    after: &Value,
) -> Result<()> {
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
    assert_eq!(
        organization(after, "acme")["entry"],
        organization(before, "acme")["entry"]
    );
    assert_eq!(
        world.findings("soc2").await?.len(),
        1,
        "nothing new is claimed"
    );
    let hurry_more = world.operator.log().matches("is non-compliant!").count();
    assert_eq!(hurry_more, 1, "nor said in the log");
    Ok(())
}

pub(crate) async fn assert_not_stored(world: &LocalWorld, before: &Value) -> Result<()> {
    let policy = world.scan("soc2").await?;
    assert_eq!(
        condition(&policy, "Ready"),
        Some(("False", "EvidenceNotStored")),
        "{policy:#}"
    );
    assert_eq!(condition(&policy, "Stalled"), None);
    assert_names(
        &message(&policy, "Ready"),
        &[
            "organization acme",
            "evidence",
            &world.evidence().display().to_string(),
        ],
    );
    assert_names(&debt(&policy, "acme"), &["EvidenceNotStored"]);
    assert_nothing_claimed(world, before, &policy).await
}

/// By its own retry, not by a request.
pub(crate) async fn assert_goes_on(world: &LocalWorld) -> Result<()> {
    let policy = world
        .wait_for_policy("soc2", "the scan to go on", |policy| {
            policy["status"]["findings"]["open"] == 2
        })
        .await?;
    assert_eq!(
        condition(&policy, "Ready"),
        Some(("True", "Succeeded")),
        "{policy:#}"
    );
    assert_eq!(debt(&policy, "acme"), "");
    assert_eq!(world.findings("soc2").await?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_archive_nothing_is_claimed_until_it_is_back() -> Result<()> {
    let (world, before) = world_with_a_finding().await?;
    let away = take_away(&world)?;
    world.merge_unreviewed("ledger", "Hurry more").await?;
    assert_not_stored(&world, &before).await?;
    assert!(
        !world.evidence().exists(),
        "a vanished archive is not begun anew"
    );
    put_back(&world, &away)?;
    assert_goes_on(&world).await?;
    assert_unseen(&world, &[TOKEN]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_file_in_the_archives_place_nothing_is_claimed_until_it_is_back() -> Result<()> {
    let (world, before) = world_with_a_finding().await?;
    let away = take_away(&world)?;
    std::fs::write(world.evidence(), "no archive")?;
    world.merge_unreviewed("ledger", "Hurry more").await?;
    assert_not_stored(&world, &before).await?;
    std::fs::remove_file(world.evidence())?;
    put_back(&world, &away)?;
    assert_goes_on(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_archive_stalls_the_policy_and_what_was_published_stays() -> Result<()> {
    let (mut world, before) = world_with_a_finding().await?;
    let away = take_away(&world)?;
    std::fs::create_dir(world.evidence())?;
    world.merge_unreviewed("ledger", "Hurry more").await?;
    let stalled = world.scan("soc2").await?;
    assert_eq!(
        condition(&stalled, "Stalled"),
        Some(("True", "ArchiveMismatch")),
        "{stalled:#}"
    );
    assert_eq!(
        condition(&stalled, "Ready"),
        Some(("False", "ArchiveMismatch"))
    );
    assert_names(
        &message(&stalled, "Stalled"),
        &["organization acme", "no chain", "restore the archive"],
    );
    assert_nothing_claimed(&world, &before, &stalled).await?;

    // A restart, which knows nothing but the status, comes to the same.
    world.operator.restart().await?;
    let stalled = wait_for(&world, "soc2", "Stalled", ("True", "ArchiveMismatch")).await?;
    assert_nothing_claimed(&world, &before, &stalled).await?;
    assert_eq!(
        std::fs::read_dir(world.evidence())?.count(),
        0,
        "no chain is begun beside the lost one"
    );

    std::fs::remove_dir(world.evidence())?;
    put_back(&world, &away)?;
    let restored = world.scan("soc2").await?;
    assert_eq!(condition(&restored, "Stalled"), None, "{restored:#}");
    assert_goes_on(&world).await
}

/// The files in a directory of the only chain, in order.
pub(crate) fn files(world: &LocalWorld, directory: &str) -> Result<Vec<PathBuf>> {
    let mut chain = world.evidence().to_owned();
    while !chain.join("entries").is_dir() {
        let below = std::fs::read_dir(&chain)?
            .next()
            .context("the archive is empty")?;
        chain = below?.path();
    }
    let paths = std::fs::read_dir(chain.join(directory))?.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_from_an_older_copy_stalls_the_policy() -> Result<()> {
    let (world, before) = world_with_a_finding().await?;
    let last = files(&world, "entries")?.pop().context("no entry")?;
    std::fs::remove_file(&last)?;
    world.merge_unreviewed("ledger", "Hurry more").await?;
    let stalled = world.scan("soc2").await?;
    assert_eq!(
        condition(&stalled, "Stalled"),
        Some(("True", "ArchiveMismatch")),
        "{stalled:#}"
    );
    assert_names(&message(&stalled, "Stalled"), &["no entry", "restore"]);
    assert_nothing_claimed(&world, &before, &stalled).await?;
    assert!(!last.exists(), "no other entry takes the lost one's place");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_were_altered_are_noticed_when_they_are_read_and_nothing_is_claimed()
-> Result<()> {
    let (mut world, before) = world_with_a_finding().await?;
    let records = files(&world, "records")?.pop().context("no records")?;
    let original = std::fs::read(&records)?;
    std::fs::write(&records, b"altered")?;
    world.merge_unreviewed("ledger", "Hurry more").await?;
    world.operator.restart().await?;
    let name = records.file_name().context("no name")?.to_string_lossy();
    let policy = wait_for(&world, "soc2", "Ready", ("False", "EvidenceNotStored")).await?;
    assert_names(
        &message(&policy, "Ready"),
        &["the archive is corrupt", &name, "restore the object"],
    );
    assert_nothing_claimed(&world, &before, &policy).await?;

    std::fs::write(&records, original)?;
    world.scan("soc2").await?;
    assert_goes_on(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_altered_is_found_by_the_daily_verification() -> Result<()> {
    let (mut world, _) = world_with_a_finding().await?;
    let verified = |policy: &Value| organization(policy, "acme")["archiveVerifiedTime"].is_string();
    world
        .wait_for_policy("soc2", "the archive to be verified", verified)
        .await?;
    // Behind a snapshot nobody reads it any more, but for who verifies.
    for _ in 0..65 {
        world.scan("soc2").await?;
    }
    let policy = world.policy_now("soc2").await?;
    world.operator.kill();
    alter_a_record(&world)?;
    // As if a day had passed.
    let mut organizations = policy["status"]["organizations"].clone();
    organizations[0]["archiveVerifiedTime"] = "2026-01-01T00:00:00Z".into();
    let patch = serde_json::json!({"status": {"organizations": organizations}}).to_string();
    let arguments = [
        "patch",
        "auditpolicy",
        "soc2",
        "--subresource=status",
        "--type=merge",
    ];
    world
        .kubectl(&[&arguments[..], &["--patch", &patch]].concat())
        .await?;
    world.operator.restart().await?;
    let policy = wait_for(&world, "soc2", "Ready", ("False", "ArchiveDamaged")).await?;
    assert_names(
        &message(&policy, "Ready"),
        &["organization acme", "records/", "mergeaudit verify"],
    );
    // It goes on looking.
    world.merge_unreviewed("ledger", "Hurry more").await?;
    let policy = world.scan("soc2").await?;
    assert_eq!(policy["status"]["findings"]["open"], 2, "{policy:#}");
    let events = world.kubectl(&["get", "events", "--output=wide"]).await?;
    assert!(events.contains("ArchiveDamaged"), "{events}");
    Ok(())
}

/// Changes one byte of the first object of records.
fn alter_a_record(world: &LocalWorld) -> Result<()> {
    let mut folders = vec![world.evidence().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .parent()
                .is_some_and(|parent| parent.ends_with("records"))
            {
                let mut bytes = std::fs::read(&path)?;
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                return Ok(std::fs::write(&path, bytes)?);
            }
        }
    }
    anyhow::bail!("there are no records")
}
