//! Others add to the chain while a run is under way.

use std::sync::Arc;

use jiff::SignedDuration;
use mergeaudit::audit::finding::{Disposition, Independence};
use mergeaudit::evidence::entry::{Acknowledgement, Body};
use mergeaudit::evidence::{Chain, ChainState};
use mergeaudit_test_github::{Fault, FaultKind};

use crate::place::{Place, empty, runs};

/// A place with a finding, whose next search takes its time.
async fn with_a_finding() -> (Arc<Place>, ChainState, Chain) {
    let place = Place::new(empty());
    place.scan().await.unwrap();
    place.set_time(SignedDuration::from_mins(5));
    place.merge(false);
    place.set_time(SignedDuration::from_mins(10));
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.state.findings().len(), 1);
    place.merge(false);
    place.set_time(SignedDuration::from_mins(15));
    // Of the organization, the repositories, and then the changes.
    for milliseconds in [0, 0, 2000] {
        let slow = Fault::next(FaultKind::Slow { milliseconds });
        place.github.fail(slow.matching("/graphql"));
    }
    (Arc::new(place), opened.state, opened.chain)
}

fn acknowledgement(state: &ChainState) -> Body {
    let (change, finding) = state.findings().first_key_value().unwrap();
    Body::Acknowledgement(Acknowledgement {
        change: change.clone(),
        finding: format!("soc2-payments-{}", finding.number),
        disposition: Disposition::Emergency,
        reason: "the site was down".to_owned(),
        ticket: None,
        acknowledged_by: "alice@example.com".to_owned(),
        expiration_time: None,
        independence: Independence::Unverified,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_persons_decision_a_run_is_linked_anew_and_asks_github_nothing_again() {
    let (place, state, chain) = with_a_finding().await;
    let (before, listed) = (place.searches(), place.answered("Repositories"));
    let run = tokio::spawn({
        let place = place.clone();
        async move { place.scan().await }
    });
    // The search comes next, and takes its time.
    place.wait_for("Repositories", listed + 1).await;
    let written_at = jiff::Timestamp::UNIX_EPOCH;
    let decided = chain.append(Some(state.position()), acknowledgement(&state), written_at);
    let decided = decided.await.unwrap();

    let opened = run.await.unwrap().unwrap();
    assert_eq!(
        opened.state.head.sequence,
        decided.sequence + 1,
        "right behind it"
    );
    assert_eq!(place.searches(), before + 1, "it asked once");
    place.assert_true(&opened.state);
    let findings = opened.state.findings().values();
    let acknowledged = findings.filter(|finding| finding.acknowledgement.is_some());
    assert_eq!(acknowledged.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_another_run_it_is_gathered_anew_and_nothing_is_judged_twice() {
    let (place, ..) = with_a_finding().await;
    let (before, listed) = (place.searches(), place.answered("Repositories"));
    let slow = tokio::spawn({
        let place = place.clone();
        async move { place.scan().await }
    });
    // The search comes next, and takes its time.
    place.wait_for("Repositories", listed + 1).await;
    let faster = place.scan().await.unwrap();
    place.assert_true(&faster.state);

    let opened = slow.await.unwrap().unwrap();
    assert_eq!(opened.state.head.sequence, faster.state.head.sequence + 1);
    assert!(place.searches() > before + 2, "the slower one asked again");
    place.assert_true(&opened.state);
    let last = runs(&opened.chain, &opened.state).await.pop().unwrap();
    assert_eq!(last.records, [], "it found nothing new");
}
