//! Changes that are not clear, and what becomes of them when GitHub shows them no more.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use mergeaudit::audit::verdict::MissingType;
use mergeaudit_test_github::{FaultKind, FaultPlan, Verdict, World};

use crate::place::{Place, empty};

/// One merge, approved by somebody whose account is deleted: whose approval it was is not known.
fn unclear() -> World {
    let mut world = empty();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let _ = payments
        .merged_pull_request("Change")
        .author("alice")
        .approved_by("ghost")
        .merged_at(mergeaudit_test_github::now() - SignedDuration::from_mins(10))
        .declare(Verdict::Undetermined, &[]);
    let mut acme = world.organization("acme");
    let _ = acme.repository("ledger").writers(&["alice", "bob"]);
    world
}

/// Hides every repository but `ledger` from the token.
fn hide(place: &Place) {
    let mut world = place.github.world();
    for access in &mut world.tokens[0].access {
        access.repositories = Some(BTreeSet::from(["ledger".to_owned()]));
    }
}

#[tokio::test]
async fn a_pending_change_that_is_hidden_holds_back_what_is_checked_until_it_is_older_than_the_overlap()
 {
    let place = Place::new(unclear());
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.state.pending(), 1);
    let landed = opened.state.unclear().values().next().unwrap().merged_at;
    hide(&place);

    place.set_time(SignedDuration::from_mins(20));
    let opened = place.scan().await.unwrap();
    assert_eq!(
        opened.state.checked_until(),
        Some(landed),
        "it may show again"
    );

    place.set_time(SignedDuration::from_mins(60));
    let opened = place.scan().await.unwrap();
    let state = &opened.state;
    assert_eq!(
        state.checked_until(),
        state.window_until,
        "it holds nothing back"
    );
    assert_eq!((state.pending(), state.undetermined()), (0, 1));
    let finding = state.findings().values().next().unwrap();
    let missing: Vec<_> = finding.missing.iter().map(|missing| missing.kind).collect();
    assert_eq!(
        missing,
        [MissingType::ReviewAuthor, MissingType::NotVisible]
    );

    // That is said once.
    let head = state.head;
    place.set_time(SignedDuration::from_mins(70));
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.state.findings().values().next(), Some(finding));
    assert_eq!(opened.state.head.sequence, head.sequence + 1);
}

#[tokio::test]
async fn an_undetermined_change_is_read_again_ever_more_rarely() {
    let place = Place::new(unclear());
    let rereads = |place: &Place| {
        let requests = place.github.requests();
        let operation = Some("PullRequests");
        let rereads = requests
            .iter()
            .filter(|request| request.operation.as_deref() == operation);
        rereads.count()
    };
    let mut state = None;
    let mut read = Vec::new();
    for minutes in (0..36 * 60).step_by(30) {
        place.set_time(SignedDuration::from_mins(minutes));
        let before = rereads(&place);
        let mut opened = place.open(state.take()).await.unwrap();
        place.run(&mut opened).await.unwrap();
        if rereads(&place) > before {
            read.push(minutes);
        }
        state = Some(opened.state);
    }
    // It is 10 minutes old at first, and in the windows of its first hour or two. Then at 4, 8, 16 and 32 hours.
    let later: Vec<i64> = read.into_iter().filter(|minutes| *minutes > 150).collect();
    assert_eq!(later, [240, 480, 960, 1920]);
}

#[tokio::test]
async fn a_look_that_failed_was_none() {
    let place = Place::new(unclear());
    for minutes in [0, 60, 120, 225] {
        place.set_time(SignedDuration::from_mins(minutes));
        place.scan().await.unwrap();
    }
    // It is due when it is four hours old.
    place.github.fail_at_random(FaultPlan {
        kinds: vec![FaultKind::Status { status: 502 }],
        matching: Some("PullRequests".to_owned()),
        ..FaultPlan::new(1, 100.0)
    });
    place.set_time(SignedDuration::from_mins(235));
    let opened = place.scan().await.unwrap();
    let unread: Vec<_> = opened.state.unread.iter().collect();
    let unclear: Vec<_> = opened.state.unclear().keys().collect();
    assert_eq!(unread, unclear);

    place.github.fail_at_random(None);
    let read_at = async |minutes: i64| {
        place.set_time(SignedDuration::from_mins(minutes));
        let before = place.answered("PullRequests");
        let opened = place.scan().await.unwrap();
        assert!(opened.state.unread.is_empty());
        place.answered("PullRequests") > before
    };
    assert!(read_at(240).await, "the turn is left");
    assert!(!read_at(245).await, "and then it is used");
}
