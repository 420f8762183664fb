//! Who wrote the change may not approve it.

use super::*;

/// This commit, and bob's approval.
fn of(commit: Commit) -> PullRequest {
    let pull = pull_request().committed(vec![commit]);
    pull.approved("bob", "11:00")
}

/// As if GitHub listed only some of the commits.
fn cut(pull: PullRequest) -> PullRequest {
    PullRequest {
        commits_total: 300,
        ..pull
    }
}

#[test]
fn the_approver_wrote_nothing_of_it() {
    let committed_by_bob = {
        let mut commit = commit("head");
        commit.committer = Some(linked("bob"));
        commit
    };
    given(
        "the approver authored a commit",
        of(commit("head").by("bob")),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "the approver committed another's commit",
        of(committed_by_bob),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "the approver co-authored a commit",
        of(commit("head").with(linked("bob"))),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "the approver edited it on the web",
        of(commit("head").by("bob").in_web_editor()),
    )
    .is_warning(&[ApprovalByContributor]);
}

#[test]
fn what_github_commits_makes_only_its_author_a_contributor() {
    given(
        "the approver's suggestion was accepted by the author",
        of(commit("head").suggested_by("bob")),
    )
    .is_compliant();
    given(
        "the approver accepted another's suggestion",
        of(commit("head").by("bob").suggested_by("carol")),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "a commit in the web editor that is no suggestion has co-authors",
        of(commit("head").with(linked("bob")).in_web_editor()),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "a commit that only says it is a suggestion has co-authors",
        of({
            let mut commit = commit("head").suggested_by("bob");
            commit.made_by_github = false;
            commit
        }),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "the approver pressed the update-branch button",
        updated_from_base().approved("bob", "11:00"),
    )
    .is_compliant();
    given(
        "the approver merged the base branch on their own machine",
        of({
            let mut commit = commit("head").by("bob");
            commit.parents = 2;
            commit
        }),
    )
    .is_warning(&[ApprovalByContributor]);
}

#[test]
fn a_contributor_among_others_is_no_harm() {
    let p = pull_request;
    given(
        "a contributor approved an old commit",
        p().committed(vec![commit("reviewed").by("bob"), commit("head")])
            .approved_on("bob", "11:00", "reviewed"),
    )
    .is_warning(&[ApprovalStale, ApprovalByContributor]);
    given(
        "a contributor and somebody independent approved",
        of(commit("head").by("bob")).approved("carol", "11:00"),
    )
    .is_compliant();
    given(
        "a contributor objects to what somebody independent approved",
        p().committed(vec![commit("head").by("bob")])
            .refused("bob", "10:00")
            .approved("carol", "11:00"),
    )
    .is_critical(&[ChangesRequested]);
}

#[test]
fn unknown_contributors_leave_independence_open() {
    given(
        "one unlinked author, one approval",
        with_unlinked(&["Bob"]).approved("bob", "11:00"),
    )
    .lacks(&[CommitAuthor]);
    given(
        "one unlinked author of several commits, two approvals",
        with_unlinked(&["Bob", "Bob"])
            .approved("bob", "11:00")
            .approved("carol", "11:00"),
    )
    .is_compliant();
    given(
        "two unlinked authors, two approvals",
        with_unlinked(&["Bob", "Carol"])
            .approved("bob", "11:00")
            .approved("carol", "11:00"),
    )
    .lacks(&[CommitAuthor]);
    given(
        "an unlinked author, and nobody approved",
        with_unlinked(&["Bob"]),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "an unlinked author, and only the author approved",
        with_unlinked(&["Bob"]).approved("alice", "11:00"),
    )
    .is_critical(&[ApprovalByAuthor]);
}

#[test]
fn apps_and_unlisted_commits_are_not_taken_for_people_one_knows() {
    given("an app's commit, signed by GitHub", {
        let mut commit = commit("head").in_web_editor();
        commit.authors = vec![unlinked("dependabot[bot]")];
        pull_request()
            .committed(vec![commit])
            .approved("bob", "11:00")
    })
    .is_compliant();
    given(
        "anybody can call themselves an app",
        with_unlinked(&["dependabot[bot]"]).approved("bob", "11:00"),
    )
    .lacks(&[CommitAuthor]);
    given(
        "GitHub listed only some of the commits",
        cut(pull_request()).approved("bob", "11:00"),
    )
    .lacks(&[Commits]);
    given(
        "some commits are unknown, but the approver wrote a known one",
        cut(pull_request().committed(vec![commit("head").by("bob")])).approved("bob", "11:00"),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "some commits are unknown, and nobody approved",
        cut(pull_request()),
    )
    .is_critical(&[ApprovalMissing]);
}
