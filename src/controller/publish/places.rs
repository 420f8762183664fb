//! Which findings are published (pure): those of which an entry of the archive says so. This decides which are the next.
//!
//! 1. What an entry says stays, until the finding is retired: deleted, the same findings come back, whatever else was deleted, in
//!    whatever order. Nothing that a person has seen vanishes because something worse came.
//! 2. A finding that is not closed holds one of `findings.maxOpen` places. One that is acknowledged for a term holds its place too,
//!    since it opens again: so never more are open than may be, and what opens again need not vanish.
//! 3. Free places go to Critical findings first, then to what landed first.
//! 4. Baseline findings have as many places of their own. An undetermined one that turns out to be baseline stays published.
//! 5. What is closed by the time that it could be published needs no place. Nobody is told of what proved compliant before
//!    anybody was told that it was undetermined, nor of what is to be retired.
//! 6. Where `maxOpen` is lowered, what is published stays, and the next is published when enough have closed.
//! 7. What is in the cluster, or was acknowledged, without an entry that says so (an earlier version wrote none, and an archive can
//!    lose its end) is published, places or not.

use jiff::{SignedDuration, Timestamp};

use crate::audit::finding::Finding;
use crate::audit::identity::finding_name;
use crate::audit::verdict::Severity;

/// Places that are taken, or free.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Of findings that are not closed.
    pub(super) open: i64,
    /// Of baseline findings.
    pub(super) baseline: i64,
}

/// What decides besides the chains.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    /// The policy's name.
    pub(super) policy: &'a str,
    /// The policy's `findings.maxOpen`.
    pub(super) max_open: i64,
    /// How long a finding stays after it closed.
    pub(super) retention: SignedDuration,
    /// Places that are taken by findings of chains that this process does not know.
    pub(super) elsewhere: Places,
    /// The time.
    pub(super) now: Timestamp,
}

/// In which order findings are published: the most urgent first.
pub(super) fn urgency(finding: &Finding) -> (bool, Timestamp) {
    let critical = finding.severity == Some(Severity::Critical);
    (!critical, finding.merged_at)
}

/// Of all findings of a policy those that are to be published besides those that are, the most urgent first. `is_there` says
/// whether a finding of that name is in the cluster.
pub(super) fn next<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    circumstances: &Circumstances<'_>,
    is_there: impl Fn(&str) -> bool,
) -> Vec<(String, &'a Finding)> {
    let (published, withheld): (Vec<_>, Vec<_>) = findings.partition(|it| it.published.is_some());
    let named = |finding: &'a Finding| (finding_name(circumstances.policy, finding), finding);
    let withheld = withheld.into_iter().map(named);
    let is_known =
        |(name, finding): &(String, &Finding)| finding.acknowledgement.is_some() || is_there(name);
    let (mut next, mut waiting): (Vec<_>, Vec<_>) = withheld.partition(is_known);
    let there = next.iter().map(|(_, finding)| *finding);
    let mut free = circumstances.free(published.into_iter().chain(there));
    waiting.retain(|(_, finding)| circumstances.is_worth_telling(finding));
    waiting.sort_by_cached_key(|(name, finding)| (urgency(finding), name.clone()));
    waiting.retain(|(_, finding)| free.take(finding));
    next.extend(waiting);
    next
}

// === impl Circumstances ===

impl Circumstances<'_> {
    /// The places that these published findings leave.
    fn free<'a>(&self, published: impl Iterator<Item = &'a Finding>) -> Places {
        let mut taken = self.elsewhere;
        for finding in published {
            taken.add(Places::of(finding));
        }
        Places {
            open: self.max_open.saturating_sub(taken.open),
            baseline: self.max_open.saturating_sub(taken.baseline),
        }
    }

    fn is_worth_telling(&self, finding: &Finding) -> bool {
        !finding.resolved && !finding.is_past(self.retention, self.now)
    }
}

// === impl Places ===

impl Places {
    /// Those that a published finding holds: one, or none.
    fn of(finding: &Finding) -> Self {
        let is_baseline = finding.baseline && finding.is_closed() && !finding.resolved;
        Self {
            open: i64::from(!finding.is_closed()),
            baseline: i64::from(is_baseline),
        }
    }

    /// With these as well.
    pub(super) fn add(&mut self, other: Self) {
        self.open += other.open;
        self.baseline += other.baseline;
    }

    /// Takes the places that a finding needs; false where there is none left.
    fn take(&mut self, finding: &Finding) -> bool {
        let needed = Self::of(finding);
        let left = Self {
            open: self.open - needed.open,
            baseline: self.baseline - needed.baseline,
        };
        // Of what is not needed there may be less than none.
        let lacks = |needed: i64, left: i64| needed > 0 && left < 0;
        if lacks(needed.open, left.open) || lacks(needed.baseline, left.baseline) {
            return false;
        }
        *self = left;
        true
    }
}

#[cfg(test)]
mod tests;
