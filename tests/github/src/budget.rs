//! Primary rate limits: for each caller, points or requests in a window.
//! <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>
use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    clock::{later, next_second},
    graphql::Rate,
    settings::Limits,
};

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

/// Whose budget of what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Account {
    /// A token, or an installation with all its tokens.
    pub(crate) caller: String,
    pub(crate) resource: Resource,
}

#[derive(Debug, Clone, Copy)]
struct Usage {
    used: u64,
    reset: Timestamp,
}

/// What every caller has used.
#[derive(Debug, Default)]
pub(crate) struct Budgets {
    usage: HashMap<Account, Usage>,
}

impl Budgets {
    /// The state after spending some points; the error is the state of a budget that does not suffice.
    pub(crate) fn spend(
        &mut self,
        account: Account,
        (hourly, limits): (u64, &Limits),
        points: u64,
        now: Timestamp,
    ) -> Result<Rate, Rate> {
        let (limit, window) = match account.resource {
            Resource::Search => (limits.searches, limits.minute_milliseconds),
            Resource::Core | Resource::Graphql => (hourly, limits.hour_milliseconds),
        };
        let fresh = Usage {
            used: 0,
            reset: later(now, window),
        };
        let usage = self.usage.entry(account).or_insert(fresh);
        if now >= usage.reset {
            *usage = fresh;
        }
        let suffices = points == 0 || usage.used + points <= limit;
        if suffices {
            usage.used += points;
        }
        let rate = rate(*usage, limit, suffices);
        if suffices { Ok(rate) } else { Err(rate) }
    }

    /// Gives back what turned out not to count.
    pub(crate) fn refund(&mut self, account: &Account, points: u64) {
        if let Some(usage) = self.usage.get_mut(account) {
            usage.used = usage.used.saturating_sub(points);
        }
    }

    /// Takes points away that were not asked for: what running into the time limit costs besides.
    pub(crate) fn deduct(&mut self, account: &Account, points: u64) {
        if let Some(usage) = self.usage.get_mut(account) {
            usage.used += points;
        }
    }
}

fn rate(usage: Usage, limit: u64, suffices: bool) -> Rate {
    let used = usage.used.min(limit);
    Rate {
        limit,
        used,
        remaining: if suffices { limit - used } else { 0 },
        reset: next_second(usage.reset),
    }
}
