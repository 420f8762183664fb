//! One chain: find its head, read its entries, append the next one by a conditional create.

use jiff::Timestamp;

use crate::digest::Digest;

use super::entry::{Body, Entry, FORMAT, Genesis, Head, Position, RecordsReference};
use super::error::{AppendError, Corruption, Error, Result};
use super::layout::ChainId;
use super::lookup::Looked;
use super::records::{Records, RecordsWriter};
use super::state::Mismatch;
use super::storage::{Created, Storage};

mod codec;

use codec::{check_place, decode, encode};

/// The largest entry that is read or written, in bytes. Records are not in entries, so that only a policy of extreme size or
/// heads of a hundred thousand branches come near it.
pub const ENTRY_LIMIT: u64 = 32 << 20;

/// The chain of one policy and organization.
#[derive(Debug, Clone)]
pub struct Chain {
    pub(super) storage: Storage,
    pub(super) id: ChainId,
    pub(super) looked: Looked,
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What it says.
    pub entry: Entry,
    /// The digest of its stored bytes.
    pub digest: Digest,
}

/// An entry that somebody else (a status, a finding) says is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The digest of the chain's genesis.
    pub genesis: Digest,
    /// The entry's number.
    pub sequence: u64,
    /// The entry's digest.
    pub digest: Digest,
}

/// A chain's genesis, and whether it has just been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The genesis.
    pub genesis: Stored,
    /// Whether this call wrote it.
    pub created: bool,
}

// === impl Stored ===

impl Stored {
    /// Where the chain stands with this entry as its last.
    pub fn head(&self) -> Head {
        Head {
            sequence: self.entry.sequence,
            digest: self.digest,
        }
    }

    /// Where an entry is appended that follows this one, as a human decision does that lost to it.
    pub fn position(&self) -> Position {
        Position {
            head: self.head(),
            snapshot: self.entry.snapshot,
        }
    }
}

// === impl Chain ===

impl Chain {
    pub(super) fn new(storage: Storage, id: ChainId) -> Self {
        let looked = Looked::default();
        Self {
            storage,
            id,
            looked,
        }
    }

    /// Which chain it is.
    pub fn id(&self) -> &ChainId {
        &self.id
    }

    /// Where the chain stands, or none where there is no chain.
    ///
    /// Costs what [`Chain::find_last`] costs.
    pub async fn find_head(&self, from: Option<u64>) -> Result<Option<Head>> {
        Ok(self.find_last(from).await?.map(|last| last.head()))
    }

    /// The chain's last entry, or none where there is no chain.
    ///
    /// Gallops from `from` (an entry that is known to exist; 0 otherwise) in steps that double, then halves: as many reads as
    /// twice the logarithm of the distance, and no listing. Where `from` does not exist the search begins at 0: compare with
    /// [`Chain::find_mismatch`] before building on the result.
    pub async fn find_last(&self, from: Option<u64>) -> Result<Option<Stored>> {
        let mut known = match from {
            Some(from) if self.exists(from).await? => from,
            _ if self.exists(0).await? => 0,
            _ => return self.check_hole(0).await.map(|()| None),
        };
        loop {
            known = self.gallop(known).await?;
            // A hole of one entry must not become the place where a second chain grows.
            if !self.exists(known + 2).await? {
                return self.read_known(known).await.map(Some);
            }
            // Or it has been filled since.
            known = self.read_known(known + 1).await?.entry.sequence;
        }
    }

    /// The last of the entries that follow each other from `known`, which exists.
    async fn gallop(&self, mut known: u64) -> Result<u64> {
        let mut step = 1;
        while self.exists(known.saturating_add(step)).await? {
            known += step;
            step *= 2;
        }
        // `known` exists, `known + step` does not.
        while step > 1 {
            step /= 2;
            if self.exists(known + step).await? {
                known += step;
            }
        }
        Ok(known)
    }

    pub(super) async fn exists(&self, sequence: u64) -> Result<bool> {
        let size = self.storage.size(&self.id.entry(sequence)).await?;
        Ok(size.is_some())
    }

    /// An entry by its number, or none where there is none.
    ///
    /// Checks everything that the entry alone shows: its size, its format, its number, and that a genesis is where one belongs.
    pub async fn read(&self, sequence: u64) -> Result<Option<Stored>> {
        let path = self.id.entry(sequence);
        let bytes = self.storage.read(&path, ENTRY_LIMIT).await?;
        bytes
            .map(|bytes| decode(&path, sequence, &bytes))
            .transpose()
    }

    /// The entry after this one, or none where this is the last; checks that it follows it.
    pub async fn read_after(&self, head: &Head) -> Result<Option<Stored>> {
        let next = self.read(head.sequence + 1).await?;
        if let Some(next) = &next {
            self.check_link(head, next)?;
        }
        Ok(next)
    }

    pub(super) async fn read_known(&self, sequence: u64) -> Result<Stored> {
        let missing = || Error::corrupt(&self.id.entry(sequence), Corruption::Missing);
        self.read(sequence).await?.ok_or_else(missing)
    }

    /// Appends an entry after `expected` (none: the genesis), or says who was faster.
    ///
    /// It is one conditional create of the next number. Repeating a call whose answer was lost, with the same arguments,
    /// succeeds and writes nothing. An entry never follows one that is not in the archive.
    ///
    /// Where a snapshot is due, it is written first, of the state before the entry; [`Chain::prepare`] does so from a state at
    /// hand, else the state is read.
    pub async fn append(
        &self,
        expected: Option<Position>,
        body: Body,
        written_at: Timestamp,
    ) -> Result<Head, AppendError> {
        let head = expected.map(|position| position.head);
        let mut entry = Entry {
            format: FORMAT,
            sequence: head.map_or(0, |head| head.sequence + 1),
            previous: head.map(|head| head.digest),
            written_at,
            snapshot: None,
            body,
        };
        let path = self.id.entry(entry.sequence);
        check_place(&path, &entry)?;
        if let Some(position) = expected {
            let last = self.read_head(&position.head).await?;
            entry.snapshot = self.snapshot_for(position, &last).await?;
        }
        let bytes = encode(&path, &entry)?;
        let ours = Head {
            sequence: entry.sequence,
            digest: Digest::of(&bytes),
        };
        match self.storage.create(&path, bytes).await? {
            Created::New => Ok(ours),
            Created::Existed => self.compare(head, ours).await,
        }
    }

    /// Whether the entry that stands there is ours after all, written by a call whose answer was lost.
    async fn compare(&self, expected: Option<Head>, ours: Head) -> Result<Head, AppendError> {
        let theirs = self.read_known(ours.sequence).await?;
        if theirs.digest == ours.digest {
            return Ok(ours);
        }
        if let Some(head) = expected {
            self.check_link(&head, &theirs)?;
        }
        Err(AppendError::Lost {
            theirs: Box::new(theirs),
        })
    }

    async fn read_head(&self, head: &Head) -> Result<Stored> {
        let path = self.id.entry(head.sequence);
        let last = self.read_known(head.sequence).await?;
        let (expected, found) = (head.digest, last.digest);
        if expected == found {
            return Ok(last);
        }
        Err(Error::corrupt(
            &path,
            Corruption::Digest { expected, found },
        ))
    }

    fn check_link(&self, head: &Head, next: &Stored) -> Result<()> {
        if next.entry.previous == Some(head.digest) {
            return Ok(());
        }
        let problem = Corruption::Previous {
            expected: Some(head.digest),
            found: next.entry.previous,
        };
        Err(Error::corrupt(&self.id.entry(next.entry.sequence), problem))
    }

    /// The chain's genesis; writes this one where there is no chain. Of several writers at once one writes, and all read it.
    ///
    /// Whether the genesis found is about the same host, organization and cluster is for [`super::ChainState::find_mismatch`].
    pub async fn open_for(&self, genesis: Genesis, written_at: Timestamp) -> Result<Opened> {
        if let Some(genesis) = self.read(0).await? {
            return Ok(Opened {
                genesis,
                created: false,
            });
        }
        // A chain that lost its genesis must not get another.
        self.check_hole(0).await?;
        let body = Body::Genesis(genesis);
        let created = match self.append(None, body, written_at).await {
            Ok(_) => true,
            Err(AppendError::Lost { .. }) => false,
            Err(AppendError::Archive(error)) => return Err(error),
        };
        let genesis = self.read_known(0).await?;
        Ok(Opened { genesis, created })
    }

    /// Why the archive does not hold an entry that somebody says it holds, or none where it does.
    pub async fn find_mismatch(&self, claim: &Claim) -> Result<Option<Mismatch>> {
        let claimed = claim.genesis;
        let genesis = self.read(0).await?;
        let archived = genesis.map(|genesis| genesis.digest);
        if archived != Some(claimed) {
            return Ok(Some(Mismatch::Genesis { archived, claimed }));
        }
        let entry = self.read(claim.sequence).await?;
        let archived = entry.map(|entry| entry.digest);
        Ok((archived != Some(claim.digest)).then_some(Mismatch::Entry {
            sequence: claim.sequence,
            archived,
            claimed: claim.digest,
        }))
    }

    /// A writer of records objects.
    pub fn records_writer(&self) -> RecordsWriter {
        RecordsWriter::new(self.clone())
    }

    /// The records that an entry names.
    pub async fn records(&self, reference: &RecordsReference) -> Result<Records> {
        Records::open(self, reference).await
    }
}
