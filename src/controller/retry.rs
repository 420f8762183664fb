//! What follows from a failure: its reason (condition, event and metric label are the same word) and when to try again. The one
//! place where that is decided.

use jiff::{SignedDuration, Timestamp};

use super::resolve;
use crate::api::condition::ConditionReason as Reason;
use crate::github;
use crate::scan;

#[cfg(test)]
mod tests;

/// How long a refusal by GitHub that a person must mend waits for the next try; the Secret is read anew each time. Not shorter:
/// GitHub locks an account out for a while after several requests with bad credentials.
/// <https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit>
const DENIED: SignedDuration = SignedDuration::from_mins(10);
/// How long an unusable Secret waits for the next look, which costs one request to the API server and none to GitHub.
const SECRET: SignedDuration = SignedDuration::from_secs(30);
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
    /// The reason for which an archive was to be adopted.
    pub(super) adopt: Option<String>,
}

/// What kept an organization from being scanned.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The credentials.
    #[error(transparent)]
    Credentials(#[from] resolve::Error),
    /// The client could not be made from them.
    #[error("Secret {secret} is not usable")]
    Client {
        /// The Secret's name.
        secret: String,
        /// Why not.
        #[source]
        source: Box<github::Error>,
    },
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
        let message = format!("organization {organization}: {}", self.told(organization));
        Failure {
            reason,
            message,
            attempts: attempts.saturating_add(1),
            retry_at,
            request: None,
            adopt: None,
        }
    }

    /// The error and its causes, without what is said of the organization anyway.
    fn told(&self, organization: &str) -> String {
        let text = chain(self);
        let known = format!("organization {organization} could not be read: ");
        text.strip_prefix(&known).unwrap_or(&text).to_owned()
    }

    /// What a person does about a refusal by GitHub, to be said after its message; empty where the message says so itself.
    pub(super) fn remedy(&self, secret: &str) -> String {
        let Self::Scan(scan::Error::GitHub { source, .. }) = self else {
            return String::new();
        };
        match **source {
            github::Error::Denied { status: 401, .. } => format!(
                "; the credentials in Secret {secret} are wrong, expired or revoked: put valid ones there"
            ),
            github::Error::Denied { sso: None, .. } => {
                format!("; give the token or app in Secret {secret} the access that it lacks")
            }
            _ => String::new(),
        }
    }

    fn classify(&self) -> (Reason, Retry) {
        match self {
            Self::Credentials(error) => classify_credentials(error),
            // The Secret's own fault: GitHub has not been asked.
            Self::Client { .. } => (Reason::CredentialsRejected, Retry::After(SECRET)),
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
        | resolve::Error::Ambiguous { .. }
        | resolve::Error::Malformed { .. } => (Reason::CredentialsMissing, Retry::After(SECRET)),
        resolve::Error::WrongType { .. } => (Reason::CredentialsWrongType, Retry::After(SECRET)),
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
