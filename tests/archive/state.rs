//! What a chain adds up to.

use mergeaudit::audit::record::Record;
use mergeaudit::audit::verdict::{MissingType, Severity};
use mergeaudit::digest::Digest;
use mergeaudit::evidence::entry::{Body, ControlAction, Debt, Head, SkippedRepository};
use mergeaudit::evidence::{ChainState, Expectation, Mismatch};
use proptest::prelude::*;

use crate::fixtures::{
    World, compliant, control, exempt, genesis, identity, minute, non_compliant, pending,
    undetermined,
};
use crate::folded::{Folded, stored};

#[test]
fn a_chain_that_has_only_begun_claims_nothing() {
    let Folded(state) = Folded::new();
    assert_eq!(state.policy, None);
    assert_eq!(state.checked_until(), None);
    assert_eq!(state.totals.changes, 0);
    assert_eq!(state.head.digest, state.genesis_digest);
}

#[test]
fn controls_tell_which_policy_holds_and_whether_it_is_suspended() {
    let suspended = |folded: &Folded| folded.0.policy.unwrap().suspended;
    let folded = Folded::new().control(control(ControlAction::Accepted));
    assert!(!suspended(&folded));
    assert_eq!(folded.0.policy.unwrap().generation, Some(1));
    let folded = folded.control(control(ControlAction::Suspended));
    assert!(suspended(&folded));
    let folded = folded.control(control(ControlAction::Resumed));
    assert!(!suspended(&folded));
    let mut born_suspended = control(ControlAction::Accepted);
    born_suspended.policy["suspend"] = true.into();
    assert!(suspended(&Folded::new().control(born_suspended)));
}

#[test]
fn every_determined_change_counts_once() {
    let Folded(state) = Folded::new()
        .run(
            15,
            &[compliant(1), non_compliant(2), exempt(3), non_compliant(-5)],
        )
        .run(30, &[compliant(1), non_compliant(2), compliant(20)]);
    assert_eq!(state.totals.changes, 5);
    assert_eq!(state.totals.compliant, 2);
    assert_eq!(state.totals.exempt, 1);
    assert_eq!(state.totals.baseline, 1);
    assert_eq!(state.totals.non_compliant_count(), 1);
    assert_eq!(state.duplicates, 2);
    assert!(state.is_determined(&identity(20)) && !state.is_determined(&identity(21)));
    let landed: Vec<_> = state.determined().map(|(_, at)| at).collect();
    assert_eq!(
        landed,
        [minute(-5), minute(1), minute(2), minute(3), minute(20)]
    );
}

#[test]
fn a_determined_change_is_never_judged_again() {
    let Folded(state) = Folded::new()
        .run(15, &[non_compliant(1)])
        .run(30, &[compliant(1)]);
    let finding = &state.findings()[&identity(1)];
    assert_eq!(finding.severity, Some(Severity::Critical));
    assert!(!finding.resolved);
    assert_eq!(finding.evidence.sequence, 1);
}

#[test]
fn a_pending_change_is_counted_and_claims_nothing() {
    let Folded(state) = Folded::new().run(15, &[pending(10)]);
    assert_eq!(state.undetermined(), 1);
    assert!(state.unclear()[&identity(10)].pending);
    assert_eq!(state.unclear()[&identity(10)].node_id, "PR_10");
    assert!(state.findings().is_empty());
    assert_eq!(state.totals.changes, 0);
    assert_eq!(state.checked_until(), Some(minute(10)));
}

#[test]
fn an_undetermined_change_becomes_a_finding_that_its_verdict_completes() {
    let folded = Folded::new()
        .run(15, &[pending(10)])
        .run(30, &[undetermined(10)]);
    let finding = &folded.0.findings()[&identity(10)];
    assert_eq!(finding.missing[0].kind, MissingType::ReviewAuthor);
    assert_eq!(finding.severity, None);
    let first_detected = finding.first_detected;

    let mut determined = non_compliant(10);
    determined.judged_at = minute(44);
    determined.pull_request.repository.name = "payments-renamed".into();
    let Folded(state) = folded.run(45, &[determined]);
    let finding = &state.findings()[&identity(10)];
    assert_eq!(finding.severity, Some(Severity::Critical));
    assert!(finding.missing.is_empty() && finding.reasons.len() == 1);
    assert_eq!(finding.repository.name, "payments", "as first recorded");
    assert_eq!(finding.first_detected, first_detected);
    assert_eq!(finding.evidence.sequence, 3);
    assert_eq!(finding.evidence.digest, state.head.digest);
    assert_eq!(finding.evidence.location, "records/object");
    assert_eq!(state.undetermined(), 0);
    assert_eq!(state.checked_until(), Some(minute(45)));
}

#[test]
fn an_undetermined_change_that_proves_compliant_or_exempt_is_resolved() {
    for record in [compliant(10), exempt(10)] {
        let Folded(state) = Folded::new()
            .run(15, &[undetermined(10)])
            .run(30, &[record]);
        let finding = &state.findings()[&identity(10)];
        assert!(finding.resolved && finding.severity.is_none());
        assert!(finding.missing.is_empty() && finding.reasons.is_empty());
        assert_eq!(finding.evidence.sequence, 2);
        assert_eq!(state.totals.changes, 1);
    }
}

#[test]
fn a_compliant_change_is_no_finding() {
    let Folded(state) = Folded::new()
        .run(15, &[pending(1)])
        .run(30, &[compliant(1)]);
    assert!(state.findings().is_empty());
    assert_eq!(state.totals.compliant, 1);
}

#[test]
fn nothing_is_checked_past_the_oldest_debt() {
    let debt = |since| Debt {
        repository: Some("payments".into()),
        since: minute(since),
        reason: "Denied".into(),
    };
    let folded = Folded::new().run_with(60, &[pending(50), undetermined(40)], |run| {
        run.debts = vec![debt(45), debt(55)];
    });
    assert_eq!(folded.0.checked_until(), Some(minute(45)));
    let Folded(state) = folded.run(75, &[]);
    assert!(state.debts.is_empty(), "paid");
    assert_eq!(state.checked_until(), Some(minute(50)));
}

#[test]
fn what_a_run_could_not_read_again_is_left_for_the_next_that_closes_its_window() {
    let folded = Folded::new().run_with(15, &[undetermined(1)], |run| {
        run.unread = vec![identity(1)];
    });
    let folded = folded.run_with(30, &[], |run| run.closes_window = false);
    assert!(folded.0.unread.contains(&identity(1)));
    let Folded(state) = folded.run(30, &[]);
    assert!(state.unread.is_empty());
}

#[test]
fn only_the_last_segment_closes_the_window() {
    let folded = Folded::new().run_with(15, &[], |run| {
        run.repositories_audited = 9;
    });
    let Folded(state) = folded.run_with(30, &[compliant(20)], |run| {
        run.closes_window = false;
        run.request = Some("now".into());
    });
    assert_eq!(state.window_until, Some(minute(15)));
    assert_eq!(state.last_slot, Some(minute(15)));
    assert_eq!(
        state.last_success,
        Some("2026-11-22T12:15:05Z".parse().unwrap())
    );
    assert_eq!(state.handled_request, None);
    assert_eq!(state.repositories_audited, 9);
    assert_eq!(state.totals.changes, 1, "its records count");

    let skipped = SkippedRepository {
        id: 5,
        name: "old".into(),
        reason: "Archived".into(),
    };
    let Folded(state) = Folded(state).run_with(30, &[], |run| {
        run.request = Some("now".into());
        run.slot = None;
        run.last_missed_slot = Some(minute(20));
        run.repositories_skipped = vec![skipped.clone()];
    });
    assert_eq!(state.window_until, Some(minute(30)));
    assert_eq!(
        state.last_slot,
        Some(minute(15)),
        "an answer to a request is for no slot"
    );
    assert_eq!(state.last_missed, Some(minute(20)));
    assert_eq!(state.handled_request.as_deref(), Some("now"));
    assert_eq!(state.repositories_skipped, [skipped]);
}

#[test]
fn an_entry_that_does_not_follow_is_refused() {
    let Folded(mut state) = Folded::new();
    let before = state.clone();
    let skipping = Head {
        sequence: 1,
        ..state.head
    };
    let elsewhere = Head {
        digest: Digest::of(b"elsewhere"),
        ..state.head
    };
    for head in [skipping, elsewhere] {
        let stored = stored(head, Body::Control(control(ControlAction::Accepted)));
        assert!(state.apply(&stored, []).is_err());
    }
    let second = stored(state.head, Body::Genesis(genesis()));
    assert!(state.apply(&second, []).is_err());
    assert_eq!(state, before);
}

#[test]
fn another_archive_is_told_by_its_genesis() {
    let Folded(state) = Folded::new();
    let cluster = genesis().cluster_uid;
    let expected = Expectation {
        host: "github.com",
        organization_id: 42,
        cluster_uid: cluster.as_deref(),
    };
    assert_eq!(state.find_mismatch(&expected), None);
    let host = Expectation {
        host: "github.example.com",
        ..expected
    };
    let organization = Expectation {
        organization_id: 43,
        ..expected
    };
    let no_cluster = Expectation {
        cluster_uid: None,
        ..expected
    };
    let told = |expected| state.find_mismatch(&expected).unwrap().to_string();
    assert_eq!(
        told(host),
        "the archive's chain is about github.com, not github.example.com"
    );
    assert_eq!(
        told(organization),
        "the archive's chain is about organization 42, not 43"
    );
    assert_eq!(
        told(no_cluster),
        "the archive's chain was begun by cluster 5f0c1e5a-0000-4000-8000-000000000001, not by no cluster"
    );
    let mismatch = state.find_mismatch(&no_cluster);
    assert!(matches!(mismatch, Some(Mismatch::Cluster { .. })));
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (0_i64..12, 0_usize..5).prop_map(|(number, kind)| {
        [compliant, exempt, non_compliant, undetermined, pending][kind](number)
    });
    prop::collection::vec(record, 0..24)
}

/// Cuts the records at these places.
fn split<'a>(records: &'a [Record], cuts: &[usize]) -> Vec<&'a [Record]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (records.len() + 1)).collect();
    cuts.extend([0, records.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &records[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_split_into_runs_gives_the_same_counts_and_findings(
        records in records(),
        cuts in prop::collection::vec(any::<usize>(), 0..6),
    ) {
        let Folded(whole) = Folded::new().run(15, &records);
        let runs = split(&records, &cuts);
        let Folded(pieces) = runs.iter().fold(Folded::new(), |folded, run| folded.run(15, run));
        prop_assert_eq!(&whole.totals, &pieces.totals);
        prop_assert_eq!(whole.duplicates, pieces.duplicates);
        prop_assert_eq!(whole.unclear(), pieces.unclear());
        prop_assert!(whole.determined().eq(pieces.determined()));
        let claims = |state: &ChainState| -> Vec<_> {
            let claim = |finding: &mergeaudit::audit::finding::Finding| {
                let mut finding = finding.clone();
                finding.evidence.sequence = 0;
                finding.evidence.digest = Digest::of(b"");
                finding
            };
            state.findings().values().map(claim).collect()
        };
        prop_assert_eq!(claims(&whole), claims(&pieces));
    }
}

proptest! {
    // Each case syncs a dozen files to disk.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn replaying_equals_following_along(
        records in records(),
        cuts in prop::collection::vec(any::<usize>(), 0..4),
        stops in prop::collection::vec(any::<bool>(), 8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (followed, replayed) = runtime.block_on(async {
            let world = World::begun().await;
            let genesis = world.chain.read(0).await.unwrap().unwrap();
            let mut state = ChainState::genesis(&genesis.entry, genesis.digest).unwrap();
            for (run, stop) in split(&records, &cuts).into_iter().zip(stops) {
                world.commit(15, run).await;
                if stop {
                    world.chain.catch_up(&mut state).await.unwrap();
                }
            }
            world.chain.catch_up(&mut state).await.unwrap();
            (state, world.state().await)
        });
        prop_assert_eq!(followed, replayed);
    }
}
