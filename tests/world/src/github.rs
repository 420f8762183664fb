//! The GitHub that tests get unless they describe their own, and merges in it.

use std::time::Duration;

use anyhow::{Result, ensure};
use mergeaudit_test_github::{Handle, MergeNow, World};

use crate::poll::eventually;

/// `acme` with `payments` and `ledger`, three writers, and a token that sees all of it.
pub(crate) fn small_world(token: &str) -> World {
    let mut world = World::new(1);
    let mut acme = world.organization("acme");
    for repository in ["payments", "ledger"] {
        let _ = acme
            .repository(repository)
            .writers(&["alice", "bob", "carol"]);
    }
    world.token(token).organization("acme");
    world
}

/// Merges now, and waits until GitHub's clock has moved on: it tells whole seconds, and a window ends before its last one.
pub(crate) async fn merge(github: &Handle, what: &MergeNow) -> Result<u64> {
    let number = github.merge(what)?;
    let merged = github.now();
    eventually(
        "GitHub's clock to move on",
        Duration::from_secs(5),
        async || {
            ensure!(github.now() > merged, "it is {merged} still");
            Ok(())
        },
    )
    .await?;
    Ok(number)
}
