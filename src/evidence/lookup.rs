//! Whether a change that landed long ago was judged: its record is looked up where it can be.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::audit::record::{ChangeIdentity, Record};
use crate::audit::verdict::Verdict;
use crate::digest::Digest;

use super::chain::Chain;
use super::entry::RecordsReference;
use super::error::Result;
use super::state::ChainState;

/// How many digests of changes are remembered from objects that were looked into: 32 bytes each.
const REMEMBERED: usize = 1 << 18;

/// What objects of records were found to hold; shared by all clones of a [`Chain`]. Objects never change, so nothing gets old.
#[derive(Debug, Clone, Default)]
pub(super) struct Looked(Arc<Mutex<VecDeque<Judged>>>);

/// The changes that one object determines.
#[derive(Debug, Clone)]
struct Judged {
    object: Digest,
    /// The digests of their identities, in order.
    changes: Arc<[Digest]>,
}

// === impl Chain ===

impl Chain {
    /// Whether this change, which landed at `merged_at`, has its verdict, which is never judged again.
    ///
    /// The state knows the changes of the last [`super::state::KEPT`]; older ones are looked for in the records objects that hold
    /// changes of that moment. What was read is remembered, up to 262,144 changes of the objects used last: a window of
    /// old changes in the order of time reads each object once.
    pub async fn is_determined(
        &self,
        state: &ChainState,
        change: &ChangeIdentity,
        merged_at: Timestamp,
    ) -> Result<bool> {
        if state.is_determined(change) {
            return Ok(true);
        }
        let by_heart = state.known_since().is_none_or(|since| since <= merged_at);
        if by_heart || state.unclear().contains_key(change) {
            return Ok(false);
        }
        let wanted = change.digest();
        for object in state.records_of(merged_at) {
            if self.judged(object).await?.binary_search(&wanted).is_ok() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn judged(&self, object: &RecordsReference) -> Result<Arc<[Digest]>> {
        if let Some(changes) = self.looked.find(&object.digest) {
            return Ok(changes);
        }
        let mut changes = Vec::new();
        for record in self.records(object).await? {
            changes.extend(determined(&record?));
        }
        changes.sort_unstable();
        let changes: Arc<[Digest]> = changes.into();
        self.looked.remember(Judged {
            object: object.digest,
            changes: Arc::clone(&changes),
        });
        Ok(changes)
    }
}

fn determined(record: &Record) -> Option<Digest> {
    match record.verdict {
        Verdict::Undetermined { .. } => None,
        Verdict::Compliant | Verdict::Exempt { .. } | Verdict::NonCompliant { .. } => {
            Some(record.identity.digest())
        }
    }
}

// === impl Looked ===

impl Looked {
    /// What is known of an object, which is then the last to be forgotten.
    fn find(&self, object: &Digest) -> Option<Arc<[Digest]>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.iter().position(|judged| judged.object == *object)?;
        let judged = known.remove(at)?;
        let changes = Arc::clone(&judged.changes);
        known.push_back(judged);
        Some(changes)
    }

    fn remember(&self, judged: Judged) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back(judged);
        let size = |judged: &Judged| judged.changes.len().max(1);
        let mut total: usize = known.iter().map(size).sum();
        while total > REMEMBERED && known.len() > 1 {
            total -= known.pop_front().as_ref().map_or(0, size);
        }
    }
}
