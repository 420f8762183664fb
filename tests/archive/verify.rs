//! What the verification of an archive finds that following a chain does not.

use std::fs;

use mergeaudit::evidence::Archive;

use crate::fixtures::{World, chain_id, compliant, non_compliant, run, tell};

#[tokio::test]
async fn a_sound_chain_holds_and_says_what_it_adds_up_to() {
    let world = World::begun().await;
    world.commit(15, &[compliant(1)]).await;
    world.commit(30, &[non_compliant(2)]).await;
    let verification = world.chain.verify().await.unwrap().unwrap();
    assert_eq!(verification.problems, Vec::<String>::new());
    assert_eq!(verification.runs, 2);
    assert_eq!(verification.state, world.state().await);
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
    let verification = world.chain.verify().await.unwrap().unwrap();
    let [problem] = verification.problems.as_slice() else {
        panic!("{:?}", verification.problems)
    };
    assert!(
        problem.starts_with("entry 3: its window begins at 2026-11-22T12:30:00Z"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_run_by_a_policy_that_the_chain_does_not_hold_is_named() {
    let world = World::begun().await;
    let state = world.state().await;
    let mut other = run(&state, 15, &[], Vec::new());
    other.policy_digest = mergeaudit::digest::Digest::of(b"another");
    world.commit_run(&state, other).await;
    let verification = world.chain.verify().await.unwrap().unwrap();
    assert!(
        verification.problems[0].contains("entry 2: it was judged by a policy"),
        "{:?}",
        verification.problems
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
    let error = world.chain.verify().await.unwrap_err();
    assert!(
        tell(&error).contains("00000000000000000004.json"),
        "{}",
        tell(&error)
    );
}

#[tokio::test]
async fn an_altered_record_is_named_by_its_object() {
    let world = World::begun().await;
    let references = world.write(&[compliant(1)]).await;
    let state = world.state().await;
    let committed = run(&state, 15, &[compliant(1)], references.clone());
    world.commit_run(&state, committed).await;
    let file = world.records_file(&references[0].digest);
    let mut bytes = fs::read(&file).unwrap();
    bytes[20] ^= 1;
    fs::write(&file, bytes).unwrap();
    let error = tell(&world.chain.verify().await.unwrap_err());
    assert!(error.contains(&references[0].digest.to_hex()), "{error}");
}
