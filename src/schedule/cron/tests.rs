//! What schedules mean. The dates of the first tables are facts about `CronJob`'s own library, written down anew.

use proptest::prelude::*;

use super::*;

mod cronjob;

/// Whether the schedule runs at the moment. 9 July 2012 was a Monday.
const MOMENTS: &[(&str, &str, bool)] = &[
    ("0/15 * * * *", "2012-07-09T15:00:00Z", true),
    ("0/15 * * * *", "2012-07-09T15:45:00Z", true),
    ("0/15 * * * *", "2012-07-09T15:40:00Z", false),
    ("5/15 * * * *", "2012-07-09T15:05:00Z", true),
    ("5/15 * * * *", "2012-07-09T15:50:00Z", true),
    ("0/15 * * Jul *", "2012-07-15T15:00:00Z", true),
    ("0/15 * * Jun *", "2012-07-15T15:00:00Z", false),
    ("30 08 ? Jul Sun", "2012-07-15T08:30:00Z", true),
    ("30 08 15 Jul ?", "2012-07-15T08:30:00Z", true),
    ("30 08 ? Jul Sun", "2012-07-16T08:30:00Z", false),
    ("30 08 15 Jul ?", "2012-07-16T08:30:00Z", false),
    ("@hourly", "2012-07-09T15:00:00Z", true),
    ("@hourly", "2012-07-09T15:04:00Z", false),
    ("@daily", "2012-07-09T15:00:00Z", false),
    ("@midnight", "2012-07-09T00:00:00Z", true),
    ("@weekly", "2012-07-09T00:00:00Z", false),
    ("@weekly", "2012-07-08T00:00:00Z", true),
    ("@weekly", "2012-07-08T01:00:00Z", false),
    ("@monthly", "2012-07-08T00:00:00Z", false),
    ("@monthly", "2012-07-01T00:00:00Z", true),
    ("@yearly", "2013-01-01T00:00:00Z", true),
    ("@annually", "2013-02-01T00:00:00Z", false),
    // Both day fields are restricted: either suffices.
    ("* * 1,15 * Sun", "2012-07-15T00:00:00Z", true),
    ("* * 1,15 * Sun", "2012-06-15T00:00:00Z", true),
    ("* * 1,15 * Sun", "2012-08-01T00:00:00Z", true),
    ("* * 1,15 * Sun", "2012-07-09T00:00:00Z", false),
    // One is a star: both must match.
    ("* * * * Mon", "2012-07-15T00:00:00Z", false),
    ("* * 1,15 * *", "2012-07-09T00:00:00Z", false),
    ("* * 1,15 * *", "2012-07-15T00:00:00Z", true),
    ("* * 1,15 * */1", "2012-07-09T00:00:00Z", false),
    ("* * 9,* * Mon", "2012-07-15T00:00:00Z", false),
    // A stepped star is no star, and a full range neither: either suffices.
    ("* * */10 * Sun", "2012-07-15T00:00:00Z", true),
    ("* * */2 * Sun", "2012-07-15T00:00:00Z", true),
    ("* * */2 * Mon", "2012-07-15T00:00:00Z", true),
    ("* * 1-31 * Mon", "2012-07-15T00:00:00Z", true),
    // A step past the range leaves the first value.
    ("*/61 * * * *", "2012-07-09T15:00:00Z", true),
    ("*/61 * * * *", "2012-07-09T15:01:00Z", false),
    // Empty parts of a list are passed over, and what follows a star's hyphen is not read.
    ("1,,2 * * * *", "2012-07-09T15:02:00Z", true),
    ("*-7 * * * *", "2012-07-09T15:33:00Z", true),
];

/// The first slot of the schedule after the moment.
const NEXT: &[(&str, &str, &str)] = &[
    (
        "0/15 * * * *",
        "2012-07-09T14:45:00Z",
        "2012-07-09T15:00:00Z",
    ),
    (
        "0/15 * * * *",
        "2012-07-09T14:59:59.999Z",
        "2012-07-09T15:00:00Z",
    ),
    (
        "20-35/15 * * * *",
        "2012-07-09T15:45:00Z",
        "2012-07-09T16:20:00Z",
    ),
    (
        "*/15 * * * *",
        "2012-07-09T23:46:00Z",
        "2012-07-10T00:00:00Z",
    ),
    (
        "20-35/15 * * * *",
        "2012-07-09T23:45:00Z",
        "2012-07-10T00:20:00Z",
    ),
    (
        "20-35/15 1/2 * * *",
        "2012-07-09T23:35:51Z",
        "2012-07-10T01:20:00Z",
    ),
    (
        "20-35/15 10-12 * * *",
        "2012-07-09T23:35:51Z",
        "2012-07-10T10:20:00Z",
    ),
    (
        "20-35/15 1/2 */2 * *",
        "2012-07-09T23:35:51Z",
        "2012-07-11T01:20:00Z",
    ),
    (
        "20-35/15 * 9-20 Jul *",
        "2012-07-09T23:35:51Z",
        "2012-07-10T00:20:00Z",
    ),
    (
        "0 0 9 Apr-Oct ?",
        "2012-07-09T23:35:00Z",
        "2012-08-09T00:00:00Z",
    ),
    (
        "0 0 */5 Apr,Aug,Oct Mon",
        "2012-07-09T23:35:00Z",
        "2012-08-01T00:00:00Z",
    ),
    (
        "0 0 */5 Oct Mon",
        "2012-07-09T23:35:00Z",
        "2012-10-01T00:00:00Z",
    ),
    (
        "0 0 * Feb Mon",
        "2012-07-09T23:35:00Z",
        "2013-02-04T00:00:00Z",
    ),
    (
        "0 0 * Feb Mon/2",
        "2012-07-09T23:35:00Z",
        "2013-02-01T00:00:00Z",
    ),
    ("* * * * *", "2012-12-31T23:59:45Z", "2013-01-01T00:00:00Z"),
    (
        "0 0 29 Feb ?",
        "2012-07-09T23:35:00Z",
        "2016-02-29T00:00:00Z",
    ),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn utc(expression: &str) -> Schedule {
    Schedule::parse(expression, "Etc/UTC").unwrap_or_else(|error| panic!("{expression}: {error}"))
}

fn new_york(expression: &str) -> Schedule {
    Schedule::parse(expression, "America/New_York").unwrap()
}

fn slots(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
    let mut time = at(from);
    let mut slots = Vec::new();
    for _ in 0..count {
        time = schedule.next_after(time).unwrap();
        slots.push(time.to_string());
    }
    slots
}

fn refusal(expression: &str) -> String {
    match Schedule::parse(expression, "Etc/UTC") {
        Ok(_) => panic!("{expression:?} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_moment_is_or_is_not_a_slot_as_in_cronjob() {
    for (expression, moment, expected) in MOMENTS {
        let moment = at(moment);
        let next = utc(expression).next_after(moment - SignedDuration::from_secs(1));
        assert_eq!(next == Some(moment), *expected, "{expression} at {moment}");
    }
}

#[test]
fn the_next_slot_is_the_one_of_cronjob() {
    for (expression, from, expected) in NEXT {
        assert_eq!(
            utc(expression).next_after(at(from)),
            Some(at(expected)),
            "{expression}"
        );
    }
}

#[test]
fn a_slot_is_a_time_of_the_zone() {
    let berlin = Schedule::parse("0 9 * * *", "Europe/Berlin").unwrap();
    assert_eq!(
        berlin.next_after(at("2026-07-01T00:00:00Z")),
        Some(at("2026-07-01T07:00:00Z"))
    );
    assert_eq!(
        berlin.next_after(at("2026-12-01T00:00:00Z")),
        Some(at("2026-12-01T08:00:00Z"))
    );
}

#[test]
fn a_time_of_day_that_is_missing_does_not_run_that_day() {
    let found = slots(&new_york("30 2 * * *"), "2026-03-07T00:00:00Z", 3);
    // 02:30 -05:00, then 02:30 -04:00 two days later.
    assert_eq!(
        found,
        [
            "2026-03-07T07:30:00Z",
            "2026-03-09T06:30:00Z",
            "2026-03-10T06:30:00Z"
        ]
    );
}

#[test]
fn a_time_of_day_that_comes_twice_runs_twice() {
    let found = slots(&new_york("0 1 * * *"), "2026-10-31T12:00:00Z", 3);
    assert_eq!(
        found,
        [
            "2026-11-01T05:00:00Z",
            "2026-11-01T06:00:00Z",
            "2026-11-02T06:00:00Z"
        ]
    );
}

#[test]
fn an_hourly_schedule_runs_in_both_of_two_equal_hours() {
    let found = slots(&new_york("0 * * * *"), "2026-11-01T04:30:00Z", 3);
    assert_eq!(
        found,
        [
            "2026-11-01T05:00:00Z",
            "2026-11-01T06:00:00Z",
            "2026-11-01T07:00:00Z"
        ]
    );
}

#[test]
fn an_interval_goes_on_after_a_missing_hour() {
    let found = slots(&new_york("*/30 * * * *"), "2026-03-08T06:10:00Z", 3);
    assert_eq!(
        found,
        [
            "2026-03-08T06:30:00Z",
            "2026-03-08T07:00:00Z",
            "2026-03-08T07:30:00Z"
        ]
    );
    // Two times within the missing hour do not run that day.
    let found = slots(&new_york("0,30 2 * * *"), "2026-03-08T05:00:00Z", 1);
    assert_eq!(found, ["2026-03-09T06:00:00Z"]);
}

#[test]
fn a_midnight_that_does_not_exist_does_not_run() {
    // Sao Paulo went from 00:00 to 01:00 on 4 November 2018.
    let daily = Schedule::parse("@daily", "America/Sao_Paulo").unwrap();
    assert_eq!(
        daily.next_after(at("2018-11-04T00:00:00Z")),
        Some(at("2018-11-05T02:00:00Z"))
    );
}

#[test]
fn a_29_february_is_not_looked_for_more_than_five_years_ahead() {
    // 2100 has none.
    let seldom = utc("0 0 29 feb *");
    assert_eq!(seldom.next_after(at("2096-03-01T00:00:00Z")), None);
    assert_eq!(
        seldom.interval_at(at("2097-01-01T00:00:00Z")),
        SignedDuration::ZERO
    );
    assert!(!seldom.is_stale(at("2096-03-01T00:00:00Z"), at("2103-01-01T00:00:00Z")));
    assert_eq!(
        seldom.next_after(at("2099-01-01T00:00:00Z")),
        Some(at("2104-02-29T00:00:00Z"))
    );
}

#[test]
fn what_cronjob_refuses_is_refused_with_the_way_out() {
    let cases = [
        ("", "the schedule is empty"),
        ("TZ=UTC 0 * * * *", "use the field timeZone instead"),
        ("CRON_TZ=UTC 0 * * * *", "use the field timeZone instead"),
        ("@every", "is unknown: use @hourly"),
        ("@every 5", "has no duration such as 15m"),
        ("@every 1d", "has no duration such as 15m"),
        ("@reboot", "is unknown: use @hourly"),
        ("@Hourly", "is unknown: use @hourly"),
        ("* * * *", "has 4 fields: give five"),
        ("0 * * * * *", "has 6 fields: give five"),
        (
            "60 * * * *",
            "the minute \"60\" of the schedule is invalid: values go from 0 to 59",
        ),
        (
            "* 24 * * *",
            "the hour \"24\" of the schedule is invalid: values go from 0 to 23",
        ),
        (
            "* * 0 * *",
            "the day of month \"0\" of the schedule is invalid: values go from 1 to 31",
        ),
        ("* * * 13 *", "values go from 1 to 12"),
        (
            "* * * * 7",
            "the day of week \"7\" of the schedule is invalid: values go from 0 to 6",
        ),
        ("* * L * *", "\"L\" is no number or name"),
        ("* * 15W * *", "\"15W\" is no number or name"),
        ("* * * * 5#3", "\"5#3\" is no number or name"),
        ("* * * * 5L", "\"5L\" is no number or name"),
        ("* * * * +", "\"+\" is no number or name"),
        ("5-1 * * * *", "5 comes after 1"),
        ("1-2-3 * * * *", "\"2-3\" is no number or name"),
        ("*/0 * * * *", "a step is at least 1"),
        ("*/5/5 * * * *", "\"5/5\" is no number or name"),
        ("-5 * * * *", "\"\" is no number or name"),
        ("jan * * * *", "\"jan\" is no number or name"),
        (
            "59 23 31 2 *",
            "never comes: no month it names has such a day",
        ),
        ("0 0 30 feb ?", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        (", * * * *", "never comes"),
    ];
    for (expression, message) in cases {
        let refusal = refusal(expression);
        assert!(refusal.contains(message), "{expression:?}: {refusal}");
    }
}

#[test]
fn a_day_that_no_month_has_is_fine_when_a_weekday_suffices() {
    assert_eq!(
        utc("0 0 31 2 1").next_after(at("2026-01-01T00:00:00Z")),
        Some(at("2026-02-02T00:00:00Z"))
    );
}

#[test]
fn rates_are_what_cron_can_say() {
    let cases = [
        ("rate(1 minute)", "* * * * *"),
        ("rate(15 minutes)", "*/15 * * * *"),
        ("rate(60 minutes)", "0 * * * *"),
        ("rate(1 hour)", "0 * * * *"),
        ("rate(2 hours)", "0 */2 * * *"),
        ("rate(24 hours)", "0 0 * * *"),
        ("rate(1 day)", "0 0 * * *"),
    ];
    for (rate, cron) in cases {
        let schedule = utc(rate);
        assert_eq!(schedule.cron_expression(), cron, "{rate}");
        let from = "2026-11-22T10:07:00Z";
        assert_eq!(
            slots(&schedule, from, 30),
            slots(&utc(cron), from, 30),
            "{rate}"
        );
    }
    let refused = [
        ("rate(7 minutes)", "minutes must divide 60"),
        ("rate(90 minutes)", "minutes must divide 60"),
        ("rate(5 hours)", "hours must divide 24"),
        ("rate(2 days)", "only 1 day"),
        ("rate(0 minutes)", "at least 1"),
        ("rate(1 minutes)", "the unit of 1 is minute"),
        ("rate(5 minute)", "the unit of more than 1 is minutes"),
        ("rate(5  minutes)", "write rate(15 minutes)"),
        ("rate(05 minutes)", "write rate(15 minutes)"),
        ("rate(+5 minutes)", "write rate(15 minutes)"),
        ("rate( minutes)", "write rate(15 minutes)"),
        ("rate(5 weeks)", "write rate(15 minutes)"),
        ("rate(5 minutes", "write rate(15 minutes)"),
    ];
    for (rate, message) in refused {
        let refusal = refusal(rate);
        assert!(refusal.contains(message), "{rate}: {refusal}");
    }
}

#[test]
fn cronjob_gets_the_expression_as_it_was_written() {
    assert_eq!(
        utc("0/15  * * JAN-mar ?").cron_expression(),
        "0/15  * * JAN-mar ?"
    );
    assert_eq!(utc("@weekly").cron_expression(), "@weekly");
}

#[test]
fn time_zones_are_names_of_the_database() {
    for name in [
        "Etc/UTC",
        "UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
    ] {
        assert!(Schedule::parse("@daily", name).is_ok(), "{name}");
    }
    let refused = [
        "",
        // Files that some machines have beside those of the database.
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "localtime",
        "posixrules",
        "Local",
        "local",
        "Mars/Olympus",
        "../UTC",
        "Etc/Unknown",
        "+01:00",
    ];
    for name in refused {
        let refusal = Schedule::parse("@daily", name).map(|_| ()).unwrap_err();
        let name = name.to_owned();
        assert_eq!(refusal, InvalidSchedule::UnknownTimeZone { name });
    }
    let refusal = Schedule::parse("@daily", "europe/berlin")
        .map(|_| ())
        .unwrap_err();
    assert!(
        refusal
            .to_string()
            .ends_with("it is written \"Europe/Berlin\""),
        "{refusal}"
    );
}

#[test]
fn nothing_is_due_before_the_first_slot() {
    let due = utc("0 * * * *").due(at("2026-11-22T10:00:00Z"), at("2026-11-22T10:59:59Z"), None);
    assert_eq!(due.slot, None);
    assert_eq!((due.missed, due.too_late), (0, false));
    assert_eq!(due.next, Some(at("2026-11-22T11:00:00Z")));
}

#[test]
fn a_slot_is_due_from_its_own_second_on() {
    let due = utc("0 * * * *").due(at("2026-11-22T10:00:00Z"), at("2026-11-22T11:00:00Z"), None);
    assert_eq!(due.slot, Some(at("2026-11-22T11:00:00Z")));
    assert_eq!(due.missed, 0);
    assert_eq!(due.next, Some(at("2026-11-22T12:00:00Z")));
}

#[test]
fn only_the_most_recent_of_several_slots_is_due_and_the_others_are_counted() {
    let due = utc("0 * * * *").due(at("2026-11-22T10:00:00Z"), at("2026-11-22T14:30:00Z"), None);
    assert_eq!(due.slot, Some(at("2026-11-22T14:00:00Z")));
    assert_eq!(due.missed, 3);
    assert_eq!(due.last_missed, Some(at("2026-11-22T13:00:00Z")));
}

#[test]
fn an_irregular_schedule_finds_its_most_recent_slot_too() {
    let schedule = utc("30 6-16/4 * * 1-5");
    // Monday; the last slot before it is Friday's 14:30.
    let due = schedule.due(at("2026-11-18T00:00:00Z"), at("2026-11-23T05:00:00Z"), None);
    assert_eq!(due.slot, Some(at("2026-11-20T14:30:00Z")));
    assert_eq!(due.missed, 8);
    assert_eq!(due.next, Some(at("2026-11-23T06:30:00Z")));
}

#[test]
fn a_slot_as_old_as_the_deadline_is_too_late_and_still_named() {
    let deadline = Some(SignedDuration::from_mins(10));
    let schedule = utc("0 * * * *");
    let earliest = at("2026-11-22T10:00:00Z");
    let on_time = schedule.due(earliest, at("2026-11-22T11:09:59.999Z"), deadline);
    assert!(!on_time.too_late);
    // CronJob looks for slots after the deadline, not at it.
    let late = schedule.due(earliest, at("2026-11-22T11:10:00Z"), deadline);
    assert_eq!(late.slot, Some(at("2026-11-22T11:00:00Z")));
    assert!(late.too_late);
}

#[test]
fn more_than_a_hundred_missed_slots_are_estimated() {
    let earliest = at("2026-01-01T00:00:00Z");
    let due = utc("* * * * *").due(earliest, at("2026-12-31T00:00:00Z"), None);
    assert_eq!(due.slot, Some(at("2026-12-31T00:00:00Z")));
    assert_eq!(due.missed, 364 * 24 * 60 - 1);
    let due = utc("* * * * *").due(earliest, at("2026-01-01T01:41:00Z"), None);
    assert_eq!(due.missed, 100);
}

#[test]
fn the_interval_reaches_from_the_last_slot_to_the_next() {
    let hours = |hours| SignedDuration::from_hours(hours);
    let workdays = utc("0 9 * * 1-5");
    // Friday noon to Monday, and Tuesday noon to Wednesday.
    assert_eq!(workdays.interval_at(at("2026-11-20T12:00:00Z")), hours(72));
    assert_eq!(workdays.interval_at(at("2026-11-24T12:00:00Z")), hours(24));
    assert_eq!(
        utc("0 0 29 2 *").interval_at(at("2026-01-01T00:00:00Z")),
        hours(24 * 1461)
    );
    assert_eq!(
        utc("0 * * * *").interval_at(at("2026-11-22T10:00:00Z")),
        hours(1)
    );
}

#[test]
fn what_missed_two_slots_is_stale() {
    let workdays = utc("0 9 * * 1-5");
    // A Friday's success is not stale on Monday, but when Tuesday's slot has come too.
    let friday = at("2026-11-20T09:02:00Z");
    assert!(!workdays.is_stale(friday, at("2026-11-23T12:00:00Z")));
    assert!(!workdays.is_stale(friday, at("2026-11-24T08:59:59Z")));
    assert!(workdays.is_stale(friday, at("2026-11-24T09:00:00Z")));
}

#[test]
fn equal_distances_are_counted_from_the_last_slot() {
    let schedule = utc("@every 90m");
    let earliest = at("2026-11-22T10:00:07.5Z");
    let due = schedule.due(earliest, at("2026-11-22T11:30:06Z"), None);
    assert_eq!((due.slot, due.missed), (None, 0));
    assert_eq!(due.next, Some(at("2026-11-22T11:30:07Z")));
    let due = schedule.due(earliest, at("2026-11-22T16:00:00Z"), None);
    assert_eq!(due.slot, Some(at("2026-11-22T14:30:07Z")));
    assert_eq!(due.missed, 2);
    assert_eq!(due.last_missed, Some(at("2026-11-22T13:00:07Z")));
    assert_eq!(due.next, Some(at("2026-11-22T16:00:07Z")));
    let now = at("2026-11-22T12:00:00Z");
    assert_eq!(schedule.interval_at(now), SignedDuration::from_mins(90));
    assert!(!schedule.is_stale(at("2026-11-22T09:00:01Z"), now));
    assert!(schedule.is_stale(at("2026-11-22T09:00:00Z"), now));
}

#[test]
fn a_distance_above_the_deadline_runs_on_time() {
    // A CronJob of this never starts: it forgets the last slot where that is older than the deadline.
    let schedule = utc("@every 1h");
    let deadline = Some(SignedDuration::from_mins(5));
    let due = schedule.due(
        at("2026-11-22T10:00:00Z"),
        at("2026-11-22T11:00:01Z"),
        deadline,
    );
    assert_eq!(due.slot, Some(at("2026-11-22T11:00:00Z")));
    assert!(!due.too_late);
}

#[test]
fn a_distance_beyond_the_calendar_has_no_next_slot() {
    let schedule = utc("@every 2562047h");
    let due = schedule.due(Timestamp::MAX, Timestamp::MAX, None);
    assert_eq!((due.slot, due.next), (None, None));
    assert_eq!(schedule.next_after(Timestamp::MAX), None);
    assert_eq!(
        utc("* * * * *")
            .due(Timestamp::MIN, Timestamp::MIN, None)
            .slot,
        None
    );
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let distance = (1_i64..3_000_000).prop_map(|seconds| utc(&format!("@every {seconds}s")));
    prop_oneof![9 => on_calendar(), 1 => distance]
}

fn on_calendar() -> impl Strategy<Value = Schedule> {
    let expressions = [
        "* * * * *",
        "*/15 * * * *",
        "0 * * * *",
        "30 2 * * *",
        "0 1 * * *",
        "0,30 2 * * *",
        "0 0 1 * *",
        "30 6-16/4 * * 1-5",
        "* 3 * * 0",
        "0 0 29 2 *",
        "0 0 */5 Apr Mon",
        "59 23 31 12 ?",
    ];
    let zones = [
        "Etc/UTC",
        "America/New_York",
        "Africa/Casablanca",
        "Asia/Kolkata",
    ];
    (
        proptest::sample::select(expressions.to_vec()),
        proptest::sample::select(zones.to_vec()),
    )
        .prop_map(|(expression, zone)| Schedule::parse(expression, zone).unwrap())
}

proptest! {
    #[test]
    fn no_slot_lies_between_a_moment_and_the_next_slot(
        schedule in on_calendar(),
        time in 1_577_836_800_i64..1_893_456_000,
        part in 0.0..1.0_f64,
    ) {
        let time = Timestamp::from_second(time).unwrap();
        let next = schedule.next_after(time).unwrap();
        prop_assert!(next > time);
        let between = time + next.duration_since(time).mul_f64(part);
        if between < next {
            prop_assert_eq!(schedule.next_after(between), Some(next));
        }
        prop_assert_eq!(schedule.last_at(next), Some(next));
        let before = next - SignedDuration::from_nanos(1);
        prop_assert!(schedule.last_at(before) < Some(next));
        prop_assert!(schedule.last_at(before) <= Some(time));
    }

    #[test]
    fn slots_are_handled_alike_however_often_one_looks(
        schedule in schedules(),
        start in 1_577_836_800_i64..1_893_456_000,
        looks in proptest::collection::vec(1_i64..200_000, 1..10),
    ) {
        // Every slot is either run or missed, whatever the moments at which a controller looks.
        let start = Timestamp::from_second(start).unwrap();
        let (mut now, mut handled, mut count) = (start, start, 0);
        for look in looks {
            now += SignedDuration::from_secs(look);
            let due = schedule.due(handled, now, None);
            if due.missed > COUNTED {
                return Ok(());
            }
            if let Some(slot) = due.slot {
                count += due.missed + 1;
                handled = slot;
            }
        }
        let at_once = schedule.due(start, now, None);
        prop_assert_eq!(at_once.slot.map_or(start, |slot| slot), handled);
        if at_once.missed <= COUNTED && at_once.slot.is_some() {
            prop_assert_eq!(at_once.missed + 1, count);
        }
    }

    #[test]
    fn whatever_was_handled_and_whatever_the_clock_does_a_due_slot_is_new_and_has_come(
        // As after an edit, the slot that was handled need not be one of the schedule.
        schedule in schedules(),
        handled in 1_577_836_800_i64..1_893_456_000,
        later in -40_000_000_i64..40_000_000,
        nanos in 0_i32..1_000_000_000,
        deadline in proptest::option::of(0_i64..4_000_000),
    ) {
        let handled = Timestamp::from_second(handled).unwrap();
        let now = handled + SignedDuration::new(later, nanos);
        let limit = deadline.map(SignedDuration::from_secs);
        let due = schedule.due(handled, now, limit);
        prop_assert!(due.next.unwrap() > now);
        prop_assert_eq!(due.next, schedule.next_from(handled, now));
        let Some(slot) = due.slot else {
            prop_assert_eq!((due.missed, due.last_missed, due.too_late), (0, None, false));
            return Ok(());
        };
        prop_assert!(handled < slot && slot <= now && slot < due.next.unwrap());
        prop_assert_eq!(due.last_missed.is_some(), due.missed > 0);
        prop_assert!(due.last_missed.is_none_or(|missed| handled < missed && missed < slot));
        prop_assert_eq!(due.too_late, limit.is_some_and(|limit| now.duration_since(slot) >= limit));
        // Once it is handled, nothing is due until the next one.
        let before = due.next.unwrap() - SignedDuration::from_nanos(1);
        prop_assert_eq!(schedule.due(slot, before, None).slot, None);
        prop_assert_eq!(schedule.due(slot, due.next.unwrap(), None).slot, due.next);
    }

    #[test]
    fn an_interval_holds_the_moment_it_is_of(
        schedule in on_calendar(), now in 1_577_836_800_i64..1_893_456_000,
    ) {
        let now = Timestamp::from_second(now).unwrap();
        let (last, next) = (schedule.last_at(now).unwrap(), schedule.next_after(now).unwrap());
        prop_assert!(last <= now && now < next);
        prop_assert_eq!(schedule.interval_at(now), next.duration_since(last));
        // What succeeded at its slot is stale after two more, not after one.
        let second = schedule.next_after(next).unwrap();
        prop_assert!(!schedule.is_stale(last, second - SignedDuration::from_nanos(1)));
        prop_assert!(schedule.is_stale(last, second));
    }
}
