//! Conditions of a policy and the one vocabulary of reasons that conditions, events and metric labels share.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// The most characters of a condition's message that Kubernetes takes.
const MESSAGE_MAX_LENGTH: usize = 32768;

/// The types of condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionType {
    /// The control runs: the last due scan succeeded for every organization. Findings never make it False.
    Ready,
    /// No finding is open, undetermined or withheld, and every organization was checked within two intervals.
    Compliant,
    /// The credentials prove that all repositories are seen.
    CoverageComplete,
    /// Work is under way or is being tried again; present only while True (kstatus).
    Reconciling,
    /// Nothing goes on until a person acts; present only while True (kstatus).
    Stalled,
}

/// A condition's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It is not known whether it holds.
    Unknown,
}

/// Why: the reason of a condition or event, and the value of a metric's `result` or `reason` label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionReason {
    /// Everything that was due was done.
    Succeeded,
    /// A scan is under way.
    Progressing,
    /// A scan failed for a reason that may pass, and is tried again.
    ProgressingWithRetry,
    /// The policy is suspended.
    Suspended,
    /// The schedule is none that `CronJob` takes, or never comes.
    InvalidSchedule,
    /// The time zone is unknown.
    InvalidTimeZone,
    /// A glob does not parse.
    InvalidGlob,
    /// Another field is wrong.
    InvalidPolicy,
    /// A field is set that this version does not obey.
    FieldNotSupported,
    /// The administrator does not allow tokens to go to this host.
    HostNotAllowed,
    /// The Secret, or a key of it, is missing.
    CredentialsMissing,
    /// The Secret is of another type than `mergeaudit.io/github`.
    CredentialsWrongType,
    /// GitHub refuses the credentials.
    CredentialsRejected,
    /// GitHub knows no such organization, or does not show it to these credentials.
    OrganizationNotFound,
    /// Some organizations or repositories failed; the others were audited.
    PartiallyFailed,
    /// GitHub's limits are used up; the scan waits.
    RateLimited,
    /// GitHub does not answer, or answers with an error of its own.
    GitHubUnavailable,
    /// Evidence could not be stored, so nothing is claimed.
    EvidenceNotStored,
    /// The archive lacks what the status names, or belongs to something else.
    ArchiveMismatch,
    /// Something in the archive is missing, altered or out of order.
    ArchiveDamaged,
    /// A person decided to go on with an archive that does not match.
    ArchiveAdopted,
    /// Direct pushes are forbidden but not audited by this version.
    PullRequestsOnly,
    /// The credentials cannot prove that they see every repository.
    VisibilityLimited,
    /// An organization was scanned, and none of its repositories was: none is in scope, or none is shown to the credentials.
    NothingAudited,
    /// No scan has succeeded yet.
    NotYetChecked,
    /// Two more slots have passed without a success.
    Stale,
    /// A slot was missed.
    MissedSchedule,
    /// At least one finding is open.
    FindingsOpen,
    /// At least one change is undetermined.
    Undetermined,
    /// More findings are open than may be published.
    FindingsWithheld,
    /// No finding is open.
    NoFindings,
    /// A person's acknowledgement is in the archive and in effect.
    Acknowledged,
    /// A person's acknowledgement is not taken up.
    NotAcknowledged,
}

/// A condition as it is observed now, before it is merged into those that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCondition {
    /// Which one.
    pub kind: ConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why.
    pub reason: ConditionReason,
    /// Why, for people: what failed, for what, and what to do.
    pub message: String,
    /// `metadata.generation` of the policy that it speaks of.
    pub observed_generation: Option<i64>,
}

// === impl ConditionType ===

impl ConditionType {
    /// The name as in the resource.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::Compliant => "Compliant",
            Self::CoverageComplete => "CoverageComplete",
            Self::Reconciling => "Reconciling",
            Self::Stalled => "Stalled",
        }
    }
}

// === impl ConditionStatus ===

impl ConditionStatus {
    /// The word as in the resource.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

// === impl ConditionReason ===

impl ConditionReason {
    /// The word as in conditions, events and metric labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Progressing => "Progressing",
            Self::ProgressingWithRetry => "ProgressingWithRetry",
            Self::Suspended => "Suspended",
            Self::InvalidSchedule => "InvalidSchedule",
            Self::InvalidTimeZone => "InvalidTimeZone",
            Self::InvalidGlob => "InvalidGlob",
            Self::InvalidPolicy => "InvalidPolicy",
            Self::FieldNotSupported => "FieldNotSupported",
            Self::HostNotAllowed => "HostNotAllowed",
            Self::CredentialsMissing => "CredentialsMissing",
            Self::CredentialsWrongType => "CredentialsWrongType",
            Self::CredentialsRejected => "CredentialsRejected",
            Self::OrganizationNotFound => "OrganizationNotFound",
            Self::PartiallyFailed => "PartiallyFailed",
            Self::RateLimited => "RateLimited",
            Self::GitHubUnavailable => "GitHubUnavailable",
            Self::EvidenceNotStored => "EvidenceNotStored",
            Self::ArchiveMismatch => "ArchiveMismatch",
            Self::ArchiveDamaged => "ArchiveDamaged",
            Self::ArchiveAdopted => "ArchiveAdopted",
            Self::PullRequestsOnly => "PullRequestsOnly",
            Self::VisibilityLimited => "VisibilityLimited",
            Self::NothingAudited => "NothingAudited",
            Self::NotYetChecked => "NotYetChecked",
            Self::Stale => "Stale",
            Self::MissedSchedule => "MissedSchedule",
            Self::FindingsOpen => "FindingsOpen",
            Self::Undetermined => "Undetermined",
            Self::FindingsWithheld => "FindingsWithheld",
            Self::NoFindings => "NoFindings",
            Self::Acknowledged => "Acknowledged",
            Self::NotAcknowledged => "NotAcknowledged",
        }
    }
}

// === impl NewCondition ===

impl NewCondition {
    fn into_condition(self, transition: Time) -> Condition {
        Condition {
            type_: self.kind.as_str().to_owned(),
            status: self.status.as_str().to_owned(),
            reason: self.reason.as_str().to_owned(),
            message: self.message.chars().take(MESSAGE_MAX_LENGTH).collect(),
            observed_generation: self.observed_generation,
            last_transition_time: transition,
        }
    }
}

/// Puts the new condition in the place of the one of its type, or at the end. The transition time stays where the status stays.
pub fn set_condition(conditions: &mut Vec<Condition>, new: NewCondition, now: Timestamp) {
    let kind = new.kind.as_str();
    let old = conditions.iter_mut().find(|old| old.type_ == kind);
    match old {
        Some(old) if old.status == new.status.as_str() => {
            *old = new.into_condition(old.last_transition_time.clone());
        }
        Some(old) => *old = new.into_condition(whole_seconds(now)),
        None => conditions.push(new.into_condition(whole_seconds(now))),
    }
}

/// Takes the condition of this type away.
pub fn remove_condition(conditions: &mut Vec<Condition>, kind: ConditionType) {
    conditions.retain(|condition| condition.type_ != kind.as_str());
}

/// The condition of this type.
pub fn find_condition(conditions: &[Condition], kind: ConditionType) -> Option<&Condition> {
    conditions
        .iter()
        .find(|condition| condition.type_ == kind.as_str())
}

/// The time as the API server gives it back: a status that keeps fractions would differ from what was stored, and be written
/// again for ever.
pub fn whole_seconds(time: Timestamp) -> Time {
    // Every second that a timestamp has is one that a timestamp can be made of.
    Time(Timestamp::from_second(time.as_second()).unwrap_or(time))
}

#[cfg(test)]
mod tests;
