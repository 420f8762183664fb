//! Objects of records: JSON Lines, compressed, named by the digest of their stored bytes.

mod read;
mod write;

pub use read::Records;
pub use write::RecordsWriter;

/// An object is closed before it would pass this size in bytes before compression.
pub const OBJECT_BYTES: usize = 8 << 20;

/// An object is closed at this many records.
pub const OBJECT_RECORDS: i64 = 2_000;

/// The largest record that is written or read, in bytes: the facts of a pull request with GitHub's largest number of commits
/// and thousands of reviews stay far below it.
pub const RECORD_LIMIT: u64 = 16 << 20;

/// What a reader accepts of one object before compression, in bytes: one record of the largest size and its line's end.
const DECOMPRESSED_LIMIT: u64 = RECORD_LIMIT + 1;

/// What a reader accepts of one object as stored, in bytes: what does not compress, and gzip's own overhead.
const STORED_LIMIT: u64 = DECOMPRESSED_LIMIT + (1 << 20);
