//! Which commit an approval is of.

use super::*;

/// Approved on `reviewed` by somebody who had nothing to do with it.
fn on_reviewed(pull: PullRequest) -> PullRequest {
    pull.approved_on("dave", "11:00", "reviewed")
}

#[test]
fn the_approval_is_of_the_merged_head() {
    given(
        "a commit came after the approval",
        on_reviewed(two_commits()),
    )
    .is_warning(&[ApprovalStale]);
    given(
        "the approved commit was pushed away",
        pull_request().approved_on("bob", "11:00", "gone"),
    )
    .is_warning(&[ApprovalStale]);
    given(
        "GitHub does not know the commit any more",
        pull_request()
            .approved("bob", "11:00")
            .last(|it| it.commit = None),
    )
    .lacks(&[ReviewCommit]);
    given(
        "stale by one, of the head by another",
        two_commits()
            .approved_on("bob", "10:00", "reviewed")
            .approved("carol", "11:00"),
    )
    .is_compliant();
}

#[test]
fn an_update_from_the_base_branch_keeps_the_approval() {
    let merging_a_branch = pull_request().committed(vec![
        commit("side").by("carol"),
        commit("reviewed"),
        commit("head").merging(&["reviewed", "side"]),
    ]);
    let parents_unknown = {
        let mut pull = updated_from_base();
        pull.commits[1].parent_oids.clear();
        pull
    };
    let merged_by_hand = {
        let mut pull = updated_from_base();
        pull.commits[1].made_by_github = false;
        pull
    };
    let twice_updated = pull_request().committed(vec![
        commit("reviewed"),
        commit("once").merging(&["reviewed", "base-1"]),
        commit("head").merging(&["once", "base-2"]),
    ]);
    given(
        "only an update from the base branch came after",
        on_reviewed(updated_from_base()),
    )
    .is_compliant();
    given(
        "only two such updates came after",
        on_reviewed(twice_updated),
    )
    .is_compliant();
    given(
        "an update, but the approved commit was pushed away",
        updated_from_base().approved_on("dave", "11:00", "gone"),
    )
    .is_warning(&[ApprovalStale]);
    given(
        "GitHub merged another branch into it after",
        on_reviewed(merging_a_branch),
    )
    .is_warning(&[ApprovalStale]);
    given("a merge by hand came after", on_reviewed(merged_by_hand)).is_warning(&[ApprovalStale]);
    given(
        "what an update merged was not read",
        on_reviewed(parents_unknown),
    )
    .lacks(&[PartialAnswer]);
}

#[test]
fn an_update_cannot_be_told_where_commits_or_parents_are_unknown() {
    let by_anybody =
        |it: &mut Requirements| it.approver.independent_of = IndependentOf::PullRequestAuthor;
    let cut = |pull: PullRequest| PullRequest {
        commits_total: 300,
        ..pull
    };
    let head_unlisted = PullRequest {
        head_commit: "unlisted".to_owned(),
        ..cut(pull_request())
    };
    let parents_unknown = {
        let mut pull = updated_from_base();
        pull.commits[1].parent_oids.clear();
        pull
    };
    given("the head is not listed", on_reviewed(head_unlisted))
        .by(by_anybody)
        .lacks(&[Commits]);
    given(
        "what was merged may be an unlisted commit of it",
        on_reviewed(cut(updated_from_base())),
    )
    .by(by_anybody)
    .lacks(&[Commits]);
    given(
        "a commit by hand is the head, whatever else there is",
        on_reviewed(cut(two_commits())),
    )
    .by(by_anybody)
    .is_warning(&[ApprovalStale]);
    given(
        "no update can lead to a commit that was pushed away",
        parents_unknown.approved_on("dave", "11:00", "gone"),
    )
    .is_warning(&[ApprovalStale]);
}
