//! Entries to bytes and back.

use bytes::Bytes;
use object_store::path::Path;

use crate::digest::Digest;
use crate::evidence::entry::{Body, Entry, FORMAT};
use crate::evidence::error::{Corruption, Error, Result};

use super::{ENTRY_LIMIT, Stored};

/// A genesis stands at the begin, and nowhere else.
pub(super) fn check_place(path: &Path, entry: &Entry) -> Result<()> {
    if (entry.sequence == 0) == matches!(entry.body, Body::Genesis(_)) {
        return Ok(());
    }
    let path = path.to_string();
    Err(Error::OutOfPlace { path })
}

/// The canonical bytes of an entry (see [`crate::evidence`]).
pub(super) fn encode(path: &Path, entry: &Entry) -> Result<Bytes> {
    let bytes = serde_json::to_vec(entry).map_err(|error| Error::Encode {
        path: path.to_string(),
        source: error.into(),
    })?;
    let size = bytes.len() as u64;
    if size > ENTRY_LIMIT {
        return Err(Error::TooLarge {
            path: path.to_string(),
            size,
            limit: ENTRY_LIMIT,
        });
    }
    Ok(bytes.into())
}

/// The entry of this number in these bytes, if they alone show nothing wrong.
pub(super) fn decode(path: &Path, sequence: u64, bytes: &[u8]) -> Result<Stored> {
    /// What every format has.
    #[derive(serde::Deserialize)]
    struct Version {
        format: u64,
    }

    let corrupt = |problem| Error::corrupt(path, problem);
    let version: Version =
        serde_json::from_slice(bytes).map_err(|error| corrupt(Corruption::NoEntry(error)))?;
    if version.format > u64::from(FORMAT) {
        return Err(Error::NewerFormat {
            path: path.to_string(),
            found: version.format,
            supported: FORMAT,
        });
    }
    let entry: Entry =
        serde_json::from_slice(bytes).map_err(|error| corrupt(Corruption::NoEntry(error)))?;
    if entry.sequence != sequence {
        let found = entry.sequence;
        return Err(corrupt(Corruption::Sequence { found }));
    }
    let first = sequence == 0;
    if matches!(entry.body, Body::Genesis(_)) != first || entry.previous.is_none() != first {
        return Err(corrupt(Corruption::Genesis));
    }
    let digest = Digest::of(bytes);
    Ok(Stored { entry, digest })
}
