//! Reads records one by one from an object that proved to be the one that was named.

use std::io::{BufRead, BufReader, Cursor, Read, Take};

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use object_store::path::Path;

use crate::audit::record::Record;
use crate::digest::Digest;
use crate::evidence::chain::Chain;
use crate::evidence::entry::RecordsReference;
use crate::evidence::error::{Corruption, Error, Result};

use super::{DECOMPRESSED_LIMIT, RECORD_LIMIT, STORED_LIMIT};

/// The records of one object, in their order; ends after the first error.
///
/// Memory holds the object as stored and one record. An object that decompresses to more than any writer makes is refused.
#[derive(Debug)]
pub struct Records {
    path: Path,
    lines: BufReader<Take<GzDecoder<Cursor<Bytes>>>>,
    expected: i64,
    found: i64,
    ended: bool,
}

// === impl Records ===

impl Records {
    /// Reads the object and checks its size and digest.
    pub(in crate::evidence) async fn open(
        chain: &Chain,
        reference: &RecordsReference,
    ) -> Result<Self> {
        let path = chain.id.records(&reference.digest);
        let bytes = chain.storage.read(&path, STORED_LIMIT).await?;
        let bytes = bytes.ok_or_else(|| Error::corrupt(&path, Corruption::Missing))?;
        check(reference, &bytes).map_err(|problem| Error::corrupt(&path, problem))?;
        let plain = GzDecoder::new(Cursor::new(bytes)).take(DECOMPRESSED_LIMIT + 1);
        Ok(Self {
            path,
            lines: BufReader::new(plain),
            expected: reference.records,
            found: 0,
            ended: false,
        })
    }

    /// Where the object lies in the archive.
    pub fn location(&self) -> &str {
        self.path.as_ref()
    }

    fn next_record(&mut self) -> Result<Option<Record>, Corruption> {
        let mut line = Vec::new();
        let read = self.lines.read_until(b'\n', &mut line);
        read.map_err(Corruption::Gzip)?;
        if self.lines.get_ref().limit() == 0 || line.len() as u64 > RECORD_LIMIT {
            return Err(Corruption::TooLarge {
                size: DECOMPRESSED_LIMIT - self.lines.get_ref().limit() + 1,
                limit: DECOMPRESSED_LIMIT,
            });
        }
        if line.is_empty() {
            return self.check_end().map(|()| None);
        }
        self.found += 1;
        let record = serde_json::from_slice(&line);
        record.map(Some).map_err(|source| Corruption::NoRecord {
            line: u64::try_from(self.found).unwrap_or_default(),
            source,
        })
    }

    fn check_end(&self) -> Result<(), Corruption> {
        let (expected, found) = (self.expected, self.found);
        if expected == found {
            Ok(())
        } else {
            Err(Corruption::Count { expected, found })
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        if self.ended {
            return None;
        }
        let next = self.next_record().transpose()?;
        Some(next.map_err(|problem| Error::corrupt(&self.path, problem)))
            .inspect(|next| self.ended = next.is_err())
    }
}

fn check(reference: &RecordsReference, bytes: &[u8]) -> Result<(), Corruption> {
    let expected = u64::try_from(reference.bytes).unwrap_or_default();
    let found = bytes.len() as u64;
    if expected != found {
        return Err(Corruption::Size { expected, found });
    }
    let expected = reference.digest;
    let found = Digest::of(bytes);
    if expected != found {
        return Err(Corruption::Digest { expected, found });
    }
    Ok(())
}
