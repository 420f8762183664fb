//! A chain's state out of storage: entry by entry, record by record, every link and digest checked.

use super::chain::{Chain, Stored};
use super::error::{Corruption, Error, Result};
use super::state::ChainState;

/// How far beyond the last entry a hole is looked for, in powers of two.
const HOLE_DOUBLINGS: u32 = 12;

// === impl Chain ===

impl Chain {
    /// The state of the whole chain, or none where there is no chain.
    ///
    /// Every entry's number and link, every object's digest, every total is checked; an error names the first place where
    /// something is missing or altered.
    pub async fn replay(&self) -> Result<Option<ChainState>> {
        let Some(genesis) = self.read(0).await? else {
            return self.check_hole(0).await.map(|()| None);
        };
        let state = ChainState::genesis(&genesis.entry, genesis.digest);
        let mut state = state.map_err(|problem| Error::corrupt(&self.id.entry(0), problem))?;
        self.follow(&mut state).await?;
        self.check_hole(state.head.sequence + 1).await?;
        Ok(Some(state))
    }

    /// Takes up the entries after the state's head, and says how many there were. After an error the state is unchanged.
    pub async fn catch_up(&self, state: &mut ChainState) -> Result<u64> {
        let before = state.head.sequence;
        if self.read_after(&state.head).await?.is_none() {
            return Ok(0);
        }
        let mut next = state.clone();
        self.follow(&mut next).await?;
        *state = next;
        Ok(state.head.sequence - before)
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
