//! Stories so long that what decides stands on a later page.
use super::{Cast, RARE, Scenario, missing, one};
use crate::world::{Verdict, builder::PullRequestBuilder};

pub(super) const SCENARIOS: [Scenario; 8] = [
    one("approved after 130 comments", RARE, approved_at_last),
    one("objection after 120 comments", RARE, objection_at_last),
    one(
        "approver wrote one of 115 commits",
        RARE,
        contributor_at_last,
    ),
    one(
        "approver is the last of 30 co-authors",
        RARE,
        co_author_at_last,
    ),
    one("dismissed 105 times", RARE, dismissed_often),
    one("emergency after 120 labels", RARE, labelled_often),
    one("260 commits, approved", RARE, too_many_commits),
    one("260 commits, nobody approved", RARE, too_many_unreviewed),
];

/// Steps in a row, alike.
fn often<'b>(
    told: PullRequestBuilder<'b>,
    count: usize,
    step: impl Fn(PullRequestBuilder<'b>) -> PullRequestBuilder<'b>,
) -> PullRequestBuilder<'b> {
    (0..count).fold(told, |told, _| step(told))
}

fn approved_at_last(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request.created_at(cast.long_before());
    often(told, 130, |told| told.commented_by(cast.second))
        .approved_by(cast.reviewer)
        .compliant();
}

fn objection_at_last(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request
        .created_at(cast.long_before())
        .approved_by(cast.reviewer);
    often(told, 120, |told| told.commented_by(cast.second))
        .changes_requested_by(cast.reviewer)
        .non_compliant(&["ChangesRequested"]);
}

fn contributor_at_last(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .created_at(cast.long_before())
        .committed_often_by(cast.author, 110)
        .committed_by(cast.reviewer)
        .committed_often_by(cast.author, 4)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}

fn dismissed_often<'b>(pull_request: PullRequestBuilder<'b>, cast: &Cast) {
    let told = pull_request.created_at(cast.long_before());
    let dismissed = |told: PullRequestBuilder<'b>| {
        told.approved_by(cast.reviewer)
            .dismissed_by("admin", cast.reviewer)
    };
    often(told, 105, dismissed).non_compliant(&["ApprovalDismissed"]);
}

/// After the merge it is retitled, too, further on than a page: the ticket was there when it mattered.
fn labelled_often(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request
        .created_at(cast.long_before())
        .body("Justification: customers cannot pay.");
    let told = often(told, 60, |told| {
        told.labeled_by(cast.author, "wip")
            .unlabeled_by(cast.author, "wip")
    });
    let labelled = told.labeled_by(cast.author, "emergency").an_emergency();
    let retitled = labelled.retitled_by(cast.author, "Customers can pay again");
    missing(retitled.at(cast.after(60)));
}

fn too_many_commits(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // GitHub lists 250 of them: whether the approver wrote one of the others, it does not tell.
    pull_request
        .created_at(cast.long_before())
        .committed_often_by(cast.author, 260)
        .approved_by(cast.reviewer)
        .declare(Verdict::Undetermined, &[]);
}

fn too_many_unreviewed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request
        .created_at(cast.long_before())
        .committed_often_by(cast.author, 260);
    missing(told);
}

fn co_author_at_last(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request.committed_by(cast.author);
    (1..30)
        .fold(told, |told, number| {
            told.co_authored_by(&format!("mob-{number}"))
        })
        .co_authored_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .non_compliant(&["ApprovalByContributor"]);
}
