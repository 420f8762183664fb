//! Whatever is altered, removed or exchanged in an archive, replaying it says where.

use std::path::Path;

use mergeaudit::audit::record::Record;
use mergeaudit::evidence::entry::RecordsReference;

use crate::fixtures::{World, compliant, genesis, minute, non_compliant, run, tell};

/// Entries 0 genesis, 1 control, 2 and 3 runs.
async fn world() -> (World, Vec<RecordsReference>) {
    let world = World::begun().await;
    world.commit(15, &[compliant(1), non_compliant(2)]).await;
    world.commit(30, &[compliant(20)]).await;
    let mut references = Vec::new();
    for sequence in [2, 3] {
        let stored = world.chain.read(sequence).await.unwrap().unwrap();
        let mergeaudit::evidence::entry::Body::Run(run) = stored.entry.body else {
            panic!("entry {sequence} is a run");
        };
        references.extend(run.records);
    }
    (world, references)
}

async fn replay(world: &World) -> String {
    tell(&world.chain.replay().await.unwrap_err())
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(file, text.replace(from, to)).unwrap();
}

#[tokio::test]
async fn an_altered_entry_is_found_by_the_one_after_it() {
    let (world, _) = world().await;
    replace(&world.entry_file(1), "\"generation\":1", "\"generation\":2");
    let text = replay(&world).await;
    assert!(text.contains("entries/00000000000000000002.json"), "{text}");
    assert!(text.contains("but the entry before it is"), "{text}");
}

#[tokio::test]
async fn an_altered_last_entry_is_found_by_the_status_that_names_it() {
    let (world, _) = world().await;
    let head = world.state().await.head;
    let genesis = world.chain.read(0).await.unwrap().unwrap().digest;
    replace(
        &world.entry_file(3),
        "\"executor\":\"controller\"",
        "\"executor\":\"job\"",
    );
    let claim = mergeaudit::evidence::Claim {
        genesis,
        sequence: head.sequence,
        digest: head.digest,
    };
    assert!(world.chain.find_mismatch(&claim).await.unwrap().is_some());
}

#[tokio::test]
async fn altered_totals_are_not_believed() {
    let (world, _) = world().await;
    replace(&world.entry_file(3), "\"changes\":3", "\"changes\":4");
    let text = replay(&world).await;
    assert!(text.contains("entries/00000000000000000003.json"), "{text}");
    assert!(text.contains("its totals are not those"), "{text}");
    replace(&world.entry_file(3), "\"changes\":4", "\"changes\":3");
    replace(
        &world.entry_file(3),
        "\"undetermined\":0",
        "\"undetermined\":5",
    );
    let text = replay(&world).await;
    assert!(
        text.contains("it says that 5 changes are undetermined"),
        "{text}"
    );
}

#[tokio::test]
async fn a_missing_entry_is_found_wherever_it_is() {
    for sequence in 0..5 {
        let (world, _) = world().await;
        world.grow_to(6).await;
        std::fs::remove_file(world.entry_file(sequence)).unwrap();
        let text = replay(&world).await;
        let place = format!("entries/{sequence:020}.json");
        assert!(
            text.contains(&place) && text.ends_with("it is missing"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_chain_that_lost_its_genesis_gets_no_other() {
    let (world, _) = world().await;
    std::fs::remove_file(world.entry_file(0)).unwrap();
    let begun = world.chain.open_for(genesis(), minute(60)).await;
    assert!(tell(&begun.unwrap_err()).ends_with("it is missing"));
    assert!(world.chain.find_head(None).await.is_err());
    assert!(!world.entry_file(0).exists());
}

#[tokio::test]
async fn exchanged_entries_are_found() {
    let (world, _) = world().await;
    std::fs::copy(world.entry_file(3), world.entry_file(2)).unwrap();
    let text = replay(&world).await;
    assert!(text.contains("entries/00000000000000000002.json"), "{text}");
    assert!(text.ends_with("it says that its number is 3"), "{text}");
}

#[tokio::test]
async fn an_entry_that_is_cut_off_is_found() {
    let (world, _) = world().await;
    let whole = std::fs::read(world.entry_file(2)).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(world.entry_file(2), &whole[..length]).unwrap();
        let text = replay(&world).await;
        assert!(text.contains("entries/00000000000000000002.json"), "{text}");
        assert!(text.contains("it is no entry"), "{text}");
    }
}

#[tokio::test]
async fn altered_records_are_found_by_their_name() {
    let (world, references) = world().await;
    let file = world.records_file(&references[0].digest);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let text = replay(&world).await;
    assert!(text.contains(&references[0].digest.to_hex()), "{text}");
    assert!(text.contains("its digest is"), "{text}");
}

#[tokio::test]
async fn missing_and_truncated_records_are_found_by_their_name() {
    let (world, references) = world().await;
    let file = world.records_file(&references[1].digest);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let text = replay(&world).await;
    assert!(text.contains(&references[1].digest.to_hex()), "{text}");
    assert!(text.contains("bytes instead of"), "{text}");
    std::fs::remove_file(&file).unwrap();
    let text = replay(&world).await;
    assert!(text.contains(&references[1].digest.to_hex()), "{text}");
    assert!(text.ends_with("it is missing"), "{text}");
}

#[tokio::test]
async fn a_record_of_another_organization_is_refused() {
    let (world, _) = world().await;
    let state = world.state().await;
    let mut foreign: Record = compliant(25);
    foreign.identity.organization_id = 43;
    let references = world.write(std::slice::from_ref(&foreign)).await;
    let run = run(&state, 45, &[foreign], references);
    world.commit_run(&state, run).await;
    let text = replay(&world).await;
    assert!(text.contains("/records/"), "{text}");
    assert!(text.contains("a record of another organization"), "{text}");
}

#[tokio::test]
async fn a_state_survives_an_error_on_the_way() {
    let (world, references) = world().await;
    let genesis = world.chain.read(0).await.unwrap().unwrap();
    let mut state =
        mergeaudit::evidence::ChainState::genesis(&genesis.entry, genesis.digest).unwrap();
    let before = state.clone();
    let file = world.records_file(&references[1].digest);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    world.chain.catch_up(&mut state).await.unwrap_err();
    assert_eq!(state, before);
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(world.chain.catch_up(&mut state).await.unwrap(), 3);
    assert_eq!(state, world.state().await);
    assert_eq!(world.chain.catch_up(&mut state).await.unwrap(), 0);
}
