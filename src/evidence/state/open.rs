//! A run whose segments are committed but whose window is not closed yet, such as a backfill that was interrupted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::entry::{Debt, Run};

/// What the segments since the last closed window have covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenRun {
    /// Where the window starts.
    pub since: Timestamp,
    /// Everything that was merged from there up to here has been read: a run goes on here.
    pub read_until: Timestamp,
    /// What the segments could not audit; the run that closes the window says it again.
    pub debts: Vec<Debt>,
}

// === impl OpenRun ===

impl OpenRun {
    /// What is covered after one more segment.
    pub(in crate::evidence) fn after(before: Option<Self>, segment: &Run) -> Self {
        let since = segment.window.since;
        let read_until = segment.segment_until.unwrap_or(since).max(since);
        let fresh = Self {
            since,
            read_until,
            debts: Vec::new(),
        };
        let mut after = before.map_or_else(|| fresh.clone(), |before| before.joined(&fresh));
        for debt in &segment.debts {
            owe(&mut after.debts, debt);
        }
        after
    }

    /// Two stretches of time that touch are one. Of two that do not, the earlier one counts: nothing is claimed beyond the gap.
    fn joined(self, other: &Self) -> Self {
        let (early, late) = if self.since <= other.since {
            (&self, other)
        } else {
            (other, &self)
        };
        let touches = late.since <= early.read_until;
        let read_until = if touches {
            early.read_until.max(late.read_until)
        } else {
            early.read_until
        };
        Self {
            since: early.since,
            read_until,
            debts: self.debts,
        }
    }
}

/// The same thing owed twice is owed once, since the earlier time.
fn owe(debts: &mut Vec<Debt>, debt: &Debt) {
    let same =
        |known: &&mut Debt| known.repository == debt.repository && known.reason == debt.reason;
    match debts.iter_mut().find(same) {
        Some(known) => known.since = known.since.min(debt.since),
        None => debts.push(debt.clone()),
    }
}
