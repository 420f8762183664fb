//! Entries about findings that are already in the chain: which are published, what people decided, what was reviewed, and what
//! left the state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::facts::Actor;
use crate::audit::finding::{Disposition, Independence};
use crate::audit::record::ChangeIdentity;

/// A person acknowledges a finding, or extends what was acknowledged: the latest one of a finding holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledgement {
    /// Which change.
    pub change: ChangeIdentity,
    /// The name of its finding.
    pub finding: String,
    /// What kind of decision it is.
    pub disposition: Disposition,
    /// Why, for the auditor.
    pub reason: String,
    /// The ticket that follows it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Who acknowledges.
    pub acknowledged_by: String,
    /// When it ends and the finding opens again; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<Timestamp>,
    /// Whether they are somebody else than the change's author and merger.
    pub independence: Independence,
}

/// Somebody independent approved the merged head after the merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Which change.
    pub change: ChangeIdentity,
    /// The name of its finding.
    pub finding: String,
    /// Who approved.
    pub by: Actor,
    /// When, by GitHub's clock.
    pub at: Timestamp,
    /// GitHub's global node id of the review.
    pub review: String,
    /// The commit that was approved.
    pub commit: String,
}

/// Findings that were closed long enough ago leave the state; what was said of them stays in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retirement {
    /// Which findings.
    pub findings: Vec<NamedFinding>,
    /// Why, such as the days that passed since they were closed.
    pub reason: String,
}

/// A finding, by its change and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedFinding {
    /// Which change.
    pub change: ChangeIdentity,
    /// The name of its finding.
    pub finding: String,
}

/// Findings are published from here on: `findings.maxOpen` had room for them. It is in the chain before they are in the cluster, so
/// that whoever publishes anew publishes the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    /// Which findings, the most urgent first.
    pub findings: Vec<NamedFinding>,
    /// The policy's `findings.maxOpen` at that time.
    pub max_open: i64,
}
