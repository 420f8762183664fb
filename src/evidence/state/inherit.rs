//! How a state takes up the findings of a chain that is lost, which the cluster still told of when this one was adopted.
//!
//! They go on as they were: what was open pages until a person decides or reviews it, what was undetermined is read again, what was
//! closed is retired in its time. Their changes count in no total by this: the chain counts what it judges itself.

use crate::audit::finding::Finding;
use crate::evidence::chain::Stored;

use super::{ChainState, UnclearChange};

// === impl ChainState ===

impl ChainState {
    /// Takes up what the chain does not know; of what it knows, what it knows less of.
    pub(super) fn inherit(&mut self, finding: &Finding, stored: &Stored) {
        if finding.identity.organization_id != self.genesis.organization_id {
            return;
        }
        let mut finding = finding.renumbered(stored.entry.sequence);
        if let Some(known) = self.findings.get_mut(&finding.identity) {
            known.learn(&finding);
            known.settle(stored);
            return;
        }
        let change = finding.identity.clone();
        if finding.severity.is_none() && self.is_determined(&change) {
            // It was not non-compliant: of that there would be a finding.
            finding.missing.clear();
            finding.resolved = true;
        }
        finding.settle(stored);
        if finding.severity.is_none() && !finding.resolved {
            let unclear = UnclearChange {
                node_id: finding.node_id.clone(),
                merged_at: finding.merged_at,
                pending: false,
            };
            self.unclear.entry(change.clone()).or_insert(unclear);
        }
        self.findings.insert(change, finding);
    }
}

// === impl Finding ===

impl Finding {
    /// Whether its judgement is one of a chain that is lost.
    pub(super) fn is_judged_elsewhere(&self) -> bool {
        self.inherited && (self.severity.is_some() || self.resolved)
    }

    /// A verdict, and what was decided, where this is without; and that it is no baseline, where the other chain knew it in its time.
    fn learn(&mut self, other: &Self) {
        let is_open = self.severity.is_none() && !self.resolved;
        let is_judged = other.severity.is_some() || other.resolved;
        if is_judged && (is_open || (self.baseline && !other.baseline)) {
            *self = Self {
                node_id: std::mem::take(&mut self.node_id),
                acknowledgement: self.acknowledgement.take(),
                review: self.review.take(),
                published: self.published,
                ..other.clone()
            };
        }
        if self.acknowledgement.is_none() {
            self.acknowledgement.clone_from(&other.acknowledgement);
        }
        if self.review.is_none() {
            self.review.clone_from(&other.review);
        }
    }

    /// With the entry of this number in the place of those of the lost chain.
    fn renumbered(&self, sequence: u64) -> Self {
        let mut finding = self.clone();
        if let Some(said) = &mut finding.acknowledgement {
            said.sequence = sequence;
        }
        if let Some(review) = &mut finding.review {
            review.sequence = sequence;
        }
        finding
    }

    /// It is in the cluster; and closed, where it is, the days of its retention count from here.
    fn settle(&mut self, stored: &Stored) {
        self.published.get_or_insert(stored.entry.sequence);
        if self.is_closed() {
            self.close(stored.entry.written_at);
        }
    }
}
