//! Which slot is due, how many were missed, and how far apart slots are.

use super::*;

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
