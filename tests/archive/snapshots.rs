//! Snapshots: a reader needs the last one and what follows it, and comes to the same as a reader of everything.

use std::collections::BTreeSet;
use std::path::PathBuf;

use mergeaudit::audit::record::Record;
use mergeaudit::evidence::entry::{Body, ControlAction, SnapshotReference};
use mergeaudit::evidence::{Chain, ChainState};
use proptest::prelude::*;

use crate::fixtures::{
    World, acknowledgement, after, begun_in_memory, chain_id, commit, commit_run, compliant,
    control, grow_to, minute, non_compliant, pending, publication, retirement, review, run, state,
    tell, undetermined, write,
};

/// The snapshot that this entry names.
async fn named(chain: &Chain, sequence: u64) -> Option<SnapshotReference> {
    let stored = chain.read(sequence).await.unwrap().unwrap();
    stored.entry.snapshot
}

/// The state by every entry from the genesis on.
async fn folded(chain: &Chain) -> ChainState {
    let genesis = chain.read(0).await.unwrap().unwrap();
    let mut state = ChainState::genesis(&genesis.entry, genesis.digest).unwrap();
    while let Some(stored) = chain.read_after(&state.head).await.unwrap() {
        let mut records = Vec::new();
        if let Body::Run(run) = &stored.entry.body {
            for reference in &run.records {
                let read = chain.records(reference).await.unwrap();
                let location = read.location().into();
                let locate = |record: Record| mergeaudit::evidence::state::LocatedRecord {
                    location: std::sync::Arc::clone(&location),
                    record,
                };
                records.extend(read.map(Result::unwrap).map(locate));
            }
        }
        state.apply(&stored, records).unwrap();
    }
    state
}

#[tokio::test]
async fn every_entry_names_the_latest_snapshot_and_at_most_64_follow_it() {
    let (chain, _) = begun_in_memory().await;
    grow_to(&chain, 200).await;
    let mut latest = None;
    for sequence in 0..=200 {
        let snapshot = named(&chain, sequence).await.map(|each| each.sequence);
        assert!(snapshot >= latest, "{sequence}");
        let follow = sequence - snapshot.map_or(0, |snapshot| snapshot + 1);
        assert!(follow <= 64, "{follow} entries before {sequence}");
        latest = snapshot;
    }
    assert_eq!(latest, Some(191));
}

#[tokio::test]
async fn five_hundred_entries_are_opened_by_the_last_sixty_four() {
    let (chain, store) = begun_in_memory().await;
    let mut state = state(&chain).await;
    for entry in 2..500_i64 {
        let records = [non_compliant(entry), compliant(1_000 + entry)];
        let references = write(&chain, &records).await;
        let run = run(&state, 15 * entry, &records, references);
        commit_run(&chain, &state, run).await;
        assert_eq!(chain.catch_up(&mut state).await.unwrap(), 1);
    }
    store.take_reads();
    let opened = chain.replay().await.unwrap().unwrap();
    let reads = store.take_reads();
    // An entry and its records each; the search for the head and for holes; the parts of the snapshot.
    assert!(reads <= 2 * 64 + 60, "{reads} reads");
    assert_eq!(opened, state, "followed along");
    assert_eq!(opened, folded(&chain).await);
    assert_eq!(opened.findings().len(), 498);
    assert_eq!(store.lists(), 0);
}

#[tokio::test]
async fn who_was_away_for_long_catches_up_by_the_snapshot() {
    let (chain, store) = begun_in_memory().await;
    commit(&chain, 15, &[non_compliant(1)]).await;
    let mut away = state(&chain).await;
    grow_to(&chain, 500).await;
    store.take_reads();
    assert_eq!(chain.catch_up(&mut away).await.unwrap(), 498);
    let reads = store.take_reads();
    assert!(reads <= 64 + 60, "{reads} reads");
    assert_eq!(away, folded(&chain).await);
}

fn objects(world: &World) -> BTreeSet<PathBuf> {
    let folder = world.file("compliance/soc2-cc8-1/42/snapshots");
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[tokio::test]
async fn parts_that_did_not_change_are_not_written_again() {
    const DAY: i64 = 24 * 60;
    let world = World::begun().await;
    // Four days, and findings in November and December.
    for day in 0..4 {
        let records = [compliant(day * DAY), non_compliant((7 + day) * DAY + 1)];
        world.commit(14 * DAY, &records).await;
    }
    world.grow_to(64).await;
    let first = objects(&world);
    // Core, four days twice, two months of findings, one of records, and the object that names them.
    assert_eq!(first.len(), 1 + 8 + 2 + 1 + 1);
    let written = |path: &PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
    let times: Vec<_> = first.iter().map(written).collect();

    let position = world.state().await.position();
    let said = Body::Acknowledgement(acknowledgement(10 * DAY + 1));
    world
        .chain
        .append(Some(position), said, minute(1))
        .await
        .unwrap();
    world.grow_to(128).await;
    let second = objects(&world);
    let new = second.difference(&first).count();
    assert_eq!(
        new, 3,
        "core, December's findings, the object that names them"
    );
    assert!(second.is_superset(&first));
    assert_eq!(first.iter().map(written).collect::<Vec<_>>(), times);
    let state = world.state().await;
    assert_eq!(state, folded(&world.chain).await);
    assert_eq!(state.unmatched_decisions, 0);
}

#[tokio::test]
async fn a_state_at_hand_saves_the_append_from_reading() {
    let (chain, store) = begun_in_memory().await;
    let prepared = async |last: u64| {
        grow_to(&chain, last).await;
        let state = state(&chain).await;
        let position = chain.prepare(&state).await.unwrap();
        store.take_reads();
        let body = Body::Control(control(ControlAction::Changed));
        let head = chain.append(Some(position), body, minute(1)).await.unwrap();
        assert!(store.take_reads() <= 2, "the head and what stands after it");
        (position.snapshot, named(&chain, head.sequence).await)
    };
    let (early, written) = prepared(62).await;
    assert_eq!((early, written), (None, None), "not due");
    let (due, written) = prepared(63).await;
    assert_eq!(due.map(|each| each.sequence), Some(63));
    assert_eq!(written, due);
}

#[tokio::test]
async fn two_writers_of_a_due_snapshot_write_the_same() {
    let world = World::begun().await;
    let head = world.grow_to(63).await;
    let body = |generation| {
        Body::Control(mergeaudit::evidence::entry::Control {
            generation: Some(generation),
            ..control(ControlAction::Changed)
        })
    };
    let (first, second) = tokio::join!(
        world.chain.append(Some(after(head)), body(2), minute(1)),
        world.chain.append(Some(after(head)), body(3), minute(1)),
    );
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let snapshot = named(&world.chain, 64).await.unwrap();
    assert_eq!(snapshot.sequence, 63);
    assert!(world.snapshot_file(&snapshot.digest).exists());
    assert_eq!(objects(&world).len(), 2, "core, and what names it");
    assert_eq!(world.state().await, folded(&world.chain).await);
}

/// 70 entries with a snapshot at 63, and what it is.
async fn with_snapshot() -> (World, SnapshotReference) {
    let world = World::begun().await;
    world.commit(15, &[non_compliant(1), compliant(2)]).await;
    world.grow_to(70).await;
    let snapshot = named(&world.chain, 70).await.unwrap();
    (world, snapshot)
}

#[tokio::test]
async fn a_damaged_or_missing_snapshot_costs_time_and_no_evidence() {
    for damage in 0..4 {
        let (world, snapshot) = with_snapshot().await;
        let whole = world.state().await;
        let main = world.snapshot_file(&snapshot.digest);
        let part = objects(&world).into_iter().find(|path| *path != main);
        let part = part.unwrap();
        match damage {
            0 => std::fs::remove_file(main).unwrap(),
            1 => std::fs::remove_file(part).unwrap(),
            2 => std::fs::write(main, b"").unwrap(),
            _ => std::fs::write(part, b"").unwrap(),
        }
        assert_eq!(world.state().await, whole, "damage {damage}");
        let found = world.chain.verify().await.unwrap().unwrap();
        let [problem] = found.problems.as_slice() else {
            panic!("{:?}", found.problems);
        };
        assert!(problem.contains("/snapshots/"), "{problem}");
        world.control_after(whole.head).await;
        assert_eq!(world.state().await.head.sequence, 71, "it goes on");
    }
}

#[tokio::test]
async fn without_the_last_snapshot_the_one_before_it_serves() {
    let (chain, store) = begun_in_memory().await;
    commit(&chain, 15, &[non_compliant(1)]).await;
    grow_to(&chain, 400).await;
    let last = named(&chain, 400).await.unwrap();
    assert_eq!(last.sequence, 383);
    let whole = state(&chain).await;
    store.remove(&chain_id().snapshot(&last.digest)).await;
    store.take_reads();
    assert_eq!(state(&chain).await, whole);
    let reads = store.take_reads();
    assert!(reads <= 2 * 64 + 60, "{reads} reads");
}

#[tokio::test]
async fn a_snapshot_of_another_chain_is_not_believed() {
    let other = World::begun().await;
    other.commit(15, &[non_compliant(7)]).await;
    other.grow_to(70).await;
    let foreign = named(&other.chain, 70).await.unwrap();

    let world = World::begun().await;
    let head = world.grow_to(63).await;
    let folder = world.file("compliance/soc2-cc8-1/42/snapshots");
    std::fs::create_dir_all(&folder).unwrap();
    for object in objects(&other) {
        std::fs::copy(&object, folder.join(object.file_name().unwrap())).unwrap();
    }
    let position = mergeaudit::evidence::entry::Position {
        head,
        snapshot: Some(foreign),
    };
    let body = Body::Control(control(ControlAction::Changed));
    world
        .chain
        .append(Some(position), body, minute(1))
        .await
        .unwrap();
    let state = world.state().await;
    assert_eq!(state, folded(&world.chain).await);
    assert!(state.findings().is_empty());
    let found = world.chain.verify().await.unwrap().unwrap();
    assert!(
        found.problems[0]
            .ends_with("it is a snapshot of another chain than the entry that names it"),
        "{:?}",
        found.problems
    );
}

#[tokio::test]
async fn what_an_entry_before_the_snapshot_lost_is_for_verify_to_find() {
    let (world, _) = with_snapshot().await;
    let whole = world.state().await;
    std::fs::remove_file(world.entry_file(10)).unwrap();
    assert_eq!(world.state().await, whole);
    let found = world.chain.verify().await.unwrap().unwrap();
    assert_eq!(
        found.problems,
        ["compliance/soc2-cc8-1/42/entries/00000000000000000010.json: it is missing"]
    );
    assert_eq!(found.state, Some(whole), "by the snapshot behind the hole");
}

#[tokio::test]
async fn nothing_is_appended_where_what_a_due_snapshot_needs_is_damaged() {
    let world = World::begun().await;
    let references = world.write(&[compliant(1)]).await;
    let state = world.state().await;
    let committed = run(&state, 15, &[compliant(1)], references.clone());
    world.commit_run(&state, committed).await;
    let head = world.grow_to(63).await;
    std::fs::remove_file(world.records_file(&references[0].digest)).unwrap();
    let body = Body::Control(control(ControlAction::Changed));
    let refused = world.chain.append(Some(after(head)), body, minute(1)).await;
    let text = tell(&refused.unwrap_err());
    assert!(text.contains(&references[0].digest.to_hex()), "{text}");
    assert!(!world.entry_file(64).exists());
}

/// One entry of a random chain.
#[derive(Debug, Clone)]
enum Step {
    Run {
        records: Vec<Record>,
        closes: bool,
        days: i64,
    },
    Acknowledge(i64),
    Review(i64),
    Retire(i64),
    Publish(i64),
    Controls(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let record = (0_i64..4_000, 0_usize..4).prop_map(|(number, kind)| {
        [compliant, non_compliant, undetermined, pending][kind](number * 30)
    });
    let records = prop::collection::vec(record, 0..6);
    prop_oneof![
        6 => (records, any::<bool>(), 0_i64..20)
            .prop_map(|(records, closes, days)| Step::Run { records, closes, days }),
        1 => (0_i64..4_000).prop_map(|number| Step::Acknowledge(number * 30)),
        1 => (0_i64..4_000).prop_map(|number| Step::Review(number * 30)),
        1 => (0_i64..4_000).prop_map(|number| Step::Retire(number * 30)),
        1 => (0_i64..4_000).prop_map(|number| Step::Publish(number * 30)),
        2 => (1_u8..60).prop_map(Step::Controls),
    ]
}

async fn take(chain: &Chain, state: &ChainState, step: &Step, until: &mut i64) {
    let said = match step {
        Step::Run {
            records,
            closes,
            days,
        } => {
            *until += days * 24 * 60;
            let references = write(chain, records).await;
            let mut run = run(state, *until, records, references);
            run.closes_window = *closes;
            commit_run(chain, state, run).await;
            return;
        }
        Step::Controls(count) => {
            grow_to(chain, state.head.sequence + u64::from(*count)).await;
            return;
        }
        Step::Acknowledge(number) => Body::Acknowledgement(acknowledgement(*number)),
        Step::Review(number) => Body::Review(review(*number)),
        Step::Retire(number) => Body::Retirement(retirement(&[*number])),
        Step::Publish(number) => Body::Publication(publication(&[*number])),
    };
    let appended = chain.append(Some(state.position()), said, minute(*until));
    appended.await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_state_by_snapshot_is_the_state_by_every_entry(
        steps in prop::collection::vec(step(), 1..30),
        looks in prop::collection::vec(any::<bool>(), 30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (chain, _) = begun_in_memory().await;
            let mut followed = state(&chain).await;
            let mut until = 15;
            for (step, look) in steps.iter().zip(looks) {
                let now = state(&chain).await;
                take(&chain, &now, step, &mut until).await;
                if look {
                    chain.catch_up(&mut followed).await.unwrap();
                }
            }
            chain.catch_up(&mut followed).await.unwrap();
            let all = folded(&chain).await;
            assert_eq!(state(&chain).await, all, "by the last snapshot");
            assert_eq!(followed, all, "followed along");
        });
    }
}
