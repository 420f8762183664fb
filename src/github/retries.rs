//! How many retries a client may still make: so that a GitHub that is broken for everybody is not asked four times as much.

use std::sync::atomic::{AtomicI64, Ordering};

/// Retries in reserve, for an outage that passes.
const RESERVE: i64 = 50;

/// Successes that earn another retry: one request in three may fail, and all are still retried.
const SUCCESSES: i64 = 2;

/// A reserve of retries that failures use up and successes fill again.
#[derive(Debug)]
pub(super) struct Retries(AtomicI64);

// === impl Retries ===

impl Retries {
    /// Takes one; false where none is left.
    pub(super) fn take(&self) -> bool {
        let taken = |left: i64| (left >= SUCCESSES).then_some(left - SUCCESSES);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken)
            .is_ok()
    }

    /// Notes a success.
    pub(super) fn earn(&self) {
        let earned = |left: i64| (left < RESERVE * SUCCESSES).then_some(left + 1);
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, earned);
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self(AtomicI64::new(RESERVE * SUCCESSES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(retries: &Retries) -> usize {
        std::iter::repeat_with(|| retries.take())
            .take_while(|taken| *taken)
            .count()
    }

    #[test]
    fn failures_use_the_reserve_up_and_successes_fill_it_again() {
        let retries = Retries::default();
        assert_eq!(left(&retries), 50);
        retries.earn();
        assert_eq!(left(&retries), 0);
        retries.earn();
        assert_eq!(left(&retries), 1);
        for _ in 0..1000 {
            retries.earn();
        }
        assert_eq!(left(&retries), 50);
    }
}
