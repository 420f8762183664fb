//! What policies say to Prometheus, as plain data: the shape that whoever knows the resources fills in at each scrape.

use crate::audit::totals::Totals;
use crate::audit::verdict::Severity;

/// The figures of one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFigures {
    /// Its namespace.
    pub policy_namespace: String,
    /// Its name.
    pub policy: String,
    /// Whether it is suspended.
    pub suspended: bool,
    /// From the last due slot to the next, in seconds; none while the schedule is invalid.
    pub expected_interval_seconds: Option<f64>,
    /// When its credentials expire, in seconds since 1970, where GitHub tells.
    pub credentials_expiry: Option<f64>,
    /// Whether its findings page.
    pub paging: bool,
    /// Why it is Stalled; none while it is not.
    pub stalled: Option<String>,
    /// Why its Ready is False; none while it is not.
    pub not_ready: Option<String>,
    /// The last slot that it missed, in seconds since 1970.
    pub last_missed: Option<f64>,
    /// How many findings are withheld; none before the first scan.
    pub withheld: Option<i64>,
    /// Its organizations.
    pub organizations: Vec<OrganizationFigures>,
    /// Its findings, in every state.
    pub findings: Vec<FindingFigures>,
}

/// The figures of one organization under one policy. Times are in seconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationFigures {
    /// Its name.
    pub organization: String,
    /// Whether the head of its chain has been read, so that `totals` and `undetermined` are known.
    pub chain_read: bool,
    /// Its cumulative counts.
    pub totals: Totals,
    /// How many changes are undetermined, without pending ones.
    pub undetermined: i64,
    /// When a scan of it last succeeded.
    pub last_success: Option<f64>,
    /// Since when it ought to be audited: the policy's creation, which the chain's genesis follows as soon as GitHub answers.
    pub audited_since: Option<f64>,
    /// When its chain was last verified.
    pub archive_verified: Option<f64>,
}

/// The figures of one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingFigures {
    /// The change's organization.
    pub organization: String,
    /// The change's repository.
    pub repository: String,
    /// The repository's owner by the policy; empty where it names none.
    pub owner: String,
    /// How bad it is; none while undetermined.
    pub severity: Option<Severity>,
    /// Its state.
    pub state: FindingState,
    /// The name of its resource.
    pub name: String,
    /// Whether it is of a declared emergency whose review was due, and is still open.
    pub review_overdue: bool,
    /// Whether it waits for a person. Only with its policy's `paging` does it page.
    pub pages: bool,
}

/// The states of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingState {
    /// Evidence is missing.
    Undetermined,
    /// It waits for a person.
    Open,
    /// A person took it on.
    Acknowledged,
    /// It was approved after the merge.
    Reviewed,
    /// It is from before auditing began.
    Baseline,
    /// It was undetermined and proved compliant.
    Resolved,
}

// === impl FindingState ===

impl FindingState {
    /// The label value: the resource's word in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undetermined => "undetermined",
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Reviewed => "reviewed",
            Self::Baseline => "baseline",
            Self::Resolved => "resolved",
        }
    }
}
