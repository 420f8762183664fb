//! The rate form of AWS, where cron can say the same.

use super::invalid::InvalidSchedule;

/// What a rate counts.
enum Unit {
    Minute,
    Hour,
    Day,
}

/// The fields that a rate stands for: `rate(1 minute)`, `rate(15 minutes)`, `rate(2 hours)`, `rate(1 day)`, by the rules of
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>, singular for one and plural for more.
pub(super) fn fields(text: &str, rest: &str) -> Result<String, InvalidSchedule> {
    let invalid = |problem| InvalidSchedule::Rate {
        expression: text.to_owned(),
        problem,
    };
    let form = "write rate(15 minutes), rate(2 hours) or rate(1 day)";
    let (value, unit) = rest
        .strip_suffix(')')
        .and_then(|inside| inside.split_once(' '))
        .ok_or_else(|| invalid(form))?;
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (value.starts_with('0') && value != "0") {
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
        (_, "minute" | "minutes") => Unit::Minute,
        (_, "hour" | "hours") => Unit::Hour,
        (_, "day" | "days") => Unit::Day,
        _ => return Err(invalid(form)),
    };
    match (unit, value) {
        (Unit::Minute, 60) | (Unit::Hour, 1) => Ok("0 * * * *".to_owned()),
        (Unit::Minute, 1) => Ok("* * * * *".to_owned()),
        (Unit::Minute, n) if 60 % n == 0 => Ok(format!("*/{n} * * * *")),
        (Unit::Minute, _) => Err(invalid("cron cannot say it: minutes must divide 60")),
        (Unit::Hour, 24) | (Unit::Day, 1) => Ok("0 0 * * *".to_owned()),
        (Unit::Hour, n) if 24 % n == 0 => Ok(format!("0 */{n} * * *")),
        (Unit::Hour, _) => Err(invalid("cron cannot say it: hours must divide 24")),
        _ => Err(invalid("cron cannot say it: only 1 day")),
    }
}
