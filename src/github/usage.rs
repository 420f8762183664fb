//! How much was asked of GitHub and what it charged: counted for each organization apart, since GitHub budgets installations.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::limits::Budget;

/// What a client has asked so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// How many requests were sent, retries and those for tokens included.
    pub requests: i64,
    /// What GitHub charged for them, in points of its hourly GraphQL budget, as far as it tells; 0 on a server without limits.
    ///
    /// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#primary-rate-limit>
    pub points: i64,
}

/// A count that grows.
#[derive(Debug, Default)]
pub(super) struct Counter {
    requests: AtomicI64,
    points: AtomicI64,
}

/// The counts of one set of credentials.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) total: Arc<Counter>,
    organizations: Mutex<HashMap<String, Arc<Counter>>>,
    /// How much of the GraphQL budget was used, and when it begins anew, as the last answer told.
    used: Mutex<Option<(Timestamp, i64)>>,
}

// === impl Usage ===

impl Usage {
    /// What came to it since an earlier reading of the same count.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            points: self.points - earlier.points,
        }
    }
}

// === impl Counter ===

impl Counter {
    pub(super) fn add(&self, points: i64) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.points.fetch_add(points.max(0), Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Usage {
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            points: self.points.load(Ordering::Relaxed),
        }
    }
}

// === impl Ledger ===

impl Ledger {
    /// The count of an organization, whose login GitHub compares without case.
    pub(super) fn of(&self, organization: &str) -> Arc<Counter> {
        let mut organizations = self
            .organizations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let counter = organizations.entry(organization.to_ascii_lowercase());
        Arc::clone(counter.or_default())
    }

    /// The points of one GraphQL answer: what it says itself, else by how much the budget's use has grown since the last one.
    pub(super) fn points(&self, cost: Option<i64>, budget: &Budget) -> i64 {
        let mut last = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let now = budget.reset.zip(budget.used);
        let grown = match (*last, now) {
            (Some((reset, before)), Some((same, after))) if reset == same => after - before,
            // The first request of an hour, or of this client: GitHub charges at least one point.
            (_, Some(_)) => 1,
            (_, None) => 0,
        };
        *last = now.max(*last);
        cost.unwrap_or(grown).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(reset: i64, used: i64) -> Budget {
        Budget {
            used: Some(used),
            reset: Timestamp::from_second(reset).ok(),
            ..Budget::default()
        }
    }

    #[test]
    fn points_are_what_the_answer_says_else_what_the_budget_lost() {
        let ledger = Ledger::default();
        assert_eq!(ledger.points(Some(12), &budget(100, 40)), 12);
        assert_eq!(ledger.points(None, &budget(100, 43)), 3);
        // An answer that was overtaken by another takes nothing back.
        assert_eq!(ledger.points(None, &budget(100, 41)), 0);
        assert_eq!(ledger.points(None, &budget(100, 45)), 2);
        // A new hour.
        assert_eq!(ledger.points(None, &budget(200, 7)), 1);
        // A server without limits.
        assert_eq!(ledger.points(None, &Budget::default()), 0);
    }

    #[test]
    fn organizations_are_counted_apart() {
        let ledger = Ledger::default();
        ledger.of("Acme").add(2);
        ledger.of("acme").add(3);
        ledger.of("other").add(1);
        let usage = |requests, points| Usage { requests, points };
        assert_eq!(ledger.of("ACME").read(), usage(2, 5));
        assert_eq!(ledger.of("other").read().since(usage(1, 0)), usage(0, 1));
    }
}
