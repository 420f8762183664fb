//! Writes records one by one; memory holds one object at most.

use std::io::Write;

use flate2::write::GzEncoder;
use jiff::Timestamp;
use object_store::path::Path;

use crate::audit::record::Record;
use crate::digest::Digest;
use crate::evidence::chain::Chain;
use crate::evidence::entry::{Landed, RecordsReference};
use crate::evidence::error::{Corruption, Error, Result};
use crate::evidence::gzip;
use crate::evidence::storage::Created;

use super::{OBJECT_BYTES, OBJECT_RECORDS, RECORD_LIMIT};

/// A writer of records; they are in the archive once [`RecordsWriter::finish`] has returned, and belong to the chain once an
/// entry names them.
#[derive(Debug)]
pub struct RecordsWriter {
    chain: Chain,
    object: Object,
    written: Vec<RecordsReference>,
}

/// The object that is being filled.
#[derive(Debug)]
struct Object {
    gzip: GzEncoder<Vec<u8>>,
    records: i64,
    bytes: usize,
    landed: Option<Landed>,
}

// === impl RecordsWriter ===

impl RecordsWriter {
    pub(in crate::evidence) fn new(chain: Chain) -> Self {
        Self {
            chain,
            object: Object::new(),
            written: Vec::new(),
        }
    }

    /// Adds a record; now and then an object is full and written.
    ///
    /// After an error the writer is of no more use: begin anew, the objects already written are found again.
    pub async fn write(&mut self, record: &Record) -> Result<()> {
        let mut line = serde_json::to_vec(record).map_err(|error| self.unwritable(error.into()))?;
        line.push(b'\n');
        let size = line.len() as u64;
        if size > RECORD_LIMIT {
            return Err(Error::TooLarge {
                path: self.folder(),
                size,
                limit: RECORD_LIMIT,
            });
        }
        if !self.object.has_room_for(line.len()) {
            self.close_object().await?;
        }
        self.object
            .add(&line, record.pull_request.merged_at)
            .map_err(|error| self.unwritable(error))
    }

    /// Writes what is left; the references are for the run's entry, in the order of the records.
    pub async fn finish(mut self) -> Result<Vec<RecordsReference>> {
        if self.object.records > 0 {
            self.close_object().await?;
        }
        Ok(self.written)
    }

    async fn close_object(&mut self) -> Result<()> {
        let object = std::mem::replace(&mut self.object, Object::new());
        let (records, landed) = (object.records, object.landed);
        let bytes = object
            .gzip
            .finish()
            .map_err(|error| self.unwritable(error))?;
        let digest = Digest::of(&bytes);
        let size = bytes.len() as u64;
        let path = self.chain.id.records(&digest);
        if self.chain.storage.create(&path, bytes.into()).await? == Created::Existed {
            self.check_existing(&path, size).await?;
        }
        self.written.push(RecordsReference {
            digest,
            records,
            bytes: i64::try_from(size).unwrap_or(i64::MAX),
            landed,
        });
        Ok(())
    }

    /// The same records were written before, perhaps by a run that did not reach its commit.
    async fn check_existing(&self, path: &Path, expected: u64) -> Result<()> {
        let found = self.chain.storage.size(path).await?;
        match found {
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(Error::corrupt(path, Corruption::Size { expected, found })),
            None => Err(Error::corrupt(path, Corruption::Missing)),
        }
    }

    fn folder(&self) -> String {
        self.chain.id.folder().join("records").to_string()
    }

    fn unwritable(&self, source: std::io::Error) -> Error {
        let path = self.folder();
        Error::Encode { path, source }
    }
}

// === impl Object ===

impl Object {
    fn new() -> Self {
        Self {
            gzip: gzip::encoder(),
            records: 0,
            bytes: 0,
            landed: None,
        }
    }

    /// An empty object has room for everything.
    fn has_room_for(&self, bytes: usize) -> bool {
        self.records == 0 || (self.records < OBJECT_RECORDS && self.bytes + bytes <= OBJECT_BYTES)
    }

    fn add(&mut self, line: &[u8], landed_at: Timestamp) -> std::io::Result<()> {
        self.gzip.write_all(line)?;
        let landed = self.landed.get_or_insert(Landed {
            first: landed_at,
            last: landed_at,
        });
        landed.first = landed.first.min(landed_at);
        landed.last = landed.last.max(landed_at);
        self.records += 1;
        self.bytes += line.len();
        Ok(())
    }
}
