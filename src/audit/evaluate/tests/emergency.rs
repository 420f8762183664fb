//! What an emergency makes of a verdict.

use super::*;
use crate::audit::fixtures::at;
use crate::audit::requirements::EmergencyMark;

fn allowed(it: &mut Requirements) {
    it.emergency = Some(EmergencyMark {
        labels: vec!["emergency".to_owned()],
        justification_pattern: Some(r"(?im)^justification:\s*(.+)$".to_owned()),
        review_within_seconds: 86_400,
    });
}

fn labeled() -> PullRequest {
    pull_request().labeled("emergency", "bob", "11:00")
}

fn justified() -> PullRequest {
    labeled().described("Justification: the site is down")
}

#[test]
fn label_and_justification_make_it_a_warning() {
    let case = given("marked and justified", justified()).by(allowed);
    case.is_warning(&[ApprovalMissing]);
    let Verdict::NonCompliant { emergency, .. } = case.verdict() else {
        panic!("{:?}", case.verdict());
    };
    let emergency = emergency.unwrap();
    assert_eq!(emergency.label, "emergency");
    assert_eq!(emergency.labeled_by, Some(user("bob")));
    assert_eq!(emergency.justification.as_deref(), Some("the site is down"));
    assert_eq!(
        emergency.review_due_time,
        at("12:00") + jiff::SignedDuration::from_hours(24)
    );
    given(
        "merged over an objection",
        justified().refused("carol", "11:30"),
    )
    .by(allowed)
    .is_warning(&[ApprovalMissing, ChangesRequested]);
    given("the policy knows no emergencies", justified()).is_critical(&[ApprovalMissing]);
}

#[test]
fn a_label_alone_changes_nothing_and_says_so() {
    let case = given("labeled, without a word", labeled()).by(allowed);
    case.is_critical(&[ApprovalMissing]);
    assert_eq!(
        case.messages(),
        [
            "merged by mallory at 2026-03-02T12:00:00Z with 0 of 1 approvals; labeled emergency by bob before the merge, but no \
          emergency: its description holds no justification"
        ]
    );
    let mut edited = justified();
    edited.body_edited_at = Some(at("12:30"));
    let case = given("edited after the merge", edited).by(allowed);
    case.is_critical(&[ApprovalMissing]);
    assert!(
        case.messages()[0].contains("edited after the merge"),
        "{:?}",
        case.messages()
    );
    let unlabeled = pull_request().described("Justification: the site is down");
    given("justified, without a label", unlabeled)
        .by(allowed)
        .is_critical(&[ApprovalMissing]);
}

#[test]
fn an_emergency_beats_what_the_policy_says_of_severities() {
    let strict = |it: &mut Requirements| {
        allowed(it);
        it.severities = vec![SeverityRule {
            reasons: Vec::new(),
            repositories: vec!["*".to_owned()],
            severity: Critical,
        }];
    };
    given("everything is critical", justified())
        .by(strict)
        .is_warning(&[ApprovalMissing]);
    given("and stays so without a justification", labeled())
        .by(strict)
        .is_critical(&[ApprovalMissing]);
}

#[test]
fn what_is_compliant_or_unclear_is_so_in_an_emergency_too() {
    given("approved", justified().approved("bob", "11:00"))
        .by(allowed)
        .is_compliant();
    let unclear = justified().reviewed(review(None, ReviewState::Approved, "11:00"));
    given("unclear", unclear).by(allowed).lacks(&[ReviewAuthor]);
}

#[test]
fn a_message_with_notes_never_outgrows_its_field() {
    let mut pull = labeled().committed(vec![commit("reviewed"), commit("head")]);
    for n in 0..100 {
        pull = pull.approved_on(
            &format!("somebody-with-a-long-name-{n}"),
            "10:00",
            "reviewed",
        );
    }
    let messages = given("", pull).by(allowed).messages();
    assert!(messages[0].chars().count() <= 512, "{messages:?}");
    assert!(
        messages[0].ends_with("holds no justification"),
        "{messages:?}"
    );
}
