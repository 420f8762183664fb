//! What the text of a schedule says: what batch/v1 `CronJob` accepts, and the rate form of AWS where cron can say the same.

use jiff::SignedDuration;

use super::calendar::Calendar;
use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH};
use super::invalid::InvalidSchedule;
use super::{every, rate};

/// A schedule that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    /// The five fields or the `@word`, as `CronJob` takes them.
    pub(super) text: String,
    /// What they mean.
    pub(super) meaning: Meaning,
}

/// What a schedule means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The minutes of a calendar.
    Calendar(Calendar),
    /// Moments at this distance from each other.
    Every(SignedDuration),
}

// === impl Expression ===

impl Expression {
    /// Reads a schedule.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidSchedule> {
        if text.is_empty() {
            return Err(InvalidSchedule::Empty);
        }
        // The API server refuses these two letters anywhere in a CronJob's schedule.
        if text.contains("TZ") {
            return Err(InvalidSchedule::TimeZoneInside {
                expression: text.to_owned(),
            });
        }
        if let Some(rest) = text.strip_prefix("rate(") {
            let fields = rate::fields(text, rest)?;
            let meaning = Meaning::Calendar(calendar(&fields)?);
            return Ok(Self {
                text: fields,
                meaning,
            });
        }
        let meaning = if let Some(duration) = text.strip_prefix("@every ") {
            Meaning::Every(every::parse(text, duration)?)
        } else if text.starts_with('@') {
            Meaning::Calendar(calendar(macro_fields(text)?)?)
        } else {
            Meaning::Calendar(calendar(text)?)
        };
        let text = text.to_owned();
        Ok(Self { text, meaning })
    }
}

fn calendar(text: &str) -> Result<Calendar, InvalidSchedule> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day_of_month, month, day_of_week] = fields[..] else {
        return Err(InvalidSchedule::FieldCount {
            expression: text.to_owned(),
            found: fields.len(),
        });
    };
    let calendar = Calendar {
        minutes: MINUTE.parse(minute)?,
        hours: HOUR.parse(hour)?,
        days_of_month: DAY_OF_MONTH.parse(day_of_month)?,
        months: MONTH.parse(month)?,
        days_of_week: DAY_OF_WEEK.parse(day_of_week)?,
    };
    if calendar.ever_comes() {
        Ok(calendar)
    } else {
        Err(InvalidSchedule::NeverComes {
            expression: text.to_owned(),
        })
    }
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
