//! Conditions keep their transition times and converge.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ready(status: ConditionStatus, reason: ConditionReason, message: &str) -> NewCondition {
    NewCondition {
        kind: ConditionType::Ready,
        status,
        reason,
        message: message.to_owned(),
        observed_generation: Some(3),
    }
}

#[test]
fn the_transition_time_moves_only_with_the_status() {
    let mut conditions = Vec::new();
    let first = at("2026-11-22T12:00:00Z");
    let succeeded = ready(ConditionStatus::True, ConditionReason::Succeeded, "ok");
    set_condition(&mut conditions, succeeded.clone(), first);
    set_condition(&mut conditions, succeeded, at("2026-11-22T12:15:00Z"));
    assert_eq!(conditions[0].last_transition_time, Time(first));

    let failed = ready(
        ConditionStatus::False,
        ConditionReason::PartiallyFailed,
        "acme: 401",
    );
    let second = at("2026-11-22T12:30:00Z");
    set_condition(&mut conditions, failed, second);
    assert_eq!(conditions.len(), 1);
    assert_eq!(conditions[0].last_transition_time, Time(second));
    assert_eq!(conditions[0].reason, "PartiallyFailed");
}

#[test]
fn a_new_reason_with_the_same_status_keeps_the_transition_time() {
    let mut conditions = Vec::new();
    let first = at("2026-11-22T12:00:00Z");
    set_condition(
        &mut conditions,
        ready(ConditionStatus::False, ConditionReason::RateLimited, "a"),
        first,
    );
    let later = ready(
        ConditionStatus::False,
        ConditionReason::GitHubUnavailable,
        "b",
    );
    set_condition(&mut conditions, later, at("2026-11-22T12:15:00Z"));
    assert_eq!(conditions[0].reason, "GitHubUnavailable");
    assert_eq!(conditions[0].message, "b");
    assert_eq!(conditions[0].last_transition_time, Time(first));
}

#[test]
fn times_are_whole_seconds_so_that_a_written_status_equals_the_stored_one() {
    let mut conditions = Vec::new();
    let now = at("2026-11-22T12:00:00.987654321Z");
    set_condition(
        &mut conditions,
        ready(ConditionStatus::True, ConditionReason::Succeeded, ""),
        now,
    );
    let stored: Vec<Condition> =
        serde_json::from_value(serde_json::to_value(&conditions).unwrap()).unwrap();
    assert_eq!(stored, conditions);
}

#[test]
fn a_removed_condition_is_gone_and_the_others_stay() {
    let mut conditions = Vec::new();
    let now = at("2026-11-22T12:00:00Z");
    set_condition(
        &mut conditions,
        ready(ConditionStatus::True, ConditionReason::Succeeded, ""),
        now,
    );
    let stalled = NewCondition {
        kind: ConditionType::Stalled,
        ..ready(ConditionStatus::True, ConditionReason::InvalidSchedule, "")
    };
    set_condition(&mut conditions, stalled, now);
    remove_condition(&mut conditions, ConditionType::Stalled);
    assert!(find_condition(&conditions, ConditionType::Stalled).is_none());
    assert!(find_condition(&conditions, ConditionType::Ready).is_some());
}
