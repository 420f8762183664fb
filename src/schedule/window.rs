//! Half-open windows of time, and how a chain's windows touch.
//!
//! 1. The first window starts `lookback` before the chain's genesis.
//! 2. Every later one starts `overlap` before the last one's end: what GitHub's indexes showed late is read again, and no
//!    moment is left out.
//! 3. A window ends now, in whole seconds, the resolution of GitHub's search.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// The time from `since` (inclusive) to `until` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The first moment in it.
    pub since: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// How far windows reach back, from the policy's `window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// How long before the genesis the first window starts.
    pub lookback: SignedDuration,
    /// How much of the window before is read again.
    pub overlap: SignedDuration,
}

// === impl Window ===

impl Window {
    /// The next window of a chain that starts at `genesis`, and whose last window ended at `last_until`, if it had one.
    ///
    /// A clock that went back gives a window that ends where the last one did: never an end before the start, never an end
    /// before what is already claimed.
    #[must_use]
    pub fn next(
        last_until: Option<Timestamp>,
        genesis: Timestamp,
        reach: Reach,
        now: Timestamp,
    ) -> Self {
        let (from, back) = match last_until {
            Some(until) => (until, reach.overlap),
            None => (genesis, reach.lookback),
        };
        Self {
            since: whole_seconds(from.saturating_sub(back).unwrap_or(from)),
            until: whole_seconds(now).max(whole_seconds(from)),
        }
    }

    /// The same window, reaching back far enough for what is owed since `owed`: with the overlap before it, since a change that the
    /// index showed late may be what is missing; but not beyond what the first windows of the chain reached.
    #[must_use]
    pub fn with_debt(self, owed: Option<Timestamp>, genesis: Timestamp, reach: Reach) -> Self {
        let Some(owed) = owed else { return self };
        let first = reach.lookback.max(reach.overlap);
        let first = whole_seconds(genesis.saturating_sub(first).unwrap_or(genesis));
        let back = whole_seconds(owed.saturating_sub(reach.overlap).unwrap_or(owed));
        let since = self.since.min(back.max(first).min(owed));
        Self { since, ..self }
    }

    /// What is left of the window when it has been read up to a time: from there on, less the overlap.
    #[must_use]
    pub fn after(self, read_until: Timestamp, overlap: SignedDuration) -> Self {
        let back = whole_seconds(read_until.saturating_sub(overlap).unwrap_or(read_until));
        let since = back.clamp(self.since, self.until.max(self.since));
        Self { since, ..self }
    }

    /// From when on a gap of this window is owed: from the oldest debt there is already, else from where the last window ended (up
    /// to there it was audited, though this one reads part of it again), else from its start.
    pub fn owed_since(
        &self,
        oldest_debt: Option<Timestamp>,
        last_until: Option<Timestamp>,
    ) -> Timestamp {
        oldest_debt.or(last_until).unwrap_or(self.since)
    }

    /// Whether `time` is in it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.since <= time && time < self.until
    }
}

/// A delay below `bound` that is always the same for one `uid`, so that policies with one schedule do not all start at
/// once, and none changes its time with an upgrade. Zero when `bound` is not positive.
#[must_use]
pub fn jitter(uid: &str, bound: SignedDuration) -> SignedDuration {
    // FNV-1a, 64 bits: stable across versions, unlike the standard library's hasher. No secret depends on it.
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = uid.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    match u64::try_from(bound.as_millis()) {
        Ok(millis @ 1..) => {
            let delay = hash % millis;
            SignedDuration::from_millis(i64::try_from(delay).unwrap_or(0))
        }
        _ => SignedDuration::ZERO,
    }
}

/// The second that `time` is in. Rounds towards the past on both sides of 1970.
pub(super) fn whole_seconds(time: Timestamp) -> Timestamp {
    let second = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
    Timestamp::from_second(second).unwrap_or(time)
}
