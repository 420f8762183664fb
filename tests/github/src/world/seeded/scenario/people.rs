//! Who reviewed, opened and merged: readers, apps, people who left, the author.
use super::{Cast, OFTEN, SELDOM, Scenario, missing, one};
use crate::world::{Verdict, builder::PullRequestBuilder, seeded::PLACEHOLDER};

const REVIEW_BOT: &str = "review-helper[bot]";

pub(super) const SCENARIOS: [Scenario; 17] = [
    one("approved by a bot", OFTEN, by_bot),
    one("approved by a reader", OFTEN, by_reader),
    one("approved by somebody who left", SELDOM, by_ghost),
    one("opened by somebody who left", SELDOM, ghost_author),
    one(
        "approved and merged by the reviewer",
        OFTEN,
        merged_by_reviewer,
    ),
    one(
        "merged by somebody else without review",
        OFTEN,
        merged_by_other,
    ),
    one("approved from a fork", OFTEN, fork),
    one("from a fork, nobody approved", SELDOM, fork_unreviewed),
    one("approved by its own author", SELDOM, by_author),
    one("approved by a bot and by a human", SELDOM, by_bot_and_human),
    one(
        "approved by a reader, and before the last push",
        SELDOM,
        reader_and_stale,
    ),
    one("a reader objects", SELDOM, reader_objects),
    one("merged by somebody who left", SELDOM, merged_by_ghost),
    one(
        "merged unreviewed by somebody who left",
        SELDOM,
        merged_unreviewed_by_ghost,
    ),
    one(
        "approved by somebody who left and by another",
        SELDOM,
        by_ghost_and_other,
    ),
    one(
        "approved by a placeholder of an import",
        SELDOM,
        by_placeholder,
    ),
    one("somebody who left objected", SELDOM, ghost_objects),
];

fn by_bot(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    pull_request
        .approved_by(REVIEW_BOT)
        .non_compliant(&["ApprovalByBot"]);
}

fn by_reader(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reader)
        .non_compliant(&["ApproverWithoutWrite"]);
}

fn by_ghost(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    // Whose account is gone could be anybody, the author too: nobody can tell whether it was independent.
    pull_request
        .approved_by("ghost")
        .declare(Verdict::Undetermined, &[]);
}

fn ghost_author(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .author("ghost")
        .committed_by(cast.second)
        .approved_by(cast.reviewer)
        .compliant();
}

fn merged_by_reviewer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .merged_by(cast.reviewer)
        .compliant();
}

fn merged_by_other(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    missing(pull_request.merged_by(cast.second));
}

fn fork(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .author("contributor")
        .from_fork()
        .approved_by(cast.reviewer)
        .compliant();
}

fn fork_unreviewed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let forked = pull_request.author("contributor").from_fork();
    missing(forked.merged_by(cast.second));
}

fn by_author(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // GitHub's own page refuses it; imports and old servers have it.
    pull_request
        .approved_by(cast.author)
        .non_compliant(&["ApprovalByAuthor"]);
}

fn by_bot_and_human(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(REVIEW_BOT)
        .approved_by(cast.reviewer)
        .compliant();
}

fn reader_and_stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .committed_by(cast.author)
        .approved_by(cast.reader)
        .non_compliant(&["ApprovalStale", "ApproverWithoutWrite"]);
}

fn reader_objects(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // It takes write permission to block, as it does to approve.
    pull_request
        .changes_requested_by(cast.reader)
        .approved_by(cast.reviewer)
        .compliant();
}

fn merged_by_ghost(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .merged_by("ghost")
        .compliant();
}

fn merged_unreviewed_by_ghost(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    missing(pull_request.merged_by("ghost"));
}

fn by_ghost_and_other(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by("ghost")
        .approved_by(cast.reviewer)
        .compliant();
}

fn ghost_objects(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // Whether they could write is not known any more, and so not whether the objection stood.
    pull_request
        .changes_requested_by("ghost")
        .approved_by(cast.reviewer)
        .declare(Verdict::Undetermined, &[]);
}

fn by_placeholder(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    // Nobody can sign in as a placeholder.
    pull_request
        .approved_by(PLACEHOLDER)
        .non_compliant(&["ApprovalByBot"]);
}
