//! Requests to GitHub as metrics: the observer that the controller gives its clients.

use crate::github::{ErrorKind, Observer, Request};
use crate::metrics::Metrics;

/// Counts requests and notes the budget that is left.
#[derive(Debug, Clone)]
pub(super) struct GitHubObserver(pub(super) Metrics);

impl Observer for GitHubObserver {
    fn observe(&self, request: &Request<'_>) {
        let outcome = request.failure.map_or("Succeeded", ErrorKind::as_str);
        self.0.github_request(request.operation, outcome);
        if let (Some(resource), Some(remaining)) = (request.resource, request.remaining) {
            let remaining = u32::try_from(remaining).unwrap_or(0);
            self.0.github_rate_limit_remaining(resource, remaining);
        }
    }
}
