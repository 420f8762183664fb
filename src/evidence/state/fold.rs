//! How a state takes up the next entry, and the records of a run one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::audit::finding::{EvidenceReference, Finding};
use crate::audit::record::Record;
use crate::audit::totals::Totals;
use crate::audit::verdict::Verdict;
use crate::digest::Digest;
use crate::evidence::chain::Stored;
use crate::evidence::entry::{Body, Control, ControlAction, Entry, Head, Position, Run};
use crate::evidence::error::Corruption;

use super::{Adopted, ChainState, OpenRun, PolicyState, UnclearChange};

/// A record and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedRecord {
    /// The records object, as a path within the archive.
    pub location: Arc<str>,
    /// The record.
    pub record: Record,
}

/// A run on its way into a state: give it every record in order, then finish. Dropped before that, it leaves the state half
/// way: fold into a copy where the records may fail to come.
#[derive(Debug)]
#[must_use = "a run is in the state only when it is finished"]
pub struct RunFold<'a> {
    state: &'a mut ChainState,
    position: Position,
    run: &'a Run,
}

// === impl ChainState ===

impl ChainState {
    /// The state of a chain that has only begun.
    ///
    /// # Errors
    ///
    /// [`Corruption::Genesis`] where the entry is no genesis.
    pub fn genesis(entry: &Entry, digest: Digest) -> Result<Self, Corruption> {
        let Body::Genesis(genesis) = &entry.body else {
            return Err(Corruption::Genesis);
        };
        Ok(Self {
            genesis: genesis.clone(),
            genesis_digest: digest,
            head: Head {
                sequence: entry.sequence,
                digest,
            },
            snapshot: entry.snapshot,
            cluster_uid: genesis.cluster_uid.clone(),
            adopted: None,
            policy: None,
            window_until: None,
            open: None,
            last_slot: None,
            last_missed: None,
            handled_request: None,
            last_success: None,
            totals: Totals::default(),
            debts: Vec::new(),
            unread: BTreeSet::new(),
            repositories_audited: 0,
            repositories_skipped: Vec::new(),
            duplicates: 0,
            unmatched_decisions: 0,
            determined: BTreeMap::new(),
            unclear: BTreeMap::new(),
            findings: BTreeMap::new(),
            records: BTreeMap::new(),
        })
    }

    /// Takes up the next entry with all its records, in their order (none but for a run).
    ///
    /// # Errors
    ///
    /// Where the entry does not follow this state, or its counts are not what its records add up to; the state is then of no
    /// more use.
    pub fn apply(
        &mut self,
        stored: &Stored,
        records: impl IntoIterator<Item = LocatedRecord>,
    ) -> Result<(), Corruption> {
        let Some(mut fold) = self.begin(stored)? else {
            return Ok(());
        };
        for LocatedRecord { location, record } in records {
            fold.add(&location, &record)?;
        }
        fold.finish()
    }

    /// Takes up the next entry: at once, or as a fold that waits for the run's records.
    ///
    /// # Errors
    ///
    /// Where the entry does not follow this state, which is then unchanged.
    pub fn begin<'a>(&'a mut self, stored: &'a Stored) -> Result<Option<RunFold<'a>>, Corruption> {
        self.check_follows(stored)?;
        let position = stored.position();
        match &stored.entry.body {
            Body::Genesis(_) => return Err(Corruption::Genesis),
            Body::Run(run) => {
                return Ok(Some(RunFold {
                    state: self,
                    position,
                    run,
                }));
            }
            Body::Control(control) => self.control(control, stored),
            Body::Acknowledgement(said) => {
                self.acknowledge(said, position.head.sequence, stored.entry.written_at);
            }
            Body::Review(said) => self.review(said, position.head.sequence),
            Body::Retirement(said) => self.retire(said),
            Body::Publication(said) => self.publish(said, position.head.sequence),
        }
        self.move_to(position);
        Ok(None)
    }

    fn move_to(&mut self, position: Position) {
        let Position { head, snapshot } = position;
        self.head = head;
        self.snapshot = snapshot;
    }

    /// An adoption says to which cluster the chain belongs from then on.
    fn control(&mut self, control: &Control, stored: &Stored) {
        let suspended = self.policy.is_some_and(|policy| policy.suspended);
        self.policy = Some(PolicyState::from_control(control, suspended));
        let Some(adoption) = &control.adoption else {
            return;
        };
        self.cluster_uid.clone_from(&adoption.cluster_uid);
        for finding in &adoption.findings {
            self.inherit(finding, stored);
        }
        let before = self.adopted.take();
        self.adopted = Adopted::from_control(control, stored).map(|now| now.after(before));
    }

    fn check_follows(&self, stored: &Stored) -> Result<(), Corruption> {
        let found = stored.entry.sequence;
        if found != self.head.sequence + 1 {
            return Err(Corruption::Sequence { found });
        }
        let (expected, found) = (Some(self.head.digest), stored.entry.previous);
        if expected != found {
            return Err(Corruption::Previous { expected, found });
        }
        Ok(())
    }

    fn take_up(&mut self, record: &Record, evidence: EvidenceReference) {
        let change = &record.identity;
        if self.is_determined(change) {
            self.duplicates += 1;
            return;
        }
        match &record.verdict {
            Verdict::Undetermined { .. } => {
                let unclear = UnclearChange::from_record(record);
                self.unclear.insert(change.clone(), unclear);
            }
            Verdict::Compliant | Verdict::Exempt { .. } => {
                self.determine(record);
                self.resolve(record, evidence);
                return;
            }
            Verdict::NonCompliant { .. } => self.determine(record),
        }
        if let Some(finding) = Finding::from_record(record, evidence) {
            self.report(finding, record.judged_at);
        }
    }

    fn determine(&mut self, record: &Record) {
        let merged_at = record.pull_request.merged_at;
        self.unclear.remove(&record.identity);
        self.determined.insert(record.identity.clone(), merged_at);
        self.totals.count(record);
    }

    /// A finding that was judged by a chain that is lost keeps that judgement, and what that chain knew of is no baseline of this one.
    ///
    /// A finding keeps the repository's name and the time under which it was first told of, that it is published, and what was
    /// decided about it.
    fn report(&mut self, mut finding: Finding, judged_at: Timestamp) {
        if let Some(known) = self.findings.remove(&finding.identity) {
            if known.is_judged_elsewhere() {
                self.findings.insert(finding.identity, known);
                return;
            }
            finding.baseline &= !known.inherited;
            finding.closed_at = finding.closed_at.filter(|_| finding.baseline);
            finding.repository = known.repository;
            finding.first_detected = known.first_detected;
            finding.acknowledgement = known.acknowledgement;
            finding.review = known.review;
            finding.published = known.published;
            // What was decided before the verdict closes it no earlier than the verdict.
            let closed = known.closed_at.map(|at| at.max(judged_at));
            finding.closed_at = finding.closed_at.or(closed);
        }
        self.findings.insert(finding.identity.clone(), finding);
    }

    fn resolve(&mut self, record: &Record, evidence: EvidenceReference) {
        let finding = self.findings.get_mut(&record.identity);
        if let Some(finding) = finding.filter(|finding| !finding.is_judged_elsewhere()) {
            finding.inherited = false;
            finding.reasons.clear();
            finding.missing.clear();
            finding.severity = None;
            finding.resolved = true;
            finding.closed_at = Some(record.judged_at);
            finding.evidence = evidence;
        }
    }

    /// A segment that leaves the window open changes what its records change, and how far the open run has come: what it says of
    /// slot, request and repositories holds for its part, and the closing segment says it, and all debts, for the whole run.
    fn close_window(&mut self, run: &Run) {
        self.open = None;
        self.window_until = self.window_until.max(Some(run.window.until));
        self.last_slot = run.slot.or(self.last_slot);
        if run.request.is_some() {
            self.handled_request.clone_from(&run.request);
        }
        self.last_success = Some(run.finished_at);
        self.debts.clone_from(&run.debts);
        self.unread = run.unread.iter().cloned().collect();
        self.repositories_audited = run.repositories_audited;
        self.repositories_skipped
            .clone_from(&run.repositories_skipped);
        self.forget_old();
    }
}

// === impl RunFold ===

impl RunFold<'_> {
    /// The run that is being folded.
    pub fn run(&self) -> &Run {
        self.run
    }

    /// Takes up the next record; `location` is its object, as a path within the archive.
    pub fn add(&mut self, location: &str, record: &Record) -> Result<(), Corruption> {
        let genesis = &self.state.genesis;
        let identity = &record.identity;
        if identity.host != genesis.host || identity.organization_id != genesis.organization_id {
            return Err(Corruption::Foreign(Box::new(identity.clone())));
        }
        let evidence = EvidenceReference {
            sequence: self.position.head.sequence,
            digest: self.position.head.digest,
            location: location.to_owned(),
        };
        self.state.take_up(record, evidence);
        Ok(())
    }

    /// Compares the run's counts with what its records add up to, and moves the state's head to it.
    pub fn finish(self) -> Result<(), Corruption> {
        self.check_totals()?;
        self.check_undetermined()?;
        self.settle();
        Ok(())
    }

    /// Moves the state's head to the run, whatever its counts are, and says what is wrong with them. Of a run whose records are
    /// not complete the totals are believed.
    pub(in crate::evidence) fn finish_anyway(self, complete: bool) -> Vec<Corruption> {
        if !complete {
            self.state.totals.clone_from(&self.run.totals);
        }
        let wrong = [self.check_totals().err(), self.check_undetermined().err()];
        self.settle();
        wrong.into_iter().flatten().collect()
    }

    fn check_totals(&self) -> Result<(), Corruption> {
        if self.run.totals == self.state.totals {
            Ok(())
        } else {
            Err(Corruption::Totals)
        }
    }

    fn check_undetermined(&self) -> Result<(), Corruption> {
        let (expected, found) = (self.state.undetermined(), self.run.undetermined);
        if expected == found {
            Ok(())
        } else {
            Err(Corruption::Undetermined { expected, found })
        }
    }

    fn settle(self) {
        let Self {
            state,
            position,
            run,
        } = self;
        state.last_missed = state.last_missed.max(run.last_missed_slot);
        state.index_records(run);
        if run.closes_window {
            state.close_window(run);
        } else {
            state.open = Some(OpenRun::after(state.open.take(), run));
        }
        state.move_to(position);
    }
}

// === impl PolicyState ===

impl PolicyState {
    fn from_control(control: &Control, was_suspended: bool) -> Self {
        let says_suspended = || control.policy.get("suspend") == Some(&serde_json::json!(true));
        Self {
            digest: control.policy_digest,
            generation: control.generation,
            suspended: match control.action {
                ControlAction::Suspended => true,
                ControlAction::Resumed => false,
                ControlAction::Accepted | ControlAction::Changed => says_suspended(),
                ControlAction::Adopted => was_suspended,
            },
        }
    }
}

// === impl UnclearChange ===

impl UnclearChange {
    fn from_record(record: &Record) -> Self {
        Self {
            node_id: record.pull_request.node_id.clone(),
            merged_at: record.pull_request.merged_at,
            pending: record.pending,
        }
    }
}
