//! The verification of a whole archive: which chains there are, that none has a hole, and that each chain's windows touch and its
//! runs were judged by the policy that the chain says was in force.
//!
//! What a replay checks (links, digests, counts) is checked by a replay; here comes what only a listing, or the sequence of entries,
//! can tell.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use jiff::Timestamp;
use object_store::path::Path;

use super::Archive;
use super::chain::Chain;
use super::entry::{Body, Entry, Run};
use super::error::{Corruption, Error, Operation, Result};
use super::layout::ChainId;
use super::state::ChainState;
use crate::digest::Digest;

/// What was found of a chain whose every link and digest holds.
#[derive(Debug, Clone)]
pub struct Verification {
    /// What the chain adds up to.
    pub state: ChainState,
    /// How many runs it has.
    pub runs: u64,
    /// What is wrong all the same, each with its place.
    pub problems: Vec<String>,
}

/// What follows from one entry for the next.
#[derive(Default)]
struct Continuity {
    policy: Option<Digest>,
    window_until: Option<Timestamp>,
    runs: u64,
    problems: Vec<String>,
}

// === impl Archive ===

impl Archive {
    /// Every chain of the archive, in the order of their folders.
    ///
    /// # Errors
    ///
    /// Where the archive cannot be listed.
    pub async fn chains(&self) -> Result<Vec<ChainId>> {
        let mut folders = vec![Path::default()];
        for _ in 0..3 {
            let mut deeper = Vec::new();
            for folder in &folders {
                deeper.extend(self.storage.folders(folder).await?);
            }
            folders = deeper;
        }
        folders.sort();
        Ok(folders.iter().filter_map(ChainId::from_folder).collect())
    }
}

// === impl Chain ===

impl Chain {
    /// Reads the whole chain and says what it adds up to and what is wrong with it, or none where there is no chain.
    ///
    /// # Errors
    ///
    /// The first place where something is missing, altered or out of order, so that nothing after it means anything.
    pub async fn verify(&self) -> Result<Option<Verification>> {
        let Some(state) = self.replay().await? else {
            return Ok(None);
        };
        self.check_listing(&state).await?;
        let mut continuity = Continuity::default();
        for sequence in 0..=state.head.sequence {
            let missing = || Error::corrupt(&self.id().entry(sequence), Corruption::Missing);
            let stored = self.read(sequence).await?.ok_or_else(missing)?;
            continuity.follow(&stored.entry);
        }
        let Continuity {
            runs, mut problems, ..
        } = continuity;
        if state.duplicates > 0 {
            problems.push(format!(
                "{} changes were judged more than once",
                state.duplicates
            ));
        }
        Ok(Some(Verification {
            state,
            runs,
            problems,
        }))
    }

    /// A listing finds what a walk along the chain cannot: entries beyond a hole.
    async fn check_listing(&self, state: &ChainState) -> Result<()> {
        let listed = self
            .storage
            .names(&self.id().folder().join("entries"))
            .await?;
        let is_beyond =
            |name: &&String| name.as_str() > format!("{:020}.json", state.head.sequence).as_str();
        match listed.iter().find(is_beyond) {
            None => Ok(()),
            Some(_) => Err(Error::corrupt(
                &self.id().entry(state.head.sequence + 1),
                Corruption::Missing,
            )),
        }
    }
}

// === impl Continuity ===

impl Continuity {
    fn follow(&mut self, entry: &Entry) {
        match &entry.body {
            Body::Genesis(_) | Body::Acknowledgement(_) | Body::Review(_) | Body::Retirement(_) => {
            }
            Body::Control(control) => self.policy = Some(control.policy_digest),
            Body::Run(run) => self.follow_run(entry.sequence, run),
        }
    }

    fn follow_run(&mut self, sequence: u64, run: &Run) {
        self.runs += 1;
        let window = run.window;
        if let Some(until) = self.window_until.filter(|until| *until < window.since) {
            let since = window.since;
            self.problems.push(format!(
                "entry {sequence}: its window begins at {since}, but the one before ended at {until}: no run covers the time between"
            ));
        }
        if self.policy != Some(run.policy_digest) {
            self.problems.push(format!("entry {sequence}: it was judged by a policy that the chain does not hold at that place"));
        }
        if run.closes_window {
            self.window_until = self.window_until.max(Some(window.until));
        }
    }
}

// === impl ChainId ===

impl ChainId {
    /// The chain of a folder as [`ChainId::folder`] names it; none for any other path.
    fn from_folder(folder: &Path) -> Option<Self> {
        let parts: Vec<String> = folder
            .parts()
            .map(|part| part.as_ref().to_owned())
            .collect();
        let [namespace, policy, organization_id] = <[String; 3]>::try_from(parts).ok()?;
        let organization_id = organization_id.parse().ok()?;
        Some(Self {
            namespace,
            policy,
            organization_id,
        })
    }
}

// === impl Storage ===

impl super::storage::Storage {
    async fn folders(&self, folder: &Path) -> Result<Vec<Path>> {
        let listed = self.store.list_with_delimiter(Some(folder)).await;
        Ok(listed
            .map_err(|source| self.failed(Operation::Read, folder, source))?
            .common_prefixes)
    }

    /// The names of the objects right below a folder, in order.
    async fn names(&self, folder: &Path) -> Result<BTreeSet<String>> {
        let objects = self.store.list(Some(folder));
        let names = objects.try_filter_map(|object| async move {
            Ok(object.location.filename().map(str::to_owned))
        });
        names
            .try_collect()
            .await
            .map_err(|source| self.failed(Operation::Read, folder, source))
    }
}
