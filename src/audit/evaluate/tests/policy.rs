//! What a policy can demand otherwise.

use super::*;

#[test]
fn as_many_people_as_the_policy_demands() {
    let two = |it: &mut Requirements| it.approvals = 2;
    let none = |it: &mut Requirements| it.approvals = 0;
    let p = pull_request;
    given(
        "two of two",
        p().approved("bob", "10:00").approved("carol", "11:00"),
    )
    .by(two)
    .is_compliant();
    given("one of two", p().approved("bob", "10:00"))
        .by(two)
        .is_warning(&[ApprovalMissing]);
    given(
        "the same person twice",
        p().approved("bob", "10:00").approved("bob", "11:00"),
    )
    .by(two)
    .is_warning(&[ApprovalMissing]);
    given(
        "the same person before and after the merge",
        p().approved("bob", "10:00").approved("bob", "13:00"),
    )
    .by(two)
    .is_warning(&[ApprovalMissing]);
    given(
        "one good, one stale",
        two_commits()
            .approved("bob", "11:00")
            .approved_on("carol", "10:00", "reviewed"),
    )
    .by(two)
    .is_warning(&[ApprovalStale]);
    given(
        "one stale of two",
        two_commits().approved_on("carol", "10:00", "reviewed"),
    )
    .by(two)
    .is_warning(&[ApprovalMissing, ApprovalStale]);
    given(
        "one good, one unclear",
        approved_by_ghost().approved("bob", "11:00"),
    )
    .by(two)
    .lacks(&[ReviewAuthor]);
    given("only one unclear of two", approved_by_ghost())
        .by(two)
        .is_warning(&[ApprovalMissing]);
    given("none of none", p()).by(none).is_compliant();
    given("nothing demanded, and refused", p().refused("bob", "11:00"))
        .by(none)
        .is_compliant();
}

#[test]
fn the_policy_may_ask_for_less() {
    let any_permission = |it: &mut Requirements| it.approver.permission = Permission::Any;
    let any_commit = |it: &mut Requirements| it.approved_commit = ApprovedCommit::Any;
    let any_contributor =
        |it: &mut Requirements| it.approver.independent_of = IndependentOf::PullRequestAuthor;
    let reader = |push: Option<bool>| {
        pull_request()
            .approved("bob", "11:00")
            .last(|it| it.author_can_push = push)
    };
    let written_by_bob = pull_request().committed(vec![commit("head").by("bob")]);
    let incomplete = PullRequest {
        commits_total: 300,
        ..with_unlinked(&["Bob"])
    };
    given("anybody may approve", reader(Some(false)))
        .by(any_permission)
        .is_compliant();
    given("whatever GitHub tells of them", reader(None))
        .by(any_permission)
        .is_compliant();
    given(
        "any commit may be approved",
        two_commits().approved_on("bob", "11:00", "reviewed"),
    )
    .by(any_commit)
    .is_compliant();
    given(
        "even an unknown one",
        pull_request()
            .approved("bob", "11:00")
            .last(|it| it.commit = None),
    )
    .by(any_commit)
    .is_compliant();
    given(
        "contributors may approve",
        written_by_bob.clone().approved("bob", "11:00"),
    )
    .by(any_contributor)
    .is_compliant();
    given(
        "unknown contributors do not matter then",
        incomplete.approved("bob", "11:00"),
    )
    .by(any_contributor)
    .is_compliant();
    given(
        "but the author may not",
        written_by_bob.approved("alice", "11:00"),
    )
    .by(any_contributor)
    .is_critical(&[ApprovalByAuthor]);
}

#[test]
fn an_app_that_the_policy_allows_may_approve() {
    let allow_app =
        |it: &mut Requirements| it.approver.bots = vec!["other".to_owned(), "approver".to_owned()];
    let by_app = |login| by(app(login), ReviewState::Approved, "11:00");
    given("an allowed app may approve", by_app("Approver"))
        .by(allow_app)
        .is_compliant();
    given("however its login is written", by_app("approver[bot]"))
        .by(allow_app)
        .is_compliant();
    given("another app may not", by_app("approver2"))
        .by(allow_app)
        .is_critical(&[ApprovalByBot]);
    given(
        "a person of the app's name counts as a person",
        by(user("approver"), ReviewState::Approved, "11:00"),
    )
    .by(allow_app)
    .is_compliant();
    given(
        "an organization of the app's name may not",
        by(
            actor("approver", ActorKind::Organization),
            ReviewState::Approved,
            "11:00",
        ),
    )
    .by(allow_app)
    .is_critical(&[ApprovalByBot]);
    for (sentence, author) in [
        ("nor where it wrote a commit", linked("approver[bot]")),
        (
            "nor where its commit is linked to nobody",
            unlinked("approver[bot]"),
        ),
    ] {
        let mut commit = commit("head").in_web_editor();
        commit.authors = vec![author];
        let pull = by_app("approver").committed(vec![commit]);
        given(sentence, pull)
            .by(allow_app)
            .is_warning(&[ApprovalByContributor]);
    }
}
