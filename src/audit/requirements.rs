//! What was demanded: the validated rules of a policy. Only `api::convert` builds them from a resource; everything after
//! reads these.

use serde::{Deserialize, Serialize};

/// What a change must show to be compliant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirements {
    /// How many distinct people must have approved, 0 to 10.
    pub approvals: usize,
    /// Which commit an approval must be of.
    pub approved_commit: ApprovedCommit,
    /// Who may approve.
    pub approver: Approver,
    /// Overrides of the default severity; the first match decides.
    pub severities: Vec<SeverityRule>,
    /// Who owns what; the first match decides.
    pub owners: Vec<OwnerRule>,
}

/// Which commit an approval must be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApprovedCommit {
    /// The merged head.
    Head,
    /// Any commit of the pull request.
    Any,
}

/// Who may approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approver {
    /// The permission that is needed on the repository.
    pub permission: Permission,
    /// Whom the approver must not be one of.
    pub independent_of: IndependentOf,
    /// Logins of the apps whose approval counts, without `[bot]` and in lower case.
    pub bots: Vec<String>,
}

/// A permission on a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    /// Write, maintain or admin.
    Write,
    /// None is needed.
    Any,
}

/// Whom an approver must not be one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndependentOf {
    /// Everybody who authored, committed or co-authored a commit, and the pull request's author.
    CommitAuthors,
    /// The pull request's author.
    PullRequestAuthor,
}

/// An override of the default severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeverityRule {
    /// Reason types it applies to; empty for all.
    pub reasons: Vec<String>,
    /// Globs on the repository's name; empty for all.
    pub repositories: Vec<String>,
    /// The severity of a change all of whose reasons match.
    pub severity: super::verdict::Severity,
}

/// An owner of repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerRule {
    /// Globs on the repository's name.
    pub repositories: Vec<String>,
    /// The owner, a label value.
    pub owner: String,
}
