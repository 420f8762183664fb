//! What was demanded: the validated rules of a policy. Only `api::convert` builds them from a resource; everything after
//! reads these.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::scope::InvalidGlob;
use super::verdict::Severity;

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
    /// Further rules in CEL, each a reason of its own.
    pub rules: Vec<Rule>,
    /// Changes of which no review is demanded.
    pub exemptions: Vec<Exemption>,
    /// How people mark a change that could not wait for review; none where they cannot.
    pub emergency: Option<EmergencyMark>,
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

/// A rule in CEL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its name; the reason is `Rule/<name>`.
    pub name: String,
    /// True for a change that keeps it; at most [`super::rules::MAX_LENGTH`] characters.
    pub expression: String,
    /// What is said of a change that breaks it; none for the rule's name.
    pub message: Option<String>,
    /// How bad it is to break it.
    pub severity: Severity,
}

/// Changes of which no review is demanded, for a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exemption {
    /// Its name.
    pub name: String,
    /// Logins, of an app `app/<slug>`; empty for everybody.
    pub authors: Vec<String>,
    /// Globs on the repository's name; empty for all.
    pub repositories: Vec<String>,
    /// What is merged at this time or later is not exempt; nor what was merged more than a year before.
    pub expiration_time: Timestamp,
}

/// How people mark a change that could not wait for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmergencyMark {
    /// Labels, one of which says that it is an emergency.
    pub labels: Vec<String>,
    /// A regular expression on the description, whose first group is the justification; none where no justification is demanded.
    pub justification_pattern: Option<String>,
    /// Within how many seconds after the merge somebody must have reviewed it.
    pub review_within_seconds: i64,
}

/// Requirements that cannot be judged by.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRequirements {
    /// A text is no glob.
    #[error(transparent)]
    Glob(#[from] InvalidGlob),
    /// A field cannot be worked with.
    #[error("{field}: {problem}")]
    Field {
        /// The field of the policy, below its `spec`, such as `rules[0].expression`.
        field: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
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
    pub severity: Severity,
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

// === impl Requirements ===

impl Requirements {
    /// Whether the descriptions of pull requests decide anything: else they need not be read.
    pub fn needs_description(&self) -> bool {
        let mark = self.emergency.as_ref();
        let justified = mark.is_some_and(|mark| mark.justification_pattern.is_some());
        // A rule can name the field only by this word: any other way to it finds nothing, and is an error.
        justified
            || self
                .rules
                .iter()
                .any(|rule| rule.expression.contains("body"))
    }
}

// === impl InvalidRequirements ===

impl InvalidRequirements {
    pub(super) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            problem: problem.into(),
        }
    }
}
