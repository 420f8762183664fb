//! What a scan or a backtest says at its end: the one object that `-o json` prints.

use serde::Serialize;

use crate::audit::record::{ChangeKind, Record};
use crate::audit::verdict::{Missing, Reason, Severity, Verdict};
use crate::cli::Exit;
use crate::evidence::entry::{Debt, Head};
use crate::scan::{self, Assignment, Opened};
use crate::schedule::window::Window;

/// The result of a scan or a backtest.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// The policy's name.
    pub(super) policy: String,
    /// One per organization.
    pub(super) organizations: Vec<OrganizationOutcome>,
    /// The changes that were judged, but the compliant ones, unless they were asked for.
    pub(super) changes: Vec<Change>,
}

/// The result for one organization.
#[derive(Debug, Serialize)]
pub(super) struct OrganizationOutcome {
    pub(super) name: String,
    pub(super) window: Option<Window>,
    pub(super) entry: Option<Head>,
    pub(super) totals: Counts,
    pub(super) debts: Vec<Debt>,
    pub(super) error: Option<String>,
    #[serde(skip)]
    pub(super) changes: Vec<Change>,
}

/// Counts of changes: the chain's so far, or a backtest's.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pub(super) changes: i64,
    pub(super) compliant: i64,
    /// Baseline included.
    pub(super) non_compliant: i64,
    pub(super) baseline: i64,
    pub(super) exempt: i64,
    /// Pending included.
    pub(super) undetermined: i64,
}

/// One judged change.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    pub(super) organization: String,
    pub(super) repository: String,
    pub(super) kind: ChangeKind,
    pub(super) number: i64,
    pub(super) branch: String,
    pub(super) commit: Option<String>,
    pub(super) commits: Vec<String>,
    pub(super) url: String,
    pub(super) verdict: &'static str,
    pub(super) severity: Option<Severity>,
    pub(super) baseline: bool,
    pub(super) reasons: Vec<Reason>,
    pub(super) missing: Vec<Missing>,
    /// The ground of an exempt one, for people.
    #[serde(skip)]
    pub(super) exemption: Option<String>,
    /// What else the verdict rests on, for people.
    #[serde(skip)]
    pub(super) notes: Vec<String>,
}

/// The outcome of a committed run, read from the chain and its records.
pub(super) async fn of_run(
    assignment: &Assignment,
    opened: &Opened,
    run: &scan::Outcome,
    all: bool,
) -> scan::Result<OrganizationOutcome> {
    let mut changes = Vec::new();
    for reference in &run.records {
        let records = opened
            .chain
            .records(reference)
            .await
            .map_err(scan::reading_records)?;
        for record in records {
            let record = record.map_err(scan::reading_records)?;
            if all || record.verdict != Verdict::Compliant {
                changes.push(Change::from_record(record));
            }
        }
    }
    Ok(OrganizationOutcome {
        name: assignment.organization.clone(),
        window: Some(run.window),
        entry: Some(run.entry),
        totals: Counts::of(opened),
        debts: opened.state.debts.clone(),
        error: None,
        changes,
    })
}

// === impl Outcome ===

impl Outcome {
    pub(super) fn new(policy: String, mut organizations: Vec<OrganizationOutcome>) -> Self {
        let changes = organizations
            .iter_mut()
            .flat_map(|one| std::mem::take(&mut one.changes))
            .collect();
        Self {
            policy,
            organizations,
            changes,
        }
    }

    /// Failure where nothing could be scanned; else the worst of what was found.
    pub(super) fn exit(&self) -> Exit {
        let failed = |one: &OrganizationOutcome| one.error.is_some();
        if self.organizations.iter().all(failed) {
            return Exit::Failure;
        }
        if self
            .changes
            .iter()
            .any(|change| change.verdict == "NonCompliant")
        {
            return Exit::NonCompliant;
        }
        let partial = |one: &OrganizationOutcome| failed(one) || !one.debts.is_empty();
        let undetermined = self
            .organizations
            .iter()
            .any(|one| one.totals.undetermined > 0);
        if undetermined || self.organizations.iter().any(partial) {
            Exit::Partial
        } else {
            Exit::Clean
        }
    }
}

// === impl OrganizationOutcome ===

impl OrganizationOutcome {
    /// Of a window that is about to be judged, without a chain.
    pub(super) fn judged(assignment: &Assignment, window: Window) -> Self {
        Self {
            name: assignment.organization.clone(),
            window: Some(window),
            entry: None,
            totals: Counts::default(),
            debts: Vec::new(),
            error: None,
            changes: Vec::new(),
        }
    }

    pub(super) fn failed(name: &str, error: String) -> Self {
        Self {
            name: name.to_owned(),
            window: None,
            entry: None,
            totals: Counts::default(),
            debts: Vec::new(),
            error: Some(error),
            changes: Vec::new(),
        }
    }
}

// === impl Counts ===

impl Counts {
    fn of(opened: &Opened) -> Self {
        let totals = &opened.state.totals;
        let undetermined = opened.state.undetermined();
        Self {
            changes: totals.changes + undetermined,
            compliant: totals.compliant,
            non_compliant: totals.non_compliant_count() + totals.baseline,
            baseline: totals.baseline,
            exempt: totals.exempt,
            undetermined,
        }
    }

    /// Counts one change more.
    pub(super) fn count(&mut self, record: &Record) {
        self.changes += 1;
        match record.verdict {
            Verdict::Compliant => self.compliant += 1,
            Verdict::NonCompliant { .. } => self.non_compliant += 1,
            Verdict::Exempt { .. } => self.exempt += 1,
            Verdict::Undetermined { .. } => self.undetermined += 1,
        }
        let counts = matches!(record.verdict, Verdict::NonCompliant { .. }) && record.baseline;
        self.baseline += i64::from(counts);
    }

    /// Adds another organization's counts.
    pub(super) fn add(&mut self, other: &Self) {
        self.changes += other.changes;
        self.compliant += other.compliant;
        self.non_compliant += other.non_compliant;
        self.baseline += other.baseline;
        self.exempt += other.exempt;
        self.undetermined += other.undetermined;
    }
}

// === impl Change ===

impl Change {
    pub(super) fn from_record(record: Record) -> Self {
        let Record {
            kind,
            pull_request: pull,
            verdict,
            baseline,
            ..
        } = record;
        let (name, notes) = (verdict_name(&verdict), notes(&verdict));
        let (mut severity, mut reasons, mut missing, mut exemption) = Default::default();
        match verdict {
            Verdict::Compliant => {}
            Verdict::NonCompliant {
                reasons: all,
                severity: its,
                ..
            } => (severity, reasons) = (Some(its), all),
            Verdict::Exempt {
                exemption: ground, ..
            } => exemption = Some(ground),
            Verdict::Undetermined { missing: all } => missing = all,
        }
        Self {
            organization: pull.organization.login,
            repository: pull.repository.name,
            kind,
            number: pull.number,
            branch: pull.base_branch,
            commit: pull.merge_commit,
            commits: Vec::new(),
            url: pull.url,
            verdict: name,
            severity,
            baseline,
            reasons,
            missing,
            exemption,
            notes,
        }
    }
}

/// The verdict's name as in the record.
pub(super) fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Compliant => "Compliant",
        Verdict::NonCompliant { .. } => "NonCompliant",
        Verdict::Exempt { .. } => "Exempt",
        Verdict::Undetermined { .. } => "Undetermined",
    }
}

/// An exemption's ground, or the emergency that it was.
fn notes(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Exempt { exemption, ground } => vec![format!("exemption {exemption}: {ground}")],
        Verdict::NonCompliant {
            emergency: Some(it),
            ..
        } => {
            let by = it.labeled_by.as_ref();
            let by = by.map_or("a deleted account", |by| by.login.as_str());
            let why = it.justification.as_deref().unwrap_or("none demanded");
            vec![format!(
                "emergency: labelled {} by {by}; justification: {why}",
                it.label
            )]
        }
        Verdict::NonCompliant { .. } | Verdict::Compliant | Verdict::Undetermined { .. } => {
            Vec::new()
        }
    }
}
