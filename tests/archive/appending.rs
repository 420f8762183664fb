//! Conditional commits: one writer wins each number, and an answer that was lost costs nothing.

use std::sync::Arc;

use mergeaudit::evidence::AppendError;
use mergeaudit::evidence::entry::{Body, ControlAction, Head};
use tokio::sync::Barrier;

use crate::fixtures::{World, after, control, genesis, minute, tell};

fn body(generation: i64) -> Body {
    Body::Control(mergeaudit::evidence::entry::Control {
        generation: Some(generation),
        ..control(ControlAction::Changed)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_writers_one_wins_and_the_other_reads_its_entry() {
    let world = World::begun().await;
    let head = world.chain.find_head(None).await.unwrap().unwrap();
    let (first, second) = tokio::join!(
        world.chain.append(Some(after(head)), body(2), minute(1)),
        world.chain.append(Some(after(head)), body(3), minute(1)),
    );
    let (won, lost) = match (first, second) {
        (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
        both => panic!("{both:?}"),
    };
    let AppendError::Lost { theirs } = lost else {
        panic!("{lost:?}");
    };
    assert_eq!(theirs.head(), won);
    assert_eq!(theirs.entry.previous, Some(head.digest));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_writers_make_one_unbroken_chain() {
    const WRITERS: i64 = 4;
    const ENTRIES: i64 = 50;
    let world = World::begun().await;
    let start = Arc::new(Barrier::new(4));
    let writers = (0..WRITERS).map(|writer| {
        let (chain, start) = (world.chain.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let mut head = chain.find_head(None).await.unwrap().unwrap();
            let mut won = Vec::new();
            for entry in 0..ENTRIES {
                let generation = writer * ENTRIES + entry;
                head = insist(&chain, head, generation).await;
                won.push(head.sequence);
            }
            won
        })
    });
    let won = futures::future::join_all(writers).await;
    let mut won: Vec<u64> = won.into_iter().flat_map(Result::unwrap).collect();
    won.sort_unstable();
    assert_eq!(
        won,
        (2..202).collect::<Vec<_>>(),
        "each number has one winner"
    );
    // Replay checks every link.
    assert_eq!(world.state().await.head.sequence, 201);
}

/// Appends as a human decision does: relinks until it has won.
async fn insist(chain: &mergeaudit::evidence::Chain, mut head: Head, generation: i64) -> Head {
    loop {
        match chain
            .append(Some(after(head)), body(generation), minute(1))
            .await
        {
            Ok(ours) => return ours,
            Err(AppendError::Lost { theirs }) => head = theirs.head(),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn an_append_whose_answer_was_lost_can_be_repeated() {
    let world = World::begun().await;
    let head = world.chain.find_head(None).await.unwrap().unwrap();
    let first = world
        .chain
        .append(Some(after(head)), body(2), minute(1))
        .await
        .unwrap();
    let again = world
        .chain
        .append(Some(after(head)), body(2), minute(1))
        .await
        .unwrap();
    assert_eq!(first, again);
    assert_eq!(world.chain.find_head(None).await.unwrap(), Some(first));
}

#[tokio::test]
async fn an_append_with_a_snapshot_whose_answer_was_lost_can_be_repeated() {
    let world = World::begun().await;
    let head = world.grow_to(63).await;
    let append = || {
        let position = Some(after(head));
        world.chain.append(position, body(2), minute(1))
    };
    let first = append().await.unwrap();
    assert_eq!(append().await.unwrap(), first);
    let found = world.chain.verify().await.unwrap().unwrap();
    assert!(found.holds() && found.debris == 0, "{found:?}");
}

#[tokio::test]
async fn nothing_follows_an_entry_that_is_not_in_the_archive() {
    let world = World::begun().await;
    let head = world.grow_to(3).await;
    std::fs::remove_file(world.entry_file(3)).unwrap();
    let refused = world
        .chain
        .append(Some(after(head)), body(2), minute(1))
        .await;
    assert!(
        matches!(refused, Err(AppendError::Archive(_))),
        "{refused:?}"
    );
    assert!(!world.entry_file(4).exists());
}

#[tokio::test]
async fn an_entry_of_another_chain_is_no_competitor() {
    let world = World::begun().await;
    let head = world.chain.find_head(None).await.unwrap().unwrap();
    let other = World::empty();
    let opened = other.chain.open_for(genesis(), minute(7)).await.unwrap();
    other.control_after(opened.genesis.head()).await;
    other.grow_to(2).await;
    std::fs::copy(other.entry_file(2), world.entry_file(2)).unwrap();

    let appended = world
        .chain
        .append(Some(after(head)), body(2), minute(1))
        .await;
    let Err(AppendError::Archive(error)) = appended else {
        panic!("{appended:?}");
    };
    let text = tell(&error);
    assert!(text.contains("entries/00000000000000000002.json"), "{text}");
    assert!(text.contains("but the entry before it is"), "{text}");
    assert!(world.chain.read_after(&head).await.is_err());
}

#[tokio::test]
async fn a_chain_has_one_genesis_at_its_begin() {
    let world = World::begun().await;
    let head = world.chain.find_head(None).await.unwrap().unwrap();
    let second = Body::Genesis(genesis());
    let refused = world
        .chain
        .append(Some(after(head)), second, minute(1))
        .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "cannot write compliance/soc2-cc8-1/42/entries/00000000000000000002.json: \
         a chain begins with a genesis and has only one"
    );
    let headless = World::empty().chain.append(None, body(1), minute(1)).await;
    assert!(headless.is_err(), "{headless:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_several_begin_at_once_begins_once() {
    let world = World::empty();
    let begin = |minutes| world.chain.open_for(genesis(), minute(minutes));
    let (first, second, third) = tokio::join!(begin(1), begin(2), begin(3));
    let opened = [first.unwrap(), second.unwrap(), third.unwrap()];
    assert_eq!(opened.iter().filter(|opened| opened.created).count(), 1);
    assert!(opened.iter().all(|each| each.genesis == opened[0].genesis));
    let later = world.chain.open_for(genesis(), minute(9)).await.unwrap();
    assert!(!later.created);
}
