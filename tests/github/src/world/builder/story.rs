//! The story of one pull request as data: what is told before it is replayed.
use jiff::Timestamp;

use crate::{
    id::UserId,
    world::{MergeMethod, PullRequestState, ReviewState, Verdict},
};

/// What one step of the story does.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Commit(Hands),
    /// Merges the base branch into the head: by GitHub's button, or by hand.
    UpdateFromBase {
        by_hand: bool,
    },
    ForcePush,
    Review(ReviewState),
    Dismiss {
        reviewer: Option<UserId>,
    },
    Label(String),
    Unlabel(String),
    Queue,
    AutoMerge,
    ChangeBase {
        from: String,
    },
    EditBody(String),
    Retitle(String),
    LoseReviewedCommit,
    Ready,
    Reopen,
}

/// Whose hands a commit went through, besides the actor's, who is the first author.
#[derive(Debug, Clone, Default)]
pub(super) struct Hands {
    pub(super) co_authors: Vec<Option<UserId>>,
    /// The actor, if none.
    pub(super) committer: Option<UserId>,
    /// An author whose e-mail address is linked to no account stands in for the actor.
    pub(super) unlinked: Option<String>,
    /// Made in GitHub's web interface, or by an app: GitHub commits and signs it.
    pub(super) by_github: bool,
    /// A suggestion in a review that was accepted: the suggester's login.
    pub(super) suggested_by: Option<String>,
}

/// One step of the story.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) actor: Option<UserId>,
    pub(super) time: Option<Timestamp>,
    pub(super) action: Action,
}

/// Who merges.
#[derive(Debug, Clone, Copy)]
pub(super) enum Merger {
    Author,
    Account(Option<UserId>),
}

/// The whole story.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) title: String,
    pub(super) body: String,
    pub(super) author: Option<UserId>,
    pub(super) base: String,
    pub(super) head: Head,
    pub(super) draft: bool,
    pub(super) created_at: Option<Timestamp>,
    pub(super) merged_at: Option<Timestamp>,
    pub(super) searchable_at: Option<Timestamp>,
    pub(super) merger: Merger,
    pub(super) method: MergeMethod,
    pub(super) steps: Vec<Step>,
    pub(super) outcome: PullRequestState,
    /// What kind of change it is, in words.
    pub(super) kind: String,
    pub(super) extended: Difference,
}

/// The head branch.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) name: Option<String>,
    /// It exists already, and its commits are the pull request's.
    pub(super) is_taken: bool,
    /// It stays after the merge.
    pub(super) is_kept: bool,
    pub(super) in_fork: bool,
}

/// In what the declaration for the extended policy differs.
#[derive(Debug, Clone, Default)]
pub(super) struct Difference {
    pub(super) verdict: Option<(Verdict, Vec<String>)>,
    pub(super) emergency: bool,
}
