//! What would change with another policy: the same facts, two verdicts.

use anyhow::{bail, ensure};
use serde::Serialize;

use crate::audit::record::{ChangeKind, Record};
use crate::audit::verdict::{Missing, Reason, Severity, Verdict};
use crate::cli::outcome::{Change, verdict_name};
use crate::controller::Plan;
use crate::scan::Assignment;

/// The second policy, if there is one.
pub(super) struct Comparison<'a>(Option<&'a Plan>);

/// What both policies say of one change.
pub(super) struct Opinions {
    /// The first one's; none where the change is not in its scope.
    pub(super) before: Option<Record>,
    /// The second one's; none where the change is not in its scope.
    pub(super) after: Option<Record>,
}

/// A change of which they say different things.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Difference {
    pub(super) organization: String,
    pub(super) repository: String,
    pub(super) kind: ChangeKind,
    pub(super) number: i64,
    pub(super) branch: String,
    pub(super) url: String,
    /// By the first policy; null where it does not audit the change.
    pub(super) before: Option<Judgement>,
    /// By the second one; null where it does not audit the change.
    pub(super) after: Option<Judgement>,
}

/// What one policy says of a change.
#[derive(Debug, Serialize)]
pub(super) struct Judgement {
    pub(super) verdict: &'static str,
    pub(super) severity: Option<Severity>,
    pub(super) reasons: Vec<Reason>,
    pub(super) missing: Vec<Missing>,
    /// The exemption that covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exemption: Option<String>,
}

// === impl Comparison ===

impl<'a> Comparison<'a> {
    /// Fails where the second policy needs something read that the first one does not ask for.
    pub(super) fn new(plan: &Plan, other: Option<&'a Plan>) -> anyhow::Result<Self> {
        let Some(other) = other else {
            return Ok(Self(None));
        };
        let (one, another) = (plan.endpoint.authority(), other.endpoint.authority());
        ensure!(
            one == another,
            "--against: its spec.github.apiUrl is on {another}, that of --file on {one}; facts of one GitHub are compared"
        );
        let is_read = |it: &&Assignment| find(plan, &it.organization).is_none();
        if let Some(more) = other.assignments.iter().find(is_read) {
            let name = &more.organization;
            bail!(
                "--against: organization {name} is not in the policy of --file, so it is not read; add it there, or swap the two files"
            );
        }
        Ok(Self(Some(other)))
    }

    /// What the second policy asks for in an organization, if there is one and it does not leave the organization out.
    pub(super) fn assignment(&self, organization: &str) -> Option<&'a Assignment> {
        find(self.0?, organization)
    }
}

fn find<'p>(plan: &'p Plan, organization: &str) -> Option<&'p Assignment> {
    let is_it = |it: &&Assignment| it.organization.eq_ignore_ascii_case(organization);
    plan.assignments.iter().find(is_it)
}

// === impl Difference ===

impl Difference {
    /// How the opinions differ, if they do: in verdict, severity, kinds of reasons or of what is missing, or exemption. What
    /// a message says of it follows from these and from the facts.
    pub(super) fn between(opinions: &Opinions) -> Option<Self> {
        let (before, after) = (opinions.before.as_ref(), opinions.after.as_ref());
        let said = |record: Option<&Record>| record.map(|it| gist(&it.verdict));
        let record = before.or(after).filter(|_| said(before) != said(after))?;
        let judgement = |record: Option<&Record>| record.map(|it| Judgement::of(it.clone()));
        let (before, after) = (judgement(before), judgement(after));
        let Change {
            organization,
            repository,
            kind,
            number,
            branch,
            url,
            ..
        } = Change::from_record(record.clone());
        Some(Self {
            organization,
            repository,
            kind,
            number,
            branch,
            url,
            before,
            after,
        })
    }
}

/// What two verdicts are compared by.
fn gist(verdict: &Verdict) -> (&'static str, Option<Severity>, Vec<String>) {
    let (severity, grounds) = match verdict {
        Verdict::Compliant => (None, Vec::new()),
        Verdict::NonCompliant {
            reasons, severity, ..
        } => {
            let kinds = reasons.iter().map(|reason| reason.kind.to_string());
            (Some(*severity), kinds.collect())
        }
        Verdict::Exempt { exemption, .. } => (None, vec![exemption.clone()]),
        Verdict::Undetermined { missing } => {
            let kinds = missing.iter().map(|it| it.kind.as_str().to_owned());
            (None, kinds.collect())
        }
    };
    (verdict_name(verdict), severity, grounds)
}

// === impl Judgement ===

impl Judgement {
    fn of(record: Record) -> Self {
        let Change {
            verdict,
            severity,
            reasons,
            missing,
            exemption,
            ..
        } = Change::from_record(record);
        Self {
            verdict,
            severity,
            reasons,
            missing,
            exemption,
        }
    }
}
