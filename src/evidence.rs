//! The archive: one chain of entries per policy and organization, and the records they name. Everything else in the product
//! is a projection of it.
//!
//! - [`entry`] is what an entry says, [`layout`] where objects lie: both are a promise to whoever reads an archive.
//! - [`chain`] finds, reads and appends entries; [`records`] writes and reads the objects of judged changes.
//! - [`state`] is the pure fold of a chain; [`replay`] computes it from storage, from the latest of the [`snapshot`]s on.
//! - [`verify`] trusts nothing: it reads a chain from its genesis on and says what is wrong where.
//!
//! # Canonical bytes
//!
//! An entry is JSON without white space, its members in the order in which [`entry`] declares them, the keys of maps (and of
//! the policy in a `Control`) sorted, times in RFC 3339 in UTC. Digests are over the bytes as stored, so a reader never needs
//! to serialize anything again.
//!
//! # What survives a crash
//!
//! An object is there whole or not at all. Records and snapshots are written before the entry that names them; without that
//! entry they are debris, and are used again if the same ones are written again.
//!
//! What counts as written is on disk, and so is the name by which it is found: a power cut takes nothing back. What was read is
//! brought to disk before anything is built on it, since its writer may have died between naming it and syncing the name.

pub mod chain;
pub mod entry;
pub mod error;
mod gzip;
pub mod layout;
mod lookup;
pub mod records;
pub mod replay;
pub mod snapshot;
pub mod state;
mod storage;
pub mod verify;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use url::Url;

pub use chain::{Chain, Claim, Opened, Stored};
pub use error::{AppendError, Corruption, Error, Hint, Operation, Result};
pub use layout::ChainId;
pub use records::{Records, RecordsWriter};
pub use state::{ChainState, Expectation, Mismatch};
pub use verify::Verification;

use storage::Storage;

/// Where chains are kept.
#[derive(Debug, Clone)]
pub struct Archive {
    storage: Storage,
}

// === impl Archive ===

impl Archive {
    /// Opens the archive at `file:///an/absolute/path`; a directory that does not exist is created.
    ///
    /// Every write is synced to disk before it counts as done.
    pub fn open(url: &str) -> Result<Self> {
        let root = local_root(url)?;
        let unusable = |problem: String| Error::Url {
            url: url.to_owned(),
            problem,
        };
        create_directory(&root).map_err(|(path, error)| {
            let hint = Hint::of(&error);
            unusable(format!(
                "cannot create the directory {}: {error}: {hint}",
                path.display()
            ))
        })?;
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(|error| unusable(format!("cannot use its directory: {error}")))?
            .with_fsync(true);
        Ok(Self {
            storage: Storage {
                store: Arc::new(store),
                name: url.into(),
                root: Some(Arc::new(root)),
            },
        })
    }

    /// An archive in a store that is already configured; `name` says in errors which one, and holds no credentials.
    pub fn in_store(store: Arc<dyn ObjectStore>, name: &str) -> Self {
        Self {
            storage: Storage {
                store,
                name: name.into(),
                root: None,
            },
        }
    }

    /// The chain of one policy and organization, whether or not it exists yet.
    pub fn chain(&self, id: &ChainId) -> Chain {
        Chain::new(self.storage.clone(), id.clone())
    }
}

/// The directory that a URL names.
fn local_root(text: &str) -> Result<PathBuf> {
    let wrong = |url: &str, problem: &str| Error::Url {
        url: url.to_owned(),
        problem: problem.to_owned(),
    };
    let Ok(mut url) = Url::parse(text) else {
        let problem = "it is no URL; write file:///an/absolute/path";
        return Err(wrong(text, problem));
    };
    // A URL of another scheme may carry credentials, which errors must not.
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_password(None);
    let _ = url.set_username("");
    let problem = match url.scheme() {
        "file" => "it names a host; write file:///an/absolute/path",
        _ => "this build supports only file:///an/absolute/path",
    };
    match url.to_file_path() {
        Ok(path) if url.scheme() == "file" => Ok(path),
        _ => Err(wrong(url.as_str(), problem)),
    }
}

/// Creates a directory and those above it, each so that a power cut cannot take it back; says which one failed.
fn create_directory(path: &Path) -> std::result::Result<(), (PathBuf, std::io::Error)> {
    let failed = |error| (path.to_owned(), error);
    if path.is_dir() {
        return Ok(());
    }
    if path.exists() {
        return Err(failed(std::io::ErrorKind::NotADirectory.into()));
    }
    let parent = path.parent().unwrap_or(path);
    if parent != path {
        create_directory(parent)?;
    }
    match std::fs::create_dir(path) {
        // Somebody else was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(failed(error)),
        Ok(()) => std::fs::File::open(parent)
            .and_then(|directory| directory.sync_all())
            .map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_local_paths_are_accepted_for_now() {
        assert_eq!(
            local_root("file:///var/lib/merge%20audit").unwrap(),
            PathBuf::from("/var/lib/merge audit")
        );
        for (url, expected) in [
            (
                "s3://key:secret@bucket/prefix?token=secret",
                "the archive URL \"s3://bucket/prefix\" cannot be used: this build supports only file:///an/absolute/path",
            ),
            (
                "./evidence",
                "the archive URL \"./evidence\" cannot be used: it is no URL; write file:///an/absolute/path",
            ),
            (
                "file://evidence/here",
                "the archive URL \"file://evidence/here\" cannot be used: it names a host; write file:///an/absolute/path",
            ),
        ] {
            assert_eq!(local_root(url).unwrap_err().to_string(), expected);
        }
    }
}
