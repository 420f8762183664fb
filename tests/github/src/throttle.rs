//! Secondary limits: requests at the same time, points and working time in a minute, and the lock-out after failed logins.
//! <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits>
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    budget::Resource,
    clock::later,
    settings::{Limits, Lockout},
};

#[derive(Debug, Default)]
struct Caller {
    minute_ends: Timestamp,
    rest: u64,
    graphql: u64,
    /// Milliseconds that answers took.
    rest_time: u64,
    graphql_time: u64,
    blocked_until: Timestamp,
}

/// What every caller did in the last minute, and who is blocked.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    callers: HashMap<String, Caller>,
    failed_logins: u32,
    locked_until: Timestamp,
}

impl Throttle {
    /// Counts a request, or tells how long the caller has to wait. `crowded` is said of too many requests at the same time.
    pub(crate) fn admit(
        &mut self,
        (caller, resource): (&str, Resource),
        crowded: bool,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<(), SignedDuration> {
        let caller = self.callers.entry(caller.to_owned()).or_default();
        if now >= caller.minute_ends {
            caller.minute_ends = later(now, limits.minute_milliseconds);
            (caller.rest, caller.graphql) = (0, 0);
            (caller.rest_time, caller.graphql_time) = (0, 0);
        }
        let blocked = now < caller.blocked_until;
        if crowded
            || (!blocked && caller.exceeds(resource, limits))
            || (blocked && limits.asking_prolongs)
        {
            caller.blocked_until = later(now, limits.penalty_milliseconds);
        }
        if now < caller.blocked_until {
            return Err(caller.blocked_until.duration_since(now));
        }
        Ok(())
    }

    /// Notes how long an answer took.
    pub(crate) fn worked(&mut self, caller: &str, resource: Resource, milliseconds: u64) {
        let Some(caller) = self.callers.get_mut(caller) else {
            return;
        };
        match resource {
            Resource::Graphql => caller.graphql_time += milliseconds,
            Resource::Core | Resource::Search => caller.rest_time += milliseconds,
        }
    }

    /// Whether everybody is locked out.
    pub(crate) fn is_locked(&self, now: Timestamp) -> bool {
        now < self.locked_until
    }

    /// Notes a 401.
    pub(crate) fn login_failed(&mut self, lockout: Option<Lockout>, now: Timestamp) {
        let Some(lockout) = lockout else { return };
        self.failed_logins += 1;
        if self.failed_logins >= lockout.failures {
            self.failed_logins = 0;
            self.locked_until = later(now, lockout.milliseconds);
        }
    }
}

impl Caller {
    /// Counts a request and tells whether it is one too many. Every request here reads, which is 1 point.
    fn exceeds(&mut self, resource: Resource, limits: &Limits) -> bool {
        let (used, limit) = match resource {
            Resource::Graphql => (&mut self.graphql, limits.graphql_points),
            Resource::Core | Resource::Search => (&mut self.rest, limits.rest_points),
        };
        *used += 1;
        limit.is_some_and(|limit| *used > limit) || self.is_exhausting(limits)
    }

    fn is_exhausting(&self, limits: &Limits) -> bool {
        let over = |limit: Option<u64>, time: u64| limit.is_some_and(|limit| time > limit * 1000);
        over(limits.graphql_seconds, self.graphql_time)
            || over(limits.seconds, self.graphql_time + self.rest_time)
    }
}
