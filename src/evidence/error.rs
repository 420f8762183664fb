//! What can go wrong with an archive, by what the caller must do about it.

use std::fmt;

use crate::audit::record::ChangeIdentity;
use crate::digest::Digest;

use super::chain::Stored;

mod hint;

pub use hint::Hint;

/// The result of reading an archive.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an archive could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive's URL cannot be used: the person who set it must change it.
    #[error("the archive URL {url:?} cannot be used: {problem}")]
    Url {
        /// The URL, without credentials and query.
        url: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The storage failed: try again later, and tell whoever runs it.
    #[error("cannot {operation} {path} in the archive at {archive}: {hint}")]
    Storage {
        /// What was tried.
        operation: Operation,
        /// Which object.
        path: String,
        /// Which archive.
        archive: String,
        /// What it means and what to do.
        hint: Hint,
        /// What the storage said; none where it said nothing, as when its root has vanished.
        #[source]
        source: Option<object_store::Error>,
    },
    /// An object is missing or is not what was written: nothing may be built on it until a person has looked.
    #[error("the archive is corrupt at {path}: do not write to it, restore the object from a copy")]
    Corrupt {
        /// Which object.
        path: String,
        /// What is wrong with it.
        #[source]
        problem: Corruption,
    },
    /// An entry was written by a newer version of this program: upgrade.
    #[error(
        "{path} has format {found}, and this version reads formats up to {supported}: use a newer version of mergeaudit"
    )]
    NewerFormat {
        /// Which object.
        path: String,
        /// Its format.
        found: u64,
        /// The newest format that this version reads.
        supported: u32,
    },
    /// A snapshot was written by another version of this program: it is not used, and the chain is read without it.
    #[error("{path} is a snapshot of format {found}, and this version reads format {supported}")]
    SnapshotFormat {
        /// Which object.
        path: String,
        /// Its format.
        found: u32,
        /// The format that this version reads.
        supported: u32,
    },
    /// Something does not fit into the archive, and no reader would accept it.
    #[error("cannot write {path}: it has {size} bytes, more than the {limit} that readers accept")]
    TooLarge {
        /// Which object.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Something cannot be written down: a defect of this program.
    #[error("cannot encode {path}")]
    Encode {
        /// Which object.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// An entry of this type cannot stand there: a chain begins with a genesis and has only one.
    #[error("cannot write {path}: a chain begins with a genesis and has only one")]
    OutOfPlace {
        /// Which object.
        path: String,
    },
}

/// Why an entry was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Another writer took the number: relink a human decision to it, compute a run anew.
    #[error("another writer took entry {}", theirs.entry.sequence)]
    Lost {
        /// The entry that stands there.
        theirs: Box<Stored>,
    },
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] Error),
}

/// What was tried on the storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// To read an object.
    Read,
    /// To write an object.
    Write,
}

/// What is wrong with an object.
#[derive(Debug, thiserror::Error)]
pub enum Corruption {
    /// It is not there, though others name it or follow it.
    #[error("it is missing")]
    Missing,
    /// It is larger than anything that was ever written.
    #[error("it has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes, or as much of it as was read.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Its size is not what the entry, or the content, says.
    #[error("it has {found} bytes instead of {expected}")]
    Size {
        /// The size in bytes that it should have.
        expected: u64,
        /// Its size in bytes.
        found: u64,
    },
    /// It is not what its digest, or the digest that names it, says.
    #[error("its digest is {found} instead of {expected}")]
    Digest {
        /// The digest that it should have.
        expected: Digest,
        /// The digest of its stored bytes.
        found: Digest,
    },
    /// It is no JSON of an entry.
    #[error("it is no entry")]
    NoEntry(#[source] serde_json::Error),
    /// Its number is not the one of its name.
    #[error("it says that its number is {found}")]
    Sequence {
        /// The number that it says.
        found: u64,
    },
    /// It follows another entry than the one before it.
    #[error("it says that it follows {found:?}, but the entry before it is {expected:?}")]
    Previous {
        /// The digest of the entry before it.
        expected: Option<Digest>,
        /// The digest that it says.
        found: Option<Digest>,
    },
    /// A genesis stands within a chain, or something else at its begin.
    #[error("a chain begins with a genesis and has only one")]
    Genesis,
    /// It is no gzip, or is cut off.
    #[error("it cannot be decompressed")]
    Gzip(#[source] std::io::Error),
    /// A line of it is no record.
    #[error("line {line} is no record")]
    NoRecord {
        /// Which line, from 1.
        line: u64,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// It does not hold as many records as its entry says.
    #[error("it holds {found} records instead of {expected}")]
    Count {
        /// How many the entry says.
        expected: i64,
        /// How many it holds.
        found: i64,
    },
    /// It is no JSON of a snapshot or of a part of one.
    #[error("it is no snapshot")]
    NoSnapshot(#[source] serde_json::Error),
    /// A snapshot has no core.
    #[error("it is a snapshot without its core")]
    NoCore,
    /// A snapshot has a part that this version does not know.
    #[error("it is a snapshot with an unknown part {0:?}")]
    UnknownPart(String),
    /// A snapshot is not of the entry that it is said to be of.
    #[error("it is a snapshot as of entry {found} instead of {expected}")]
    SnapshotOf {
        /// What the entry says.
        expected: u64,
        /// What the snapshot says.
        found: u64,
    },
    /// A snapshot ends with another entry than the one before the entry that names it.
    #[error("it is a snapshot of another chain than the entry that names it")]
    SnapshotOfAnother,
    /// A snapshot is not what a reader of every entry comes to.
    #[error("it is not what the entries before it add up to")]
    SnapshotDiffers,
    /// A change was judged although it had its verdict.
    #[error("it judges a change again that has its verdict: {0:?}")]
    Duplicate(Box<ChangeIdentity>),
    /// A record does not lie where a reader would look for its change.
    #[error(
        "it holds a change that landed at {landed_at}, outside of what its entry says: {change:?}"
    )]
    Landed {
        /// Which change.
        change: Box<ChangeIdentity>,
        /// When it landed.
        landed_at: jiff::Timestamp,
    },
    /// A record is of another host or organization than the chain.
    #[error("it holds a record of another organization: {0:?}")]
    Foreign(Box<ChangeIdentity>),
    /// The totals are not those that the records add up to.
    #[error("its totals are not those that the records so far add up to")]
    Totals,
    /// The count of undetermined changes is not the one that the records add up to.
    #[error("it says that {found} changes are undetermined, but by the records {expected} are")]
    Undetermined {
        /// By the records.
        expected: i64,
        /// What the entry says.
        found: i64,
    },
}

// === impl Error ===

impl Error {
    pub(super) fn corrupt(path: &object_store::path::Path, problem: Corruption) -> Self {
        Self::Corrupt {
            path: path.to_string(),
            problem,
        }
    }
}

// === impl Operation ===

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}
