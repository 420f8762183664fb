//! Names are brought to disk before anything is built on them. Power cannot be cut here: a store in memory stands for a folder
//! that cannot be synced, which must not be passed over.

use object_store::memory::InMemory;

use super::*;

/// A store whose folders are not on the disk where they are to be synced.
fn unsyncable(root: &std::path::Path) -> Storage {
    Storage {
        store: Arc::new(InMemory::new()),
        name: "memory".into(),
        root: Some(Arc::new(root.to_owned())),
    }
}

#[tokio::test]
async fn a_name_that_exists_is_brought_to_disk_before_it_is_believed() {
    let root = tempfile::tempdir().unwrap();
    let storage = unsyncable(root.path());
    let path = Path::from("entries/1.json");
    let create = || storage.create(&path, Bytes::from_static(b"{}"));
    assert_eq!(create().await.unwrap(), Created::New);
    let error = create().await.unwrap_err();
    assert!(error.to_string().contains("entries"), "{error}");
    std::fs::create_dir(root.path().join("entries")).unwrap();
    assert_eq!(create().await.unwrap(), Created::Existed);
}

#[tokio::test]
async fn every_folder_up_to_the_root_is_brought_to_disk() {
    let root = tempfile::tempdir().unwrap();
    let storage = unsyncable(root.path());
    let folder = Path::from("compliance/soc2");
    assert!(storage.settle(&folder).await.is_err());
    std::fs::create_dir_all(root.path().join("compliance/soc2")).unwrap();
    storage.settle(&folder).await.unwrap();
}
