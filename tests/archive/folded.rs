//! A state that grows entry by entry, without storage.

use std::sync::Arc;

use mergeaudit::audit::record::Record;
use mergeaudit::digest::Digest;
use mergeaudit::evidence::entry::{Body, Control, Entry, FORMAT, Head};
use mergeaudit::evidence::state::LocatedRecord;
use mergeaudit::evidence::{ChainState, Stored};

use crate::fixtures::{genesis, minute, run};

/// A state that entries are folded into without an archive.
pub(crate) struct Folded(pub(crate) ChainState);

impl Folded {
    pub(crate) fn new() -> Self {
        let entry = entry(None, Body::Genesis(genesis()));
        Self(ChainState::genesis(&entry, Digest::of(b"genesis")).unwrap())
    }

    pub(crate) fn control(self, control: Control) -> Self {
        self.entry(Body::Control(control))
    }

    /// Takes up an entry without records.
    pub(crate) fn entry(mut self, body: Body) -> Self {
        let stored = stored(self.0.head, body);
        self.0.apply(&stored, []).unwrap();
        self
    }

    pub(crate) fn run(self, until: i64, records: &[Record]) -> Self {
        self.run_with(until, records, |_| ())
    }

    pub(crate) fn run_with(
        mut self,
        until: i64,
        records: &[Record],
        edit: impl FnOnce(&mut mergeaudit::evidence::entry::Run),
    ) -> Self {
        let mut run = run(&self.0, until, records, Vec::new());
        edit(&mut run);
        let stored = stored(self.0.head, Body::Run(Box::new(run)));
        self.0.apply(&stored, located(records)).unwrap();
        self
    }
}

fn located(records: &[Record]) -> Vec<LocatedRecord> {
    let location: Arc<str> = "records/object".into();
    let locate = |record: &Record| LocatedRecord {
        location: Arc::clone(&location),
        record: record.clone(),
    };
    records.iter().map(locate).collect()
}

fn entry(after: Option<Head>, body: Body) -> Entry {
    Entry {
        format: FORMAT,
        sequence: after.map_or(0, |head| head.sequence + 1),
        previous: after.map(|head| head.digest),
        written_at: minute(0),
        snapshot: None,
        body,
    }
}

pub(crate) fn stored(after: Head, body: Body) -> Stored {
    let entry = entry(Some(after), body);
    let digest = Digest::of(&serde_json::to_vec(&entry).unwrap());
    Stored { entry, digest }
}
