//! What can go wrong with GitHub, by what the caller must do about it.

use std::fmt;

use jiff::Timestamp;

/// The result of asking GitHub.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, named by the operation and what it was about. No message holds a token or a URL's query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The credentials are wrong, expired, revoked, or may not do this: a person must act.
    #[error(
        "GitHub denied {operation} for {subject}: {status} {message}{}{}",
        Hint("; accepted permissions: ", .permissions),
        Hint("; authorize the token for single sign-on at ", .sso)
    )]
    Denied {
        /// The operation.
        operation: &'static str,
        /// What it was about.
        subject: String,
        /// The HTTP status; GraphQL says 200 even then.
        status: u16,
        /// GitHub's own words.
        message: String,
        /// `X-Accepted-GitHub-Permissions`, where GitHub tells.
        permissions: Option<String>,
        /// Host and path of the page that authorizes the token for SAML single sign-on.
        sso: Option<String>,
    },
    /// GitHub does not tell "absent" from "hidden".
    #[error(
        "GitHub shows no {subject}: it is absent or not visible to these credentials; check the name, and that the token or \
         app was granted access to it"
    )]
    NotFound {
        /// What was asked for.
        subject: String,
    },
    /// GitHub's limit outlasts the client's patience.
    #[error("GitHub's {limit} rate limit holds until {until}")]
    Throttled {
        /// When GitHub answers again, by GitHub's clock.
        until: Timestamp,
        /// Which limit.
        limit: Limit,
    },
    /// No usable answer came, also after retries.
    #[error("GitHub does not answer {operation} for {subject}: {reason} ({attempts} attempts)")]
    Unavailable {
        /// The operation.
        operation: &'static str,
        /// What it was about.
        subject: String,
        /// What happened the last time.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// GitHub refuses the question as such, or its answer is not what it publishes: asking again does not help.
    #[error("{operation} for {subject}: {message}")]
    Invalid {
        /// The operation.
        operation: &'static str,
        /// What it was about.
        subject: String,
        /// GitHub's own words, or the field that does not parse.
        message: String,
    },
    /// GitHub gave part of the answer: the rest is owed. Of a stream of pages the other parts were, and will be, given.
    #[error("GitHub left out part of its answer to {subject}: {}", .missing.join("; "))]
    Partial {
        /// What was asked for: a search's text, or a pull request.
        subject: String,
        /// What is missing: GitHub's path to it, and why.
        missing: Vec<String>,
    },
    /// A search gave fewer pull requests than it counts, also when asked again: the rest is owed.
    #[error(
        "the search {query:?} counts {expected} pull requests but gave {received}, also when asked again"
    )]
    Short {
        /// The search's text.
        query: String,
        /// GitHub's count.
        expected: i64,
        /// How many came, each once.
        received: i64,
    },
    /// More merged within one second than a search can give: none of them was read, all are owed.
    #[error(
        "the search {query:?} counts {expected} pull requests in one second; GitHub gives at most 1000"
    )]
    TooMany {
        /// The search's text.
        query: String,
        /// GitHub's count.
        expected: i64,
    },
}

/// What the caller must do: one of few, for conditions and metric labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Have the credentials changed.
    Denied,
    /// Check name and access.
    NotFound,
    /// Wait until a known time.
    Throttled,
    /// Try again later.
    Unavailable,
    /// Change the question, or this program.
    Invalid,
    /// Keep what came; the rest is a debt.
    Partial,
}

/// Which of GitHub's limits.
///
/// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The hourly budget.
    Primary,
    /// The one against bursts.
    Secondary,
}

struct Hint<'a>(&'static str, &'a Option<String>);

// === impl Error ===

impl Error {
    /// What the caller must do.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied { .. } => ErrorKind::Denied,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Throttled { .. } => ErrorKind::Throttled,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Partial { .. } | Self::Short { .. } | Self::TooMany { .. } => ErrorKind::Partial,
        }
    }

    /// Whether a stream of pages goes on after it.
    pub fn is_partial(&self) -> bool {
        self.kind() == ErrorKind::Partial
    }
}

// === impl ErrorKind ===

impl ErrorKind {
    /// Its name in conditions and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "Denied",
            Self::NotFound => "NotFound",
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::Invalid => "Invalid",
            Self::Partial => "Partial",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Limit ===

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        })
    }
}

// === impl Hint ===

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(text) => write!(f, "{}{text}", self.0),
            None => Ok(()),
        }
    }
}
