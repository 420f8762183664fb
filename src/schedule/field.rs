//! One of the five fields of a schedule: its grammar, and the set of values that a text of it names.
//!
//! `CronJob` reads schedules with `ParseStandard` of <https://pkg.go.dev/github.com/robfig/cron/v3>, so a text must mean here what
//! it means there, oddities included: a step past the range (`*/61`) is the range's first value, what follows a star's hyphen
//! (`*-7`) is not read, empty parts of a list are passed over, a number may have a plus sign, and a stepped star (`*/2`) no longer
//! counts as a star.

use super::invalid::InvalidSchedule;

/// The values of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Values {
    /// Bit n is set for value n.
    bits: u64,
    /// Whether the field has an unstepped `*` or `?`, which decides how the two day fields combine.
    pub(super) star: bool,
}

/// One of the five fields: its name, bounds and names of values.
pub(super) struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Value `min + i` is called `names[i]`.
    names: &'static [&'static str],
}

pub(super) const MINUTE: Field = Field::numeric("minute", 0, 59);
pub(super) const HOUR: Field = Field::numeric("hour", 0, 23);
pub(super) const DAY_OF_MONTH: Field = Field::numeric("day of month", 1, 31);
pub(super) const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
pub(super) const DAY_OF_WEEK: Field = Field {
    name: "day of week",
    min: 0,
    max: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

// === impl Values ===

impl Values {
    /// Whether the value is one of them.
    pub(super) fn has(self, value: u32) -> bool {
        self.bits & (1 << value) != 0
    }

    /// Whether there are none: a field such as `,`.
    pub(super) fn is_empty(self) -> bool {
        self.bits == 0
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
        }
    }

    /// A list of parts; empty parts are passed over.
    pub(super) fn parse(&self, text: &str) -> Result<Values, InvalidSchedule> {
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
            (self.min.into(), self.max.into())
        } else {
            let start = self.value(low).map_err(invalid)?;
            let end = match high {
                Some(high) => self.value(high).map_err(invalid)?,
                None if step_text.is_some() => self.max.into(),
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

    fn value(&self, text: &str) -> Result<u64, String> {
        let named = self
            .names
            .iter()
            .zip(u64::from(self.min)..)
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        match named {
            Some((_, value)) => Ok(value),
            None => parse_number(text),
        }
    }

    fn check_bounds(&self, start: u64, end: u64) -> Result<(), String> {
        let Self { min, max, .. } = *self;
        let allowed = u64::from(min)..=u64::from(max);
        if !allowed.contains(&start) || !allowed.contains(&end) {
            return Err(format!("values go from {min} to {max}"));
        }
        if start > end {
            return Err(format!("{start} comes after {end}"));
        }
        Ok(())
    }
}

/// A number as `CronJob` reads it, of 64 bits with a sign: a step may be that large.
fn parse_number(text: &str) -> Result<u64, String> {
    let number: Option<i64> = text.parse().ok();
    number
        .and_then(|number| u64::try_from(number).ok())
        .ok_or_else(|| format!("{text:?} is no number or name"))
}

fn bits(start: u64, end: u64, step: u64) -> u64 {
    let mut bits = 0;
    let mut next = Some(start);
    while let Some(value) = next.filter(|value| *value <= end) {
        bits |= 1 << value;
        next = value.checked_add(step);
    }
    bits
}
