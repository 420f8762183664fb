//! How a state takes up what was decided about its findings, and which of them are published.
//!
//! A decision about a finding that the state does not have changes nothing but a count: people may decide about what was retired
//! a moment before, and their entry stays in the chain all the same.

use jiff::Timestamp;

use crate::audit::finding::{self, Finding, PostMergeReview};
use crate::audit::record::ChangeIdentity;
use crate::evidence::entry::{Acknowledgement, Publication, Retirement, Review};

use super::ChainState;

// === impl ChainState ===

impl ChainState {
    /// A finding that is published stays so, by the entry that said it first.
    pub(super) fn publish(&mut self, said: &Publication, sequence: u64) {
        for published in &said.findings {
            if let Some(finding) = self.decided(&published.change) {
                finding.published.get_or_insert(sequence);
            }
        }
    }

    /// The latest acknowledgement holds: an extension replaces what it extends. One without end closes the finding.
    pub(super) fn acknowledge(&mut self, said: &Acknowledgement, sequence: u64, at: Timestamp) {
        if let Some(finding) = self.decided(&said.change) {
            if said.expiration_time.is_none() {
                finding.close(at);
            }
            finding.acknowledgement = Some(finding::Acknowledgement {
                sequence,
                disposition: said.disposition,
                reason: said.reason.clone(),
                ticket: said.ticket.clone(),
                acknowledged_by: said.acknowledged_by.clone(),
                expiration_time: said.expiration_time,
                independence: said.independence,
            });
        }
    }

    pub(super) fn review(&mut self, said: &Review, sequence: u64) {
        if let Some(finding) = self.decided(&said.change) {
            finding.close(said.at);
            finding.review = Some(PostMergeReview {
                sequence,
                by: said.by.clone(),
                at: said.at,
                review: said.review.clone(),
                commit: said.commit.clone(),
            });
        }
    }

    pub(super) fn retire(&mut self, said: &Retirement) {
        for retired in &said.findings {
            if self.findings.remove(&retired.change).is_none() {
                self.unmatched_decisions += 1;
            }
        }
    }

    fn decided(&mut self, change: &ChangeIdentity) -> Option<&mut Finding> {
        let finding = self.findings.get_mut(change);
        if finding.is_none() {
            self.unmatched_decisions += 1;
        }
        finding
    }
}
