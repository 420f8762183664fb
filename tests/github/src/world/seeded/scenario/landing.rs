//! How and where it landed: the merge queue, release branches, back-merges, other bases.
use jiff::SignedDuration;

use super::{Cast, OFTEN, SELDOM, Scenario, Tell, missing, one};
use crate::world::{
    MergeMethod, Verdict,
    builder::{PullRequestBuilder, RepositoryBuilder},
};

const QUEUE: &str = "github-merge-queue[bot]";

pub(super) const SCENARIOS: [Scenario; 14] = [
    one("approved through the merge queue", OFTEN, queued),
    one("merged into another branch", OFTEN, other_branch),
    one(
        "unreviewed through the merge queue",
        SELDOM,
        queued_unreviewed,
    ),
    one(
        "approved before the last push, through the merge queue",
        SELDOM,
        queued_stale,
    ),
    Scenario {
        title: "three in one update of the merge queue",
        weight: SELDOM,
        tell: Tell::Several(3, queued_together),
    },
    one("approved into a release branch", OFTEN, release),
    one(
        "unreviewed into a release branch",
        SELDOM,
        release_unreviewed,
    ),
    Scenario {
        title: "release branch merged back, approved",
        weight: SELDOM,
        tell: Tell::Several(1, merged_back),
    },
    Scenario {
        title: "release branch merged back by its contributors",
        weight: SELDOM,
        tell: Tell::Several(1, merged_back_by_contributor),
    },
    one(
        "another base was chosen after the approval",
        SELDOM,
        retargeted,
    ),
    one("a draft at first", SELDOM, was_draft),
    one("closed and opened again", SELDOM, reopened),
    one("merged automatically once approved", OFTEN, automatic),
    one("head branch kept", SELDOM, head_kept),
];

fn queued(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .queued_by(cast.author)
        .merged_by(QUEUE)
        .method(MergeMethod::Merge)
        .compliant();
}

fn other_branch(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    pull_request
        .base("develop")
        .declare(Verdict::OutOfScope, &[]);
}

fn queued_unreviewed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let queued = pull_request.queued_by(cast.author).merged_by(QUEUE);
    missing(queued.method(MergeMethod::Squash));
}

fn queued_stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .committed_by(cast.author)
        .queued_by(cast.second)
        .merged_by(QUEUE)
        .method(MergeMethod::Merge)
        .non_compliant(&["ApprovalStale"]);
}

/// The queue moves the branch once, over three pull requests, of which one slipped through.
fn queued_together(repository: &mut RepositoryBuilder<'_>, cast: &Cast) {
    let group = [
        (cast.author, Some(cast.reviewer)),
        (cast.second, None),
        (cast.reviewer, Some(cast.author)),
    ];
    for (author, approver) in group {
        let told = cast
            .open(repository, "one of three in one update of the merge queue")
            .author(author);
        let told = approver
            .into_iter()
            .fold(told, PullRequestBuilder::approved_by);
        let told = told
            .queued_by(author)
            .merged_by(QUEUE)
            .method(MergeMethod::Squash);
        match approver {
            Some(_) => drop(told.compliant()),
            None => missing(told),
        }
    }
}

fn release(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .base("release/1")
        .approved_by(cast.reviewer)
        .extended(Verdict::Compliant, &[])
        .declare(Verdict::OutOfScope, &[]);
}

fn release_unreviewed(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    pull_request
        .base("release/1")
        .extended(Verdict::NonCompliant, &["ApprovalMissing"])
        .declare(Verdict::OutOfScope, &[]);
}

/// A release branch of its own, with two fixes that nobody pulled into the default branch yet.
fn fixed_release(repository: &mut RepositoryBuilder<'_>, cast: &Cast) -> String {
    let branch = format!("release/{}", cast.ticket);
    let start = cast.merged_at - SignedDuration::from_hours(3);
    repository.push(&branch, cast.author, start);
    repository.push(&branch, cast.second, start + SignedDuration::from_secs(300));
    branch
}

fn merged_back(repository: &mut RepositoryBuilder<'_>, cast: &Cast) {
    let branch = fixed_release(repository, cast);
    cast.open(repository, "release branch merged back, approved")
        .from_branch(&branch)
        .method(MergeMethod::Merge)
        .approved_by(cast.reviewer)
        .compliant();
}

fn merged_back_by_contributor(repository: &mut RepositoryBuilder<'_>, cast: &Cast) {
    let branch = fixed_release(repository, cast);
    cast.open(repository, "release branch merged back by its contributors")
        .from_branch(&branch)
        .method(MergeMethod::Merge)
        .approved_by(cast.second)
        .non_compliant(&["ApprovalByContributor"]);
}

fn retargeted(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .base_changed_by(cast.author, "develop")
        .compliant();
}

fn was_draft(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .readied_by(cast.author)
        .approved_by(cast.reviewer)
        .compliant();
}

fn reopened(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .reopened_by(cast.author)
        .compliant();
}

fn automatic(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .auto_merge_enabled_by(cast.author)
        .approved_by(cast.reviewer)
        .compliant();
}

fn head_kept(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .keeping_head()
        .approved_by(cast.reviewer)
        .compliant();
}
