//! What GitHub's search cannot reach is owed, and is never taken for nothing.

use jiff::SignedDuration;
use mergeaudit::evidence::{Claim, Expectation};
use mergeaudit::scan::{Error, Known, refuse_mismatch};
use mergeaudit_test_github::{Fault, FaultKind, MergeNow, World};

use crate::place::{Place, empty};

/// A place where GitHub keeps the reviews of the first of two changes to itself.
fn with_a_gap() -> Place {
    let place = Place::new(empty());
    place.merge(false);
    place.merge(true);
    let path = "search.nodes.0.reviews".to_owned();
    let null = Fault::next(FaultKind::Null { path }).times(1000);
    place.github.fail(null.matching("MergedPullRequests"));
    place.set_time(SignedDuration::from_hours(2));
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_leaves_out_of_a_page_is_owed_until_it_tells() {
    let place = with_a_gap();
    for _ in 0..2 {
        let opened = place.scan().await.unwrap();
        assert_eq!(opened.state.totals.changes, 1);
        assert!(opened.state.oldest_debt().is_some());
        assert!(opened.state.checked_until() < opened.state.window_until);
    }
    place.github.fail_none();
    let opened = place.scan().await.unwrap();
    place.assert_true(&opened.state);
    assert_eq!(opened.state.oldest_debt(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_long_debt_reads_again_after_it_was_forgotten_is_judged_once() {
    let place = with_a_gap();
    for days in [0, 20, 45, 46] {
        place.set_time(SignedDuration::from_hours(2 + 24 * days));
        let opened = place.scan().await.unwrap();
        let state = &opened.state;
        assert_eq!((state.totals.changes, state.duplicates), (1, 0), "{days}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_lost_what_was_published_is_not_begun_anew() {
    let place = Place::new(empty());
    let state = place.scan().await.unwrap().state;
    let claim = Claim {
        genesis: state.genesis_digest,
        sequence: state.head.sequence,
        digest: state.head.digest,
    };
    assert!(place.open_claiming(claim).await.is_ok());
    // Nor is anything decided on a chain of something else.
    let opened = place.open(None).await.unwrap();
    let decide = async |organization_id| {
        let expected = Expectation {
            host: &opened.state.genesis.host,
            organization_id,
            cluster_uid: None,
        };
        refuse_mismatch(&opened.chain, &opened.state, &Known::default(), &expected).await
    };
    assert!(decide(state.genesis.organization_id).await.is_ok());
    let foreign = decide(state.genesis.organization_id + 1).await;
    assert!(matches!(foreign.err(), Some(Error::Mismatch(_))));
    place.lose_archive();
    let refused = place.open_claiming(claim).await;
    assert!(matches!(refused.err(), Some(Error::Mismatch(_))));
    assert!(place.has_lost_archive());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_with_more_repositories_than_a_search_covers_is_never_checked_to_the_end() {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    for number in 0..=4000 {
        let _ = acme.repository(&format!("service-{number}"));
    }
    let place = Place::new(world);
    for repository in ["service-1", "service-4000"] {
        let what = MergeNow {
            organization: "acme".to_owned(),
            repository: repository.to_owned(),
            title: "Change".to_owned(),
            author: "alice".to_owned(),
            ..MergeNow::default()
        };
        place.github.merge(&what).unwrap();
    }
    place.set_time(SignedDuration::from_hours(2));
    for _ in 0..2 {
        let opened = place.scan().await.unwrap();
        // GitHub does not say that there is a second one.
        assert_eq!(opened.state.totals.changes, 1);
        let owed = opened.state.oldest_debt();
        assert!(
            owed.is_some() && owed < opened.state.window_until,
            "{owed:?}"
        );
    }
}
