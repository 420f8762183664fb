//! Finding the last entry without a listing.

use std::sync::Arc;

use bytes::Bytes;
use mergeaudit::evidence::entry::{Body, ControlAction};
use mergeaudit::evidence::{Archive, Claim, Mismatch};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use proptest::prelude::*;

use crate::fixtures::{World, chain_id, control, minute, tell};
use crate::storage::CountingStore;

#[tokio::test]
async fn an_archive_without_a_chain_has_no_head() {
    let world = World::empty();
    assert_eq!(world.chain.find_head(None).await.unwrap(), None);
    assert_eq!(world.chain.find_head(Some(7)).await.unwrap(), None);
}

#[tokio::test]
async fn the_head_is_found_from_everywhere() {
    let world = World::begun().await;
    for last in 1..=20 {
        let head = world.grow_to(last).await;
        for from in [None, Some(0), Some(last / 2), Some(last), Some(last + 5)] {
            let found = world.chain.find_head(from).await.unwrap();
            assert_eq!(found, Some(head), "{last} from {from:?}");
        }
    }
}

/// A chain whose entries were copied from one with three: galloping reads only the last.
async fn long_chain(last: u64) -> (Archive, Arc<CountingStore>) {
    let store = InMemory::new();
    for sequence in 0..last {
        let path = chain_id().entry(sequence);
        store.put(&path, Bytes::new().into()).await.unwrap();
    }
    let entry = mergeaudit::evidence::entry::Entry {
        format: 1,
        sequence: last,
        previous: Some(mergeaudit::digest::Digest::of(b"")),
        written_at: minute(0),
        snapshot: None,
        body: Body::Control(control(ControlAction::Changed)),
    };
    let bytes = serde_json::to_vec(&entry).unwrap();
    let path: Path = chain_id().entry(last);
    store.put(&path, bytes.into()).await.unwrap();
    let store = Arc::new(CountingStore::new(store));
    let shared: Arc<dyn ObjectStore> = Arc::clone(&store) as _;
    (Archive::in_store(shared, "memory"), store)
}

#[tokio::test]
async fn a_long_chain_costs_few_reads() {
    let (archive, store) = long_chain(10_000).await;
    let chain = archive.chain(&chain_id());
    let found = chain.find_head(None).await.unwrap().unwrap();
    assert_eq!(found.sequence, 10_000);
    // Twice the logarithm, and the begin, the end, and what follows the end.
    assert!(store.take_reads() <= 2 * 14 + 4);

    chain.find_head(Some(10_000)).await.unwrap().unwrap();
    assert!(store.take_reads() <= 4, "from the head itself");
    chain.find_head(Some(9_990)).await.unwrap().unwrap();
    assert!(store.take_reads() <= 2 * 4 + 4, "from shortly before it");
    assert_eq!(store.lists(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_head_of_any_chain_is_found(last in 1_u64..300, from in proptest::option::of(0_u64..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(async {
            let (archive, _) = long_chain(last).await;
            archive.chain(&chain_id()).find_head(from).await.unwrap().unwrap()
        });
        prop_assert_eq!(found.sequence, last);
    }
}

#[tokio::test]
async fn a_hole_is_no_place_to_go_on() {
    let world = World::begun().await;
    world.grow_to(9).await;
    // Galloping from 0 probes 1, 3 and 7.
    std::fs::remove_file(world.entry_file(7)).unwrap();
    let error = world.chain.find_head(None).await.unwrap_err();
    assert_eq!(
        tell(&error),
        "the archive is corrupt at compliance/soc2-cc8-1/42/entries/00000000000000000007.json: \
         do not write to it, restore the object from a copy: it is missing"
    );
}

#[tokio::test]
async fn an_archive_that_lacks_what_a_status_names_is_noticed() {
    let world = World::begun().await;
    let head = world.grow_to(3).await;
    let genesis = world.chain.read(0).await.unwrap().unwrap().digest;
    let claim = Claim {
        genesis,
        sequence: head.sequence,
        digest: head.digest,
    };
    assert_eq!(world.chain.find_mismatch(&claim).await.unwrap(), None);

    let ahead = Claim {
        sequence: 4,
        ..claim
    };
    let mismatch = world.chain.find_mismatch(&ahead).await.unwrap();
    assert_eq!(
        mismatch.unwrap().to_string(),
        format!("the archive has no entry at 4, not {}", head.digest)
    );
    let other = Claim {
        sequence: 2,
        ..claim
    };
    let mismatch = world.chain.find_mismatch(&other).await.unwrap();
    assert!(matches!(
        mismatch,
        Some(Mismatch::Entry {
            sequence: 2,
            archived: Some(_),
            ..
        })
    ));

    let mismatch = World::empty().chain.find_mismatch(&claim).await.unwrap();
    let expected = Mismatch::Genesis {
        archived: None,
        claimed: genesis,
    };
    assert_eq!(mismatch, Some(expected));
}
