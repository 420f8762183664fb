//! Why a schedule is refused, and what to write instead.

/// A schedule or time zone that `CronJob` would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchedule {
    /// Nothing was given.
    #[error("the schedule is empty: give five fields such as \"*/15 * * * *\"")]
    Empty,
    /// The zone is in the expression.
    #[error("the schedule {expression:?} names a time zone: use the field timeZone instead")]
    TimeZoneInside {
        /// The expression.
        expression: String,
    },
    /// An `@every` without a duration that can be read.
    #[error("the schedule {expression:?} has no duration such as 15m, 90s or 1h30m after @every")]
    Every {
        /// The expression.
        expression: String,
    },
    /// An `@word` that is none of the known ones.
    #[error(
        "the schedule {expression:?} is unknown: use @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, \"@every 15m\" or five fields"
    )]
    UnknownMacro {
        /// The expression.
        expression: String,
    },
    /// More or fewer than five fields.
    #[error(
        "the schedule {expression:?} has {found} fields: give five, minute, hour, day of month, month and day of week"
    )]
    FieldCount {
        /// The expression.
        expression: String,
        /// How many it has.
        found: usize,
    },
    /// A field that cannot be read.
    #[error("the {field} {text:?} of the schedule is invalid: {problem}")]
    Field {
        /// Which field.
        field: &'static str,
        /// The part of it.
        text: String,
        /// What is wrong.
        problem: String,
    },
    /// A rate that cannot be read, or that cron cannot say.
    #[error("the schedule {expression:?} is invalid: {problem}")]
    Rate {
        /// The expression.
        expression: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A date that no calendar has.
    #[error("the schedule {expression:?} never comes: no month it names has such a day")]
    NeverComes {
        /// The expression.
        expression: String,
    },
    /// A zone that is not in the time zone database.
    #[error(
        "the time zone {name:?} is unknown: give a name of the IANA database such as Etc/UTC or Europe/Berlin"
    )]
    UnknownTimeZone {
        /// The name.
        name: String,
    },
    /// A zone in other than its own upper and lower case.
    #[error("the time zone {name:?} is unknown: it is written {correct:?}")]
    MisspelledTimeZone {
        /// The name.
        name: String,
        /// How the database writes it.
        correct: String,
    },
}
