//! The next moment whose local time has the minute, hour, day and month that a schedule names.
//!
//! The search goes as that of `CronJob` does (`SpecSchedule.Next` of <https://pkg.go.dev/github.com/robfig/cron/v3>): month, day,
//! hour, minute and second in this order, each moved on until it fits, and from the start again when one wraps around. Where a
//! clock changes, the way decides the outcome, so a shorter one would find other slots than a `CronJob` of the same schedule.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _};

use super::field::Values;

/// In seconds.
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `CronJob` looks no further than so many years ahead.
const YEARS: i16 = 5;

/// The longest that each month can be, January first.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Which minutes, hours, days and months, as sets of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calendar {
    pub(super) minutes: Values,
    pub(super) hours: Values,
    pub(super) days_of_month: Values,
    pub(super) months: Values,
    pub(super) days_of_week: Values,
}

/// A search on its way.
struct Search<'a> {
    calendar: &'a Calendar,
    zone: &'a TimeZone,
    /// In seconds since 1970: where the search is.
    time: i64,
    /// Whether it has left the moment that it began at; only then are smaller units at their starts.
    moved: bool,
}

// === impl Calendar ===

impl Calendar {
    /// The first slot after a moment, in whole seconds; none when there is none for five years.
    pub(super) fn next_after(&self, time: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let search = Search {
            calendar: self,
            zone,
            time: time.as_second() + 1,
            moved: false,
        };
        search.run()
    }

    /// Whether any year has such a day. A field such as `,` has no value at all.
    pub(super) fn ever_comes(&self) -> bool {
        let fields = [self.minutes, self.hours, self.months];
        if fields.into_iter().any(Values::is_empty) {
            return false;
        }
        let some_date = (1..=12)
            .filter(|month| self.months.has(*month))
            .any(|month| {
                let days = LONGEST[month as usize - 1];
                (1..=days).any(|day| self.days_of_month.has(day))
            });
        self.combine(some_date, !self.days_of_week.is_empty())
    }

    fn has_day(&self, date: Date) -> bool {
        let day = self.days_of_month.has(number(date.day()));
        let weekday = date.weekday().to_sunday_zero_offset();
        self.combine(day, self.days_of_week.has(number(weekday)))
    }

    /// A day must match both day fields where one is a star; when both are restricted, either suffices.
    fn combine(&self, day_of_month: bool, day_of_week: bool) -> bool {
        if self.days_of_month.star || self.days_of_week.star {
            day_of_month && day_of_week
        } else {
            day_of_month || day_of_week
        }
    }
}

// === impl Search ===

impl Search<'_> {
    fn run(mut self) -> Option<Timestamp> {
        let limit = self.local()?.year().checked_add(YEARS)?;
        while self.local()?.year() <= limit {
            // Each says whether its unit fits and nothing wrapped around.
            if self.month()? && self.day()? && self.hour()? && self.minute()? && self.second()? {
                return Timestamp::from_second(self.time).ok();
            }
        }
        None
    }

    fn month(&mut self) -> Option<bool> {
        loop {
            let local = self.local()?;
            if self.calendar.months.has(number(local.month())) {
                return Some(true);
            }
            self.begin(local.date().first_of_month().to_datetime(Time::midnight()))?;
            // Not always the first: where that has no midnight, the search is at 23:00 before it.
            let local = self.local()?;
            let next = local.date().first_of_month().checked_add(1.month()).ok()?;
            let days = i64::from(local.day() - 1);
            let next = next.checked_add(days.days()).ok()?;
            self.time = self.moment(next.to_datetime(local.time()))?;
            if self.local()?.month() == 1 {
                return Some(false);
            }
        }
    }

    fn day(&mut self) -> Option<bool> {
        loop {
            let local = self.local()?;
            if self.calendar.has_day(local.date()) {
                return Some(true);
            }
            self.begin(local.date().to_datetime(Time::midnight()))?;
            self.next_day()?;
            if self.local()?.day() == 1 {
                return Some(false);
            }
        }
    }

    /// Goes to the next midnight; where there is none, to an hour around it.
    fn next_day(&mut self) -> Option<()> {
        let before = self.time;
        let local = self.local()?;
        self.time = self.moment(local.checked_add(1.day()).ok()?)?;
        let hour = i64::from(self.local()?.hour());
        self.time += match hour {
            0 => 0,
            13.. => (24 - hour) * HOUR,
            _ => -hour * HOUR,
        };
        // Where a zone left out a whole day, going on by the calendar would never pass it.
        if self.time <= before {
            self.time = before + DAY;
        }
        Some(())
    }

    fn hour(&mut self) -> Option<bool> {
        loop {
            let local = self.local()?;
            if self.calendar.hours.has(number(local.hour())) {
                return Some(true);
            }
            self.begin(local.date().at(local.hour(), 0, 0, 0))?;
            self.time += HOUR;
            if self.local()?.hour() == 0 {
                return Some(false);
            }
        }
    }

    fn minute(&mut self) -> Option<bool> {
        loop {
            let local = self.local()?;
            if self.calendar.minutes.has(number(local.minute())) {
                return Some(true);
            }
            if !self.moved {
                self.moved = true;
                self.time -= self.time.rem_euclid(MINUTE);
            }
            self.time += MINUTE;
            if self.local()?.minute() == 0 {
                return Some(false);
            }
        }
    }

    fn second(&mut self) -> Option<bool> {
        let second = i64::from(self.local()?.second());
        if second == 0 {
            return Some(true);
        }
        self.moved = true;
        self.time += MINUTE - second;
        Some(false)
    }

    /// Before the first step: goes back to the start of the unit.
    fn begin(&mut self, start: DateTime) -> Option<()> {
        if !self.moved {
            self.moved = true;
            self.time = self.moment(start)?;
        }
        Some(())
    }

    /// The local time of where the search is.
    fn local(&self) -> Option<DateTime> {
        let time = Timestamp::from_second(self.time).ok()?;
        Some(self.zone.to_datetime(time))
    }

    /// The moment of a local time. One that is missing or comes twice is read with the offset that the zone has at the moment
    /// which this time is in UTC, or with the one that the result of that has (<https://pkg.go.dev/time#Date> leaves it open).
    fn moment(&self, local: DateTime) -> Option<i64> {
        let utc = Offset::UTC.to_timestamp(local).ok()?.as_second();
        let guess = utc - self.offset(utc)?;
        Some(utc - self.offset(guess)?)
    }

    fn offset(&self, time: i64) -> Option<i64> {
        let time = Timestamp::from_second(time).ok()?;
        Some(self.zone.to_offset(time).seconds().into())
    }
}

/// A part of a date or time, which is never negative.
fn number(part: i8) -> u32 {
    part.unsigned_abs().into()
}
