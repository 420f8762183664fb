//! Which changes have their verdict: those of the last month by heart, older ones by where to look them up.

use jiff::{SignedDuration, Timestamp};

use crate::audit::record::ChangeIdentity;
use crate::evidence::entry::{Landed, RecordsReference, Run};

use super::ChainState;

/// How long before the end of the last closed window changes are known by heart. When a window closes, those that landed earlier
/// are forgotten: they are looked up in the records.
pub const KEPT: SignedDuration = SignedDuration::from_hours(31 * 24);

// === impl ChainState ===

impl ChainState {
    /// Whether the state knows by heart that this change has its verdict, which is never judged again. Of a change that landed
    /// over [`KEPT`] ago, only [`crate::evidence::Chain::is_determined`] can tell.
    pub fn is_determined(&self, change: &ChangeIdentity) -> bool {
        self.determined.contains_key(change)
    }

    /// Every change that the state knows by heart to have its verdict, and when it landed, in the order of identities.
    pub fn determined(&self) -> impl ExactSizeIterator<Item = (&ChangeIdentity, Timestamp)> {
        self.determined.iter().map(|(change, at)| (change, *at))
    }

    /// The first moment of which the state knows every determined change; none while it knows all there are.
    pub fn known_since(&self) -> Option<Timestamp> {
        let until = self.window_until?;
        Some(until.saturating_sub(KEPT).unwrap_or(Timestamp::MIN))
    }

    /// The objects that may hold a record of a change that landed then, the latest first.
    pub(in crate::evidence) fn records_of(
        &self,
        landed_at: Timestamp,
    ) -> impl Iterator<Item = &RecordsReference> {
        let all = self
            .records
            .values()
            .rev()
            .flat_map(|month| month.iter().rev());
        // An object that does not say what it holds may hold anything.
        all.filter(move |object| {
            object
                .landed
                .is_none_or(|landed| landed.contains(landed_at))
        })
    }

    pub(super) fn index_records(&mut self, run: &Run) {
        if run.records.is_empty() {
            return;
        }
        let month = run.window.until.strftime("%Y-%m").to_string();
        let objects = self.records.entry(month).or_default();
        objects.extend(run.records.iter().cloned());
    }

    /// Forgets what landed too long before the end of the window that has just been closed.
    pub(super) fn forget_old(&mut self) {
        if let Some(since) = self.known_since() {
            self.determined.retain(|_, landed_at| *landed_at >= since);
        }
    }
}

// === impl Landed ===

impl Landed {
    /// Whether `time` is in it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.first <= time && time <= self.last
    }
}
