//! A chain's state out of storage: from its last snapshot on, or from its genesis, entry by entry and record by record, every
//! link and digest on the way checked.

use super::chain::{Chain, Stored};
use super::entry::SnapshotReference;
use super::error::{Corruption, Error, Result};
use super::snapshot::SPACING;
use super::state::ChainState;

/// How far beyond the last entry a hole is looked for, in powers of two.
const HOLE_DOUBLINGS: u32 = 12;

// === impl Chain ===

impl Chain {
    /// The state of the chain, or none where there is no chain.
    ///
    /// Reads the last entry, the snapshot that it names, and what follows that; everything where it names none, or one that
    /// cannot be used (a warning says so). Of what is read every number, link, digest and total is checked; an error names
    /// the first place where something is missing or altered. What no reader needs, only [`Chain::verify`] looks at.
    pub async fn replay(&self) -> Result<Option<ChainState>> {
        let Some(last) = self.find_last(None).await? else {
            return Ok(None);
        };
        let mut state = self.state_at(&last).await?;
        self.follow(&mut state).await?;
        self.check_hole(state.head.sequence + 1).await?;
        self.settle().await?;
        Ok(Some(state))
    }

    /// Takes up the entries after the state's head, and says how many there were. After an error the state is unchanged.
    ///
    /// Where more than a snapshot's worth of entries was added, it is read by the snapshot.
    pub async fn catch_up(&self, state: &mut ChainState) -> Result<u64> {
        let before = state.head.sequence;
        if self.read_after(&state.head).await?.is_none() {
            return Ok(0);
        }
        let mut next = match self.leap(state).await? {
            Some(ahead) => ahead,
            None => state.clone(),
        };
        self.follow(&mut next).await?;
        self.settle().await?;
        *state = next;
        Ok(state.head.sequence - before)
    }

    /// The state at the end of a chain that has grown by far; none where it has not, or has no snapshot since.
    async fn leap(&self, state: &ChainState) -> Result<Option<ChainState>> {
        let head = state.head.sequence;
        if !self.exists(head + SPACING).await? {
            return Ok(None);
        }
        let Some(last) = self.find_last(Some(head + SPACING)).await? else {
            return Ok(None);
        };
        match last.entry.snapshot {
            Some(snapshot) if snapshot.sequence > head => self.state_at(&last).await.map(Some),
            _ => Ok(None),
        }
    }

    /// What the chain adds up to with this entry as its last.
    pub(super) async fn state_at(&self, last: &Stored) -> Result<ChainState> {
        if let Some(mut state) = self.latest_snapshot(last).await? {
            let followed = self.follow_to(&mut state, last).await;
            match followed {
                Ok(()) => return Ok(state),
                Err(error) => self.do_without(state.head.sequence, error)?,
            }
        }
        let genesis = self.read_known(0).await?;
        let state = ChainState::genesis(&genesis.entry, genesis.digest);
        let mut state = state.map_err(|problem| Error::corrupt(&self.id.entry(0), problem))?;
        self.follow_to(&mut state, last).await?;
        Ok(state)
    }

    /// The state of the snapshot that this entry names; where that cannot be used, of the one before it, and so on.
    async fn latest_snapshot(&self, last: &Stored) -> Result<Option<ChainState>> {
        let mut named = last.entry.snapshot;
        while let Some(snapshot) = named {
            match self.read_own_snapshot(&snapshot).await {
                Ok(state) => return Ok(Some(state)),
                Err(error) => self.do_without(snapshot.sequence, error)?,
            }
            let before = self.read(snapshot.sequence).await?;
            let before = before.and_then(|stored| stored.entry.snapshot);
            named = before.filter(|before| before.sequence < snapshot.sequence);
        }
        Ok(None)
    }

    /// The state of a snapshot that ends with the entry that the next one follows.
    async fn read_own_snapshot(&self, snapshot: &SnapshotReference) -> Result<ChainState> {
        let state = self.read_snapshot(snapshot).await?;
        let next = self.read_known(snapshot.sequence + 1).await?;
        if next.entry.previous == Some(state.head.digest) {
            return Ok(state);
        }
        let path = self.id.snapshot(&snapshot.digest);
        Err(Error::corrupt(&path, Corruption::SnapshotOfAnother))
    }

    /// Goes on without a snapshot that cannot be used; hands back an error that says nothing about it.
    fn do_without(&self, snapshot: u64, error: Error) -> Result<()> {
        if !matches!(error, Error::Corrupt { .. } | Error::SnapshotFormat { .. }) {
            return Err(error);
        }
        let chain = self.id.folder();
        let error = &error as &(dyn std::error::Error + 'static);
        tracing::warn!(%chain, snapshot, error, "a snapshot cannot be used; more of the chain is read instead");
        Ok(())
    }

    /// Takes up everything up to this entry.
    async fn follow_to(&self, state: &mut ChainState, last: &Stored) -> Result<()> {
        while state.head.sequence < last.entry.sequence {
            let sequence = state.head.sequence + 1;
            let missing = || Error::corrupt(&self.id.entry(sequence), Corruption::Missing);
            let next = self.read_after(&state.head).await?.ok_or_else(missing)?;
            self.fold(state, &next).await?;
        }
        if state.head == last.head() {
            return Ok(());
        }
        let found = state.head.digest;
        let expected = last.digest;
        Err(Error::corrupt(
            &self.id.entry(last.entry.sequence),
            Corruption::Digest { expected, found },
        ))
    }

    async fn follow(&self, state: &mut ChainState) -> Result<()> {
        while let Some(stored) = self.read_after(&state.head).await? {
            self.fold(state, &stored).await?;
        }
        Ok(())
    }

    async fn fold(&self, state: &mut ChainState, stored: &Stored) -> Result<()> {
        let path = self.id.entry(stored.entry.sequence);
        let corrupt = |problem| Error::corrupt(&path, problem);
        let Some(mut fold) = state.begin(stored).map_err(corrupt)? else {
            return Ok(());
        };
        for reference in &fold.run().records.clone() {
            let mut records = self.records(reference).await?;
            let path = self.id.records(&reference.digest);
            while let Some(record) = records.next().transpose()? {
                let added = fold.add(path.as_ref(), &record);
                added.map_err(|problem| Error::corrupt(&path, problem))?;
            }
        }
        fold.finish().map_err(corrupt)
    }

    /// Brings the names of the entries that were read to disk: their writer may have died before it did.
    async fn settle(&self) -> Result<()> {
        self.storage.settle(&self.id.folder().join("entries")).await
    }

    /// A chain that ends where entries follow has a hole there. Looks at distances 1, 2, 4, … from the end; only a listing
    /// would find every hole, and that is for the verification of an archive.
    pub(super) async fn check_hole(&self, end: u64) -> Result<()> {
        for doubling in 0..HOLE_DOUBLINGS {
            let beyond = end.saturating_add(1 << doubling);
            if self.exists(beyond).await? && !self.exists(end).await? {
                return Err(Error::corrupt(&self.id.entry(end), Corruption::Missing));
            }
        }
        Ok(())
    }
}
