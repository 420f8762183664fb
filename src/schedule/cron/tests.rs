//! What schedules mean. The dates of the first tables are facts about `CronJob`'s own library, written down anew.

use super::*;

mod cronjob;
mod due;
mod properties;
mod texts;

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
