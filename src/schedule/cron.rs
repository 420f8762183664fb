//! A schedule in its time zone: which slot comes next, which is due, how many were missed.
//!
//! # When the clocks change
//!
//! A slot is a moment whose local time the schedule names. So a time that is missing does not run, and one that comes twice runs
//! twice, as a `CronJob` of the same schedule does. In `America/New_York` in 2026, where 02:00 to 03:00 is missing on 8 March and
//! 01:00 to 02:00 comes twice on 1 November:
//!
//! | schedule | missing hour | repeated hour |
//! |---|---|---|
//! | `30 2 * * *` | does not run that day | - |
//! | `0 1 * * *` | - | runs twice |
//! | `0 * * * *`, `*/30 * * * *` | goes on after the jump | runs in both hours |
//!
//! No change is lost by it: the next scan's window begins where the last one ended. In `Etc/UTC`, the default, nothing is missing
//! or repeated.
//!
//! Where a change is at midnight (Africa/Cairo, America/Havana) or of half an hour (`Australia/Lord_Howe`), `CronJob`'s search also
//! passes over some times of that day that do exist, or takes one of the day after for it. It is the same here, since a scan must
//! not change its times with who runs it; `cron/tests/cronjob.tsv` has such slots as the library of `CronJob` finds them.
//!
//! # `@every`
//!
//! `@every 90m` names no time of day: its slots are at multiples of the duration after the policy's creation, and after an edit of
//! the schedule after the last slot that was run.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::expression::{Expression, Meaning};
use super::invalid::InvalidSchedule;
use super::window::whole_seconds;

#[cfg(test)]
mod tests;

/// Slots up to here are counted one by one, more are estimated: as many as `CronJob` tolerates before it warns.
const COUNTED: i64 = 100;

/// How far back the last slot can lie: as far as `CronJob` looks ahead, and the rest of that year.
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(6 * 366 * 24);

/// A cron schedule in a time zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: Expression,
    zone: TimeZone,
}

/// What a schedule says at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The most recent slot that has come and was not handled yet. One catch-up run handles it and all earlier ones.
    pub slot: Option<Timestamp>,
    /// How many slots came before it and were not handled; an estimate above a hundred.
    pub missed: i64,
    /// The latest of those that were missed.
    pub last_missed: Option<Timestamp>,
    /// Whether `slot` is as old as the starting deadline: not to be run, but to be recorded as missed.
    pub too_late: bool,
    /// The first slot that is still to come.
    pub next: Option<Timestamp>,
}

// === impl Schedule ===

impl Schedule {
    /// Reads a schedule and the IANA name of its time zone, by the rules of batch/v1 `CronJob`.
    ///
    /// Zones come from the database that is compiled in, so that every machine means the same by a name.
    ///
    /// # Errors
    ///
    /// What `CronJob` would refuse, and a schedule that never comes, which it would accept and never run.
    pub fn parse(expression: &str, time_zone: &str) -> Result<Self, InvalidSchedule> {
        let zone = parse_time_zone(time_zone)?;
        let expression = Expression::parse(expression)?;
        Ok(Self { expression, zone })
    }

    /// The schedule as batch/v1 `CronJob` takes it: as it was given, and a rate as five fields.
    pub fn cron_expression(&self) -> &str {
        &self.expression.text
    }

    /// The first slot after `time`, or after the slot `time` for `@every`; none when there is none for five years.
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let time = whole_seconds(time);
        match &self.expression.meaning {
            Meaning::Calendar(calendar) => calendar.next_after(time, &self.zone),
            Meaning::Every(distance) => time.checked_add(*distance).ok(),
        }
    }

    /// The first slot after `now` of those that follow `earliest`, the last handled slot or the policy's creation.
    pub fn next_from(&self, earliest: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self.expression.meaning {
            Meaning::Calendar(_) => self.next_after(now),
            Meaning::Every(distance) => due_every(distance, whole_seconds(earliest), now).next,
        }
    }

    /// The interval at `now`: from the last due slot to the next. Zero at the end of the calendar.
    pub fn interval_at(&self, now: Timestamp) -> SignedDuration {
        if let Meaning::Every(distance) = self.expression.meaning {
            return distance;
        }
        let next = self.next_after(now);
        let last = self.last_at(now).or(next);
        let next = if last == next {
            next.and_then(|slot| self.next_after(slot))
        } else {
            next
        };
        match (last, next) {
            (Some(last), Some(next)) => next.duration_since(last),
            _ => SignedDuration::ZERO,
        }
    }

    /// Whether something that last succeeded at `last_success` is stale: two more slots have passed.
    pub fn is_stale(&self, last_success: Timestamp, now: Timestamp) -> bool {
        let second = self
            .next_after(last_success)
            .and_then(|first| self.next_after(first));
        second.is_some_and(|second| second <= now)
    }

    /// What is due at `now`, as the `CronJob` controller decides it: of all slots after `earliest` (the last handled slot, or
    /// the policy's creation) only the most recent one is run, and not even that when it is as old as `deadline`.
    ///
    /// Two faults of the `CronJob` controller are not repeated: it forgets to catch up where slots are unevenly spaced and several
    /// were missed, and never runs an `@every` whose distance is not below the deadline.
    pub fn due(
        &self,
        earliest: Timestamp,
        now: Timestamp,
        deadline: Option<SignedDuration>,
    ) -> Due {
        let mut due = match self.expression.meaning {
            Meaning::Calendar(_) => self.due_on_calendar(earliest, now),
            Meaning::Every(distance) => due_every(distance, whole_seconds(earliest), now),
        };
        due.too_late = match (due.slot, deadline) {
            (Some(slot), Some(deadline)) => now.duration_since(slot) >= deadline,
            _ => false,
        };
        due
    }

    fn due_on_calendar(&self, earliest: Timestamp, now: Timestamp) -> Due {
        let slot = self.last_between(earliest, now);
        let before = slot.and_then(|slot| slot.checked_sub(SignedDuration::from_secs(1)).ok());
        Due {
            slot,
            missed: slot.map_or(0, |slot| self.count_between(earliest, slot)),
            last_missed: before.and_then(|before| self.last_between(earliest, before)),
            too_late: false,
            next: self.next_after(now),
        }
    }

    /// The last slot at or before `time`; none when there was none in five years.
    fn last_at(&self, time: Timestamp) -> Option<Timestamp> {
        let mut back = SignedDuration::from_mins(1);
        while back < LONGEST_GAP * 2 {
            if let Some(slot) = self.last_between(time.checked_sub(back).ok()?, time) {
                return Some(slot);
            }
            back *= 2;
        }
        None
    }

    /// The last slot after `after` and not after `until`, found by halving: each step is one search.
    fn last_between(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let mut found = self.next_after(after).filter(|slot| *slot <= until)?;
        let mut none_after = until;
        loop {
            let half = none_after.duration_since(found) / 2;
            let middle = found.checked_add(half).ok()?;
            match self.next_after(middle).filter(|slot| *slot <= until) {
                Some(slot) => found = slot,
                // Nothing between the middle and the end: look in the first half, down to a minute.
                None if half < SignedDuration::from_secs(30) => return Some(found),
                None => none_after = middle,
            }
        }
    }

    /// How many slots lie after `after` and before `slot`.
    fn count_between(&self, after: Timestamp, slot: Timestamp) -> i64 {
        let mut time = after;
        for count in 0..=COUNTED {
            match self.next_after(time) {
                Some(next) if next < slot => time = next,
                _ => return count,
            }
        }
        self.estimate_between(after, slot)
    }

    /// As many as fit when all follow each other like the first two.
    fn estimate_between(&self, after: Timestamp, slot: Timestamp) -> i64 {
        let first = self.next_after(after);
        let second = first.and_then(|first| self.next_after(first));
        match (first, second) {
            (Some(first), Some(second)) => {
                let step = second.duration_since(first).as_secs().max(1);
                (slot.duration_since(first).as_secs() / step).max(COUNTED + 1)
            }
            _ => COUNTED + 1,
        }
    }
}

/// What is due of slots at multiples of `distance` after `earliest`, which is whole seconds, as `distance` is.
fn due_every(distance: SignedDuration, earliest: Timestamp, now: Timestamp) -> Due {
    let distance = distance.as_secs().max(1);
    let passed = now.duration_since(earliest).as_secs().max(0) / distance;
    let slot = |number: i64| {
        let seconds = distance.checked_mul(number)?;
        let slot = earliest.checked_add(SignedDuration::from_secs(seconds));
        slot.ok()
    };
    Due {
        slot: slot(passed).filter(|_| passed > 0),
        missed: (passed - 1).max(0),
        last_missed: slot(passed - 1).filter(|_| passed > 1),
        too_late: false,
        next: slot(passed + 1),
    }
}

fn parse_time_zone(name: &str) -> Result<TimeZone, InvalidSchedule> {
    let unknown = || InvalidSchedule::UnknownTimeZone {
        name: name.to_owned(),
    };
    let zone = TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| unknown())?;
    // The database ignores case; a CronJob's time zone is the name of a file and does not.
    match zone.iana_name() {
        Some(correct) if correct == name && !zone.is_unknown() => Ok(zone),
        Some(correct) if correct.eq_ignore_ascii_case(name) && !zone.is_unknown() => {
            Err(InvalidSchedule::MisspelledTimeZone {
                name: name.to_owned(),
                correct: correct.to_owned(),
            })
        }
        _ => Err(unknown()),
    }
}
