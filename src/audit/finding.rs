//! A change that a person must look at, as the archive knows it: what an `AuditFinding` resource is a projection of.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::{Actor, Organization, Repository};
use super::record::{ChangeIdentity, ChangeKind, Record};
use super::verdict::{Emergency, Missing, Reason, Severity, Verdict};
use crate::digest::Digest;

/// A non-compliant or undetermined change, without the facts behind it (those are in its record).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Which change.
    pub identity: ChangeIdentity,
    /// Its kind.
    pub kind: ChangeKind,
    /// Where it landed.
    pub organization: Organization,
    /// Where it landed.
    pub repository: Repository,
    /// GitHub's node id of the pull request, by which an undetermined one is read again.
    pub node_id: String,
    /// The pull request's number.
    pub number: i64,
    /// Its page.
    pub url: String,
    /// Its title as of the merge; where GitHub's timeline does not tell that, its title when it was read.
    pub title: String,
    /// Who opened it.
    pub author: Option<Actor>,
    /// Who merged it.
    pub merged_by: Option<Actor>,
    /// When it landed, by GitHub's clock.
    pub merged_at: Timestamp,
    /// The branch it landed on.
    pub branch: String,
    /// The head that was merged.
    pub head_commit: String,
    /// The commit it made.
    pub merge_commit: Option<String>,
    /// Why it is non-compliant; empty while undetermined.
    pub reasons: Vec<Reason>,
    /// What is missing; empty once determined.
    pub missing: Vec<Missing>,
    /// How bad it is; none while undetermined.
    pub severity: Option<Severity>,
    /// The emergency that it was as of the merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// Who owns the repository, by the policy.
    pub owner: Option<String>,
    /// Whether it is from before the chain's genesis.
    pub baseline: bool,
    /// An undetermined change that proved compliant or exempt.
    #[serde(default)]
    pub resolved: bool,
    /// Where the archive says so.
    pub evidence: EvidenceReference,
    /// When a run first recorded it, by GitHub's clock.
    pub first_detected: Timestamp,
    /// The latest acknowledgement by a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<Acknowledgement>,
    /// The latest qualifying approval after the merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<PostMergeReview>,
    /// Since when nobody has to do anything about it any more: a review by GitHub's clock, an acknowledgement without end by the
    /// operator's; none while somebody has to. The days of its retention count from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

/// What a person decided about a finding, as the archive holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledgement {
    /// The number of its entry in the chain.
    pub sequence: u64,
    /// What kind of decision it is.
    pub disposition: Disposition,
    /// Why, for the auditor.
    pub reason: String,
    /// The ticket that follows it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Who acknowledged.
    pub acknowledged_by: String,
    /// When it ends and the finding opens again; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<Timestamp>,
    /// Whether they are somebody else than the change's author and merger.
    pub independence: Independence,
}

/// What kind of decision an acknowledgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Disposition {
    /// It could not wait.
    Emergency,
    /// It stays as it is.
    AcceptedRisk,
    /// It was taken back.
    Reverted,
    /// The finding is wrong.
    FalsePositive,
}

/// Whether who acknowledged is independent of who made the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Independence {
    /// They are known to differ.
    Verified,
    /// It is not known.
    Unverified,
    /// They are the same.
    #[serde(rename = "Self")]
    SamePerson,
}

/// An approval of the merged head after the merge, by somebody independent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostMergeReview {
    /// The number of its entry in the chain.
    pub sequence: u64,
    /// Who approved.
    pub by: Actor,
    /// When, by GitHub's clock.
    pub at: Timestamp,
    /// GitHub's global node id of the review.
    pub review: String,
    /// The commit that was approved.
    pub commit: String,
}

/// Where in the archive something is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceReference {
    /// The entry's number in the chain.
    pub sequence: u64,
    /// The entry's digest.
    pub digest: Digest,
    /// The records object, as a path within the archive.
    pub location: String,
}

// === impl Finding ===

impl Finding {
    /// The finding that a record gives rise to: none for a compliant, exempt or pending change.
    pub fn from_record(record: &Record, evidence: EvidenceReference) -> Option<Self> {
        let (reasons, missing, severity, emergency) = match &record.verdict {
            Verdict::NonCompliant {
                reasons,
                severity,
                emergency,
            } => (
                reasons.clone(),
                Vec::new(),
                Some(*severity),
                emergency.clone(),
            ),
            Verdict::Undetermined { missing } if !record.pending => {
                (Vec::new(), missing.clone(), None, None)
            }
            Verdict::Undetermined { .. } | Verdict::Compliant | Verdict::Exempt { .. } => {
                return None;
            }
        };
        let pull = &record.pull_request;
        Some(Self {
            identity: record.identity.clone(),
            kind: record.kind,
            organization: pull.organization.clone(),
            repository: pull.repository.clone(),
            node_id: pull.node_id.clone(),
            number: pull.number,
            url: pull.url.clone(),
            title: pull.title_as_of_merge().unwrap_or(&pull.title).to_owned(),
            author: pull.author.clone(),
            merged_by: pull.merged_by.clone(),
            merged_at: pull.merged_at,
            branch: pull.base_branch.clone(),
            head_commit: pull.head_commit.clone(),
            merge_commit: pull.merge_commit.clone(),
            reasons,
            missing,
            severity,
            emergency,
            owner: record.owner.clone(),
            baseline: record.baseline,
            resolved: false,
            evidence,
            first_detected: record.judged_at,
            acknowledgement: None,
            review: None,
            closed_at: (record.baseline && severity.is_some()).then_some(record.judged_at),
        })
    }

    /// Whether a person's acknowledgement holds at this time.
    pub fn is_acknowledged(&self, now: Timestamp) -> bool {
        let holds = |held: &Acknowledgement| held.expiration_time.is_none_or(|end| now < end);
        self.acknowledgement.as_ref().is_some_and(holds)
    }

    /// Notes that nobody has to do anything about it any more since `at`, unless that was so before.
    pub fn close(&mut self, at: Timestamp) {
        self.closed_at.get_or_insert(at);
    }
}
