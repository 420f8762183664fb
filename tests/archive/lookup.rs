//! Changes that landed long ago: known no longer by heart, but never judged twice.

use jiff::SignedDuration;
use mergeaudit::audit::record::Record;
use mergeaudit::evidence::state::KEPT;
use mergeaudit::evidence::{Chain, ChainState};

use crate::fixtures::{
    begun_in_memory, commit, commit_run, compliant, identity, minute, run, state, undetermined,
    write,
};

/// In minutes.
const DAY: i64 = 24 * 60;

async fn is_determined(chain: &Chain, state: &ChainState, number: i64) -> bool {
    let change = identity(number);
    let answer = chain.is_determined(state, &change, minute(number)).await;
    answer.unwrap()
}

#[tokio::test]
async fn identities_are_forgotten_after_a_month_and_looked_up() {
    let (chain, _) = begun_in_memory().await;
    commit(&chain, 15, &[compliant(1), undetermined(2)]).await;
    commit(&chain, 31 * DAY + 1, &[compliant(31 * DAY)]).await;
    let kept = state(&chain).await;
    assert!(kept.is_determined(&identity(1)), "a month to the minute");

    commit(&chain, 31 * DAY + 2, &[]).await;
    let state = state(&chain).await;
    assert_eq!(state.known_since(), Some(minute(31 * DAY + 2) - KEPT));
    assert!(!state.is_determined(&identity(1)), "forgotten");
    assert_eq!(state.determined().len(), 1);
    assert!(is_determined(&chain, &state, 1).await, "looked up");
    assert!(is_determined(&chain, &state, 31 * DAY).await, "by heart");
    assert!(!is_determined(&chain, &state, 2).await, "it has no verdict");
    assert!(!is_determined(&chain, &state, 3).await, "never seen");
    assert!(!is_determined(&chain, &state, -500 * DAY).await);
}

#[tokio::test]
async fn an_open_run_keeps_what_it_found() {
    let (chain, _) = begun_in_memory().await;
    commit(&chain, 40 * DAY, &[]).await;
    let before = state(&chain).await;
    let records = [compliant(5)];
    let references = write(&chain, &records).await;
    let mut backfill = run(&before, 40 * DAY + 15, &records, references);
    backfill.closes_window = false;
    backfill.window.since = minute(0);
    commit_run(&chain, &before, backfill).await;
    assert!(state(&chain).await.is_determined(&identity(5)));
    commit(&chain, 40 * DAY + 30, &[]).await;
    let state = state(&chain).await;
    assert!(!state.is_determined(&identity(5)));
    assert!(is_determined(&chain, &state, 5).await);
}

#[tokio::test]
async fn five_thousand_old_changes_read_each_object_once() {
    const CHANGES: i64 = 5_000;
    let (chain, store) = begun_in_memory().await;
    let records: Vec<Record> = (0..CHANGES).map(compliant).collect();
    commit(&chain, CHANGES, &records).await;
    commit(&chain, CHANGES + 32 * DAY, &[]).await;
    let state = state(&chain).await;
    assert_eq!(state.determined().len(), 0);
    store.take_reads();
    for number in 0..CHANGES {
        assert!(is_determined(&chain, &state, number).await, "{number}");
    }
    assert_eq!(store.take_reads(), 3, "three objects hold them");
    assert!(!is_determined(&chain, &state, CHANGES).await);
    assert_eq!(store.take_reads(), 0, "none can hold that one");
}

#[tokio::test]
async fn an_object_that_does_not_say_what_it_holds_is_looked_into() {
    let (chain, _) = begun_in_memory().await;
    let before = state(&chain).await;
    let records = [compliant(5)];
    let mut references = write(&chain, &records).await;
    references[0].landed = None;
    let run = run(&before, 15, &records, references);
    commit_run(&chain, &before, run).await;
    commit(&chain, 32 * DAY, &[]).await;
    let state = state(&chain).await;
    assert!(is_determined(&chain, &state, 5).await);
    assert!(!is_determined(&chain, &state, 6).await);
}

#[test]
fn a_month_has_thirty_one_days() {
    assert_eq!(KEPT, SignedDuration::from_hours(744));
}
