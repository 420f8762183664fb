//! What the disk does to an archive, and a store that counts what is asked of it.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path as FilePath;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use mergeaudit::evidence::{AppendError, Archive};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    memory::InMemory,
};

use crate::fixtures::{World, after, chain_id, genesis, minute, tell};

#[tokio::test]
async fn what_a_crash_leaves_behind_is_no_entry() {
    let world = World::begun().await;
    let head = world.chain.find_head(None).await.unwrap().unwrap();
    // A crash before the hard link leaves this; the same names are tried again later.
    let mut staged = world.entry_file(2).into_os_string();
    staged.push("#1");
    std::fs::write(&staged, b"{\"format\":1,\"seq").unwrap();
    assert_eq!(world.chain.find_head(None).await.unwrap(), Some(head));
    assert_eq!(world.state().await.head, head);

    let next = world.control_after(head).await;
    assert_eq!(next.sequence, 2);
    assert_eq!(world.state().await.head, next);
}

#[tokio::test]
async fn a_missing_directory_is_created_with_those_above_it() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("file://{}/a/b/c", directory.path().display());
    Archive::open(&url).unwrap();
    assert!(directory.path().join("a/b/c").is_dir());
    Archive::open(&url).unwrap();
}

#[tokio::test]
async fn a_file_in_the_directorys_place_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let url = format!("file://{}/evidence", file.path().display());
    let error = Archive::open(&url).unwrap_err().to_string();
    assert!(error.contains("cannot create the directory"), "{error}");
    assert!(
        error.contains("a file stands where a directory should be"),
        "{error}"
    );
}

#[tokio::test]
async fn a_vanished_volume_is_no_empty_archive() {
    let world = World::begun().await;
    let head = world.chain.find_head(None).await.unwrap();
    let root = world.directory.path().join("evidence");
    std::fs::remove_dir_all(&root).unwrap();

    let read = tell(&world.chain.find_head(None).await.unwrap_err());
    assert!(
        read.contains("cannot read compliance/soc2-cc8-1/42/entries/"),
        "{read}"
    );
    assert!(
        read.contains("the archive's directory no longer exists"),
        "{read}"
    );
    let begun = world.chain.open_for(genesis(), minute(5)).await;
    assert!(begun.is_err(), "{begun:?}");
    let body = mergeaudit::evidence::entry::Body::Genesis(genesis());
    assert!(world.chain.append(None, body, minute(5)).await.is_err());
    assert!(
        head.is_some() && !root.exists(),
        "nothing was created in its place"
    );
}

/// Permission bits bind root only without `CAP_DAC_OVERRIDE`: as root this test runs itself again without it.
#[tokio::test]
async fn a_directory_without_write_permission_is_named() {
    let world = World::begun().await;
    let head = world.chain.find_head(None).await.unwrap().unwrap();
    let entries = world.entry_file(0).parent().unwrap().to_owned();
    std::fs::set_permissions(&entries, PermissionsExt::from_mode(0o555)).unwrap();
    if may_write(&entries) {
        return run_again_without_override(
            "storage::a_directory_without_write_permission_is_named",
        );
    }
    let body = mergeaudit::evidence::entry::Body::Control(crate::fixtures::control(
        mergeaudit::evidence::entry::ControlAction::Changed,
    ));
    let refused = world.chain.append(Some(after(head)), body, minute(1)).await;
    std::fs::set_permissions(&entries, PermissionsExt::from_mode(0o755)).unwrap();
    let Err(AppendError::Archive(error)) = refused else {
        panic!("{refused:?}");
    };
    let url = format!("file://{}/evidence", world.directory.path().display());
    assert_eq!(
        error.to_string(),
        format!(
            "cannot write {} in the archive at {url}: permission is denied; give the process's user read and write access to it",
            chain_id().entry(2)
        )
    );
    assert!(tell(&error).contains("Permission denied"), "{error:?}");
    assert_eq!(world.state().await.head, head);
}

fn may_write(directory: &FilePath) -> bool {
    std::fs::write(directory.join("probe"), b"").is_ok()
}

fn run_again_without_override(test: &str) {
    assert!(
        std::env::var_os("WITHOUT_OVERRIDE").is_none(),
        "setpriv had no effect"
    );
    let output = Command::new("setpriv")
        .arg("--bounding-set=-dac_override")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("WITHOUT_OVERRIDE", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}"
    );
}

/// A store in memory that counts.
#[derive(Debug)]
pub(crate) struct CountingStore {
    inner: InMemory,
    reads: AtomicUsize,
    lists: AtomicUsize,
}

// === impl CountingStore ===

impl CountingStore {
    pub(crate) fn new(inner: InMemory) -> Self {
        Self {
            inner,
            reads: AtomicUsize::new(0),
            lists: AtomicUsize::new(0),
        }
    }

    /// How many objects were looked up since the last call.
    pub(crate) fn take_reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }

    pub(crate) async fn remove(&self, path: &Path) {
        self.inner.delete(path).await.unwrap();
    }

    pub(crate) fn lists(&self) -> usize {
        self.lists.load(Ordering::Relaxed)
    }
}

impl fmt::Display for CountingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counting {}", self.inner)
    }
}

impl ObjectStore for CountingStore {
    fn put_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> BoxFuture<'c, Result<PutResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.put_opts(location, payload, options)
    }

    fn put_multipart_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: PutMultipartOptions,
    ) -> BoxFuture<'c, Result<Box<dyn MultipartUpload>>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.put_multipart_opts(location, options)
    }

    fn get_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: GetOptions,
    ) -> BoxFuture<'c, Result<GetResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.inner.get_opts(location, options)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        self.inner.list(prefix)
    }

    fn list_with_delimiter<'a, 'b, 'c>(
        &'a self,
        prefix: Option<&'b Path>,
    ) -> BoxFuture<'c, Result<ListResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.lists.fetch_add(1, Ordering::Relaxed);
        self.inner.list_with_delimiter(prefix)
    }

    fn copy_opts<'a, 'b, 'd, 'c>(
        &'a self,
        from: &'b Path,
        to: &'d Path,
        options: CopyOptions,
    ) -> BoxFuture<'c, Result<()>>
    where
        'a: 'c,
        'b: 'c,
        'd: 'c,
        Self: 'c,
    {
        self.inner.copy_opts(from, to, options)
    }
}
