//! Changes of the chain that are read again: by their node ids, in batches; those that were inherited from a chain that is lost, of
//! which the cluster tells no node id, by their numbers.

use super::segment::Segment;
use crate::audit::facts::PullRequest;
use crate::audit::record::{ChangeIdentity, ChangeKey};
use crate::github::{self, NumberedPullRequest};

/// A change, and its node id, which may be empty.
pub(super) type Known = (ChangeIdentity, String);

type Answer = github::Result<Option<PullRequest>>;

// === impl Segment ===

impl Segment<'_> {
    /// What GitHub tells of these changes, in their order; none where it shows nothing.
    pub(super) async fn read_known(&self, changes: &[Known]) -> Vec<Answer> {
        let ids = changes.iter().map(|(_, id)| id.clone());
        let ids: Vec<String> = ids.filter(|id| !id.is_empty()).collect();
        let read = if ids.is_empty() {
            Vec::new()
        } else {
            self.task.client.pull_requests(&ids).await
        };
        let mut read = read.into_iter();
        let mut answers = Vec::with_capacity(changes.len());
        for (change, id) in changes {
            answers.push(if id.is_empty() {
                self.read_numbered(change).await
            } else {
                read.next().map_or(Ok(None), |(_, answer)| answer)
            });
        }
        answers
    }

    async fn read_numbered(&self, change: &ChangeIdentity) -> Answer {
        let finding = self.opened.state.findings().get(change);
        let (Some(finding), ChangeKey::PullRequest { number }) = (finding, &change.change) else {
            return Ok(None);
        };
        let (owner, repository) = (&self.opened.organization.login, &finding.repository.name);
        let client = &self.task.client;
        match client.pull_request(owner, repository, *number).await? {
            Some(NumberedPullRequest::Merged(pull)) => Ok(Some(*pull)),
            Some(NumberedPullRequest::NotMerged { .. }) | None => Ok(None),
        }
    }
}
