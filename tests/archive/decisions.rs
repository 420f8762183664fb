//! What people decided and what was reviewed, in the state of a chain.

use mergeaudit::audit::finding::{Disposition, Independence};
use mergeaudit::evidence::entry::{Acknowledgement, Adoption, Body, Control, ControlAction};
use mergeaudit::evidence::{AppendError, Expectation, Mismatch};

use crate::fixtures::{
    World, acknowledgement, compliant, control, genesis, identity, minute, non_compliant,
    publication, retirement, review, undetermined,
};
use crate::folded::Folded;

#[test]
fn an_acknowledgement_is_in_the_finding_with_its_entry() {
    let Folded(state) = Folded::new()
        .run(15, &[non_compliant(1)])
        .entry(Body::Acknowledgement(acknowledgement(1)));
    let finding = &state.findings()[&identity(1)];
    let held = finding.acknowledgement.as_ref().unwrap();
    assert_eq!(held.sequence, 2);
    assert_eq!(held.disposition, Disposition::Emergency);
    assert_eq!(held.acknowledged_by, "carol@example.com");
    assert_eq!(held.independence, Independence::Verified);
    assert!(finding.is_acknowledged(minute(119)));
    assert!(!finding.is_acknowledged(minute(120)), "it has expired");
    assert_eq!(state.totals.non_compliant_count(), 1, "it changes no count");
    assert_eq!(state.unmatched_decisions, 0);
}

#[test]
fn an_extension_replaces_what_it_extends() {
    let extended = Acknowledgement {
        expiration_time: None,
        disposition: Disposition::AcceptedRisk,
        ..acknowledgement(1)
    };
    let Folded(state) = Folded::new()
        .run(15, &[non_compliant(1)])
        .entry(Body::Acknowledgement(acknowledgement(1)))
        .entry(Body::Acknowledgement(extended));
    let finding = &state.findings()[&identity(1)];
    let held = finding.acknowledgement.as_ref().unwrap();
    assert_eq!((held.sequence, held.expiration_time), (3, None));
    assert_eq!(held.disposition, Disposition::AcceptedRisk);
    assert!(finding.is_acknowledged(minute(1_000_000)));
}

#[test]
fn a_review_is_in_the_finding_beside_its_acknowledgement() {
    let Folded(state) = Folded::new()
        .run(15, &[non_compliant(1)])
        .entry(Body::Review(review(1)))
        .entry(Body::Acknowledgement(acknowledgement(1)));
    let finding = &state.findings()[&identity(1)];
    let held = finding.review.as_ref().unwrap();
    assert_eq!((held.sequence, held.by.login.as_str()), (2, "bob"));
    assert_eq!((held.at, held.commit.as_str()), (minute(90), "beef"));
    assert!(finding.acknowledgement.is_some());
}

#[test]
fn a_verdict_keeps_what_was_decided_while_it_was_undetermined() {
    let decided = || {
        Folded::new()
            .run(15, &[undetermined(1)])
            .entry(Body::Acknowledgement(acknowledgement(1)))
            .entry(Body::Review(review(1)))
    };
    for record in [non_compliant(1), compliant(1)] {
        let Folded(state) = decided().run(30, &[record]);
        let finding = &state.findings()[&identity(1)];
        assert_eq!(finding.acknowledgement.as_ref().unwrap().sequence, 2);
        assert_eq!(finding.review.as_ref().unwrap().sequence, 3);
    }
}

#[test]
fn what_is_published_once_stays_so_by_the_entry_that_said_it_first() {
    let Folded(state) = Folded::new()
        .run(15, &[undetermined(1), non_compliant(2)])
        .entry(Body::Publication(publication(&[1])))
        .entry(Body::Publication(publication(&[1])))
        .run(30, &[non_compliant(1)]);
    let published = |number| state.findings()[&identity(number)].published;
    assert_eq!((published(1), published(2)), (Some(2), None));
    assert_eq!(state.unmatched_decisions, 0);
}

#[test]
fn a_finding_that_was_stored_before_anything_said_what_is_published_reads_back() {
    let Folded(state) = Folded::new().run(15, &[non_compliant(1)]);
    let finding = &state.findings()[&identity(1)];
    let stored = serde_json::to_value(finding).unwrap();
    assert_eq!(stored.get("published"), None);
    let read: mergeaudit::audit::finding::Finding = serde_json::from_value(stored).unwrap();
    assert_eq!(read, *finding);
}

#[test]
fn a_retired_finding_leaves_the_state_and_stays_counted() {
    let Folded(state) = Folded::new()
        .run(15, &[non_compliant(1), non_compliant(2)])
        .entry(Body::Retirement(retirement(&[1])))
        .run(30, &[non_compliant(1)]);
    let left: Vec<_> = state.findings().keys().collect();
    assert_eq!(left, [&identity(2)], "its change is never judged again");
    assert_eq!(state.totals.non_compliant_count(), 2);
}

#[test]
fn a_decision_about_an_unknown_finding_changes_nothing_but_a_count() {
    let Folded(before) = Folded::new().run(15, &[non_compliant(1)]);
    let Folded(state) = Folded(before.clone())
        .entry(Body::Acknowledgement(acknowledgement(9)))
        .entry(Body::Review(review(9)))
        .entry(Body::Retirement(retirement(&[9])))
        .entry(Body::Publication(publication(&[9])));
    assert_eq!(state.findings(), before.findings());
    assert_eq!(state.unmatched_decisions, 4);
    assert_eq!(state.head.sequence, 5);
}

#[test]
fn an_adopted_chain_belongs_to_the_cluster_that_adopted_it() {
    const NEW: &str = "5f0c1e5a-0000-4000-8000-00000000000f";
    let Folded(state) = Folded::new().control(control(ControlAction::Suspended));
    let expected = Expectation {
        host: "github.com",
        organization_id: 42,
        cluster_uid: Some(NEW),
    };
    let mismatch = state.find_mismatch(&expected).unwrap();
    assert!(matches!(mismatch, Mismatch::Cluster { .. }));
    let adoption = mismatch.adoption(Some(NEW));
    assert_eq!(
        adoption,
        Adoption {
            expected: format!("cluster {NEW}"),
            found: format!("cluster {}", genesis().cluster_uid.unwrap()),
            cluster_uid: Some(NEW.into()),
            findings: Vec::new(),
        }
    );
    let Folded(state) = Folded(state).control(Control {
        reason: Some("moved to the new cluster".into()),
        adoption: Some(adoption),
        ..control(ControlAction::Adopted)
    });
    assert_eq!(state.find_mismatch(&expected), None);
    assert!(state.policy.unwrap().suspended, "as it was");
    assert_eq!(state.genesis, genesis(), "the genesis stays what it was");
}

#[tokio::test]
async fn decisions_read_back_as_they_were_written() {
    let world = World::begun().await;
    let bodies = [
        Body::Acknowledgement(acknowledgement(1)),
        Body::Review(review(1)),
        Body::Retirement(retirement(&[1, 2])),
        Body::Publication(publication(&[1])),
    ];
    for body in bodies {
        let position = world.state().await.position();
        let head = world
            .chain
            .append(Some(position), body.clone(), minute(1))
            .await;
        let stored = world.chain.read(head.unwrap().sequence).await.unwrap();
        assert_eq!(stored.unwrap().entry.body, body);
    }
    let text = std::fs::read_to_string(world.entry_file(2)).unwrap();
    let body = text.split_once("\"snapshot\":null,").unwrap().1;
    insta::assert_snapshot!(body, @r##""type":"Acknowledgement","change":{"host":"github.com","organizationId":42,"repositoryId":99,"number":1},"finding":"soc2-cc8-1-payments-1","disposition":"Emergency","reason":"the site was down","ticket":"SEC-42","acknowledgedBy":"carol@example.com","expirationTime":"2026-11-22T14:00:00Z","independence":"Verified"}"##);
    let text = std::fs::read_to_string(world.entry_file(5)).unwrap();
    let body = text.split_once("\"snapshot\":null,").unwrap().1;
    insta::assert_snapshot!(body, @r##""type":"Publication","findings":[{"change":{"host":"github.com","organizationId":42,"repositoryId":99,"number":1},"finding":"soc2-cc8-1-payments-1"}],"maxOpen":500}"##);
}

#[tokio::test]
async fn a_human_decision_that_lost_is_appended_behind_the_winner() {
    let world = World::begun().await;
    let position = world.state().await.position();
    let run = world.commit(15, &[non_compliant(1)]).await;
    let said = || Body::Acknowledgement(acknowledgement(1));
    let lost = world.chain.append(Some(position), said(), minute(16)).await;
    let Err(AppendError::Lost { theirs }) = lost else {
        panic!("{lost:?}");
    };
    assert_eq!(theirs.head(), run);
    let position = theirs.position();
    let appended = world.chain.append(Some(position), said(), minute(16)).await;
    let state = world.state().await;
    assert_eq!(state.head, appended.unwrap());
    assert!(state.findings()[&identity(1)].acknowledgement.is_some());
}
