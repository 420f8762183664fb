//! What follows from a failure: its reason (condition, event and metric label are the same word) and when to try again. The one
//! place where that is decided.

use jiff::{SignedDuration, Timestamp};

use super::resolve;
use crate::api::condition::ConditionReason as Reason;
use crate::github;
use crate::scan;

/// How long a failure that a person must mend waits for the next try; the Secret is read anew each time.
const DENIED: SignedDuration = SignedDuration::from_mins(10);
/// The first wait after a failure that may pass by itself; doubled each time.
const FIRST: SignedDuration = SignedDuration::from_secs(5);
/// The longest such wait.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// One organization's failure, as status, events and metrics tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The word for it.
    pub(super) reason: Reason,
    /// What failed, for what, why, and what to do.
    pub(super) message: String,
    /// How many times in a row.
    pub(super) attempts: u32,
    /// When it is tried again.
    pub(super) retry_at: Timestamp,
    /// The request that was being answered.
    pub(super) request: Option<String>,
}

/// What kept an organization from being scanned.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The credentials.
    #[error(transparent)]
    Credentials(#[from] resolve::Error),
    /// The client could not be made from them.
    #[error("the credentials are not usable")]
    Client(#[source] github::Error),
    /// The scan.
    #[error(transparent)]
    Scan(#[from] scan::Error),
}

/// When to try again.
enum Retry {
    After(SignedDuration),
    At(Timestamp),
    BackOff,
}

// === impl Error ===

impl Error {
    /// The failure that this is, after `attempts` earlier ones in a row.
    pub(super) fn to_failure(&self, organization: &str, attempts: u32, now: Timestamp) -> Failure {
        let (reason, retry) = self.classify();
        let wait = |duration: SignedDuration| now.checked_add(duration).unwrap_or(now);
        let retry_at = match retry {
            Retry::After(duration) => wait(duration),
            Retry::At(time) => time.max(wait(FIRST)),
            Retry::BackOff => wait(back_off(attempts)),
        };
        let message = format!("organization {organization}: {}", chain(self));
        Failure {
            reason,
            message,
            attempts: attempts.saturating_add(1),
            retry_at,
            request: None,
        }
    }

    fn classify(&self) -> (Reason, Retry) {
        match self {
            Self::Credentials(error) => classify_credentials(error),
            Self::Client(_) => (Reason::CredentialsRejected, Retry::After(DENIED)),
            Self::Scan(scan::Error::GitHub { source, .. }) => classify_github(source),
            Self::Scan(
                scan::Error::Evidence { .. } | scan::Error::Contended(_) | scan::Error::Vanished,
            ) => (Reason::EvidenceNotStored, Retry::BackOff),
            Self::Scan(scan::Error::Mismatch(_)) => (Reason::ArchiveMismatch, Retry::After(DENIED)),
        }
    }
}

fn classify_credentials(error: &resolve::Error) -> (Reason, Retry) {
    match error {
        resolve::Error::Missing { .. }
        | resolve::Error::KeyMissing { .. }
        | resolve::Error::Malformed { .. } => (Reason::CredentialsMissing, Retry::After(FIRST * 6)),
        resolve::Error::WrongType { .. } => (Reason::CredentialsWrongType, Retry::After(FIRST * 6)),
        resolve::Error::Unreadable { .. } => (Reason::CredentialsMissing, Retry::BackOff),
    }
}

fn classify_github(error: &github::Error) -> (Reason, Retry) {
    match error {
        github::Error::Denied { .. } => (Reason::CredentialsRejected, Retry::After(DENIED)),
        github::Error::NotFound { .. } => (Reason::OrganizationNotFound, Retry::After(DENIED)),
        github::Error::Throttled { until, .. } => (Reason::RateLimited, Retry::At(*until)),
        github::Error::Unavailable { .. }
        | github::Error::Partial { .. }
        | github::Error::Short { .. }
        | github::Error::TooMany { .. } => (Reason::GitHubUnavailable, Retry::BackOff),
        github::Error::Invalid { .. } => (Reason::GitHubUnavailable, Retry::After(DENIED)),
    }
}

fn back_off(attempts: u32) -> SignedDuration {
    let factor = 1_i32 << attempts.min(10);
    (FIRST * factor).min(LONGEST)
}

/// The error and its sources in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // A transparent wrapper says what its source says.
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<i64> = (0..9)
            .map(|attempts| back_off(attempts).as_secs())
            .collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(back_off(u32::MAX), LONGEST);
    }

    #[test]
    fn a_missing_secret_is_named_with_what_to_do() {
        let missing = resolve::Error::Missing {
            namespace: "compliance".into(),
            name: "github".into(),
        };
        let failure = Error::from(missing).to_failure("acme", 0, Timestamp::UNIX_EPOCH);
        assert_eq!(failure.reason, Reason::CredentialsMissing);
        assert_eq!(
            failure.message,
            "organization acme: Secret github does not exist in namespace compliance; create it with type mergeaudit.io/github and the key token"
        );
        assert_eq!(failure.retry_at.as_second(), 30);
    }
}
