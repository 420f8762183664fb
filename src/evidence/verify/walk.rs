//! The walk along a chain: each entry is checked against what the ones before it add up to, as far as those could be read.

use std::collections::HashSet;

use crate::audit::record::Record;
use crate::audit::verdict::Verdict;
use crate::digest::Digest;
use crate::evidence::chain::{Chain, Stored};
use crate::evidence::entry::{Body, Head, RecordsReference, Run, SnapshotReference};
use crate::evidence::error::{Corruption, Error, Result};
use crate::evidence::state::{ChainState, RunFold};

use super::continuity::Continuity;
use super::{Problems, Verification};

/// A walk and what it knows so far.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    chain: &'a Chain,
    /// What the entries add up to; none after one was lost, until a snapshot says it again.
    state: Option<ChainState>,
    /// Whether the state lacks records that could not be read.
    incomplete: bool,
    /// The entry before; none where it could not be read.
    previous: Option<Head>,
    head: Option<Head>,
    snapshot: Option<SnapshotReference>,
    snapshots: u64,
    other_snapshots: u64,
    continuity: Continuity,
    /// Every change that has its verdict.
    judged: HashSet<Digest>,
    /// Every object that an entry names.
    named: HashSet<Digest>,
    problems: Problems,
}

// === impl Walk ===

impl<'a> Walk<'a> {
    pub(super) fn new(chain: &'a Chain) -> Self {
        Self {
            chain,
            state: None,
            incomplete: false,
            previous: None,
            head: None,
            snapshot: None,
            snapshots: 0,
            other_snapshots: 0,
            continuity: Continuity::default(),
            judged: HashSet::new(),
            named: HashSet::new(),
            problems: Problems::default(),
        }
    }

    /// These entries, both ends included, are not there though later ones are.
    pub(super) fn note_missing(&mut self, first: u64, last: u64) {
        let place = self.chain.id.entry(first);
        if first < last {
            let count = last - first + 1;
            self.problems.note(format!(
                "{place}: it and the {} after it are missing",
                count - 1
            ));
        } else {
            self.problems
                .note_corruption(place.as_ref(), &Corruption::Missing);
        }
        self.lose();
    }

    /// Checks the entry of this number.
    pub(super) async fn visit(&mut self, sequence: u64) -> Result<()> {
        match self.chain.read(sequence).await {
            Ok(Some(stored)) => self.follow(&stored).await,
            Ok(None) => {
                self.note_missing(sequence, sequence);
                Ok(())
            }
            Err(error) => {
                self.lose();
                self.problems.note_or_fail(error)
            }
        }
    }

    fn lose(&mut self) {
        self.state = None;
        self.previous = None;
        self.continuity.lose();
    }

    async fn follow(&mut self, stored: &Stored) -> Result<()> {
        self.check_link(stored);
        self.check_snapshot(stored).await?;
        self.continuity.follow(&stored.entry, &mut self.problems);
        self.fold(stored).await?;
        self.previous = Some(stored.head());
        self.head = self.previous;
        Ok(())
    }

    fn check_link(&mut self, stored: &Stored) {
        let Some(previous) = self.previous else {
            return;
        };
        let (expected, found) = (Some(previous.digest), stored.entry.previous);
        if expected != found {
            let place = self.chain.id.entry(stored.entry.sequence);
            let problem = Corruption::Previous { expected, found };
            self.problems.note_corruption(place.as_ref(), &problem);
        }
    }

    /// An entry names the snapshot of the one before it, or that of the state before itself.
    async fn check_snapshot(&mut self, stored: &Stored) -> Result<()> {
        let (before, named) = (self.snapshot, stored.entry.snapshot);
        if before == named {
            return Ok(());
        }
        self.snapshot = named;
        let sequence = stored.entry.sequence;
        match named {
            Some(named) if named.sequence + 1 == sequence => {
                self.compare_snapshot(&named, stored).await
            }
            // The one that it was named by may be among the entries that could not be read.
            Some(_) if self.previous.is_none() => Ok(()),
            _ => {
                let problem = "it names neither the snapshot of the entry before it, nor one of the state before itself";
                self.problems.note_entry(sequence, problem);
                Ok(())
            }
        }
    }

    /// Compares a snapshot with what the entries add up to; where that is not known, the snapshot says it from there on.
    async fn compare_snapshot(&mut self, named: &SnapshotReference, stored: &Stored) -> Result<()> {
        let snapshot = match self.read_snapshot(named).await {
            Ok(snapshot) => snapshot,
            Err(Error::SnapshotFormat { .. }) => {
                self.other_snapshots += 1;
                return Ok(());
            }
            Err(error) => return self.problems.note_or_fail(error),
        };
        self.snapshots += 1;
        let place = self.chain.id.snapshot(&named.digest);
        if Some(snapshot.head.digest) != stored.entry.previous {
            let problem = Corruption::SnapshotOfAnother;
            self.problems.note_corruption(place.as_ref(), &problem);
        } else if let Some(state) = self.state.as_ref().filter(|_| !self.incomplete) {
            if *state != snapshot {
                let problem = Corruption::SnapshotDiffers;
                self.problems.note_corruption(place.as_ref(), &problem);
            }
        } else {
            self.state = Some(snapshot);
            self.incomplete = false;
        }
        Ok(())
    }

    async fn read_snapshot(&mut self, named: &SnapshotReference) -> Result<ChainState> {
        self.named.insert(named.digest);
        let manifest = self.chain.read_manifest(named).await?;
        self.named.extend(manifest.objects());
        self.chain.read_parts(named, manifest).await
    }

    async fn fold(&mut self, stored: &Stored) -> Result<()> {
        let mut state = self.state.take();
        if let (Some(state), Some(digest)) = (&mut state, stored.entry.previous) {
            // The link was checked. Where it is broken, the entries still add up.
            state.head.digest = digest;
        }
        match &stored.entry.body {
            Body::Genesis(_) => state = ChainState::genesis(&stored.entry, stored.digest).ok(),
            Body::Run(run) => self.fold_run(&mut state, stored, run).await?,
            Body::Control(_)
            | Body::Acknowledgement(_)
            | Body::Review(_)
            | Body::Retirement(_)
            | Body::Publication(_) => {
                if let Some(Err(problem)) = state.as_mut().map(|state| state.begin(stored)) {
                    let place = self.chain.id.entry(stored.entry.sequence);
                    self.problems.note_corruption(place.as_ref(), &problem);
                }
            }
        }
        self.state = state;
        Ok(())
    }

    async fn fold_run(
        &mut self,
        state: &mut Option<ChainState>,
        stored: &Stored,
        run: &Run,
    ) -> Result<()> {
        let place = self.chain.id.entry(stored.entry.sequence);
        let mut fold = match state.as_mut().map(|state| state.begin(stored)) {
            Some(Ok(fold)) => fold,
            Some(Err(problem)) => {
                self.problems.note_corruption(place.as_ref(), &problem);
                None
            }
            None => None,
        };
        let mut complete = true;
        for reference in &run.records {
            let read = self.read_records(reference, fold.as_mut()).await;
            if let Err(error) = read {
                complete = false;
                self.problems.note_or_fail(error)?;
            }
        }
        self.incomplete |= !complete;
        let problems = fold.map(|fold| fold.finish_anyway(complete));
        for problem in problems.into_iter().flatten() {
            // How many are undetermined follows from records that are lost.
            if !self.incomplete || !matches!(problem, Corruption::Undetermined { .. }) {
                self.problems.note_corruption(place.as_ref(), &problem);
            }
        }
        Ok(())
    }

    async fn read_records(
        &mut self,
        reference: &RecordsReference,
        mut fold: Option<&mut RunFold<'_>>,
    ) -> Result<()> {
        self.named.insert(reference.digest);
        let records = self.chain.records(reference).await?;
        let place = records.location().to_owned();
        for record in records {
            let record = record?;
            self.check_record(&place, reference, &record);
            if let Some(fold) = &mut fold
                && let Err(problem) = fold.add(&place, &record)
            {
                self.problems.note_corruption(&place, &problem);
            }
        }
        Ok(())
    }

    fn check_record(&mut self, place: &str, reference: &RecordsReference, record: &Record) {
        let landed_at = record.pull_request.merged_at;
        if !reference
            .landed
            .is_none_or(|landed| landed.contains(landed_at))
        {
            let change = Box::new(record.identity.clone());
            let problem = Corruption::Landed { change, landed_at };
            self.problems.note_corruption(place, &problem);
        }
        let known = self.judged.contains(&record.identity.digest());
        if known {
            let problem = Corruption::Duplicate(Box::new(record.identity.clone()));
            self.problems.note_corruption(place, &problem);
        } else if !matches!(record.verdict, Verdict::Undetermined { .. }) {
            self.judged.insert(record.identity.digest());
        }
    }

    /// What was found. Objects are listed last: by then every one that an entry names is known.
    pub(super) async fn finish(self, entries: u64) -> Result<Verification> {
        let debris = self.chain.count_debris(&self.named).await?;
        Ok(Verification {
            state: self.state,
            head: self.head,
            entries,
            runs: self.continuity.runs,
            snapshots: self.snapshots,
            other_snapshots: self.other_snapshots,
            debris,
            problems: self.problems.told,
            more_problems: self.problems.more,
        })
    }
}
