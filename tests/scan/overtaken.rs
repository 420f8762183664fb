//! Others add to the chain while a run is under way.

use jiff::SignedDuration;
use mergeaudit::audit::finding::{Disposition, Independence};
use mergeaudit::evidence::entry::{Acknowledgement, Body};
use mergeaudit::evidence::{Chain, ChainState};

use crate::place::{Place, empty, runs};

/// A place with a finding, and a merge that no run has seen.
async fn with_a_finding() -> (Place, ChainState, Chain) {
    let place = Place::new(empty());
    place.scan().await.unwrap();
    place.set_time(SignedDuration::from_mins(5));
    place.merge(false);
    place.set_time(SignedDuration::from_mins(10));
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.state.findings().len(), 1);
    place.merge(false);
    place.set_time(SignedDuration::from_mins(15));
    (place, opened.state, opened.chain)
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

#[tokio::test]
async fn behind_a_persons_decision_a_run_is_linked_anew_and_asks_github_nothing_again() {
    let (place, state, chain) = with_a_finding().await;
    let before = place.searches();
    let mut opened = place.open(None).await.unwrap();
    let written_at = jiff::Timestamp::UNIX_EPOCH;
    let decided = chain.append(Some(state.position()), acknowledgement(&state), written_at);
    let decided = decided.await.unwrap();

    place.run(&mut opened).await.unwrap();
    let behind = decided.sequence + 1;
    assert_eq!(opened.state.head.sequence, behind, "right behind it");
    assert_eq!(place.searches(), before + 1, "it asked once");
    place.assert_true(&opened.state);
    let findings = opened.state.findings().values();
    let acknowledged = findings.filter(|finding| finding.acknowledgement.is_some());
    assert_eq!(acknowledged.count(), 1);
}

#[tokio::test]
async fn behind_another_run_it_is_gathered_anew_and_nothing_is_judged_twice() {
    let (place, ..) = with_a_finding().await;
    let before = place.searches();
    let mut opened = place.open(None).await.unwrap();
    let faster = place.scan().await.unwrap();
    place.assert_true(&faster.state);

    place.run(&mut opened).await.unwrap();
    assert_eq!(opened.state.head.sequence, faster.state.head.sequence + 1);
    assert!(place.searches() > before + 2, "it asked again");
    place.assert_true(&opened.state);
    let last = runs(&opened.chain, &opened.state).await.pop().unwrap();
    assert_eq!(last.records, [], "it found nothing new");
}
