//! The state that a chain adds up to: a pure fold over its entries and their records. Whoever has folded the same entries, at
//! once or in pieces, has the same state.

mod decision;
mod fold;
mod identity;
mod inherit;
mod mismatch;
mod open;
pub(super) mod parts;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::finding::Finding;
use crate::audit::record::ChangeIdentity;
use crate::audit::totals::Totals;
use crate::digest::Digest;

use super::entry::{
    Debt, Genesis, Head, Position, RecordsReference, SkippedRepository, SnapshotReference,
};

pub use fold::{LocatedRecord, RunFold};
pub use identity::KEPT;
pub use mismatch::{Adopted, Expectation, Mismatch};
pub use open::OpenRun;
pub use tally::Tally;

/// What a chain says up to its head.
///
/// What it serializes to is the core of a snapshot; what grows with the chain goes into parts of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainState {
    /// What the chain is about.
    pub genesis: Genesis,
    /// The genesis' digest, which tells this chain from every other.
    pub genesis_digest: Digest,
    /// The last entry that is in this state.
    pub head: Head,
    /// The latest snapshot that the head names; none before the first.
    pub snapshot: Option<SnapshotReference>,
    /// The uid of the cluster that the chain belongs to: the genesis', or that of the last adoption; none without a cluster.
    pub cluster_uid: Option<String>,
    /// The last adoption; none where the chain was never adopted.
    #[serde(default)]
    pub adopted: Option<Adopted>,
    /// The policy as of the last `Control`; none before the first.
    pub policy: Option<PolicyState>,
    /// The end of the last window that was closed; none before the first.
    pub window_until: Option<Timestamp>,
    /// The run whose segments are in the chain but whose window is not closed; none where the last run closed its window.
    pub open: Option<OpenRun>,
    /// The last slot of the schedule for which a run closed its window.
    pub last_slot: Option<Timestamp>,
    /// The last slot that passed without a run.
    pub last_missed: Option<Timestamp>,
    /// The last value of `mergeaudit.io/requested-at` that a run answered.
    pub handled_request: Option<String>,
    /// When the last run that closed its window finished, by GitHub's clock.
    pub last_success: Option<Timestamp>,
    /// Counts of all determined changes, each once.
    pub totals: Totals,
    /// What the last run that closed its window could not audit.
    pub debts: Vec<Debt>,
    /// Changes that the last run that closed its window should have read again, and could not.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unread: BTreeSet<ChangeIdentity>,
    /// How many repositories the last run that closed its window audited.
    pub repositories_audited: i64,
    /// What the last run that closed its window left out.
    pub repositories_skipped: Vec<SkippedRepository>,
    /// Records of changes that were determined before: counted nowhere; more than 0 means that two runs judged one change.
    pub duplicates: i64,
    /// Acknowledgements, reviews, retirements and publications of findings that the state did not have: they change nothing.
    pub unmatched_decisions: i64,
    #[serde(skip)]
    determined: BTreeMap<ChangeIdentity, Timestamp>,
    #[serde(skip)]
    unclear: BTreeMap<ChangeIdentity, UnclearChange>,
    #[serde(skip)]
    findings: BTreeMap<ChangeIdentity, Finding>,
    /// Every object of records, by the month in which the window of its run ends, such as `2026-11`.
    #[serde(skip)]
    records: BTreeMap<String, Vec<RecordsReference>>,
}

/// The policy as the chain knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyState {
    /// The digest of its spec.
    pub digest: Digest,
    /// `metadata.generation`; none without a cluster.
    pub generation: Option<i64>,
    /// Whether it is suspended.
    pub suspended: bool,
}

/// A change that was seen and must be read again: pending or undetermined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnclearChange {
    /// GitHub's node id, by which to read it again.
    pub node_id: String,
    /// When it landed, by GitHub's clock.
    pub merged_at: Timestamp,
    /// Whether it is young enough to become clear by itself.
    pub pending: bool,
}

// === impl ChainState ===

impl ChainState {
    /// Where the next entry is appended.
    pub fn position(&self) -> Position {
        Position {
            head: self.head,
            snapshot: self.snapshot,
        }
    }

    /// Whether this state of the same chain has entries that the other has not. After an adoption it is another chain: the one
    /// before may have lost its end.
    pub fn is_after(&self, other: &Self) -> bool {
        self.genesis_digest == other.genesis_digest
            && self.adopted == other.adopted
            && self.head.sequence > other.head.sequence
    }

    /// Every pending or undetermined change, in the order of identities.
    pub fn unclear(&self) -> &BTreeMap<ChangeIdentity, UnclearChange> {
        &self.unclear
    }

    /// How many changes are pending or undetermined.
    pub fn undetermined(&self) -> i64 {
        count(self.unclear.len())
    }

    /// How many changes are pending: not clear yet, and young enough to become so by themselves.
    pub fn pending(&self) -> i64 {
        count(
            self.unclear
                .values()
                .filter(|change| change.pending)
                .count(),
        )
    }

    /// Every finding that is not retired, in the order of identities: non-compliant, undetermined (not pending), and resolved ones.
    pub fn findings(&self) -> &BTreeMap<ChangeIdentity, Finding> {
        &self.findings
    }

    /// Everything in scope is audited up to here: the end of the last window, or the oldest pending change or debt, if that is
    /// older; none before the first window was closed. An undetermined change was audited, has a finding, and holds nothing back.
    pub fn checked_until(&self) -> Option<Timestamp> {
        let unclear = self
            .unclear
            .values()
            .filter(|change| change.pending)
            .map(|change| change.merged_at);
        let closed = self.window_until?;
        Some(
            unclear
                .chain(self.oldest_debt())
                .fold(closed, Timestamp::min),
        )
    }

    /// From when on the last run, or the one that is still open, owes something; none where they owe nothing.
    pub fn oldest_debt(&self) -> Option<Timestamp> {
        let open = self.open.iter().flat_map(|open| &open.debts);
        self.debts.iter().chain(open).map(|debt| debt.since).min()
    }

    /// Counts for a run that goes on from this state, before it is committed.
    pub fn tally(&self) -> Tally<'_> {
        Tally::new(self)
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
