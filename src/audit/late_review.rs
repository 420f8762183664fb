//! The review after the merge: trust people to ship, verify afterwards. A finding whose change was reviewed in time to catch
//! what it did, if too late to prevent it, stops paging and stays non-compliant.
//!
//! What counts is asked more strictly than of an approval before the merge, whatever the policy lets pass there: by a human
//! other than everybody who wrote the change, who may write now, of the merged head, and standing when it is read: neither
//! dismissed nor followed by a request for changes. What is unclear does not count; it is read again.

use std::sync::LazyLock;

use jiff::Timestamp;

use super::approval::{Approval, Assessment};
use super::facts::{Actor, PullRequest, Review, ReviewState};
use super::requirements::{ApprovedCommit, Approver, IndependentOf, Permission, Requirements};

/// An approval after the merge that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LateReview<'a> {
    /// Who approved.
    pub by: &'a Actor,
    /// When, by GitHub's clock.
    pub at: Timestamp,
    /// GitHub's global node id of the review.
    pub review: &'a str,
    /// The commit that was approved.
    pub commit: &'a str,
}

static DEMANDED: LazyLock<Requirements> = LazyLock::new(|| Requirements {
    approvals: 1,
    approved_commit: ApprovedCommit::Head,
    approver: Approver {
        permission: Permission::Write,
        independent_of: IndependentOf::CommitAuthors,
        bots: Vec::new(),
    },
    rules: Vec::new(),
    exemptions: Vec::new(),
    emergency: None,
    severities: Vec::new(),
    owners: Vec::new(),
});

/// The first approval after the merge that counts, from the facts as they are now.
///
/// Where the change has contributors whose e-mail address GitHub links to no account, each may be one of those who approved: it
/// takes one more of them than there are such contributors.
pub fn late_review(pull: &PullRequest) -> Option<LateReview<'_>> {
    let assessment = Assessment::of(&DEMANDED, pull);
    let mut counting: Vec<LateReview<'_>> = Vec::new();
    for (review, found) in in_order_of_time(pull) {
        let known = counting.iter().any(|it| it.by.is_same_as(found.by));
        if !known && stands(review, found, pull) && counts(&assessment, review, found) {
            counting.push(found);
        }
    }
    let doubted = assessment.contributors.unlinked().len();
    counting.get(doubted)?;
    counting.first().copied()
}

fn in_order_of_time(pull: &PullRequest) -> Vec<(&Review, LateReview<'_>)> {
    let late = |review: &&Review| {
        let is_late = review.submitted_at.is_some_and(|at| at > pull.merged_at);
        is_late && review.state == ReviewState::Approved
    };
    let late = pull.reviews.iter().filter(late);
    let mut reviews: Vec<_> = late
        .filter_map(|review| Some((review, LateReview::of(review)?)))
        .collect();
    reviews.sort_by_key(|(_, found)| (found.at, found.review));
    reviews
}

/// Whether its author has not asked for changes since.
fn stands(review: &Review, found: LateReview<'_>, pull: &PullRequest) -> bool {
    let takes_back = |other: &Review| {
        other.state == ReviewState::ChangesRequested
            && other.submitted_at >= review.submitted_at
            && other
                .author
                .as_ref()
                .is_some_and(|it| it.is_same_as(found.by))
    };
    !pull.reviews.iter().any(takes_back)
}

fn counts(assessment: &Assessment<'_>, review: &Review, found: LateReview<'_>) -> bool {
    let is_author = |author: &Actor| author.is_same_as(found.by);
    let by_author = assessment.pull.author.as_ref().is_some_and(is_author);
    let quality = assessment.quality(Some(found.by), review);
    found.by.is_human() && !by_author && matches!(quality, Approval::Counts)
}

// === impl LateReview ===

impl<'a> LateReview<'a> {
    fn of(review: &'a Review) -> Option<Self> {
        Some(Self {
            by: review.author.as_ref()?,
            at: review.submitted_at?,
            review: &review.id,
            commit: review.commit.as_deref()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::fixtures::{app, commit, linked, pull_request, review, unlinked};

    fn reviewer(pull: &PullRequest) -> Option<&str> {
        late_review(pull).map(|found| found.by.login.as_str())
    }

    #[test]
    fn an_independent_approval_of_the_head_after_the_merge_counts() {
        let pull = pull_request().approved("bob", "12:30");
        let found = late_review(&pull).unwrap();
        assert_eq!(found.by.login, "bob");
        assert_eq!(found.commit, "head");
        assert_eq!(found.review, pull.reviews[0].id);
        let twice = pull.approved("carol", "12:40").approved("bob", "12:50");
        assert_eq!(reviewer(&twice), Some("bob"));
    }

    #[test]
    fn what_is_not_independent_not_permitted_or_not_of_the_head_does_not_count() {
        let none = |pull: PullRequest| assert_eq!(reviewer(&pull), None, "{:?}", pull.reviews);
        none(pull_request());
        none(pull_request().approved("bob", "11:00"));
        none(pull_request().approved("alice", "12:30"));
        none(pull_request().commented("bob", "12:30"));
        none(pull_request().approved_on("bob", "12:30", "elsewhere"));
        let written = vec![commit("head").with(linked("bob"))];
        none(pull_request().committed(written).approved("bob", "12:30"));
        let readers = pull_request().approved("bob", "12:30");
        none(readers.last(|review| review.author_can_push = Some(false)));
        let unknown = pull_request().approved("bob", "12:30");
        none(unknown.last(|review| review.author_can_push = None));
        let bot = review(Some(app("rubber-stamp")), ReviewState::Approved, "12:30");
        none(pull_request().reviewed(bot));
        let ghost = review(None, ReviewState::Approved, "12:30");
        none(pull_request().reviewed(ghost));
    }

    #[test]
    fn what_was_taken_back_does_not_count_and_what_was_given_again_does() {
        let dismissed = pull_request().approved("bob", "12:30").dismissed("12:40");
        assert_eq!(reviewer(&dismissed), None);
        let refused = pull_request()
            .approved("bob", "12:30")
            .refused("bob", "12:40");
        assert_eq!(reviewer(&refused), None);
        assert_eq!(reviewer(&refused.approved("bob", "12:50")), Some("bob"));
    }

    #[test]
    fn a_contributor_without_account_may_be_one_of_the_approvers() {
        let written = vec![commit("head").with(unlinked("Bob"))];
        let pull = pull_request().committed(written).approved("bob", "12:30");
        assert_eq!(reviewer(&pull), None);
        assert_eq!(reviewer(&pull.approved("carol", "12:40")), Some("bob"));
    }
}
