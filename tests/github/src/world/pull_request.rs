//! A pull request and everything that happened to it.
use jiff::Timestamp;

use crate::id::{Oid, UserId};

/// Whether a pull request is open, closed or merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullRequestState {
    /// Open.
    Open,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
}

/// How a pull request lands on its base branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeMethod {
    /// A merge commit with two parents.
    Merge,
    /// One new commit.
    Squash,
    /// New copies of all commits; the last is the merge commit.
    Rebase,
}

/// A pull request.
#[derive(Debug, Clone)]
pub struct PullRequest {
    /// Database id, served as `fullDatabaseId`.
    pub id: u64,
    /// Number within the repository.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// When the description was last edited.
    pub last_edited_at: Option<Timestamp>,
    /// Who opened it; none for a deleted account.
    pub author: Option<UserId>,
    /// Open, closed or merged.
    pub state: PullRequestState,
    /// Not ready for review.
    pub draft: bool,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When it was merged.
    pub merged_at: Option<Timestamp>,
    /// When it was closed without a merge.
    pub closed_at: Option<Timestamp>,
    /// When the search index has it; at once if not said. Lists and nodes always have it.
    pub searchable_at: Option<Timestamp>,
    /// Who merged it.
    pub merged_by: Option<UserId>,
    /// How it was merged.
    pub merge_method: MergeMethod,
    /// Base branch.
    pub base_name: String,
    /// Base commit just before the merge.
    pub base_oid: Oid,
    /// Head branch.
    pub head_name: String,
    /// Last commit of the head branch.
    pub head_oid: Oid,
    /// Commit that the base branch got.
    pub merge_commit: Option<Oid>,
    /// The head is in a fork.
    pub cross_repository: bool,
    /// Labels it carries now.
    pub labels: Vec<Label>,
    /// Reviews in the order of submission.
    pub reviews: Vec<Review>,
    /// Timeline in the order of time.
    pub events: Vec<Event>,
    /// Commits of the head branch that the base did not have, oldest first.
    pub commits: Vec<Oid>,
}

/// A label that a pull request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Who put it on.
    pub labeled_by: Option<UserId>,
    /// When.
    pub labeled_at: Timestamp,
}

/// State of a review, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// Approves.
    Approved,
    /// Asks for changes.
    ChangesRequested,
    /// Only comments.
    Commented,
    /// Was taken back; what it had been is in the timeline.
    Dismissed,
}

impl ReviewState {
    /// As GraphQL's `PullRequestReviewState` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Commented => "COMMENTED",
            Self::Dismissed => "DISMISSED",
        }
    }

    /// Approves, asks for changes or was dismissed: not a mere comment.
    pub fn is_opinion(self) -> bool {
        self != Self::Commented
    }
}

/// A review.
#[derive(Debug, Clone)]
pub struct Review {
    /// Database id.
    pub id: u64,
    /// What it says now.
    pub state: ReviewState,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// Who reviewed.
    pub author: Option<UserId>,
    /// Head commit that was reviewed.
    pub commit: Oid,
    /// When its text was last edited.
    pub last_edited_at: Option<Timestamp>,
    /// Its text.
    pub body: String,
}

/// Something in the timeline.
#[derive(Debug, Clone)]
pub struct Event {
    /// Database id.
    pub id: u64,
    /// When.
    pub time: Timestamp,
    /// Who; none for a deleted account.
    pub actor: Option<UserId>,
    /// What.
    pub kind: EventKind,
}

/// What happened. Spelled as GraphQL's `PullRequestTimelineItems` members, without `Event`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields repeat GitHub's published names")]
pub enum EventKind {
    /// Landed on the base branch.
    Merged { commit: Oid, base: String },
    /// A review was taken back.
    ReviewDismissed {
        review: u64,
        previous: ReviewState,
        message: Option<String>,
    },
    /// The head branch was rewritten.
    HeadRefForcePushed { before: Oid, after: Oid },
    /// The base branch was rewritten.
    BaseRefForcePushed { before: Oid, after: Oid },
    /// Another base branch was chosen.
    BaseRefChanged { previous: String, current: String },
    /// Entered the merge queue.
    AddedToMergeQueue { enqueuer: Option<UserId> },
    /// Left the merge queue.
    RemovedFromMergeQueue { reason: String },
    /// To be merged once the requirements are met.
    AutoMergeEnabled,
    /// Got a label.
    Labeled { label: String },
    /// Lost a label.
    Unlabeled { label: String },
    /// Got another title.
    RenamedTitle { previous: String, current: String },
    /// No draft any more.
    ReadyForReview,
    /// Opened again.
    Reopened,
}

impl PullRequest {
    /// When it was closed: a merge closes too.
    pub fn closed_time(&self) -> Option<Timestamp> {
        self.merged_at.or(self.closed_at)
    }

    /// The last review of each person, in the order of submission; `opinions` leaves mere comments out.
    pub fn latest_reviews(&self, opinions: bool) -> Vec<&Review> {
        let considered: Vec<&Review> = self
            .reviews
            .iter()
            .filter(|review| !opinions || review.state.is_opinion())
            .collect();
        let is_last = |index: usize, review: &Review| {
            !considered[index + 1..]
                .iter()
                .any(|later| later.author == review.author)
        };
        considered
            .iter()
            .enumerate()
            .filter(|(index, review)| is_last(*index, review))
            .map(|(_, review)| *review)
            .collect()
    }
}
