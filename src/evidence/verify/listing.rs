//! What only a listing can tell: entries beyond a hole, and objects that nothing names.

use std::collections::{BTreeSet, HashSet};

use futures::TryStreamExt as _;
use object_store::path::Path;

use crate::digest::Digest;
use crate::evidence::chain::Chain;
use crate::evidence::error::{Operation, Result};
use crate::evidence::storage::Storage;

// === impl Chain ===

impl Chain {
    /// The numbers of all entries. Other names are no entries, whatever they hold.
    pub(super) async fn list_entries(&self) -> Result<BTreeSet<u64>> {
        let mut entries = BTreeSet::new();
        let number = |name: &str| name.strip_suffix(".json")?.parse().ok();
        self.storage
            .each_name(&self.id.folder().join("entries"), |name| {
                let canonical = |number: &u64| self.id.entry(*number).filename() == Some(name);
                entries.extend(number(name).filter(canonical));
            })
            .await?;
        Ok(entries)
    }

    /// How many objects there are that are not among the named ones.
    pub(super) async fn count_debris(&self, named: &HashSet<Digest>) -> Result<u64> {
        let mut debris = 0;
        for (folder, suffix) in [("records", ".jsonl.gz"), ("snapshots", ".json.gz")] {
            let is_named = |name: &str| {
                let hex = name.strip_suffix(suffix)?;
                let digest = format!("sha256:{hex}").parse().ok()?;
                named.contains(&digest).then_some(())
            };
            self.storage
                .each_name(&self.id.folder().join(folder), |name| {
                    debris += u64::from(is_named(name).is_none());
                })
                .await?;
        }
        Ok(debris)
    }
}

// === impl Storage ===

impl Storage {
    pub(super) async fn folders(&self, folder: &Path) -> Result<Vec<Path>> {
        let listed = self.store.list_with_delimiter(Some(folder)).await;
        Ok(listed
            .map_err(|source| self.failed(Operation::Read, folder, source))?
            .common_prefixes)
    }

    /// Tells the names of the objects below a folder, one by one.
    async fn each_name(&self, folder: &Path, mut tell: impl FnMut(&str)) -> Result<()> {
        let mut objects = self.store.list(Some(folder));
        let failed = |source| self.failed(Operation::Read, folder, source);
        while let Some(object) = objects.try_next().await.map_err(failed)? {
            object.location.filename().into_iter().for_each(&mut tell);
        }
        Ok(())
    }
}
