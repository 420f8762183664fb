//! What follows from facts and requirements. Absence of evidence is neither compliance nor violation: it is `Undetermined`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::facts::Actor;

/// The judgement of one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict")]
pub enum Verdict {
    /// It shows everything that was demanded.
    Compliant,
    /// It does not, for all of these reasons.
    NonCompliant {
        /// Every reason that applies, one per type, in the order of [`ReasonType`].
        reasons: Vec<Reason>,
        /// How bad it is.
        severity: Severity,
        /// The emergency that it was as of the merge, which makes it a warning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emergency: Option<Emergency>,
    },
    /// It does not show what was demanded of reviews, and an exemption waives just that.
    Exempt {
        /// The exemption's name.
        exemption: String,
        /// Why the exemption holds, and what it waives; at most 512 characters.
        #[serde(default)]
        ground: String,
    },
    /// The evidence does not suffice to say.
    Undetermined {
        /// Everything that is missing, one per type.
        missing: Vec<Missing>,
    },
}

/// One violated fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Which fact.
    #[serde(rename = "type")]
    pub kind: ReasonType,
    /// Who and when, at most 512 characters.
    pub message: String,
}

/// An emergency, as people marked it on GitHub before the merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Emergency {
    /// The label that says so.
    pub label: String,
    /// Who put it on; none for a deleted account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labeled_by: Option<Actor>,
    /// The justification in the description, at most 512 characters of it; none where the policy demands none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// By when somebody must have reviewed it.
    pub review_due_time: Timestamp,
}

/// One missing piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Which piece.
    #[serde(rename = "type")]
    pub kind: MissingType,
    /// What exactly, and what would bring it; at most 512 characters.
    pub message: String,
}

/// The names of violated facts, in the order in which they are listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonType {
    /// Nobody approved, or fewer people than are demanded.
    ApprovalMissing,
    /// An approval came only after the merge.
    ApprovalAfterMerge,
    /// An approval is of another commit than the merged head.
    ApprovalStale,
    /// The pull request's own author approved.
    ApprovalByAuthor,
    /// Somebody approved who wrote part of it.
    ApprovalByContributor,
    /// An app approved that the policy does not allow to.
    ApprovalByBot,
    /// Somebody approved who has no write permission.
    ApproverWithoutWrite,
    /// An approval was dismissed before the merge.
    ApprovalDismissed,
    /// Somebody's latest opinion as of the merge was a request for changes.
    ChangesRequested,
    /// Commits landed without a pull request.
    DirectPush,
    /// History was rewritten.
    ForcePush,
    /// A branch protection was bypassed.
    ProtectionBypassed,
    /// The policy's search query matched.
    MatchedSearchQuery,
    /// A rule of the policy, by its name.
    Rule(String),
}

/// The names of missing evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MissingType {
    /// GitHub lists only some of the commits, so that contributors are unknown.
    Commits,
    /// An approver's permission as of the merge is unknown.
    ApproverPermission,
    /// A reviewer's account is deleted, so that independence is unknown.
    ReviewAuthor,
    /// A review's commit is unknown.
    ReviewCommit,
    /// A commit's author is linked to no account, so that independence is unknown.
    CommitAuthor,
    /// A rule of the policy gave no answer.
    RuleNotEvaluated,
    /// Parts of GitHub's answer were refused or cut.
    PartialAnswer,
    /// GitHub showed the change once, and shows it no more.
    NotVisible,
}

/// How bad a non-compliant change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Somebody independent did approve, but with a defect.
    Warning,
    /// Nobody independent approved anything.
    Critical,
}

// === impl ReasonType ===

impl ReasonType {
    /// The name as in the resource, the record and the log; of a rule `Rule/<name>`.
    pub fn as_str(&self) -> std::borrow::Cow<'_, str> {
        let name = match self {
            Self::ApprovalMissing => "ApprovalMissing",
            Self::ApprovalAfterMerge => "ApprovalAfterMerge",
            Self::ApprovalStale => "ApprovalStale",
            Self::ApprovalByAuthor => "ApprovalByAuthor",
            Self::ApprovalByContributor => "ApprovalByContributor",
            Self::ApprovalByBot => "ApprovalByBot",
            Self::ApproverWithoutWrite => "ApproverWithoutWrite",
            Self::ApprovalDismissed => "ApprovalDismissed",
            Self::ChangesRequested => "ChangesRequested",
            Self::DirectPush => "DirectPush",
            Self::ForcePush => "ForcePush",
            Self::ProtectionBypassed => "ProtectionBypassed",
            Self::MatchedSearchQuery => "MatchedSearchQuery",
            Self::Rule(name) => return format!("Rule/{name}").into(),
        };
        name.into()
    }

    const FIXED: [Self; 13] = [
        Self::ApprovalMissing,
        Self::ApprovalAfterMerge,
        Self::ApprovalStale,
        Self::ApprovalByAuthor,
        Self::ApprovalByContributor,
        Self::ApprovalByBot,
        Self::ApproverWithoutWrite,
        Self::ApprovalDismissed,
        Self::ChangesRequested,
        Self::DirectPush,
        Self::ForcePush,
        Self::ProtectionBypassed,
        Self::MatchedSearchQuery,
    ];
}

impl fmt::Display for ReasonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str())
    }
}

impl Serialize for ReasonType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.as_str())
    }
}

impl<'de> Deserialize<'de> for ReasonType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some(rule) = text.strip_prefix("Rule/") {
            return Ok(Self::Rule(rule.to_owned()));
        }
        let known = Self::FIXED.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| serde::de::Error::custom(format!("unknown reason type {text:?}")))
    }
}

// === impl MissingType ===

impl MissingType {
    /// The name as in the resource, the record and the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commits => "Commits",
            Self::ApproverPermission => "ApproverPermission",
            Self::ReviewAuthor => "ReviewAuthor",
            Self::ReviewCommit => "ReviewCommit",
            Self::CommitAuthor => "CommitAuthor",
            Self::RuleNotEvaluated => "RuleNotEvaluated",
            Self::PartialAnswer => "PartialAnswer",
            Self::NotVisible => "NotVisible",
        }
    }
}

// === impl Severity ===

impl Severity {
    /// The name as in the resource and the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "Warning",
            Self::Critical => "Critical",
        }
    }
}
