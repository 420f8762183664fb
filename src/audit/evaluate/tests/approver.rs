//! Who may approve: somebody else, who may write.

use super::*;

#[test]
fn the_approver_is_somebody_else() {
    let p = pull_request;
    given("approved by the author", p().approved("alice", "11:00"))
        .is_critical(&[ApprovalByAuthor]);
    given(
        "approved by the author and stale by somebody else",
        two_commits()
            .approved("alice", "11:00")
            .approved_on("bob", "11:00", "reviewed"),
    )
    .is_warning(&[ApprovalStale, ApprovalByAuthor]);
    given(
        "approved by an app",
        by(app("approver"), ReviewState::Approved, "11:00")
            .last(|it| it.author_can_push = Some(false)),
    )
    .is_critical(&[ApprovalByBot]);
    given(
        "approved by an imported person's placeholder",
        by(
            actor("old-bob", ActorKind::Mannequin),
            ReviewState::Approved,
            "11:00",
        ),
    )
    .is_critical(&[ApprovalByBot]);
    given(
        "approved by an enterprise's person",
        by(
            actor("bob_acme", ActorKind::EnterpriseUserAccount),
            ReviewState::Approved,
            "11:00",
        ),
    )
    .is_compliant();
    given(
        "an app requests changes of what a person approved",
        by(app("linter"), ReviewState::ChangesRequested, "10:00").approved("bob", "11:00"),
    )
    .is_compliant();
}

#[test]
fn renamed_and_deleted_accounts_are_told_apart_as_far_as_they_can_be() {
    let p = pull_request;
    given("the author is an app", {
        let mut pull = p().approved("bob", "11:00");
        pull.author = Some(app("dependabot"));
        pull
    })
    .is_compliant();
    given("the author's account is deleted", {
        let mut pull = p().approved("bob", "11:00");
        pull.author = None;
        pull
    })
    .is_compliant();
    given(
        "an account that was renamed in between is the same person",
        p().approved("alice", "11:00").last(|it| {
            it.author.as_mut().unwrap().login = "alice-acme".to_owned();
        }),
    )
    .is_critical(&[ApprovalByAuthor]);
    given(
        "an objection is withdrawn under the account's new name",
        p().refused("bob", "10:00")
            .approved("bob", "11:00")
            .last(|it| "bob-acme".clone_into(&mut it.author.as_mut().unwrap().login)),
    )
    .is_compliant();
    given("approved by a deleted account", approved_by_ghost()).lacks(&[ReviewAuthor]);
    given(
        "approved by a deleted account and somebody else",
        approved_by_ghost().approved("bob", "11:00"),
    )
    .is_compliant();
    given(
        "approved by a deleted account, on another commit",
        approved_by_ghost().last(|it| it.commit = Some("old".to_owned())),
    )
    .is_warning(&[ApprovalStale]);
    given(
        "changes requested by a deleted account of what somebody approved",
        p().reviewed(review(None, ReviewState::ChangesRequested, "10:00"))
            .approved("bob", "11:00"),
    )
    .lacks(&[ReviewAuthor]);
}

#[test]
fn people_are_their_accounts_whatever_these_are_called() {
    let p = pull_request;
    let by = |id: Option<i64>, login: &str| Actor {
        id,
        login: login.to_owned(),
        kind: ActorKind::User,
    };
    let approved = |by: Actor| p().reviewed(review(Some(by), ReviewState::Approved, "11:00"));
    given(
        "somebody else has the author's former login now",
        approved(by(Some(99), "alice")),
    )
    .is_compliant();
    given(
        "the author under another login",
        approved(by(user("alice").id, "alice-acme")),
    )
    .is_critical(&[ApprovalByAuthor]);
    given(
        "the author, in other letters, whose id is not told",
        approved(by(None, "Alice")),
    )
    .is_critical(&[ApprovalByAuthor]);
    let co_author = Contributor {
        user: Some(by(None, "BOB")),
        name: Some("Robert".to_owned()),
    };
    given(
        "a co-author, in other letters, whose id is not told",
        p().committed(vec![commit("head").with(co_author)])
            .approved("bob", "11:00"),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "an app of the author's login is not the author",
        p().opened_by(app("helper")).approved("helper", "11:00"),
    )
    .is_compliant();
}

#[test]
fn the_approver_may_write() {
    let cannot = |push: Option<bool>| {
        pull_request()
            .approved("bob", "11:00")
            .last(|it| it.author_can_push = push)
    };
    let refused = |push: Option<bool>| {
        pull_request()
            .refused("carol", "10:00")
            .last(|it| it.author_can_push = push)
            .approved("bob", "11:00")
    };
    given("the approver cannot write", cannot(Some(false))).is_warning(&[ApproverWithoutWrite]);
    given(
        "a day later that still tells about the merge",
        cannot(Some(false)).observed_after(24),
    )
    .is_warning(&[ApproverWithoutWrite]);
    given(
        "after more than a day it does not",
        cannot(Some(false)).observed_after(25),
    )
    .lacks(&[ApproverPermission]);
    given(
        "who can write after more than a day could then",
        cannot(Some(true)).observed_after(25),
    )
    .is_compliant();
    given("GitHub does not tell", cannot(None)).lacks(&[ApproverPermission]);
    given(
        "it cannot tell, but another's approval counts",
        cannot(None).approved("carol", "11:00"),
    )
    .is_compliant();
    given(
        "an objection by somebody who cannot write",
        refused(Some(false)),
    )
    .is_compliant();
    given(
        "an objection by somebody who may not be able to write",
        refused(None),
    )
    .lacks(&[ApproverPermission]);
}
