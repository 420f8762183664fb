//! Snapshots: what a chain adds up to at one entry, so that a reader needs no entry before it.
//!
//! A snapshot is an object (compressed JSON, like all of its parts) that names its parts by their digests; parts that did not
//! change since an earlier snapshot are the same objects:
//!
//! ```json
//! {"format": 1, "sequence": 63, "parts": {
//!   "core": {"digest": "sha256:…", "bytes": 812},
//!   "findings/2026-11": {"digest": "sha256:…", "bytes": 2048},
//!   "identities/2026-11-22": {"digest": "sha256:…", "bytes": 512},
//!   "records/2026-11": {"digest": "sha256:…", "bytes": 1024},
//!   "unclear": {"digest": "sha256:…", "bytes": 128}}}
//! ```
//!
//! The core is a JSON object, every other part a list in the order of identities (of records: of entries). The log stays the truth: a snapshot that is damaged, missing or of
//! another chain costs time, not evidence, since the chain can be read from its genesis.

use std::collections::BTreeMap;
use std::io::Write as _;

use bytes::Bytes;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

use super::chain::{Chain, Stored};
use super::entry::{Position, SnapshotReference};
use super::error::{Corruption, Error, Result};
use super::gzip;
use super::state::ChainState;
use super::state::parts::Part;
use super::storage::Created;

/// At most this many entries follow the snapshot that the last one names.
pub const SPACING: u64 = 64;

/// The version of a snapshot's parts. A snapshot of another version is not used, but replaced by the next one.
const FORMAT: u32 = 1;

/// What a reader accepts of one object, in bytes as stored and before compression: a month of fifty thousand findings.
const STORED_LIMIT: u64 = 64 << 20;
const PLAIN_LIMIT: u64 = 256 << 20;

/// The object that names a snapshot's parts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The entry up to which it holds.
    sequence: u64,
    parts: BTreeMap<String, PartReference>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PartReference {
    digest: Digest,
    /// As stored.
    bytes: u64,
}

// === impl Manifest ===

impl Manifest {
    /// The digests of its parts.
    pub(super) fn objects(&self) -> impl Iterator<Item = Digest> {
        self.parts.values().map(|part| part.digest)
    }
}

// === impl Chain ===

impl Chain {
    /// Where the next entry is appended; writes a snapshot of the state before that, if one is due.
    ///
    /// Who has the state at hand saves [`Chain::append`] from reading it again. What is written here is named by the entry
    /// that is appended at this position.
    pub async fn prepare(&self, state: &ChainState) -> Result<Position> {
        let mut position = state.position();
        if position.is_snapshot_due() {
            position.snapshot = self.snapshot(state).await?.or(position.snapshot);
        }
        Ok(position)
    }

    /// Which snapshot the entry after this position names. `last` is the position's head as it is stored.
    pub(super) async fn snapshot_for(
        &self,
        position: Position,
        last: &Stored,
    ) -> Result<Option<SnapshotReference>> {
        let latest = |a: SnapshotReference| a.sequence;
        let known = [position.snapshot, last.entry.snapshot];
        let snapshot = known.into_iter().flatten().max_by_key(|each| latest(*each));
        let position = Position {
            snapshot,
            ..position
        };
        if !position.is_snapshot_due() {
            return Ok(snapshot);
        }
        let state = self.state_at(last).await?;
        Ok(self.snapshot(&state).await?.or(snapshot))
    }

    /// Writes a snapshot. None where it cannot be written as it is: the log goes on without it, and the next entry tries again.
    async fn snapshot(&self, state: &ChainState) -> Result<Option<SnapshotReference>> {
        match self.write_snapshot(state).await {
            Ok(reference) => Ok(Some(reference)),
            Err(error @ Error::Storage { .. }) => Err(error),
            Err(error) => {
                let chain = self.id.folder();
                tracing::warn!(%chain, error = &error as &(dyn std::error::Error + 'static), "no snapshot was written; the chain goes on without it");
                Ok(None)
            }
        }
    }

    /// Parts first, then the object that names them: whoever sees that one sees them all.
    async fn write_snapshot(&self, state: &ChainState) -> Result<SnapshotReference> {
        let mut parts = BTreeMap::new();
        for part in state.parts() {
            let Part { name, json } = part.map_err(|error| self.unwritable(error.into()))?;
            parts.insert(name, self.write_object(&json).await?);
        }
        let sequence = state.head.sequence;
        let manifest = Manifest {
            format: FORMAT,
            sequence,
            parts,
        };
        let json = serde_json::to_vec(&manifest).map_err(|error| self.unwritable(error.into()))?;
        let PartReference { digest, bytes: _ } = self.write_object(&json).await?;
        Ok(SnapshotReference { sequence, digest })
    }

    /// Writes an object, unless it is there already.
    async fn write_object(&self, json: &[u8]) -> Result<PartReference> {
        let bytes = self.compress(json)?;
        let size = bytes.len() as u64;
        let digest = Digest::of(&bytes);
        let path = self.id.snapshot(&digest);
        let too_large = |size, limit| Error::TooLarge {
            path: path.to_string(),
            size,
            limit,
        };
        if size > STORED_LIMIT {
            return Err(too_large(size, STORED_LIMIT));
        }
        if json.len() as u64 > PLAIN_LIMIT {
            return Err(too_large(json.len() as u64, PLAIN_LIMIT));
        }
        let there = match self.storage.size(&path).await? {
            None if self.storage.create(&path, bytes).await? == Created::New => Some(size),
            None => self.storage.size(&path).await?,
            there => there,
        };
        check_size(&path, size, there)?;
        Ok(PartReference {
            digest,
            bytes: size,
        })
    }

    fn compress(&self, json: &[u8]) -> Result<Bytes> {
        let mut gzip = gzip::encoder();
        let written = gzip.write_all(json).and_then(|()| gzip.finish());
        written
            .map(Bytes::from)
            .map_err(|error| self.unwritable(error))
    }

    fn unwritable(&self, source: std::io::Error) -> Error {
        let path = self.id.folder().join("snapshots").to_string();
        Error::Encode { path, source }
    }

    /// The state that a snapshot holds, as far as its objects alone show nothing wrong: whether it is of this chain shows only
    /// the entry that follows it.
    pub(super) async fn read_snapshot(&self, reference: &SnapshotReference) -> Result<ChainState> {
        let manifest = self.read_manifest(reference).await?;
        self.read_parts(reference, manifest).await
    }

    pub(super) async fn read_manifest(&self, reference: &SnapshotReference) -> Result<Manifest> {
        let path = self.id.snapshot(&reference.digest);
        let json = self.read_object(&reference.digest).await?;
        let manifest: Manifest = serde_json::from_slice(&json)
            .map_err(|error| Error::corrupt(&path, Corruption::NoSnapshot(error)))?;
        if manifest.format == FORMAT {
            return Ok(manifest);
        }
        Err(Error::SnapshotFormat {
            path: path.to_string(),
            found: manifest.format,
            supported: FORMAT,
        })
    }

    pub(super) async fn read_parts(
        &self,
        reference: &SnapshotReference,
        manifest: Manifest,
    ) -> Result<ChainState> {
        let mut parts = Vec::new();
        for (name, part) in manifest.parts {
            let json = self.read_object(&part.digest).await?;
            parts.push(Part { name, json });
        }
        let path = self.id.snapshot(&reference.digest);
        let state = ChainState::from_parts(&parts);
        let state = state.map_err(|problem| Error::corrupt(&path, problem))?;
        let (expected, found) = (reference.sequence, state.head.sequence);
        if expected == found && manifest.sequence == found {
            return Ok(state);
        }
        let problem = Corruption::SnapshotOf { expected, found };
        Err(Error::corrupt(&path, problem))
    }

    async fn read_object(&self, digest: &Digest) -> Result<Vec<u8>> {
        let path = self.id.snapshot(digest);
        let corrupt = |problem| Error::corrupt(&path, problem);
        let bytes = self.storage.read(&path, STORED_LIMIT).await?;
        let bytes = bytes.ok_or_else(|| corrupt(Corruption::Missing))?;
        let (expected, found) = (*digest, Digest::of(&bytes));
        if expected != found {
            return Err(corrupt(Corruption::Digest { expected, found }));
        }
        gzip::decode(bytes, PLAIN_LIMIT).map_err(corrupt)
    }
}

/// An object of this name that is not what it should be is in the way, and none can take its place.
fn check_size(path: &Path, expected: u64, found: Option<u64>) -> Result<()> {
    match found {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(Error::corrupt(path, Corruption::Size { expected, found })),
        None => Err(Error::corrupt(path, Corruption::Missing)),
    }
}

// === impl Position ===

impl Position {
    /// Whether so many entries follow the snapshot that the next one needs a newer one.
    fn is_snapshot_due(&self) -> bool {
        let held = self.snapshot.map_or(0, |snapshot| snapshot.sequence + 1);
        (self.head.sequence + 1).saturating_sub(held) >= SPACING
    }
}
