//! The story of one pull request as data: what is told before it is replayed.
use jiff::Timestamp;

use crate::{
    id::UserId,
    world::{MergeMethod, PullRequestState, ReviewState},
};

/// What one step of the story does.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Commit {
        co_authors: Vec<Option<UserId>>,
        committer: Option<UserId>,
    },
    UpdateFromBase,
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
    pub(super) head: Option<String>,
    pub(super) fork: bool,
    pub(super) draft: bool,
    pub(super) created_at: Option<Timestamp>,
    pub(super) merged_at: Option<Timestamp>,
    pub(super) merger: Merger,
    pub(super) method: MergeMethod,
    pub(super) steps: Vec<Step>,
    pub(super) outcome: PullRequestState,
}
