//! Ranges of time in a search: `A..B`, `A..*`, `*..B`, `>=A`, `>A`, `<=A`, `<A`, `A`. Ends are included; a second is the
//! finest unit; a bare date is a day in UTC.
//! <https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax>
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Seconds since 1970, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeRange {
    from: i64,
    to: i64,
}

impl TimeRange {
    /// Reads a range.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = Self {
            from: i64::MIN,
            to: i64::MAX,
        };
        if let Some((from, to)) = text.split_once("..") {
            let from = if from == "*" {
                all
            } else {
                Self::moment(from)?
            };
            let to = if to == "*" { all } else { Self::moment(to)? };
            return Some(Self {
                from: from.from,
                to: to.to,
            });
        }
        if let Some(rest) = text.strip_prefix(">=") {
            return Self::moment(rest).map(|moment| Self {
                from: moment.from,
                ..all
            });
        }
        if let Some(rest) = text.strip_prefix("<=") {
            return Self::moment(rest).map(|moment| Self {
                to: moment.to,
                ..all
            });
        }
        if let Some(rest) = text.strip_prefix('>') {
            return Self::moment(rest).map(|moment| Self {
                from: moment.to + 1,
                ..all
            });
        }
        if let Some(rest) = text.strip_prefix('<') {
            return Self::moment(rest).map(|moment| Self {
                to: moment.from - 1,
                ..all
            });
        }
        Self::moment(text)
    }

    /// Whether a time lies in it.
    pub(crate) fn contains(&self, time: Timestamp) -> bool {
        (self.from..=self.to).contains(&time.as_second())
    }

    /// A day or a second.
    fn moment(text: &str) -> Option<Self> {
        if let Some(time) = second(text) {
            return Some(Self {
                from: time.as_second(),
                to: time.as_second(),
            });
        }
        let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
        let start = day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        Some(Self {
            from: start,
            to: start + 86_399,
        })
    }
}

/// `YYYY-MM-DDTHH:MM:SSZ`, or with `+07:00` in place of the `Z`: no other form is documented, and no fraction of a second.
fn second(text: &str) -> Option<Timestamp> {
    let (local, zone) = text.split_at_checked(19)?;
    let shape: String = local
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    let offset = zone.strip_prefix(['+', '-']);
    let has_zone =
        zone == "Z" || offset.is_some_and(|offset| offset.len() == 5 && offset.contains(':'));
    (shape == "0000-00-00T00:00:00" && has_zone)
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::time;

    fn holds(range: &str, moment: &str) -> bool {
        TimeRange::parse(range).unwrap().contains(time(moment))
    }

    #[test]
    fn both_ends_of_a_range_are_included() {
        let range = "2026-10-01T00:00:00Z..2026-10-01T00:00:09Z";
        assert!(holds(range, "2026-10-01T00:00:00Z"));
        assert!(holds(range, "2026-10-01T00:00:09Z"));
        assert!(!holds(range, "2026-10-01T00:00:10Z"));
        assert!(!holds(range, "2026-09-30T23:59:59Z"));
    }

    #[test]
    fn a_bare_date_is_a_whole_day() {
        assert!(holds("2026-10-01", "2026-10-01T23:59:59Z"));
        assert!(holds("<=2026-10-01", "2026-10-01T23:59:59Z"));
        assert!(!holds(">2026-10-01", "2026-10-01T23:59:59Z"));
        assert!(holds(">2026-10-01", "2026-10-02T00:00:00Z"));
        assert!(!holds("<2026-10-01", "2026-10-01T00:00:00Z"));
        assert!(holds("2026-10-01..*", "2030-01-01T00:00:00Z"));
        assert!(holds("*..2026-10-01", "1999-01-01T00:00:00Z"));
    }

    #[test]
    fn offsets_count_and_nonsense_does_not_parse() {
        assert!(holds("2026-10-01T02:00:00+02:00", "2026-10-01T00:00:00Z"));
        assert_eq!(TimeRange::parse("yesterday"), None);
        for range in [
            "2026-10-01..later",
            "2026-10-01T00:00:00.5Z",
            "2026-10-01T00:00Z",
            "20261001T000000Z",
            "2026-10-01T00:00:00",
            "2026-10-01T00:00:00+02",
            "2026-10-01 00:00:00Z",
            "2026-13-01",
            "..",
        ] {
            assert_eq!(TimeRange::parse(range), None, "{range}");
        }
    }
}
