//! Reviews after the merge, read again: what that costs, and what becomes of a look at which GitHub did not answer.

use jiff::SignedDuration;
use mergeaudit::evidence::entry::Body;
use mergeaudit_test_github::{FaultKind, FaultPlan};

use crate::place::{Place, empty, runs};

/// Bob approves the merged pull request now.
fn approve_late(place: &Place, number: u64) {
    let now = place.github.now();
    let change = ("acme", "payments", number);
    place.github.world().approve(change, "bob", now).unwrap();
}

/// GitHub answers no query of this name, or all again.
fn set_failing(place: &Place, operation: Option<&str>) {
    let plan = operation.map(|operation| FaultPlan {
        kinds: vec![FaultKind::Status { status: 502 }],
        matching: Some(operation.to_owned()),
        ..FaultPlan::new(1, 100.0)
    });
    place.github.fail_at_random(plan);
}

#[tokio::test]
async fn every_request_is_counted_by_an_entry_those_for_reviews_too() {
    let place = Place::new(empty());
    place.scan().await.unwrap();
    for _ in 0..3 {
        place.merge(false);
    }
    place.set_time(SignedDuration::from_mins(5));
    place.scan().await.unwrap();
    let before = place.answered("PullRequests");
    place.set_time(SignedDuration::from_mins(130));
    let opened = place.scan().await.unwrap();
    assert!(
        place.answered("PullRequests") > before,
        "no review was read"
    );
    let runs = runs(&opened.chain, &opened.state).await;
    let counted: i64 = runs.iter().map(|run| run.requests).sum();
    assert_eq!(
        counted,
        i64::try_from(place.github.requests().len()).unwrap()
    );
}

#[tokio::test]
async fn what_was_approved_between_the_merge_and_the_run_is_reviewed_without_another_look() {
    let place = Place::new(empty());
    place.scan().await.unwrap();
    let number = place.merge(false);
    place.set_time(SignedDuration::from_mins(5));
    approve_late(&place, number);
    place.set_time(SignedDuration::from_mins(10));
    let before = place.answered("PullRequests");
    let opened = place.scan().await.unwrap();
    let finding = opened.state.findings().values().next().unwrap();
    assert_eq!(finding.review.as_ref().unwrap().by.login, "bob");
    assert_eq!(place.answered("PullRequests"), before);
    let last = opened.chain.read(opened.state.head.sequence).await.unwrap();
    assert!(matches!(last.unwrap().entry.body, Body::Review(_)));
}

#[tokio::test]
async fn reviews_about_which_github_did_not_answer_are_read_by_the_next_run() {
    let place = Place::new(empty());
    place.scan().await.unwrap();
    let number = place.merge(false);
    place.set_time(SignedDuration::from_mins(5));
    place.scan().await.unwrap();
    // From the second day on, one run an hour.
    place.set_time(SignedDuration::from_hours(48));
    place.scan().await.unwrap();
    place.set_time(SignedDuration::from_hours(49));
    approve_late(&place, number);
    set_failing(&place, Some("PullRequests"));
    let opened = place.scan().await.unwrap();
    let finding = opened.state.findings().values().next().unwrap();
    assert_eq!(finding.review, None);
    assert!(opened.state.unread.contains(&finding.identity));

    set_failing(&place, None);
    place.set_time(SignedDuration::from_mins(49 * 60 + 5));
    let opened = place.scan().await.unwrap();
    let finding = opened.state.findings().values().next().unwrap();
    assert!(finding.review.is_some());
    assert!(opened.state.unread.is_empty());
}
