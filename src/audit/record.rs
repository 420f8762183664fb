//! One judged change as it lies in the archive: identity, facts, verdict, and the policy it was judged by.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::evaluate::Judge;
use super::facts::PullRequest;
use super::verdict::Verdict;
use crate::digest::Digest;

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChangeKind {
    /// A merged pull request.
    PullRequest,
    /// Commits that landed without one.
    DirectPush,
    /// History that was rewritten.
    ForcePush,
}

/// What makes a change the same change, whatever is renamed: ids, never names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeIdentity {
    /// GitHub's host, such as `github.com`.
    pub host: String,
    /// The organization's `databaseId`.
    pub organization_id: i64,
    /// The repository's `databaseId`.
    pub repository_id: i64,
    /// Which change of the repository.
    #[serde(flatten)]
    pub change: ChangeKey,
}

/// Which change of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", untagged)]
pub enum ChangeKey {
    /// A pull request, by its number.
    PullRequest {
        /// The number.
        number: i64,
    },
    /// An update of a branch.
    Push {
        /// The branch.
        branch: String,
        /// The head before.
        before: String,
        /// The head after.
        after: String,
    },
}

/// One line of a records object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Which change.
    pub identity: ChangeIdentity,
    /// Its kind.
    pub kind: ChangeKind,
    /// The facts that the verdict rests on.
    pub pull_request: PullRequest,
    /// The verdict and its grounds.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Whether it landed before the chain's genesis, by GitHub's clock.
    pub baseline: bool,
    /// Not yet clear, and younger than the overlap: counted, but nothing is claimed of it yet.
    pub pending: bool,
    /// The owner that the policy names for the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The digest of the policy that it was judged by.
    pub policy_digest: Digest,
    /// When it was judged, by GitHub's clock.
    pub judged_at: Timestamp,
}

/// What a change is judged by, the same for all changes of a run.
#[derive(Debug, Clone, Copy)]
pub struct Judging<'a> {
    /// GitHub's host, such as `github.com`.
    pub host: &'a str,
    /// When the chain began: what landed before is baseline.
    pub genesis: Timestamp,
    /// How long GitHub's answer may lag: a younger change that is not clear is pending.
    pub overlap: SignedDuration,
    /// The policy's requirements.
    pub judge: &'a Judge,
    /// The digest of the policy's spec.
    pub policy_digest: Digest,
    /// The time now, by GitHub's clock.
    pub now: Timestamp,
}

// === impl Judging ===

impl Judging<'_> {
    /// Judges a pull request.
    pub fn record(&self, pull_request: PullRequest) -> Record {
        let verdict = self.judge.evaluate(&pull_request);
        let undetermined = matches!(verdict, Verdict::Undetermined { .. });
        let age = self.now.duration_since(pull_request.merged_at);
        let owner = self.judge.owner(&pull_request.repository.name);
        Record {
            identity: ChangeIdentity::of_pull_request(self.host, &pull_request),
            kind: ChangeKind::PullRequest,
            baseline: pull_request.merged_at < self.genesis,
            pending: undetermined && age < self.overlap,
            owner: owner.map(str::to_owned),
            policy_digest: self.policy_digest,
            judged_at: self.now,
            verdict,
            pull_request,
        }
    }
}

// === impl ChangeKind ===

impl ChangeKind {
    /// The name as in the resource and the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PullRequest => "PullRequest",
            Self::DirectPush => "DirectPush",
            Self::ForcePush => "ForcePush",
        }
    }

    /// The name as a metric label.
    pub fn as_label(self) -> &'static str {
        match self {
            Self::PullRequest => "pull_request",
            Self::DirectPush => "direct_push",
            Self::ForcePush => "force_push",
        }
    }
}

#[cfg(test)]
mod tests;
