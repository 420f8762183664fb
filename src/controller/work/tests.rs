//! What is due, and when to look again.

use serde_json::{Value, json};

use super::*;
use crate::api::condition::ConditionReason as Reason;
use crate::controller::fixtures::{
    at, chain, failure, plan, policy, progress, scanned, unknown, validated,
};

/// The plan of a policy with the annotation that asks for a scan.
fn requested_plan(value: &str) -> Plan {
    let mut policy = policy(json!({}));
    let annotation = ("mergeaudit.io/requested-at".to_owned(), value.to_owned());
    policy.metadata.annotations = Some([annotation].into());
    validated(&policy).unwrap()
}

fn with_deadline() -> Value {
    json!({"startingDeadlineSeconds": 60})
}

/// What is to be done for `acme`.
#[derive(Debug, PartialEq)]
enum Work {
    Nothing,
    OpenOnly,
    Run(Occasion),
}

fn work(plan: &Plan, progress: &PolicyProgress, time: &str) -> Work {
    let mut work = due(plan, progress, at(time));
    assert!(work.len() <= 1, "{work:?}");
    match work.pop() {
        None => Work::Nothing,
        Some(work) => work.occasion.map_or(Work::OpenOnly, Work::Run),
    }
}

fn slot(trigger: Trigger, slot: &str, missed_slots: i64) -> Work {
    Work::Run(Occasion {
        trigger,
        slot: Some(at(slot)),
        missed_slots,
        // The slot before, of a schedule of every quarter of an hour.
        last_missed_slot: (missed_slots > 0).then(|| at(slot) - SignedDuration::from_mins(15)),
        request: None,
    })
}

#[test]
fn a_chain_that_was_not_read_is_opened_before_anything_runs() {
    let nothing = PolicyProgress::default();
    assert_eq!(work(&plan(json!({})), &nothing, "12:20"), Work::OpenOnly);
}

#[test]
fn the_first_run_is_for_the_first_slot_after_the_policys_creation() {
    let opened = progress([("acme", unknown().with(chain()))]);
    assert_eq!(work(&plan(json!({})), &opened, "12:14:59"), Work::Nothing);
    let first = work(&plan(json!({})), &opened, "12:15");
    assert_eq!(first, slot(Trigger::Schedule, "12:15", 0));
}

#[test]
fn a_slot_that_was_run_is_not_run_again() {
    let done = progress([("acme", unknown().with(scanned(at("12:15"))))]);
    assert_eq!(work(&plan(json!({})), &done, "12:29:59"), Work::Nothing);
    let next = work(&plan(json!({})), &done, "12:30:01");
    assert_eq!(next, slot(Trigger::Schedule, "12:30", 0));
}

#[test]
fn missed_slots_make_one_run_that_counts_them() {
    let done = progress([("acme", unknown().with(scanned(at("12:15"))))]);
    let run = work(&plan(json!({})), &done, "13:20");
    assert_eq!(run, slot(Trigger::CatchUp, "13:15", 3));
}

#[test]
fn equal_distances_are_counted_from_the_creation_and_then_from_the_last_slot() {
    let plan = plan(json!({"schedule": "@every 7m"}));
    let fresh = progress([("acme", unknown().with(chain()))]);
    assert_eq!(work(&plan, &fresh, "12:06:59"), Work::Nothing);
    assert_eq!(wait(&plan, &fresh, at("12:05")).as_secs(), 120);
    let first = work(&plan, &fresh, "12:07");
    assert_eq!(first, slot(Trigger::Schedule, "12:07", 0));
    let ran = progress([("acme", unknown().with(scanned(at("12:07"))))]);
    assert_eq!(wait(&plan, &ran, at("12:09")).as_secs(), 300);
    let Work::Run(late) = work(&plan, &ran, "12:30") else {
        panic!("nothing is due");
    };
    assert_eq!(late.trigger, Trigger::CatchUp);
    assert_eq!((late.slot, late.missed_slots), (Some(at("12:28")), 2));
    assert_eq!(late.last_missed_slot, Some(at("12:21")));
}

#[test]
fn a_slot_as_old_as_the_deadline_is_missed_and_not_run() {
    let plan = plan(with_deadline());
    let done = progress([("acme", unknown().with(scanned(at("12:15"))))]);
    assert_ne!(work(&plan, &done, "12:30:59"), Work::Nothing);
    assert_eq!(missed(&plan, &done, at("12:30:59")), None);
    assert_eq!(work(&plan, &done, "12:31"), Work::Nothing);
    assert_eq!(missed(&plan, &done, at("12:31")), Some(at("12:30")));
}

#[test]
fn nothing_starts_while_suspended_but_an_edit_is_recorded() {
    let suspended = plan(json!({"suspend": true}));
    let mut done = progress([("acme", unknown().with(scanned(at("12:15"))))]);
    assert_eq!(work(&suspended, &done, "13:20"), Work::Nothing);
    done.generation = Some(0);
    assert_eq!(work(&suspended, &done, "13:20"), Work::OpenOnly);
}

#[test]
fn an_edit_is_recorded_before_the_next_run_and_at_once() {
    let mut done = progress([("acme", unknown().with(scanned(at("12:15"))))]);
    done.generation = Some(0);
    assert_eq!(work(&plan(json!({})), &done, "12:16"), Work::OpenOnly);
    assert_eq!(work(&plan(json!({})), &done, "12:30"), Work::OpenOnly);
    let failing = unknown().failing(failure(Reason::CredentialsRejected, at("12:40")));
    let mut failing = progress([("acme", failing)]);
    failing.generation = Some(0);
    assert_eq!(work(&plan(json!({})), &failing, "12:16"), Work::OpenOnly);
}

#[test]
fn a_new_request_runs_at_once_and_an_answered_one_does_not() {
    let asked = requested_plan("one");
    let mut chain = scanned(at("12:15"));
    let run = work(
        &asked,
        &progress([("acme", unknown().with(chain.clone()))]),
        "12:16",
    );
    let expected = Occasion {
        trigger: Trigger::Request,
        slot: None,
        missed_slots: 0,
        last_missed_slot: None,
        request: Some("one".to_owned()),
    };
    assert_eq!(run, Work::Run(expected));
    chain.handled_request = Some("one".to_owned());
    assert_eq!(
        work(
            &asked,
            &progress([("acme", unknown().with(chain))]),
            "12:16"
        ),
        Work::Nothing
    );
}

#[test]
fn a_failure_waits_for_its_time_whatever_slots_pass() {
    let failing = unknown()
        .with(scanned(at("12:15")))
        .failing(failure(Reason::CredentialsRejected, at("12:40")));
    let failing = progress([("acme", failing)]);
    assert_eq!(work(&plan(json!({})), &failing, "12:31"), Work::Nothing);
    let run = work(&plan(json!({})), &failing, "12:40");
    assert_eq!(run, slot(Trigger::Schedule, "12:30", 0));
}

#[test]
fn a_failure_with_nothing_due_is_looked_at_again_all_the_same() {
    // An edit whose Control entry could not be written, or a request that was taken back.
    let failing = unknown()
        .with(scanned(at("12:15")))
        .failing(failure(Reason::EvidenceNotStored, at("12:20")));
    let failing = progress([("acme", failing)]);
    assert_eq!(work(&plan(json!({})), &failing, "12:20"), Work::OpenOnly);
    assert_eq!(
        work(&plan(json!({"suspend": true})), &failing, "12:20"),
        Work::OpenOnly
    );
}

#[test]
fn a_new_request_does_not_wait_for_a_failure() {
    let failing = unknown()
        .with(scanned(at("12:15")))
        .failing(failure(Reason::CredentialsRejected, at("12:40")));
    let mut failing = progress([("acme", failing)]);
    assert_ne!(
        work(&requested_plan("one"), &failing, "12:16"),
        Work::Nothing
    );
    let known = failing.organizations.get_mut("acme").unwrap();
    known.failure.as_mut().unwrap().request = Some("one".to_owned());
    assert_eq!(
        work(&requested_plan("one"), &failing, "12:16"),
        Work::Nothing
    );
}

#[test]
fn an_organization_that_fails_leaves_the_others_their_slots() {
    let plan = plan(json!({"organizations": [{"name": "acme"}, {"name": "gone"}]}));
    let gone = unknown().failing(failure(Reason::OrganizationNotFound, at("12:40")));
    let known = progress([("acme", unknown().with(chain())), ("gone", gone)]);
    let work = due(&plan, &known, at("12:15"));
    assert_eq!(work.len(), 1);
    assert_eq!(work[0].organization, "acme");
}

#[test]
fn the_policy_is_looked_at_again_at_the_next_slot_or_retry_but_within_ten_minutes() {
    let plan = plan(json!({}));
    let seconds =
        |progress: &PolicyProgress, time: &str| wait(&plan, progress, at(time)).as_secs_f64();
    let done = progress([("acme", unknown().with(scanned(at("12:15"))))]);
    assert!((seconds(&done, "12:25") - 300.1).abs() < 1e-9);
    assert!((seconds(&done, "12:16") - 600.0).abs() < 1e-9);
    let failing = unknown()
        .with(scanned(at("12:15")))
        .failing(failure(Reason::GitHubUnavailable, at("12:17")));
    assert!((seconds(&progress([("acme", failing)]), "12:16") - 60.1).abs() < 1e-9);
}

#[test]
fn a_slot_that_came_while_the_policy_was_looked_at_is_not_slept_through() {
    let done = progress([("acme", unknown().with(scanned(at("12:15"))))]);
    assert_eq!(wait(&plan(json!({})), &done, at("12:30")), SLACK);
}

#[test]
fn a_scan_under_way_is_not_asked_after_all_the_time() {
    let failing = unknown()
        .with(scanned(at("12:15")))
        .failing(failure(Reason::RateLimited, at("12:20")));
    let mut running = progress([("acme", failing)]);
    running.running = true;
    assert_eq!(
        wait(&plan(json!({})), &running, at("12:21")).as_secs(),
        9 * 60
    );
}

#[test]
fn an_organization_that_left_the_policy_wakes_nobody() {
    let left = unknown().failing(failure(Reason::OrganizationNotFound, at("12:10")));
    let known = progress([
        ("acme", unknown().with(scanned(at("12:15")))),
        ("gone", left),
    ]);
    assert_eq!(wait(&plan(json!({})), &known, at("12:25")).as_secs(), 300);
    assert_eq!(
        wait(&plan(json!({"suspend": true})), &known, at("12:25")),
        LONGEST
    );
}

#[test]
fn a_decision_to_adopt_the_archive_does_not_wait_for_the_mismatchs_next_try() {
    let mismatch = failure(Reason::ArchiveMismatch, at("12:30"));
    let stalled = progress([("acme", unknown().failing(mismatch))]);
    let mut plan = plan(json!({}));
    assert_eq!(work(&plan, &stalled, "12:20"), Work::Nothing);
    plan.adopt = Some("the disk was lost".to_owned());
    assert_eq!(work(&plan, &stalled, "12:20"), Work::OpenOnly);
    let mut tried = failure(Reason::ArchiveMismatch, at("12:30"));
    tried.adopt.clone_from(&plan.adopt);
    let refused = progress([("acme", unknown().failing(tried))]);
    assert_eq!(
        work(&plan, &refused, "12:20"),
        Work::Nothing,
        "it was obeyed before"
    );
}

fn with_uid(uid: &str, spec: Value) -> Plan {
    let mut policy = policy(spec);
    policy.metadata.uid = Some(uid.to_owned());
    validated(&policy).unwrap()
}

#[test]
fn policies_of_one_schedule_start_at_moments_of_their_own_and_keep_slot_and_deadline() {
    let slot_of = |uid: &str, spec: Value| {
        let plan = with_uid(uid, spec);
        plan.start_of(at("12:15")).duration_since(at("12:15"))
    };
    let starts: std::collections::BTreeSet<_> = (0..200)
        .map(|number| slot_of(&format!("uid-{number}"), json!({})).as_millis())
        .collect();
    assert!(starts.len() > 190, "{starts:?}");
    assert!(starts.iter().all(|start| (0..30_000).contains(start)));
    for number in 0..50 {
        let uid = format!("uid-{number}");
        let tight = slot_of(&uid, json!({"startingDeadlineSeconds": 10}));
        assert!(tight < SignedDuration::from_secs(5), "{tight}");
        let often = slot_of(&uid, json!({"schedule": "* * * * *"}));
        assert!(often < SignedDuration::from_secs(3), "{often}");
    }
}

#[test]
fn a_slot_waits_for_its_policys_moment_and_is_the_same_slot_then() {
    let plan = with_uid("uid-1", json!({}));
    let known = progress([("acme", unknown().with(chain()))]);
    let start = plan.start_of(at("12:15"));
    assert!(start > at("12:15:01"), "{start}");
    let before = start - SignedDuration::from_millis(1);
    assert!(due(&plan, &known, before).is_empty());
    let left = wait(&plan, &known, before);
    assert!(left <= SignedDuration::from_millis(200), "{left}");
    let work = due(&plan, &known, start).pop().unwrap().occasion.unwrap();
    assert_eq!(work.slot, Some(at("12:15")));
}
