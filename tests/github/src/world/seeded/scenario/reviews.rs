//! What reviewers said, and when.
use super::{Cast, OFTEN, SELDOM, Scenario, missing, one};
use crate::world::{Verdict, builder::PullRequestBuilder};

/// The usual, as most merges are.
const USUAL: usize = 1200;

pub(super) const SCENARIOS: [Scenario; 32] = [
    one("approved by an independent writer", USUAL, approved),
    one("nobody approved", OFTEN, unreviewed),
    one("approved after the merge", OFTEN, approved_after_merge),
    one("approved before the last push", OFTEN, stale),
    one("approval dismissed", OFTEN, dismissed),
    one(
        "changes requested after the approval",
        OFTEN,
        changes_requested,
    ),
    one(
        "objection taken back by an approval",
        OFTEN,
        objection_resolved,
    ),
    one(
        "commented after the approval",
        OFTEN,
        comment_after_approval,
    ),
    one("approved anew after a push", OFTEN, approved_again),
    one("head rewritten after the approval", OFTEN, force_pushed),
    one("approved by two", OFTEN, approved_by_two),
    one("approved as usual", USUAL, approved),
    one("approved by a colleague", USUAL, approved),
    one("only commented", OFTEN, only_commented),
    one(
        "approved after the merge, and before the last push",
        SELDOM,
        late_and_stale,
    ),
    one(
        "approval dismissed after the merge",
        SELDOM,
        dismissed_after_merge,
    ),
    one(
        "dismissed and approved again",
        SELDOM,
        dismissed_and_approved,
    ),
    one(
        "objection dismissed, nobody approved",
        SELDOM,
        objection_dismissed,
    ),
    one(
        "objection of somebody else stands",
        SELDOM,
        objection_stands,
    ),
    one("objection after the merge", SELDOM, objection_after_merge),
    one("only an objection", SELDOM, only_objection),
    one(
        "approved in the second of the merge",
        SELDOM,
        approved_at_merge,
    ),
    one(
        "one approval stale, the other not",
        SELDOM,
        one_of_two_stale,
    ),
    one("rewritten, then approved", SELDOM, rewritten_then_approved),
    one(
        "objection in the second of the merge",
        SELDOM,
        objection_at_merge,
    ),
    one(
        "objection dismissed after the merge",
        SELDOM,
        objection_dismissed_after_merge,
    ),
    one(
        "dismissed and approved again after the merge",
        SELDOM,
        dismissed_and_approved_after_merge,
    ),
    one(
        "approved a commit that is not known any more",
        SELDOM,
        lost_commit,
    ),
    one(
        "approved a commit that is not known any more, and by another",
        SELDOM,
        lost_commit_and_other,
    ),
    one("approved twice by one", SELDOM, approved_twice),
    one(
        "approval took back an objection, then an objection again",
        SELDOM,
        to_and_fro,
    ),
    one(
        "objection, then mere comments",
        SELDOM,
        objection_then_comments,
    ),
];

fn approved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request.approved_by(cast.reviewer).compliant();
}

fn unreviewed(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    missing(pull_request);
}

fn approved_after_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .at(cast.after(1))
        .non_compliant(&["ApprovalAfterMerge"]);
}

fn stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .committed_by(cast.author)
        .non_compliant(&["ApprovalStale"]);
}

fn dismissed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .dismissed_by("admin", cast.reviewer)
        .non_compliant(&["ApprovalDismissed"]);
}

fn changes_requested(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .changes_requested_by(cast.reviewer)
        .non_compliant(&["ChangesRequested"]);
}

fn objection_resolved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .changes_requested_by(cast.reviewer)
        .committed_by(cast.author)
        .approved_by(cast.reviewer)
        .compliant();
}

fn comment_after_approval(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .commented_by(cast.reviewer)
        .compliant();
}

fn approved_again(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .committed_by(cast.author)
        .approved_by(cast.reviewer)
        .compliant();
}

fn force_pushed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .force_pushed_by(cast.author)
        .non_compliant(&["ApprovalStale"]);
}

fn approved_by_two(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .approved_by(cast.second)
        .compliant();
}

fn only_commented(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let commented = pull_request
        .commented_by(cast.reviewer)
        .commented_by(cast.second);
    missing(commented);
}

fn late_and_stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.second)
        .committed_by(cast.author)
        .approved_by(cast.reviewer)
        .at(cast.after(1800))
        .non_compliant(&["ApprovalAfterMerge", "ApprovalStale"]);
}

fn dismissed_after_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // It was an approval when it mattered.
    pull_request
        .approved_by(cast.reviewer)
        .dismissed_by("admin", cast.reviewer)
        .at(cast.after(60))
        .compliant();
}

fn dismissed_and_approved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .dismissed_by("admin", cast.reviewer)
        .approved_by(cast.reviewer)
        .compliant();
}

fn objection_dismissed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // Nobody objects any more, and nobody ever approved, even if GitHub then shows a green mark.
    let dismissed = pull_request
        .changes_requested_by(cast.reviewer)
        .dismissed_by("admin", cast.reviewer);
    missing(dismissed);
}

fn objection_stands(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .changes_requested_by(cast.second)
        .approved_by(cast.reviewer)
        .non_compliant(&["ChangesRequested"]);
}

fn objection_after_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .changes_requested_by(cast.second)
        .at(cast.after(1440))
        .compliant();
}

fn objection_at_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .changes_requested_by(cast.second)
        .at(cast.merged_at)
        .non_compliant(&["ChangesRequested"]);
}

fn objection_dismissed_after_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // It stood when it mattered, whatever GitHub shows now.
    pull_request
        .approved_by(cast.reviewer)
        .changes_requested_by(cast.second)
        .dismissed_by("admin", cast.second)
        .at(cast.after(60))
        .non_compliant(&["ChangesRequested"]);
}

fn dismissed_and_approved_after_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .dismissed_by("admin", cast.reviewer)
        .at(cast.after(60))
        .approved_by(cast.reviewer)
        .at(cast.after(120))
        .compliant();
}

fn lost_commit(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // It may have been the merged head.
    pull_request
        .approved_by(cast.reviewer)
        .reviewed_commit_lost()
        .declare(Verdict::Undetermined, &[]);
}

fn lost_commit_and_other(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.second)
        .reviewed_commit_lost()
        .approved_by(cast.reviewer)
        .compliant();
}

fn only_objection(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .changes_requested_by(cast.reviewer)
        .non_compliant(&["ApprovalMissing", "ChangesRequested"]);
}

fn approved_at_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .at(cast.merged_at)
        .compliant();
}

fn one_of_two_stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.second)
        .committed_by(cast.author)
        .approved_by(cast.reviewer)
        .compliant();
}

fn rewritten_then_approved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .changes_requested_by(cast.reviewer)
        .force_pushed_by(cast.author)
        .approved_by(cast.reviewer)
        .compliant();
}

fn approved_twice(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .compliant();
}

fn to_and_fro(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .changes_requested_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .changes_requested_by(cast.reviewer)
        .declare(Verdict::NonCompliant, &["ChangesRequested"]);
}

fn objection_then_comments(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.second)
        .changes_requested_by(cast.reviewer)
        .commented_by(cast.reviewer)
        .non_compliant(&["ChangesRequested"]);
}
