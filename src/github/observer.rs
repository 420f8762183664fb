//! Who is told about each request: metrics in the controller, nobody on the command line.

use std::fmt::Debug;
use std::time::Duration;

use super::error::ErrorKind;

/// Is told about each request when it is over, from the task that made it: must not block.
pub trait Observer: Debug + Send + Sync {
    /// One request is over.
    fn observe(&self, request: &Request<'_>);
}

/// One request that is over. Nothing in it is secret, and every text is from a small set.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The GraphQL operation's name, or the REST operation's.
    pub operation: &'static str,
    /// The HTTP status; none where no answer came.
    pub status: Option<u16>,
    /// `None` for success, else what became of it; a request that is retried counts as `Unavailable` or `Throttled`.
    pub failure: Option<ErrorKind>,
    /// The budget it drew on (`X-RateLimit-Resource`), where GitHub tells.
    pub resource: Option<&'a str>,
    /// What is left of that budget, where GitHub tells.
    pub remaining: Option<i64>,
    /// What GitHub charged for it, in points of its GraphQL budget, as far as it tells.
    pub points: i64,
    /// How long it took.
    pub duration: Duration,
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn observe(&self, _: &Request<'_>) {}
}
