//! How far the search index lags behind what it indexes. GitHub states no bound; minutes to hours were seen.
use jiff::{SignedDuration, Timestamp};

use super::PullRequest;

/// The search index as a request meets it. By default it is always up to date.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchIndex {
    /// Each request is answered by a replica that is at most this much older than the simulator's clock: what is just becoming
    /// visible comes and goes, so that pages shift while they are read.
    pub replica_lag: SignedDuration,
    now: Timestamp,
    requests: u64,
}

impl SearchIndex {
    /// A request begins: another replica may answer it.
    pub(crate) fn turn_to(&mut self, now: Timestamp) {
        self.now = now;
        self.requests += 1;
    }

    /// Whether the replica that answers this request has a pull request already.
    pub(crate) fn has(&self, pull_request: &PullRequest) -> bool {
        let Some(from) = pull_request.searchable_at else {
            return true;
        };
        from <= self.now.saturating_sub(self.lag()).unwrap_or(self.now)
    }

    /// Steps through the replicas in an order that repeats nothing soon: the multiplier is the golden ratio's.
    fn lag(&self) -> SignedDuration {
        let bound = u64::try_from(self.replica_lag.as_secs()).unwrap_or_default();
        let step = self.requests.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        let seconds = step % (bound + 1);
        SignedDuration::from_secs(i64::try_from(seconds).unwrap_or_default())
    }
}
