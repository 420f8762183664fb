//! Which time a backtest judges: what people type, and the window that it means.

use std::str::FromStr;

use anyhow::{Context as _, ensure};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::schedule::window::Window;

const FORMS: &str = "write a date such as 2026-11-01 (its first moment in UTC), a time such as 2026-11-01T12:00:00Z";

/// When GitHub opened, in seconds since 1970: nothing merged before 2008.
const OPENED: i64 = 1_199_145_600;

/// Where a period starts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// At this moment.
    At(Timestamp),
    /// This long before its end.
    Before(Span),
}

/// What `--since` and `--until` say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    since: Start,
    until: Option<Timestamp>,
}

/// The moment that a text means: a date is its first one, in UTC.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let of_date = || {
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let parsed = text.parse().ok().or_else(of_date);
    parsed.ok_or_else(|| format!("is no time; {FORMS}"))
}

// === impl Start ===

impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span = || text.parse::<Span>().ok().filter(|_| !text.starts_with('-'));
        let start = moment(text).map(Self::At).ok();
        let start = start.or_else(|| span().map(Self::Before));
        start.ok_or_else(|| {
            format!("is no time; {FORMS}, or how long before the end, such as 12h, 7d or 4w")
        })
    }
}

// === impl Period ===

impl Period {
    /// The period between what the two arguments say.
    pub(super) fn new(since: Start, until: Option<Timestamp>) -> Self {
        Self { since, until }
    }

    /// The window that this is at `now`, in whole seconds; what is to come is left out.
    pub(super) fn window(&self, now: Timestamp) -> anyhow::Result<Window> {
        let until = self.until.map_or(now, |until| until.min(now));
        let since = match self.since {
            Start::At(since) => since,
            Start::Before(span) => before(until, span)?,
        };
        let end = if self.until.is_some_and(|until| until <= now) {
            "--until"
        } else {
            "now,"
        };
        ensure!(
            since < until && until.as_second() > OPENED,
            "--since must be before {end} {until}, and is {since}"
        );
        let whole = |time: Timestamp| Timestamp::from_second(time.as_second()).unwrap_or(time);
        Ok(Window {
            since: whole(since).max(Timestamp::from_second(OPENED)?),
            until: whole(until),
        })
    }
}

fn before(until: Timestamp, span: Span) -> anyhow::Result<Timestamp> {
    let until = until.to_zoned(TimeZone::UTC);
    let since = until.checked_sub(span);
    let since = since.with_context(|| format!("--since {span:#}: is too long ago"))?;
    Ok(since.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22T12:00:00.5Z";

    fn window(since: &str, until: Option<&str>) -> Result<String, String> {
        let until = until.map(moment).transpose()?;
        let window = Period::new(since.parse()?, until).window(NOW.parse().unwrap());
        let Window { since, until } = window.map_err(|error| format!("{error:#}"))?;
        Ok(format!("{since}/{until}"))
    }

    #[test]
    fn times_dates_and_spans_say_where_a_period_starts() {
        for (since, until, expected) in [
            ("7d", None, "2026-11-15T12:00:00Z/2026-11-22T12:00:00Z"),
            ("9000y", None, "2008-01-01T00:00:00Z/2026-11-22T12:00:00Z"),
            ("12h", None, "2026-11-22T00:00:00Z/2026-11-22T12:00:00Z"),
            (
                "1mo",
                Some("2026-03-31"),
                "2026-02-28T00:00:00Z/2026-03-31T00:00:00Z",
            ),
            (
                "2026-11-01",
                Some("2026-11-02T01:00:00+01:00"),
                "2026-11-01T00:00:00Z/2026-11-02T00:00:00Z",
            ),
            (
                "2026-11-01T06:00:00Z",
                Some("2027-01-01"),
                "2026-11-01T06:00:00Z/2026-11-22T12:00:00Z",
            ),
        ] {
            assert_eq!(
                window(since, until).as_deref(),
                Ok(expected),
                "{since} {until:?}"
            );
        }
    }

    #[test]
    fn a_period_that_is_none_is_refused() {
        for (since, until, word) in [
            (
                "2026-11-02",
                Some("2026-11-01"),
                "must be before --until 2026-11-01T00:00:00Z, and is 2026-11-02",
            ),
            ("2026-11-02", Some("2026-11-02"), "must be before"),
            ("2027-01-01", None, "must be before now, 2026-11-22"),
            ("0s", None, "must be before now"),
            ("yesterday", None, "is no time; write a date"),
            ("-7d", None, "is no time"),
            ("7d", Some("5d"), "is no time"),
            ("20000y", None, "is no time"),
            ("15000y", Some("2026-01-01"), "is too long ago"),
        ] {
            let error = window(since, until).unwrap_err();
            assert!(error.contains(word), "{since} {until:?}: {error}");
        }
    }
}
