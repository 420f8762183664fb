//! The verification of a whole archive: every chain from its genesis to its end, trusting no snapshot and no count.
//!
//! What is wrong is noted, and the walk goes on: a damaged object hides none behind it. Memory holds what a state holds, and a
//! digest for every change and object of the chain.

mod continuity;
mod listing;
mod problems;
mod walk;

use object_store::path::Path;

use super::Archive;
use super::chain::Chain;
use super::entry::Head;
use super::error::Result;
use super::layout::ChainId;
use super::state::ChainState;

use problems::Problems;
use walk::Walk;

/// At most this many problems of a chain are told; the others are counted.
pub const PROBLEMS: usize = 100;

/// What was found of a chain.
#[derive(Debug, Clone)]
pub struct Verification {
    /// What the chain adds up to; none where that cannot be told, as without a genesis.
    pub state: Option<ChainState>,
    /// The last of the entries that could be read.
    pub head: Option<Head>,
    /// How many entries it has.
    pub entries: u64,
    /// How many of them are runs, or segments of runs.
    pub runs: u64,
    /// How many snapshots were compared with what the entries add up to.
    pub snapshots: u64,
    /// How many snapshots are of another version of this program, and were not compared.
    pub other_snapshots: u64,
    /// How many objects of records and snapshots no entry names, such as a crash leaves behind: they prove nothing, and nothing
    /// is wrong with them.
    pub debris: u64,
    /// What is wrong, each with its place, in the order of the chain.
    pub problems: Vec<String>,
    /// How many more problems there are.
    pub more_problems: u64,
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
    /// Reads the whole chain and says what it adds up to and everything that is wrong with it, or none where there is no chain.
    ///
    /// Checked are every number, link and digest, every record, that totals and snapshots are what the records add up to, that
    /// windows touch, that each run was judged by the policy in force, and that no change was judged twice. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the archive cannot be read: that says nothing about what is in it.
    pub async fn verify(&self) -> Result<Option<Verification>> {
        let entries = self.list_entries().await?;
        if entries.is_empty() {
            return Ok(None);
        }
        let mut walk = Walk::new(self);
        let mut expected = 0;
        for &sequence in &entries {
            if expected < sequence {
                walk.note_missing(expected, sequence - 1);
            }
            walk.visit(sequence).await?;
            expected = sequence.saturating_add(1);
        }
        walk.finish(entries.len() as u64).await.map(Some)
    }
}

// === impl Verification ===

impl Verification {
    /// Whether nothing is wrong with the chain.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
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
