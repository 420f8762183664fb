//! The questions that are put to one approval, each with three answers: independent, permitted, of the merged head?

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::{Approval, Assessment};
use crate::audit::facts::{Actor, PullRequest, Review};
use crate::audit::requirements::{ApprovedCommit, IndependentOf, Permission};
use crate::audit::verdict::{MissingType, ReasonType};

/// How long after the merge a missing write permission is taken to have been missing at the merge.
const PERMISSION_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// The answer to one question about one approval.
pub(super) enum Answer {
    Yes,
    No,
    Unknown(MissingType),
}

// === impl Assessment ===

impl Assessment<'_> {
    /// Whether an approval by somebody who qualifies counts.
    pub(in crate::audit) fn quality(&self, account: Option<&Actor>, review: &Review) -> Approval {
        let questions = [
            (
                ReasonType::ApprovalByContributor,
                self.is_independent(account),
            ),
            (
                ReasonType::ApproverWithoutWrite,
                self.has_permission(account, review),
            ),
            (ReasonType::ApprovalStale, self.is_of_merged_head(review)),
        ];
        let mut defects = Vec::new();
        let mut missing = BTreeSet::new();
        if account.is_none() {
            missing.insert(MissingType::ReviewAuthor);
        }
        for (defect, answer) in questions {
            match answer {
                Answer::Yes => {}
                Answer::No => defects.push(defect),
                Answer::Unknown(piece) => drop(missing.insert(piece)),
            }
        }
        Approval::from_findings(defects, missing)
    }

    /// Of a deleted account nothing more is asked: it is unclear already.
    fn is_independent(&self, account: Option<&Actor>) -> Answer {
        let Some(account) = account else {
            return Answer::Yes;
        };
        match self.requirements.approver.independent_of {
            IndependentOf::PullRequestAuthor => Answer::Yes,
            IndependentOf::CommitAuthors if self.contributors.include(account) => Answer::No,
            IndependentOf::CommitAuthors if self.pull.has_all_commits() => Answer::Yes,
            IndependentOf::CommitAuthors => Answer::Unknown(MissingType::Commits),
        }
    }

    /// Of a deleted account nothing is asked: what it may do today says nothing.
    pub(super) fn has_permission(&self, account: Option<&Actor>, review: &Review) -> Answer {
        if account.is_none() || self.requirements.approver.permission == Permission::Any {
            return Answer::Yes;
        }
        let read_after = self.pull.observed_at.duration_since(self.pull.merged_at);
        match review.author_can_push {
            Some(true) => Answer::Yes,
            Some(false) if read_after <= PERMISSION_HOLDS => Answer::No,
            Some(false) | None => Answer::Unknown(MissingType::ApproverPermission),
        }
    }

    fn is_of_merged_head(&self, review: &Review) -> Answer {
        match (self.requirements.approved_commit, &review.commit) {
            (ApprovedCommit::Any, _) => Answer::Yes,
            (ApprovedCommit::Head, None) => Answer::Unknown(MissingType::ReviewCommit),
            (ApprovedCommit::Head, Some(commit)) => leads_to_head(commit, self.pull),
        }
    }
}

/// Whether the commit is the merged head, or only updates from the base branch lead from it to the head: walks back from
/// the head over such updates, by their first parent.
fn leads_to_head(commit: &str, pull: &PullRequest) -> Answer {
    let mut at = pull.head_commit.as_str();
    for _ in 0..=pull.commits.len() {
        if at == commit {
            return Answer::Yes;
        }
        let listed = pull.commit(at);
        if listed.is_none() && !pull.has_all_commits() {
            return Answer::Unknown(MissingType::Commits);
        }
        let Some(update) = listed.filter(|it| it.is_merge_by_github()) else {
            return Answer::No;
        };
        at = match update.parent_oids.split_first() {
            None if pull.has_all_commits() && pull.commit(commit).is_none() => return Answer::No,
            None => return Answer::Unknown(MissingType::PartialAnswer),
            Some((_, others)) if others.iter().any(|it| pull.commit(it).is_some()) => {
                return Answer::No;
            }
            Some(_) if !pull.has_all_commits() => return Answer::Unknown(MissingType::Commits),
            Some((first, _)) => first,
        };
    }
    Answer::No
}
