//! The demo's GitHub: an organization that reviews its changes, until it does not.

use std::time::Duration;

use anyhow::{Result, ensure};
use jiff::SignedDuration;
use mergeaudit_test_github::{MergeNow, Simulator, World, now};
use mergeaudit_test_world::eventually;

/// The token that the policy's Secret holds.
pub(super) const TOKEN: &str = "ghp_demo";

/// Title, author and reviewer of the changes of the last hours, one an hour.
const HISTORY: [(&str, &str, &str, &str); 6] = [
    ("payments", "Round to even", "alice", "bob"),
    ("ledger", "Close books in UTC", "bob", "carol"),
    ("payments", "Retry declined cards once", "carol", "alice"),
    ("website", "New imprint", "dave", "bob"),
    ("ledger", "Index by account", "alice", "carol"),
    ("payments", "Log the issuer's answer", "bob", "alice"),
];

/// `acme`, every change of which was approved by somebody independent.
pub(super) fn seeded() -> World {
    let mut world = World::new(1);
    let mut acme = world.organization("acme");
    let mut merged = now() - SignedDuration::from_hours(7);
    for (repository, title, author, reviewer) in HISTORY {
        merged += SignedDuration::from_hours(1);
        let mut repository = acme
            .repository(repository)
            .writers(&["alice", "bob", "carol", "dave"]);
        let _ = repository
            .merged_pull_request(title)
            .author(author)
            .approved_by(reviewer)
            .merged_at(merged)
            .compliant();
    }
    world.token(TOKEN).organization("acme");
    world
}

/// What nobody approved; returns its number once GitHub's clock has moved on, so that the next window has it.
pub(super) async fn merge_unreviewed(github: &Simulator) -> Result<u64> {
    let number = github.merge(&MergeNow {
        organization: "acme".to_owned(),
        repository: "payments".to_owned(),
        title: "Skip the limit check for now".to_owned(),
        author: "alice".to_owned(),
        ..MergeNow::default()
    })?;
    let merged = github.now();
    eventually("the next second", Duration::from_secs(5), async || {
        ensure!(github.now() > merged, "it is {merged} still");
        Ok(())
    })
    .await?;
    Ok(number)
}
