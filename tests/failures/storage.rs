//! Storage that is full or read-only, under the running operator and under `mergeaudit scan`. Needs the right to mount: without
//! it, as for an ordinary user, these tests say that they are skipped.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_github::{MergeNow, Simulator, World};
use mergeaudit_test_world::{LocalWorld, Setup, TOKEN, condition};
use serde_json::Value;

use crate::PROGRAM;
use crate::archive::{assert_goes_on, assert_not_stored, publish_a_finding};
use crate::seen::{assert_names, message};

/// A small file system of its own at a directory; gone when dropped.
struct Volume(PathBuf);

// === impl Volume ===

impl Volume {
    /// None where nothing may be mounted here.
    fn mount(directory: &Path) -> Result<Option<Self>> {
        std::fs::create_dir_all(directory)?;
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=1m,mode=0755", "tmpfs"]);
        let mounted = command.arg(directory).output().context("running mount")?;
        if mounted.status.success() {
            return Ok(Some(Self(directory.to_owned())));
        }
        let why = String::from_utf8_lossy(&mounted.stderr).into_owned();
        writeln!(
            std::io::stderr(),
            "SKIPPED: nothing can be mounted here: {why}"
        )?;
        Ok(None)
    }

    fn remount(&self, option: &str) -> Result<()> {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,{option}")]);
        let remounted = command.arg(&self.0).output().context("running mount")?;
        let why = String::from_utf8_lossy(&remounted.stderr).into_owned();
        ensure!(remounted.status.success(), "remounting: {why}");
        Ok(())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Leaves no room at all.
    fn fill(&self) -> Result<()> {
        let mut filler = std::fs::File::create(self.filler())?;
        while filler.write_all(&[0; 4096]).is_ok() {}
        Ok(())
    }

    fn make_room(&self) -> Result<()> {
        std::fs::remove_file(self.filler()).context("making room")
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazily: somebody may still have a file open. A failure leaves a megabyte of memory in use.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A world whose archive is on a volume of its own, with one finding published.
async fn world_on_a_volume() -> Result<Option<(LocalWorld, Volume, Value)>> {
    let mut world = Setup::new(PROGRAM).without_operator().start().await?;
    let Some(volume) = Volume::mount(world.evidence())? else {
        return Ok(None);
    };
    world.operator.restart().await?;
    let policy = publish_a_finding(&world).await?;
    Ok(Some((world, volume, policy)))
}

async fn assert_condition_names(world: &LocalWorld, words: &[&str]) -> Result<()> {
    let policy = world.policy_now("soc2").await?;
    assert_eq!(
        condition(&policy, "Ready"),
        Some(("False", "EvidenceNotStored"))
    );
    assert_names(&message(&policy, "Ready"), words);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_claimed_until_there_is_room() -> Result<()> {
    let Some((world, volume, before)) = world_on_a_volume().await? else {
        return Ok(());
    };
    volume.fill()?;
    world.merge_unreviewed("ledger", "Hurry more").await?;
    assert_not_stored(&world, &before).await?;
    assert_condition_names(&world, &["no space is left", "enlarge the volume"]).await?;
    volume.make_room()?;
    assert_goes_on(&world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_read_only_volume_nothing_is_claimed_until_it_can_be_written() -> Result<()> {
    let Some((world, volume, before)) = world_on_a_volume().await? else {
        return Ok(());
    };
    volume.remount("ro")?;
    world.merge_unreviewed("ledger", "Hurry more").await?;
    assert_not_stored(&world, &before).await?;
    assert_condition_names(&world, &["read-only"]).await?;
    volume.remount("rw")?;
    assert_goes_on(&world).await
}

/// A directory with a policy, beside a served world with one unreviewed merge.
struct Desk {
    directory: tempfile::TempDir,
    github: Simulator,
}

// === impl Desk ===

impl Desk {
    fn new() -> Result<Self> {
        let mut world = World::new(1);
        let mut acme = world.organization("acme");
        let _ = acme.repository("payments").writers(&["alice", "bob"]);
        world.token(TOKEN).organization("acme");
        let desk = Self {
            directory: tempfile::tempdir()?,
            github: Simulator::start(world)?,
        };
        let policy = format!(
            "apiVersion: mergeaudit.io/v1alpha1\nkind: AuditPolicy\nmetadata: {{name: soc2}}\nspec:\n  schedule: \"*/15 * * * *\"\n  \
             github: {{apiUrl: \"{}\", credentialsRef: {{name: github}}}}\n  organizations: [{{name: acme}}]\n",
            desk.github.url()
        );
        std::fs::write(desk.directory.path().join("policy.yaml"), policy)?;
        Ok(desk)
    }

    fn evidence(&self) -> PathBuf {
        self.directory.path().join("evidence")
    }

    fn merge(&self, minutes: i64) -> Result<()> {
        let what = MergeNow {
            organization: "acme".to_owned(),
            repository: "payments".to_owned(),
            title: "Hurry".to_owned(),
            author: "alice".to_owned(),
            ..MergeNow::default()
        };
        self.github.merge(&what)?;
        self.github
            .set_clock_offset(jiff::SignedDuration::from_mins(minutes));
        Ok(())
    }

    fn scan(&self) -> Result<Output> {
        let mut command = Command::new(PROGRAM);
        command
            .current_dir(self.directory.path())
            .env_clear()
            .env("GITHUB_TOKEN", TOKEN)
            .args([
                "scan",
                "-f",
                "policy.yaml",
                "--evidence",
                "evidence",
                "-o",
                "json",
            ]);
        command.output().context("running mergeaudit scan")
    }

    /// Scans, which fails with these words and claims nothing.
    fn assert_fails(&self, words: &[&str]) -> Result<()> {
        let output = self.scan()?;
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        let result: Value = serde_json::from_slice(&output.stdout)?;
        let organization = &result["organizations"][0];
        assert_names(&organization["error"].to_string(), words);
        assert_eq!(organization["entry"], Value::Null);
        assert_eq!(result["changes"], serde_json::json!([]));
        Ok(())
    }

    /// Scans, and has found so many changes since the chain began.
    fn assert_finds(&self, changes: u64) -> Result<()> {
        let output = self.scan()?;
        let result: Value =
            serde_json::from_slice(&output.stdout).with_context(|| format!("{output:?}"))?;
        let organization = &result["organizations"][0];
        assert_eq!(organization["error"], Value::Null, "{result:#}");
        assert_eq!(organization["totals"]["changes"], changes, "{result:#}");
        Ok(())
    }
}

#[test]
fn a_scan_onto_a_full_disk_or_a_read_only_volume_fails_says_so_and_goes_on_later() -> Result<()> {
    let desk = Desk::new()?;
    let Some(volume) = Volume::mount(&desk.evidence())? else {
        return Ok(());
    };
    desk.merge(5)?;
    desk.assert_finds(1)?;
    desk.merge(10)?;
    volume.fill()?;
    desk.assert_fails(&["no space is left", "enlarge the volume"])?;
    volume.make_room()?;
    volume.remount("ro")?;
    desk.assert_fails(&["read-only", "mount it writable"])?;
    volume.remount("rw")?;
    desk.assert_finds(2)
}

#[test]
fn a_scan_into_an_archive_that_vanished_begins_nothing_in_its_place() -> Result<()> {
    let desk = Desk::new()?;
    desk.merge(5)?;
    desk.assert_finds(1)?;
    // What a mount point is that lost its volume: a file in its place cannot be written into.
    let away = desk.directory.path().join("away");
    std::fs::rename(desk.evidence(), &away)?;
    std::fs::write(desk.evidence(), "no archive")?;
    desk.merge(10)?;
    let output = desk.scan()?;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_names(
        &String::from_utf8_lossy(&output.stderr),
        &["--evidence evidence"],
    );
    std::fs::remove_file(desk.evidence())?;
    std::fs::rename(&away, desk.evidence())?;
    desk.assert_finds(2)
}
