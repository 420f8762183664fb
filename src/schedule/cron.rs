//! A schedule in its time zone: which slot comes next, which is due, how many were missed.
//!
//! # When the clocks change
//!
//! A schedule with exactly one minute and one hour names a *time of day*; every other one names an *interval*. In
//! America/New York in 2026, where 02:00 to 03:00 is missing on 8 March and 01:00 to 02:00 comes twice on 1 November:
//!
//! | schedule | missing hour | repeated hour |
//! |---|---|---|
//! | time of day, `30 2 * * *` | runs at 03:00, right after the jump | - |
//! | time of day, `0 1 * * *` | - | runs once, the first time |
//! | interval, `0 * * * *`, `*/30 * * * *` | goes on after the jump | runs in both hours |
//! | interval within the missing hour, `0,30 2 * * *` | does not run that day | - |
//!
//! So no day loses or doubles a daily run, as with Vixie cron. Kubernetes' own `CronJob` controller skips a missing time of day
//! and runs a repeated one twice. In `Etc/UTC`, the default, there is no difference.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use super::expression::Expression;
use super::invalid::InvalidSchedule;
use super::window::whole_seconds;

#[cfg(test)]
mod tests;

/// Slots up to here are counted one by one, more are estimated: as many as `CronJob` tolerates before it warns.
const COUNTED: i64 = 100;

/// How far back the last slot can lie: a 29 February is at most eight years after the one before.
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(9 * 366 * 24);

/// A cron schedule in a time zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: Expression,
    cron: Cron,
    zone: TimeZone,
}

/// What a schedule says at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The most recent slot that has come and was not handled yet. One catch-up run handles it and all earlier ones.
    pub slot: Option<Timestamp>,
    /// How many slots came before it and were not handled; an estimate above a hundred.
    pub missed: i64,
    /// Whether `slot` is older than the starting deadline: not to be run, but to be recorded as missed.
    pub too_late: bool,
    /// The first slot that is still to come.
    pub next: Option<Timestamp>,
}

// === impl Schedule ===

impl Schedule {
    /// Reads a schedule and the IANA name of its time zone, by the rules of batch/v1 `CronJob`.
    ///
    /// Zones come from the database that is compiled in, so that every machine means the same by a name.
    pub fn parse(expression: &str, time_zone: &str) -> Result<Self, InvalidSchedule> {
        let zone = parse_time_zone(time_zone)?;
        let expression = Expression::parse(expression)?;
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .dom_and_dow(expression.both_day_fields())
            .build();
        let cron =
            parser
                .parse(&expression.spelled_out())
                .map_err(|error| InvalidSchedule::Field {
                    field: "fields",
                    text: expression.text.clone(),
                    problem: error.to_string(),
                })?;
        Ok(Self {
            expression,
            cron,
            zone,
        })
    }

    /// The schedule as batch/v1 `CronJob` takes it: as it was given, and a rate as five fields.
    pub fn cron_expression(&self) -> &str {
        &self.expression.text
    }

    /// The first slot after `time`; none at the end of the calendar.
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        let start = whole_seconds(time).to_zoned(self.zone.clone());
        let slot = self.cron.find_next_occurrence(&start, false).ok()?;
        Some(slot.timestamp())
    }

    /// The last slot at or before `time`; none when there was none in nine years.
    pub fn last_at(&self, time: Timestamp) -> Option<Timestamp> {
        let mut back = SignedDuration::from_mins(1);
        while back < LONGEST_GAP {
            if let Some(slot) = self.last_between(time.checked_sub(back).ok()?, time) {
                return Some(slot);
            }
            back *= 2;
        }
        None
    }

    /// The interval at `now`: from the last due slot to the next. Zero at the end of the calendar.
    pub fn interval_at(&self, now: Timestamp) -> SignedDuration {
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
    /// the policy's creation) only the most recent one is run, and not even that when it is older than `deadline`.
    pub fn due(
        &self,
        earliest: Timestamp,
        now: Timestamp,
        deadline: Option<SignedDuration>,
    ) -> Due {
        let slot = self.last_between(earliest, now);
        Due {
            slot,
            missed: slot.map_or(0, |slot| self.count_between(earliest, slot)),
            too_late: match (slot, deadline) {
                (Some(slot), Some(deadline)) => now.duration_since(slot) > deadline,
                _ => false,
            },
            next: self.next_after(now),
        }
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
