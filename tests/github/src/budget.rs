//! Primary rate limits: for each token, points or requests in a window.
//! <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::graphql::Rate;

/// Requests to the search in a minute.
const SEARCHES: u64 = 30;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    Core,
    Search,
    Graphql,
}

impl Resource {
    /// As `x-ratelimit-resource` spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Search => "search",
            Self::Graphql => "graphql",
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Usage {
    used: u64,
    reset: Timestamp,
}

/// What every token has used.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    usage: HashMap<(String, Resource), Usage>,
}

impl Budgets {
    /// The state after spending some points; the error is the state of a budget that does not suffice.
    pub(crate) fn spend(
        &mut self,
        key: (&str, Resource),
        limit: u64,
        points: u64,
        now: Timestamp,
    ) -> Result<Rate, Rate> {
        let (token, resource) = key;
        let (limit, window) = match resource {
            Resource::Search => (SEARCHES, SignedDuration::from_mins(1)),
            Resource::Core | Resource::Graphql => (limit, SignedDuration::from_hours(1)),
        };
        let reset = now.checked_add(window).unwrap_or(now);
        let usage = self
            .usage
            .entry((token.to_owned(), resource))
            .or_insert(Usage { used: 0, reset });
        if now >= usage.reset {
            *usage = Usage { used: 0, reset };
        }
        let suffices = points == 0 || usage.used + points <= limit;
        if suffices {
            usage.used += points;
        }
        let used = usage.used.min(limit);
        let rate = Rate {
            limit,
            used,
            remaining: if suffices { limit - used } else { 0 },
            reset: usage.reset,
        };
        if suffices { Ok(rate) } else { Err(rate) }
    }
}
