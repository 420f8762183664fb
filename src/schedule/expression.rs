//! The grammar of schedules: what batch/v1 `CronJob` accepts, and the rate form of AWS where cron can say the same.
//!
//! `CronJob` reads schedules with `ParseStandard` of <https://pkg.go.dev/github.com/robfig/cron/v3>, so an expression must
//! mean here what it means there, oddities included: a step past the range (`*/61`) is the range's first value, and a
//! stepped star (`*/2`) no longer counts as a star. This module turns a text into plain sets of values, in which none of
//! these oddities is left.

use std::fmt::Write as _;

use super::invalid::InvalidSchedule;

/// A parsed expression: which minutes, hours, days and months, as sets of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    /// The five fields or the `@word`, as `CronJob` takes them.
    pub(super) text: String,
    minutes: Values,
    hours: Values,
    days_of_month: Values,
    months: Values,
    days_of_week: Values,
}

/// The values of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Values {
    /// Bit n is set for value n.
    bits: u64,
    /// Whether the field has an unstepped `*` or `?`, which decides how the two day fields combine.
    star: bool,
}

/// One of the five fields: its name, bounds and names of values.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Value `first_name + i` is called `names[i]`.
    names: &'static [&'static str],
    first_name: u32,
}

const MINUTE: Field = Field::numeric("minute", 0, 59);
const HOUR: Field = Field::numeric("hour", 0, 23);
const DAY_OF_MONTH: Field = Field::numeric("day of month", 1, 31);
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
    first_name: 1,
};
const DAY_OF_WEEK: Field = Field {
    name: "day of week",
    min: 0,
    max: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    first_name: 0,
};

/// The longest that each month can be, January first.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

// === impl Expression ===

impl Expression {
    /// Reads a schedule.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidSchedule> {
        let expression = || text.to_owned();
        if text.is_empty() {
            return Err(InvalidSchedule::Empty);
        }
        // The API server refuses these two letters anywhere in a CronJob's schedule.
        if text.contains("TZ") {
            return Err(InvalidSchedule::TimeZoneInside {
                expression: expression(),
            });
        }
        let fields = if let Some(rate) = text.strip_prefix("rate(") {
            return Self::from_fields(&rate_fields(text, rate)?);
        } else if text.starts_with("@every ") {
            return Err(InvalidSchedule::Every {
                expression: expression(),
            });
        } else if text.starts_with('@') {
            macro_fields(text)?
        } else {
            text
        };
        let mut parsed = Self::from_fields(fields)?;
        text.clone_into(&mut parsed.text);
        Ok(parsed)
    }

    fn from_fields(text: &str) -> Result<Self, InvalidSchedule> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day_of_month, month, day_of_week] = fields[..] else {
            return Err(InvalidSchedule::FieldCount {
                expression: text.to_owned(),
                found: fields.len(),
            });
        };
        let parsed = Self {
            text: text.to_owned(),
            minutes: MINUTE.parse(minute)?,
            hours: HOUR.parse(hour)?,
            days_of_month: DAY_OF_MONTH.parse(day_of_month)?,
            months: MONTH.parse(month)?,
            days_of_week: DAY_OF_WEEK.parse(day_of_week)?,
        };
        if parsed.ever_comes() {
            Ok(parsed)
        } else {
            Err(InvalidSchedule::NeverComes {
                expression: text.to_owned(),
            })
        }
    }

    /// Whether a day must match both day fields. `CronJob`: when both are restricted, either suffices.
    pub(super) fn both_day_fields(&self) -> bool {
        self.days_of_month.star || self.days_of_week.star
    }

    /// The same schedule with every value written out, which every cron library reads alike.
    pub(super) fn spelled_out(&self) -> String {
        let fields = [
            self.minutes.spelled_out(&MINUTE, true),
            self.hours.spelled_out(&HOUR, true),
            // Never `*` here: how the two combine is said by `both_day_fields`, not by the text.
            self.days_of_month.spelled_out(&DAY_OF_MONTH, false),
            self.months.spelled_out(&MONTH, true),
            self.days_of_week.spelled_out(&DAY_OF_WEEK, false),
        ];
        fields.join(" ")
    }

    /// Whether any year has such a day. A field such as `,` has no value at all.
    fn ever_comes(&self) -> bool {
        if [self.minutes, self.hours, self.months]
            .iter()
            .any(|values| values.bits == 0)
        {
            return false;
        }
        let some_date = (1..=12)
            .filter(|month| self.months.has(*month))
            .any(|month| {
                let days = LONGEST[month as usize - 1];
                (1..=days).any(|day| self.days_of_month.has(day))
            });
        let some_weekday = self.days_of_week.bits != 0;
        if self.both_day_fields() {
            some_date && some_weekday
        } else {
            some_date || some_weekday
        }
    }
}

// === impl Values ===

impl Values {
    fn has(self, value: u32) -> bool {
        self.bits & (1 << value) != 0
    }

    fn spelled_out(self, field: &Field, star: bool) -> String {
        if star && (field.min..=field.max).all(|value| self.has(value)) {
            return "*".to_owned();
        }
        let mut list = String::new();
        for value in (field.min..=field.max).filter(|value| self.has(*value)) {
            let comma = if list.is_empty() { "" } else { "," };
            // Writing to a String cannot fail.
            let _ = write!(list, "{comma}{value}");
        }
        list
    }
}

// === impl Field ===

impl Field {
    const fn numeric(name: &'static str, min: u32, max: u32) -> Self {
        Self {
            name,
            min,
            max,
            names: &[],
            first_name: 0,
        }
    }

    /// A list of parts; empty parts are passed over, as `CronJob` does.
    fn parse(&self, text: &str) -> Result<Values, InvalidSchedule> {
        let mut all = Values {
            bits: 0,
            star: false,
        };
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let values = self.parse_part(part)?;
            all.bits |= values.bits;
            all.star |= values.star;
        }
        Ok(all)
    }

    /// `*`, `N`, `N-M`, each with an optional `/step`; `N/step` goes to the field's end.
    fn parse_part(&self, part: &str) -> Result<Values, InvalidSchedule> {
        let invalid = |problem: String| InvalidSchedule::Field {
            field: self.name,
            text: part.to_owned(),
            problem,
        };
        let (range, step_text) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let step = step_text.map_or(Ok(1), parse_number).map_err(invalid)?;
        if step == 0 {
            return Err(invalid("a step is at least 1".to_owned()));
        }
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (low, Some(high)),
            None => (range, None),
        };
        let any = matches!(low, "*" | "?");
        let (start, end) = if any {
            (self.min, self.max)
        } else {
            let start = self.value(low).map_err(invalid)?;
            let end = match high {
                Some(high) => self.value(high).map_err(invalid)?,
                None if step_text.is_some() => self.max,
                None => start,
            };
            (start, end)
        };
        self.check_bounds(start, end).map_err(invalid)?;
        Ok(Values {
            bits: bits(start, end, step),
            star: any && step == 1,
        })
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self
            .names
            .iter()
            .zip(self.first_name..)
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        match named {
            Some((_, value)) => Ok(value),
            None => parse_number(text),
        }
    }

    fn check_bounds(&self, start: u32, end: u32) -> Result<(), String> {
        let Self { min, max, .. } = self;
        if start < *min || end > *max || start > *max {
            return Err(format!("values go from {min} to {max}"));
        }
        if start > end {
            return Err(format!("{start} comes after {end}"));
        }
        Ok(())
    }
}

fn parse_number(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no number or name"))
}

fn bits(start: u32, end: u32, step: u32) -> u64 {
    (start..=end)
        .step_by(step as usize)
        .fold(0, |bits, value| bits | 1 << value)
}

/// The fields that an `@word` stands for. The words are lower case only, as in `CronJob`.
fn macro_fields(text: &str) -> Result<&'static str, InvalidSchedule> {
    match text {
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        "@monthly" => Ok("0 0 1 * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@hourly" => Ok("0 * * * *"),
        _ => Err(InvalidSchedule::UnknownMacro {
            expression: text.to_owned(),
        }),
    }
}

/// The fields that a rate stands for: `rate(1 minute)`, `rate(15 minutes)`, `rate(2 hours)`, `rate(1 day)`, by the rules of
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>, singular for one and plural for more.
fn rate_fields(text: &str, rest: &str) -> Result<String, InvalidSchedule> {
    let invalid = |problem| InvalidSchedule::Rate {
        expression: text.to_owned(),
        problem,
    };
    let form = "write rate(15 minutes), rate(2 hours) or rate(1 day)";
    let (value, unit) = rest
        .strip_suffix(')')
        .and_then(|inside| inside.split_once(' '))
        .ok_or_else(|| invalid(form))?;
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(form));
    }
    let value: u32 = value.parse().map_err(|_| invalid(form))?;
    let unit = match (value, unit) {
        (0, _) => return Err(invalid("a rate is at least 1")),
        (1, "minutes" | "hours" | "days") => {
            return Err(invalid("the unit of 1 is minute, hour or day"));
        }
        (2.., "minute" | "hour" | "day") => {
            return Err(invalid("the unit of more than 1 is minutes, hours or days"));
        }
        (_, "minute" | "minutes") => MINUTE,
        (_, "hour" | "hours") => HOUR,
        (_, "day" | "days") => DAY_OF_MONTH,
        _ => return Err(invalid(form)),
    };
    match (unit.name, value) {
        ("minute", 60) | ("hour", 1) => Ok("0 * * * *".to_owned()),
        ("minute", 1) => Ok("* * * * *".to_owned()),
        ("minute", n) if 60 % n == 0 => Ok(format!("*/{n} * * * *")),
        ("minute", _) => Err(invalid("cron cannot say it: minutes must divide 60")),
        ("hour", 24) | ("day of month", 1) => Ok("0 0 * * *".to_owned()),
        ("hour", n) if 24 % n == 0 => Ok(format!("0 */{n} * * *")),
        ("hour", _) => Err(invalid("cron cannot say it: hours must divide 24")),
        _ => Err(invalid("cron cannot say it: only 1 day")),
    }
}
