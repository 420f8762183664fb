//! A part of an answer that fails while the rest is there: errors beside data.
use std::sync::atomic::{AtomicBool, Ordering};

use apollo_compiler::resolvers::FieldError;

use super::refusal::failure;
use crate::fault::FaultKind;
use crate::tokens::Barrier;

/// Connections below a pull request, which take GitHub the longest.
const NESTED: [&str; 3] = [
    "PullRequestReviewConnection",
    "PullRequestCommitConnection",
    "PullRequestTimelineItemsConnection",
];

/// What fails, once.
#[derive(Debug)]
pub(crate) struct Flaw {
    /// A node of a connection of this type; none for a nested connection as a whole.
    node_of: Option<&'static str>,
    kind: &'static str,
    message: &'static str,
    done: AtomicBool,
}

impl Flaw {
    /// The flaw that a fault puts into an answer.
    pub(crate) fn of(fault: &FaultKind) -> Option<Self> {
        let broken = "Something went wrong while executing your query. Please include the request ID when reporting this issue.";
        let limits = "Resource limits for this query exceeded.";
        let (node_of, kind, message) = match fault {
            FaultKind::MissingNode => (
                Some("SearchResultItemConnection"),
                "SERVICE_UNAVAILABLE",
                broken,
            ),
            FaultKind::HiddenRepository => (
                Some("RepositoryConnection"),
                "FORBIDDEN",
                Barrier::SSO_MESSAGE,
            ),
            FaultKind::MissingConnection => (None, "SERVICE_UNAVAILABLE", broken),
            FaultKind::ResourceLimits => (None, "RESOURCE_LIMITS_EXCEEDED", limits),
            _ => return None,
        };
        Some(Self {
            node_of,
            kind,
            message,
            done: AtomicBool::new(false),
        })
    }

    /// Fails a node of a connection of that type.
    pub(super) fn strike_node(&self, connection: &str) -> Result<(), FieldError> {
        self.strike(self.node_of == Some(connection))
    }

    /// Fails a connection of that type.
    pub(super) fn strike_connection(&self, connection: &str) -> Result<(), FieldError> {
        self.strike(self.node_of.is_none() && NESTED.contains(&connection))
    }

    fn strike(&self, here: bool) -> Result<(), FieldError> {
        if here && !self.done.swap(true, Ordering::Relaxed) {
            return Err(failure(self.kind, self.message));
        }
        Ok(())
    }
}
