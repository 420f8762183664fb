//! What totals and undetermined count will be after a run: a run's entry says them before it is in the chain.

use std::collections::BTreeMap;

use crate::audit::record::{ChangeIdentity, Record};
use crate::audit::totals::Totals;
use crate::audit::verdict::Verdict;

use super::{ChainState, count};

/// Counts on top of a state. Memory holds the identities of this run.
#[derive(Debug)]
pub struct Tally<'a> {
    state: &'a ChainState,
    totals: Totals,
    /// Changes of this run → whether they are determined.
    seen: BTreeMap<ChangeIdentity, bool>,
}

// === impl Tally ===

impl<'a> Tally<'a> {
    pub(super) fn new(state: &'a ChainState) -> Self {
        Self {
            state,
            totals: state.totals.clone(),
            seen: BTreeMap::new(),
        }
    }

    /// Counts a record of the run, and says whether it says anything new: false for a change that is determined already.
    pub fn add(&mut self, record: &Record) -> bool {
        let change = &record.identity;
        if self.state.is_determined(change) || self.seen.get(change) == Some(&true) {
            return false;
        }
        let determined = !matches!(record.verdict, Verdict::Undetermined { .. });
        self.totals.count(record);
        self.seen.insert(change.clone(), determined);
        true
    }

    /// Whether the run has a record of this change.
    pub fn has_seen(&self, change: &ChangeIdentity) -> bool {
        self.seen.contains_key(change)
    }

    /// The chain's counts after the run so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// How many changes are pending or undetermined after the run so far.
    pub fn undetermined(&self) -> i64 {
        let was_unclear = |change: &ChangeIdentity| self.state.unclear.contains_key(change);
        let changed = self.seen.iter().map(|(change, determined)| {
            // Determined: one less if it was unclear. Unclear: one more if it was not.
            i64::from(!determined) - i64::from(was_unclear(change))
        });
        count(self.state.unclear.len()) + changed.sum::<i64>()
    }
}
