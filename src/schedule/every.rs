//! `@every` and a duration, as `CronJob` takes it: slots at equal distances from the moment that is counted from.
//!
//! The duration is written as Go writes one, <https://pkg.go.dev/time#ParseDuration>; what is below a second, or negative, counts as
//! one second, and parts of a second are cut off (<https://pkg.go.dev/github.com/robfig/cron/v3#Every>).

use jiff::SignedDuration;

use super::invalid::InvalidSchedule;

/// The largest number of nanoseconds of a negative duration; of a positive one it is one less.
const MOST: u128 = 1 << 63;
/// So many decimals make a number that is still far below `MOST` times an hour.
const DECIMALS: usize = 18;

/// The distance between two slots, in whole seconds.
pub(super) fn parse(text: &str, duration: &str) -> Result<SignedDuration, InvalidSchedule> {
    let nanos = nanoseconds(duration).ok_or_else(|| InvalidSchedule::Every {
        expression: text.to_owned(),
    })?;
    let seconds = i64::try_from(nanos / 1_000_000_000).unwrap_or(i64::MAX);
    Ok(SignedDuration::from_secs(seconds.max(1)))
}

/// The nanoseconds of a duration; some, zero for a negative one.
fn nanoseconds(text: &str) -> Option<u128> {
    let (negative, text) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if text == "0" {
        return Some(0);
    }
    let mut sum = 0;
    let mut rest = text;
    loop {
        let (nanos, after) = component(rest)?;
        sum += nanos;
        if sum > MOST {
            return None;
        }
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    if negative {
        return Some(0);
    }
    (sum < MOST).then_some(sum)
}

/// A number with its unit, such as `1.5h`: in nanoseconds, and what follows it.
fn component(text: &str) -> Option<(u128, &str)> {
    let is_digit = |character: char| character.is_ascii_digit();
    let (whole, rest) = split(text, is_digit);
    let (decimals, rest) = match rest.strip_prefix('.') {
        Some(rest) => split(rest, is_digit),
        None => ("", rest),
    };
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let (unit, rest) = split(rest, |character| !is_digit(character) && character != '.');
    let unit = nanoseconds_of(unit)?;
    let whole = number(whole)?.checked_mul(unit)?;
    let decimals = &decimals[..decimals.len().min(DECIMALS)];
    let scale = 10_u128.pow(u32::try_from(decimals.len()).ok()?);
    let sum = whole + number(decimals)? * unit / scale;
    (sum <= MOST).then_some((sum, rest))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|character| !belongs(character));
    text.split_at(end.unwrap_or(text.len()))
}

fn number(digits: &str) -> Option<u128> {
    if digits.is_empty() {
        return Some(0);
    }
    let number: u128 = digits.parse().ok()?;
    (number <= MOST).then_some(number)
}

fn nanoseconds_of(unit: &str) -> Option<u128> {
    match unit {
        "ns" => Some(1),
        // Twice: the micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60 * 1_000_000_000),
        "h" => Some(3_600 * 1_000_000_000),
        _ => None,
    }
}
