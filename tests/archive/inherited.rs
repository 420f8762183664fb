//! Findings of a chain that is lost, which the cluster still told of when this one was adopted.

use mergeaudit::audit::finding::Finding;
use mergeaudit::audit::life::State;
use mergeaudit::evidence::Expectation;
use mergeaudit::evidence::entry::{Adoption, Body, Control, ControlAction};
use proptest::prelude::*;

use crate::fixtures::{
    World, acknowledgement, compliant, control, genesis, identity, minute, non_compliant, review,
    undetermined,
};
use crate::folded::Folded;

/// The findings of a chain in which these records were judged, as the cluster would tell them.
fn told(Folded(state): &Folded) -> Vec<Finding> {
    let findings = state.findings().values().cloned();
    let told = findings.map(|finding| Finding {
        node_id: String::new(),
        published: None,
        closed_at: None,
        inherited: true,
        ..finding
    });
    told.collect()
}

fn adoption(findings: Vec<Finding>) -> Control {
    let adoption = Adoption {
        expected: "the chain that is lost".into(),
        found: "no chain".into(),
        cluster_uid: genesis().cluster_uid,
        findings,
    };
    Control {
        reason: Some("the disk was lost".into()),
        adoption: Some(adoption),
        ..control(ControlAction::Adopted)
    }
}

#[test]
fn what_was_open_is_open_though_the_new_chain_takes_it_for_baseline_or_compliant() {
    let lost = || told(&Folded::new().run(15, &[non_compliant(1), non_compliant(2)]));
    let mut old = [non_compliant(1), compliant(2)];
    for record in &mut old {
        record.baseline = true;
    }
    let before = Folded::new().run(30, &old).control(adoption(lost()));
    let after = Folded::new().control(adoption(lost())).run(30, &old);
    for (Folded(state), order) in [(after, "adopted first"), (before, "judged first")] {
        let state_of = |number| state.findings()[&identity(number)].state(minute(60));
        assert_eq!([state_of(1), state_of(2)], [State::Open; 2], "{order}");
        assert_eq!(
            state.totals.non_compliant_count(),
            0,
            "the other chain counted it"
        );
        assert_eq!(state.totals.changes, 2);
        assert!(state.findings().values().all(|it| it.published.is_some()));
    }
}

#[test]
fn what_was_undetermined_is_read_again_and_no_baseline_whatever_the_verdict() {
    let lost = told(&Folded::new().run(15, &[undetermined(1)]));
    let folded = Folded::new().control(adoption(lost));
    assert_eq!(folded.0.undetermined(), 1);
    let first_detected = folded.0.findings()[&identity(1)].first_detected;
    let mut record = non_compliant(1);
    record.baseline = true;
    let Folded(state) = folded.run(30, &[record]);
    let finding = &state.findings()[&identity(1)];
    assert_eq!(finding.state(minute(60)), State::Open);
    assert_eq!(
        (finding.closed_at, finding.first_detected),
        (None, first_detected)
    );
    assert!(!finding.inherited, "this chain has judged it");
    assert_eq!(state.undetermined(), 0);
}

#[test]
fn what_was_decided_holds_by_the_adoption_and_what_was_closed_stays_so() {
    let lost = Folded::new()
        .run(15, &[non_compliant(1), non_compliant(2)])
        .entry(Body::Acknowledgement(acknowledgement(1)))
        .entry(Body::Review(review(2)));
    let Folded(state) = Folded::new().control(adoption(told(&lost)));
    let [first, second] = [1, 2].map(|number| &state.findings()[&identity(number)]);
    assert_eq!(first.acknowledgement.as_ref().unwrap().sequence, 1);
    assert_eq!(first.state(minute(100)), State::Acknowledged);
    assert_eq!(first.state(minute(120)), State::Open, "its term has ended");
    assert_eq!(second.state(minute(100)), State::Reviewed);
    assert!(second.closed_at.is_some() && first.closed_at.is_none());
}

#[test]
fn an_older_copy_learns_the_verdict_and_keeps_what_it_knows() {
    let lost = told(
        &Folded::new()
            .run(15, &[undetermined(1)])
            .run(30, &[non_compliant(1)]),
    );
    let copy = Folded::new()
        .run(15, &[undetermined(1)])
        .entry(Body::Acknowledgement(acknowledgement(1)));
    let Folded(state) = copy
        .control(adoption(lost.clone()))
        .run(45, &[non_compliant(1)]);
    let finding = &state.findings()[&identity(1)];
    assert_eq!(finding.evidence, lost[0].evidence, "as it was published");
    assert_eq!(finding.acknowledgement.as_ref().unwrap().sequence, 2);
    assert_eq!(
        (state.undetermined(), state.totals.non_compliant_count()),
        (0, 1)
    );
}

#[tokio::test]
async fn an_adoption_with_findings_reads_back_and_an_earlier_one_without() {
    let world = World::begun().await;
    let lost = told(&Folded::new().run(15, &[non_compliant(1), undetermined(2)]));
    for findings in [Vec::new(), lost] {
        let body = Body::Control(adoption(findings));
        let position = world.state().await.position();
        let appended = world.chain.append(Some(position), body.clone(), minute(1));
        let head = appended.await.unwrap();
        let stored = world.chain.read(head.sequence).await.unwrap().unwrap();
        assert_eq!(stored.entry.body, body);
    }
    let text = std::fs::read_to_string(world.entry_file(2)).unwrap();
    assert!(!text.contains("findings"), "{text}");
    world.grow_to(70).await;
    let state = world.state().await;
    assert_eq!(state.findings().len(), 2);
    let cluster = genesis().cluster_uid;
    let expected = Expectation {
        host: "github.com",
        organization_id: 42,
        cluster_uid: cluster.as_deref(),
    };
    assert_eq!(state.find_mismatch(&expected), None);
    let found = world.chain.verify().await.unwrap().unwrap();
    assert!(found.holds(), "{:?}", found.problems);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the new chain judges, nothing that was open when the old one was lost is closed by that.
    #[test]
    fn no_judgement_closes_what_was_open(
        kinds in prop::collection::vec((0_i64..6, 0_usize..3, any::<bool>()), 0..12),
    ) {
        let open: Vec<_> = (0..6).map(non_compliant).collect();
        let lost = told(&Folded::new().run(15, &open));
        let judged = kinds.into_iter().map(|(number, kind, baseline)| {
            let mut record = [compliant, non_compliant, undetermined][kind](number);
            record.baseline = baseline;
            record
        });
        let judged: Vec<_> = judged.collect();
        let Folded(state) = Folded::new().control(adoption(lost)).run(30, &judged);
        for finding in state.findings().values() {
            prop_assert_eq!(finding.state(minute(60)), State::Open);
        }
    }
}
