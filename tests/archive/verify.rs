//! What the verification of an archive finds, and that it goes on behind what it has found.

use std::fs;
use std::path::PathBuf;

use mergeaudit::audit::record::Record;
use mergeaudit::evidence::entry::{Body, ControlAction, RecordsReference};
use mergeaudit::evidence::{Archive, Verification};

use crate::fixtures::{
    World, chain_id, compliant, control, minute, non_compliant, run, undetermined,
};

async fn verify(world: &World) -> Verification {
    world.chain.verify().await.unwrap().unwrap()
}

/// The only problem of a chain.
async fn problem(world: &World) -> String {
    let found = verify(world).await;
    let [problem] = found.problems.as_slice() else {
        panic!("{:?}", found.problems)
    };
    problem.clone()
}

fn replace(world: &World, sequence: u64, from: &str, to: &str) {
    let file = world.entry_file(sequence);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

/// Commits these records in a run over fifteen minutes, and says where they are.
async fn commit(world: &World, until: i64, records: &[Record]) -> RecordsReference {
    let state = world.state().await;
    let references = world.write(records).await;
    let committed = run(&state, until, records, references.clone());
    world.commit_run(&state, committed).await;
    references[0].clone()
}

#[tokio::test]
async fn a_sound_chain_holds_and_says_what_it_adds_up_to() {
    let world = World::begun().await;
    world.commit(15, &[compliant(1)]).await;
    world.commit(30, &[non_compliant(2)]).await;
    let found = verify(&world).await;
    assert_eq!(found.problems, Vec::<String>::new());
    assert!(found.holds());
    assert_eq!((found.entries, found.runs, found.snapshots), (4, 2, 0));
    assert_eq!(found.state, Some(world.state().await));
    assert_eq!(found.head, Some(world.state().await.head));
}

#[tokio::test]
async fn every_snapshot_of_a_sound_chain_is_compared() {
    let world = World::begun().await;
    world.commit(15, &[compliant(1), undetermined(2)]).await;
    world.grow_to(100).await;
    world.commit(30, &[non_compliant(2)]).await;
    world.grow_to(130).await;
    let found = verify(&world).await;
    assert_eq!(found.problems, Vec::<String>::new());
    assert_eq!((found.snapshots, found.debris), (2, 0));
    assert_eq!(found.state, Some(world.state().await));
}

#[tokio::test]
async fn an_archive_without_a_chain_has_nothing_to_verify() {
    assert!(World::empty().chain.verify().await.unwrap().is_none());
}

#[tokio::test]
async fn the_chains_of_an_archive_are_found_by_their_folders() {
    let world = World::begun().await;
    let url = format!("file://{}", world.file("").display());
    fs::create_dir_all(world.file("lost+found/x/y")).unwrap();
    assert_eq!(
        Archive::open(&url).unwrap().chains().await.unwrap(),
        [chain_id()]
    );
}

#[tokio::test]
async fn time_that_no_run_covers_is_named() {
    let world = World::begun().await;
    world.commit(15, &[]).await;
    world.commit(45, &[]).await;
    let problem = problem(&world).await;
    assert!(
        problem.starts_with("entry 3: its window begins at 2026-11-22T12:30:00Z"),
        "{problem}"
    );
}

#[tokio::test]
async fn segments_cover_the_time_that_they_read() {
    for (segment_until, problems) in [(45, 0), (44, 1)] {
        let world = World::begun().await;
        world.commit(15, &[]).await;
        let state = world.state().await;
        let mut segment = run(&state, 60, &[], Vec::new());
        segment.window.since = minute(15);
        segment.closes_window = false;
        segment.segment_until = Some(minute(segment_until));
        world.commit_run(&state, segment).await;
        world.commit(60, &[]).await;
        let found = verify(&world).await;
        assert_eq!(found.problems.len(), problems, "{:?}", found.problems);
    }
}

#[tokio::test]
async fn a_run_by_a_policy_that_the_chain_does_not_hold_is_named() {
    let world = World::begun().await;
    let state = world.state().await;
    let mut other = run(&state, 15, &[], Vec::new());
    other.policy_digest = mergeaudit::digest::Digest::of(b"another");
    world.commit_run(&state, other).await;
    let problem = problem(&world).await;
    assert!(
        problem.contains("entry 2: it was judged by a policy"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_policy_that_is_not_what_its_digest_says_is_named() {
    let world = World::begun().await;
    let mut other = control(ControlAction::Changed);
    other.policy["suspend"] = true.into();
    let position = Some(world.state().await.position());
    let appended = world
        .chain
        .append(position, Body::Control(other), minute(1));
    appended.await.unwrap();
    assert_eq!(
        problem(&world).await,
        "entry 2: its policy is not the one that its digest is of"
    );
}

#[tokio::test]
async fn entries_beyond_a_hole_are_found_however_far_they_are() {
    let world = World::begun().await;
    world.grow_to(12).await;
    // At distances that no doubling from the hole meets.
    for sequence in [4, 5, 6, 7, 8, 9, 10, 12] {
        fs::remove_file(world.entry_file(sequence)).unwrap();
    }
    let problem = problem(&world).await;
    assert!(
        problem.ends_with("00000000000000000004.json: it and the 6 after it are missing"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_chain_without_its_genesis_is_walked_all_the_same() {
    let world = World::begun().await;
    let records = commit(&world, 15, &[compliant(1)]).await;
    fs::remove_file(world.entry_file(0)).unwrap();
    fs::remove_file(world.records_file(&records.digest)).unwrap();
    let found = verify(&world).await;
    assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
    assert!(found.problems[0].ends_with("00000000000000000000.json: it is missing"));
    assert!(found.problems[1].contains(&records.digest.to_hex()));
    assert_eq!(found.state, None);
    assert_eq!(found.head.unwrap().sequence, 2);
}

#[tokio::test]
async fn an_altered_record_is_named_by_its_object_and_hides_nothing_behind_it() {
    let world = World::begun().await;
    let first = commit(&world, 15, &[compliant(1), undetermined(2)]).await;
    let second = commit(&world, 30, &[non_compliant(20)]).await;
    commit(&world, 45, &[compliant(2)]).await;
    let file = world.records_file(&first.digest);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let problem_of = problem(&world).await;
    assert!(problem_of.contains(&first.digest.to_hex()), "{problem_of}");

    fs::remove_file(world.records_file(&second.digest)).unwrap();
    replace(&world, 4, "\"changes\":3", "\"changes\":4");
    let found = verify(&world).await;
    assert_eq!(found.problems.len(), 3, "{:?}", found.problems);
    assert!(found.problems[1].contains(&second.digest.to_hex()));
    assert!(found.problems[2].contains("its totals are not those"));
}

#[tokio::test]
async fn altered_totals_are_named_once_where_they_are() {
    let world = World::begun().await;
    commit(&world, 15, &[compliant(1)]).await;
    commit(&world, 30, &[compliant(20)]).await;
    replace(&world, 2, "\"changes\":1", "\"changes\":2");
    let found = verify(&world).await;
    assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
    assert!(found.problems[0].contains("00000000000000000002.json: its totals"));
    assert!(found.problems[1].contains("00000000000000000003.json: it says that it follows"));
}

#[tokio::test]
async fn a_change_that_was_judged_again_after_a_year_is_named() {
    const YEAR: i64 = 365 * 24 * 60;
    let world = World::begun().await;
    commit(&world, 15, &[compliant(1)]).await;
    let state = world.state().await;
    let mut year = run(&state, YEAR, &[], Vec::new());
    year.window.since = minute(15);
    world.commit_run(&state, year).await;
    let again = commit(&world, YEAR + 15, &[compliant(1)]).await;
    // The same record: the same object, which now two entries name.
    let problem = problem(&world).await;
    assert!(problem.contains(&again.digest.to_hex()), "{problem}");
    assert!(problem.contains("judges a change again"), "{problem}");
}

#[tokio::test]
async fn a_record_where_no_reader_would_look_for_it_is_named() {
    let world = World::begun().await;
    let state = world.state().await;
    let records = [compliant(5)];
    let mut references = world.write(&records).await;
    references[0].landed.as_mut().unwrap().last = minute(4);
    let committed = run(&state, 15, &records, references);
    world.commit_run(&state, committed).await;
    let problem = problem(&world).await;
    assert!(
        problem.contains("outside of what its entry says"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_snapshot_that_says_something_else_is_named() {
    let world = World::begun().await;
    world.commit(15, &[compliant(1)]).await;
    let head = world.grow_to(63).await;
    // As of the right entry, by a program that forgot something.
    let mut state = world.state().await;
    state.totals.changes = 7;
    let position = world.chain.prepare(&state).await.unwrap();
    assert_eq!(position.head, head);
    let body = Body::Control(control(ControlAction::Changed));
    world
        .chain
        .append(Some(position), body, minute(1))
        .await
        .unwrap();
    let problem = problem(&world).await;
    assert!(problem.contains("/snapshots/"), "{problem}");
    assert!(
        problem.ends_with("it is not what the entries before it add up to"),
        "{problem}"
    );
}

#[tokio::test]
async fn objects_that_no_entry_names_are_counted_and_nothing_is_wrong() {
    let world = World::begun().await;
    world.grow_to(63).await;
    world.write(&[compliant(1)]).await;
    let state = world.state().await;
    world.chain.prepare(&state).await.unwrap();
    let found = verify(&world).await;
    assert!(found.holds(), "{:?}", found.problems);
    assert_eq!(found.debris, 3, "records, a core, and what names it");
}

/// Every object of a chain with runs, decisions and two snapshots, but the last entry, which only a status can vouch for.
async fn objects() -> (World, Vec<PathBuf>) {
    let world = World::begun().await;
    world.commit(15, &[compliant(1), non_compliant(2)]).await;
    world.grow_to(70).await;
    world.commit(30, &[undetermined(20)]).await;
    world.grow_to(140).await;
    let folder = |name: &str| fs::read_dir(world.file("compliance/soc2-cc8-1/42").join(name));
    let folders = ["entries", "records", "snapshots"].map(folder);
    let files = folders.into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| *file != world.entry_file(140));
    files.sort();
    (world, files)
}

#[tokio::test]
async fn whatever_is_damaged_is_found() {
    let (world, files) = objects().await;
    assert!(verify(&world).await.holds());
    for (index, file) in files.iter().enumerate().step_by(11) {
        let whole = fs::read(file).unwrap();
        let mut altered = whole.clone();
        let at = index * 31 % whole.len();
        altered[at] ^= 1;
        for damaged in [altered, whole[..at].to_vec()] {
            fs::write(file, damaged).unwrap();
            let found = verify(&world).await;
            assert!(!found.holds(), "{} at {at}", file.display());
            assert!(
                found.entries == 141 && found.problems.len() <= 3,
                "{found:?}"
            );
        }
        fs::remove_file(file).unwrap();
        assert!(!verify(&world).await.holds(), "without {}", file.display());
        fs::write(file, whole).unwrap();
    }
    assert!(verify(&world).await.holds(), "as it was");
}

#[tokio::test]
async fn many_problems_are_counted_behind_the_first_hundred() {
    let world = World::begun().await;
    world.grow_to(250).await;
    for sequence in (2..250).step_by(2) {
        fs::remove_file(world.entry_file(sequence)).unwrap();
    }
    let found = verify(&world).await;
    assert_eq!(found.problems.len(), 100);
    assert_eq!(found.more_problems, 24);
    assert_eq!(found.entries, 251 - 124);
}
