//! A directory of the tool cache that is filled once, however many processes ask for it at the same time.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::{environment, progress};

/// One directory of the cache, named for everything that its contents depend on.
#[derive(Debug)]
pub(crate) struct Slot {
    directory: PathBuf,
    lock: PathBuf,
}

/// The right to fill a slot, held until dropped; the kernel gives it back when the process dies.
#[derive(Debug)]
pub(crate) struct Filling<'a> {
    slot: &'a Slot,
    /// The lock lasts as long as the file is open.
    _lock: File,
}

// === impl Slot ===

impl Slot {
    /// The slot of that name; nothing is created yet.
    pub(crate) fn named(name: &str) -> Result<Self> {
        let cache = environment::tool_cache()?;
        Ok(Self {
            directory: cache.join(name),
            lock: cache.join(format!("{name}.lock")),
        })
    }

    /// Where the tools are, once somebody has put them there.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Waits until no other process fills this slot. Look again afterwards: the other one may have brought what is missing.
    pub(crate) fn fill(&self) -> Result<Filling<'_>> {
        fs::create_dir_all(&self.directory)
            .with_context(|| format!("creating {}", self.directory.display()))?;
        let locking = || format!("locking {}", self.lock.display());
        let lock = File::create(&self.lock).with_context(locking)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress::say(&format!(
                    "waiting for another process that fills {}",
                    self.directory.display()
                ));
                lock.lock().with_context(locking)?;
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(locking),
        }
        Ok(Filling {
            slot: self,
            _lock: lock,
        })
    }
}

// === impl Filling ===

impl Filling<'_> {
    /// An empty directory on the same file system, removed on drop.
    pub(crate) fn workshop(&self) -> Result<TempDir> {
        let parent = self.slot.directory.parent().unwrap_or(&self.slot.directory);
        tempfile::Builder::new()
            .prefix(".building-")
            .tempdir_in(parent)
            .with_context(|| format!("creating a temporary directory in {}", parent.display()))
    }

    /// Moves a finished file into the slot, in one step: nobody ever sees half a program.
    pub(crate) fn put(&self, finished: &Path) -> Result<()> {
        let name = finished
            .file_name()
            .with_context(|| format!("{} has no file name", finished.display()))?;
        let target = self.slot.directory.join(name);
        fs::rename(finished, &target)
            .with_context(|| format!("moving {} to {}", finished.display(), target.display()))
    }

    /// Moves the directory `path` below `root` to the same place in the slot.
    pub(crate) fn put_tree(&self, root: &Path, path: &str) -> Result<()> {
        let target = self.slot.directory.join(path);
        let moving = || format!("moving {path} to {}", target.display());
        // What an interrupted filling left.
        if target.exists() {
            fs::remove_dir_all(&target).with_context(moving)?;
        }
        fs::create_dir_all(target.parent().unwrap_or(&target)).with_context(moving)?;
        fs::rename(root.join(path), &target).with_context(moving)
    }
}
