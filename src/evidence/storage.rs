//! The few operations that an archive needs of an object store: read whole, does it exist, create if absent.
//!
//! On local disk `object_store` writes a new object to `<name>#<number>`, syncs it, hard-links it to its name and syncs the
//! directory: a crash leaves either the whole object or none, and a `#` file that no name ever addresses. What it does not do
//! is to sync a directory in which somebody else has just linked an object: [`Storage::create`] does so where it finds one.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::error::{Corruption, Error, Hint, Operation, Result};

/// An object store, and what to call it in errors.
#[derive(Debug, Clone)]
pub(super) struct Storage {
    pub(super) store: Arc<dyn ObjectStore>,
    /// For errors; holds no credentials.
    pub(super) name: Arc<str>,
    /// The directory that must exist for as long as the archive is in use; none elsewhere than on local disk.
    pub(super) root: Option<Arc<PathBuf>>,
}

/// How a create ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    /// It is there now.
    New,
    /// An object of that name was there before.
    Existed,
}

// === impl Storage ===

impl Storage {
    /// The whole object, or none where there is none.
    pub(super) async fn read(&self, path: &Path, limit: u64) -> Result<Option<Bytes>> {
        let result = match self.store.get(path).await {
            Ok(result) => result,
            Err(source) => return self.absent(path, source).await.map(|()| None),
        };
        let size = result.meta.size;
        if size > limit {
            return Err(Error::corrupt(path, Corruption::TooLarge { size, limit }));
        }
        let bytes = result.bytes().await;
        bytes
            .map(Some)
            .map_err(|source| self.failed(Operation::Read, path, source))
    }

    /// The object's size in bytes, or none where there is none.
    pub(super) async fn size(&self, path: &Path) -> Result<Option<u64>> {
        match self.store.head(path).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(source) => self.absent(path, source).await.map(|()| None),
        }
    }

    /// Creates the object, whole or not at all, unless one of that name exists.
    pub(super) async fn create(&self, path: &Path, bytes: Bytes) -> Result<Created> {
        // The store would create the directory again, and the archive would begin anew beside the real one.
        self.check_root(Operation::Write, path).await?;
        let options = PutOptions::from(PutMode::Create);
        match self.store.put_opts(path, bytes.into(), options).await {
            Ok(_) => Ok(Created::New),
            Err(object_store::Error::AlreadyExists { .. }) => {
                // By a writer that may have died before it synced the name.
                self.sync_folder_of(path).await?;
                Ok(Created::Existed)
            }
            Err(source) => Err(self.failed(Operation::Write, path, source)),
        }
    }

    /// Brings the names of a folder's objects to disk, and those of all folders above it, which a writer may have created that
    /// died before it synced them. As far as this process may: one that can only read builds nothing on them.
    pub(super) async fn settle(&self, folder: &Path) -> Result<()> {
        let mut parts: Vec<_> = folder.parts().collect();
        loop {
            let folder: Path = parts.iter().cloned().collect();
            match self.sync(&folder).await {
                Err(error) if is_only_readable(&error) => {}
                synced => synced.map_err(|source| self.unsynced(&folder, source))?,
            }
            if parts.pop().is_none() {
                return Ok(());
            }
        }
    }

    async fn sync_folder_of(&self, path: &Path) -> Result<()> {
        let mut parts: Vec<_> = path.parts().collect();
        parts.pop();
        let folder: Path = parts.into_iter().collect();
        let synced = self.sync(&folder).await;
        synced.map_err(|source| self.unsynced(&folder, source))
    }

    async fn sync(&self, folder: &Path) -> std::io::Result<()> {
        let Some(root) = &self.root else {
            return Ok(());
        };
        let directory = tokio::fs::File::open(root.join(folder.as_ref())).await?;
        directory.sync_all().await
    }

    fn unsynced(&self, folder: &Path, source: std::io::Error) -> Error {
        let source = object_store::Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(source),
        };
        self.failed(Operation::Write, folder, source)
    }

    /// Tells "there is no such object" from every other failure: a vanished volume is no empty archive.
    async fn absent(&self, path: &Path, source: object_store::Error) -> Result<()> {
        match source {
            object_store::Error::NotFound { .. } => self.check_root(Operation::Read, path).await,
            source => Err(self.failed(Operation::Read, path, source)),
        }
    }

    async fn check_root(&self, operation: Operation, path: &Path) -> Result<()> {
        let Some(root) = &self.root else {
            return Ok(());
        };
        match tokio::fs::metadata(root.as_path()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::Storage {
                operation,
                path: path.to_string(),
                archive: self.name.to_string(),
                hint: match error.kind() {
                    std::io::ErrorKind::NotFound => Hint::Vanished,
                    _ => Hint::of(&error),
                },
                source: None,
            }),
        }
    }

    pub(super) fn failed(
        &self,
        operation: Operation,
        path: &Path,
        source: object_store::Error,
    ) -> Error {
        Error::Storage {
            operation,
            path: path.to_string(),
            archive: self.name.to_string(),
            hint: Hint::of(&source),
            source: Some(source),
        }
    }
}

/// Whether a directory was not synced because the process may only read, or its file system knows no such thing.
fn is_only_readable(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ReadOnlyFilesystem
            | ErrorKind::PermissionDenied
            | ErrorKind::Unsupported
            | ErrorKind::InvalidInput
    )
}

#[cfg(test)]
mod tests;
