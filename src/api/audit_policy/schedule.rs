//! The grammar of `schedule`, as far as the API server can check it: every schedule that a `CronJob` takes is let through, and of the
//! others all but those whose numbers have to be compared (`5-1`, a step beyond 64 bits, days that never come). What `CronJob`
//! accepts is defined by the parser that it uses: <https://github.com/robfig/cron/blob/v3/parser.go>.

pub(super) const SHAPE_MESSAGE: &str = "schedule is five cron fields (minute hour day-of-month month day-of-week), a macro \
    (@hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually), @every and a duration (@every 90m), or a rate that cron can say: rate(N minutes) where N \
    divides 60, rate(N hours) where N divides 24, rate(1 day)";
pub(super) const MINUTE_MESSAGE: &str =
    "schedule: the first field, minute, takes 0-59, *, lists, ranges and steps";
pub(super) const HOUR_MESSAGE: &str =
    "schedule: the second field, hour, takes 0-23, *, lists, ranges and steps";
pub(super) const DAY_OF_MONTH_MESSAGE: &str =
    "schedule: the third field, day of month, takes 1-31, *, ?, lists, ranges and steps";
pub(super) const MONTH_MESSAGE: &str =
    "schedule: the fourth field, month, takes 1-12 or jan-dec, *, lists, ranges and steps";
pub(super) const DAY_OF_WEEK_MESSAGE: &str = "schedule: the fifth field, day of week, takes 0-6 (0 is Sunday; there is no 7) or \
    sun-sat, *, ?, lists, ranges and steps";

/// White space as Unicode has it, which separates fields; `\s` is only that of ASCII.
const SPACE: &str = r"\t-\r \x{85}\p{Z}";
const MACRO: &str = "^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$";
/// A duration as Go writes it, <https://pkg.go.dev/time#ParseDuration>; a microsecond with u, the micro sign or the Greek letter.
const EVERY: &str = r"^@every [+-]?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)([nmu\x{b5}\x{3bc}]?s|m|h))+)$";
const RATE: &str = r"^rate\((1 (minute|hour|day)|(2|3|4|5|6|10|12|15|20|30|60) minutes|(2|3|4|6|8|12|24) hours)\)$";

/// Five fields, a macro, a duration or a rate.
pub(super) fn shape() -> String {
    let five_fields = five_fields();
    [five_fields.as_str(), MACRO, EVERY, RATE]
        .map(|pattern| format!("self.matches(r'{pattern}')"))
        .join(" || ")
}

pub(super) fn minute() -> String {
    field(0, "[+]?0*[0-5]?[0-9]")
}

pub(super) fn hour() -> String {
    field(1, "[+]?0*(1?[0-9]|2[0-3])")
}

pub(super) fn day_of_month() -> String {
    field(2, "[+]?0*([1-9]|[12][0-9]|3[01])")
}

pub(super) fn month() -> String {
    field(
        3,
        "([+]?0*([1-9]|1[0-2])|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))",
    )
}

pub(super) fn day_of_week() -> String {
    field(4, "([+]?0*[0-6]|(?i:sun|mon|tue|wed|thu|fri|sat))")
}

fn five_fields() -> String {
    format!("^[{SPACE}]*[^{SPACE}]+([{SPACE}]+[^{SPACE}]+){{4}}[{SPACE}]*$")
}

/// The field after `before` others is a list of `*`, `?`, values and ranges, each with or without a step; where there are not
/// five fields the shape's rule speaks. Parts of a list may be empty, and what follows a star's hyphen is not read.
fn field(before: usize, value: &str) -> String {
    let five_fields = five_fields();
    let part = format!(r"([*?](-[^,/{SPACE}]*)?|{value}(-{value})?)(/[+]?0*[1-9][0-9]*)?");
    let list = format!("(,+|,*{part}(,+{part})*,*)");
    format!(
        r"!self.matches(r'{five_fields}') || self.matches(r'^[{SPACE}]*([^{SPACE}]+[{SPACE}]+){{{before}}}{list}([{SPACE}]|$)')"
    )
}
