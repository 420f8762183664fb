//! The places. Those in a conversation with the API server are stopped there by a proxy, so that every kill hits; those within
//! the archive are met by watching its files.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use mergeaudit_test_world::Stop;

use crate::{POLICY, RUNS, story::Story};

/// How long a scan may take to write its first object.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn killed_between_the_records_and_the_commit() -> Result<()> {
    let mut story = Story::begin().await?.without_proxy().await?;
    for _ in 0..RUNS {
        story.merge().await?;
        kill_when_written(&mut story, Story::records).await?;
        story.recover().await?;
    }
    Ok(())
}

#[tokio::test]
async fn killed_in_the_middle_of_the_commit() -> Result<()> {
    let mut story = Story::begin().await?.without_proxy().await?;
    for _ in 0..RUNS {
        story.merge().await?;
        kill_when_written(&mut story, Story::entries).await?;
        story.recover().await?;
    }
    Ok(())
}

/// Requests a scan, and kills the operator as soon as there are more files.
async fn kill_when_written(story: &mut Story, files: fn(&Story) -> usize) -> Result<()> {
    let before = files(story);
    story.request_scan().await?;
    let deadline = Instant::now() + PATIENCE;
    // Without a pause: the place lasts as long as the disk takes to sync. On a fast one some kills fall right after it, where
    // the same must hold.
    while files(story) == before {
        ensure!(Instant::now() < deadline, "nothing was written");
    }
    story.world.operator.kill();
    Ok(())
}

#[tokio::test]
async fn killed_between_the_commit_and_the_finding() -> Result<()> {
    let mut story = Story::begin().await?;
    for run in 0..RUNS {
        story.merge().await?;
        let committed = story.committed();
        let held = story.hold(Stop::Request, is_finding);
        story.request_scan().await?;
        story.kill_at(held).await?;
        ensure!(
            story.committed() == committed + 2,
            "the run, and that its finding is published, are not committed"
        );
        ensure!(
            story.world.findings(POLICY).await?.len() == run,
            "it is published"
        );
        story.recover().await?;
    }
    Ok(())
}

#[tokio::test]
async fn killed_between_the_finding_and_its_status() -> Result<()> {
    let mut story = Story::begin().await?;
    for run in 0..RUNS {
        story.merge().await?;
        let held = story.hold(Stop::Request, is_finding_status);
        story.request_scan().await?;
        story.kill_at(held).await?;
        let findings = story.world.findings(POLICY).await?;
        ensure!(findings.len() == run + 1, "it is not published");
        ensure!(findings[run]["status"].is_null(), "it has a status");
        story.recover().await?;
    }
    Ok(())
}

#[tokio::test]
async fn killed_between_the_findings_and_the_policys_status() -> Result<()> {
    let mut story = Story::begin().await?;
    for run in 0..RUNS {
        story.merge().await?;
        let held = story.hold(Stop::Request, status_after_a_finding());
        story.request_scan().await?;
        story.kill_at(held).await?;
        let policy = story.world.policy_now(POLICY).await?;
        ensure!(story.world.findings(POLICY).await?.len() == run + 1);
        ensure!(
            policy["status"]["totals"]["changes"] == 2 * run,
            "{policy:#}"
        );
        story.recover().await?;
    }
    Ok(())
}

#[tokio::test]
async fn killed_right_after_the_policys_status() -> Result<()> {
    let mut story = Story::begin().await?;
    for run in 0..RUNS {
        story.merge().await?;
        let held = story.hold(Stop::Answer, status_after_a_finding());
        story.request_scan().await?;
        story.kill_at(held).await?;
        let policy = story.world.policy_now(POLICY).await?;
        ensure!(
            policy["status"]["totals"]["changes"] == 2 * (run + 1),
            "{policy:#}"
        );
        story.recover().await?;
    }
    Ok(())
}

fn is_finding(method: &str, path: &str) -> bool {
    method == "PATCH" && path.contains("/auditfindings/") && !path.ends_with("/status")
}

fn is_finding_status(method: &str, path: &str) -> bool {
    method == "PATCH" && path.contains("/auditfindings/") && path.ends_with("/status")
}

/// The policy's status that follows a finding's: one before it may tell of other things.
fn status_after_a_finding() -> impl FnMut(&str, &str) -> bool + Send + 'static {
    let mut published = false;
    move |method, path| {
        published |= is_finding_status(method, path);
        published
            && method == "PATCH"
            && path.contains("/auditpolicies/")
            && path.ends_with("/status")
    }
}
