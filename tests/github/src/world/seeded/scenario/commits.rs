//! Whose commits they are: co-authors, committers, apps, suggestions, updates from the base branch, unlinked addresses.
use super::{Cast, OFTEN, SELDOM, Scenario, missing, one};
use crate::world::{Verdict, builder::PullRequestBuilder};

const DEPENDABOT: &str = "dependabot[bot]";

pub(super) const SCENARIOS: [Scenario; 23] = [
    one("approved by a co-author", OFTEN, by_co_author),
    one("approved by the committer", OFTEN, by_committer),
    one("dependency update, unreviewed", OFTEN, bot_unreviewed),
    one("dependency update, approved", OFTEN, bot_approved),
    one(
        "updated from the base branch after the approval",
        OFTEN,
        updated,
    ),
    one("co-authored, approved by another", OFTEN, co_authored),
    one(
        "approved by a contributor, and before the last push",
        SELDOM,
        contributor_and_stale,
    ),
    one("updated from the base branch twice", SELDOM, updated_twice),
    one(
        "updated by the reviewer, then approved",
        SELDOM,
        updated_by_reviewer,
    ),
    one(
        "updated, then pushed, after the approval",
        SELDOM,
        updated_then_pushed,
    ),
    one(
        "base branch merged by hand after the approval",
        SELDOM,
        updated_by_hand,
    ),
    one(
        "base branch merged by hand by the reviewer",
        SELDOM,
        updated_by_hand_by_reviewer,
    ),
    one(
        "reviewer's suggestion accepted, approved",
        OFTEN,
        suggestion_accepted,
    ),
    one(
        "suggestion accepted after the approval",
        SELDOM,
        suggestion_after_approval,
    ),
    one(
        "approved by who accepted the suggestion",
        SELDOM,
        accepted_by_reviewer,
    ),
    one(
        "edited on the web by the reviewer",
        SELDOM,
        edited_by_reviewer,
    ),
    one("edited on the web by the author", SELDOM, edited_by_author),
    one("unlinked e-mail address, approved by one", SELDOM, unlinked),
    one(
        "unlinked e-mail address, approved by two",
        SELDOM,
        unlinked_and_two,
    ),
    one(
        "unlinked e-mail address, nobody approved",
        SELDOM,
        unlinked_unreviewed,
    ),
    one(
        "dependency update with a human commit, unreviewed",
        SELDOM,
        bot_and_human,
    ),
    one(
        "dependency update with a human commit, approved by that human",
        SELDOM,
        bot_and_approver,
    ),
    one(
        "human commit in a dependency update's name",
        SELDOM,
        disguised,
    ),
];

fn by_co_author(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .committed_by(cast.author)
        .co_authored_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}

fn by_committer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .committed_by(cast.author)
        .with_committer(cast.reviewer)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}

fn bot_unreviewed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let update = pull_request
        .title("Bump serde from 1.0.1 to 1.0.2")
        .author(DEPENDABOT)
        .merged_by(cast.second)
        .extended(Verdict::Exempt, &[]);
    missing(update);
}

fn bot_approved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // What is compliant needs no exemption.
    pull_request
        .author(DEPENDABOT)
        .approved_by(cast.reviewer)
        .compliant();
}

fn updated(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .updated_from_base_by(cast.author)
        .compliant();
}

fn co_authored(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .committed_by(cast.author)
        .co_authored_by(cast.second)
        .approved_by(cast.reviewer)
        .compliant();
}

fn contributor_and_stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .committed_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor", "ApprovalStale"]);
}

fn updated_twice(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .updated_from_base_by(cast.author)
        .updated_from_base_by(cast.second)
        .compliant();
}

fn updated_by_reviewer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // Whoever presses the button writes nothing.
    pull_request
        .updated_from_base_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .compliant();
}

fn updated_then_pushed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .updated_from_base_by(cast.author)
        .committed_by(cast.author)
        .non_compliant(&["ApprovalStale"]);
}

fn updated_by_hand(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // A merge that somebody made can hold anything.
    pull_request
        .approved_by(cast.reviewer)
        .merged_base_by_hand(cast.author)
        .non_compliant(&["ApprovalStale"]);
}

fn updated_by_hand_by_reviewer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .merged_base_by_hand(cast.reviewer)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}

fn suggestion_accepted(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // To suggest is to review.
    pull_request
        .commented_by(cast.reviewer)
        .suggestion_accepted_by(cast.author, cast.reviewer)
        .approved_by(cast.reviewer)
        .compliant();
}

fn suggestion_after_approval(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .suggestion_accepted_by(cast.author, cast.reviewer)
        .non_compliant(&["ApprovalStale"]);
}

fn accepted_by_reviewer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .commented_by(cast.second)
        .suggestion_accepted_by(cast.reviewer, cast.second)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}

fn edited_by_reviewer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .edited_on_web_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}

fn edited_by_author(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .edited_on_web_by(cast.author)
        .approved_by(cast.reviewer)
        .compliant();
}

fn unlinked(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // The approver may be behind the address.
    pull_request
        .committed_by(cast.author)
        .committed_by_unlinked("Build Machine")
        .approved_by(cast.reviewer)
        .declare(Verdict::Undetermined, &[]);
}

fn unlinked_and_two(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // One person is at most one of two.
    pull_request
        .committed_by(cast.author)
        .committed_by_unlinked("Build Machine")
        .approved_by(cast.reviewer)
        .approved_by(cast.second)
        .compliant();
}

fn unlinked_unreviewed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let commit = pull_request.committed_by(cast.author);
    missing(commit.committed_by_unlinked("Build Machine"));
}

fn bot_and_human(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let update = pull_request.author(DEPENDABOT).committed_by(DEPENDABOT);
    missing(update.committed_by(cast.author));
}

fn bot_and_approver(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .author(DEPENDABOT)
        .committed_by(DEPENDABOT)
        .committed_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}

fn disguised(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // Its author's name is the app's, and no signature of GitHub's proves it.
    let commit = pull_request
        .author(DEPENDABOT)
        .committed_by(DEPENDABOT)
        .with_committer(cast.author);
    missing(commit);
}
