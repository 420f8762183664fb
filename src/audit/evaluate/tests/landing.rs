//! The ways in which a pull request lands, and the accounts that have a part in it.

use super::*;

/// Opened by this account, which wrote its one commit.
fn opened_by(author: Actor) -> PullRequest {
    let mut commit = commit("head").by(&author.login);
    commit.authors[0].user = Some(author.clone());
    commit.committer = Some(commit.authors[0].clone());
    pull_request().opened_by(author).committed(vec![commit])
}

/// Opened by dependabot, committed by GitHub for it.
fn update() -> PullRequest {
    let mut commit = commit("head").in_web_editor();
    commit.authors = vec![unlinked("dependabot[bot]")];
    pull_request()
        .opened_by(app("dependabot"))
        .committed(vec![commit])
}

fn merged(by: Option<Actor>, merge_commit: Option<&str>) -> PullRequest {
    PullRequest {
        merged_by: by,
        merge_commit: merge_commit.map(str::to_owned),
        ..pull_request()
    }
}

#[test]
fn whoever_merges_and_however_the_approval_decides() {
    for (sentence, pull) in [
        (
            "merged with a merge commit",
            merged(Some(user("mallory")), Some("merge")),
        ),
        ("squashed", merged(Some(user("mallory")), Some("squashed"))),
        (
            "rebased, of which only the last commit is told",
            merged(Some(user("mallory")), Some("last")),
        ),
        (
            "merged by the queue",
            merged(Some(app("github-merge-queue")), Some("queued")),
        ),
        ("merged by nobody knows whom", merged(None, Some("merge"))),
        (
            "merged by its author",
            merged(Some(user("alice")), Some("merge")),
        ),
        (
            "merged by its approver",
            merged(Some(user("bob")), Some("merge")),
        ),
        (
            "whose merge commit is not told",
            merged(Some(user("mallory")), None),
        ),
    ] {
        given(sentence, pull.clone().approved("bob", "11:00")).is_compliant();
        given(sentence, pull.clone()).is_critical(&[ApprovalMissing]);
        given(sentence, pull.clone().approved("alice", "11:00")).is_critical(&[ApprovalByAuthor]);
        given(sentence, pull.approved("bob", "12:01")).is_critical(&[ApprovalAfterMerge]);
    }
}

#[test]
fn who_merged_is_no_contributor_but_named() {
    let case = given("nobody knows who merged", merged(None, Some("merge")));
    assert_eq!(
        case.messages(),
        ["merged at 2026-03-02T12:00:00Z with 0 of 1 approvals"]
    );
    let case = given(
        "the queue merged",
        merged(Some(app("github-merge-queue")), None),
    );
    assert!(
        case.messages()[0].starts_with("merged by github-merge-queue at "),
        "{:?}",
        case.messages()
    );
}

#[test]
fn a_fork_is_judged_as_any_other() {
    let stranger = || opened_by(user("stranger"));
    given("from a fork, approved", stranger().approved("bob", "11:00")).is_compliant();
    given("from a fork, not approved", stranger()).is_critical(&[ApprovalMissing]);
    given(
        "from a fork, approved by somebody else from outside",
        stranger()
            .approved("outsider", "11:00")
            .last(|it| it.author_can_push = Some(false)),
    )
    .is_warning(&[ApproverWithoutWrite]);
    given(
        "from a fork, whose author uses an address that GitHub does not know",
        stranger()
            .committed(vec![{
                let mut commit = commit("head");
                commit.authors = vec![unlinked("A Stranger")];
                commit.committer = None;
                commit
            }])
            .approved("bob", "11:00"),
    )
    .lacks(&[CommitAuthor]);
}

#[test]
fn a_ghost_is_nobody_that_is_still_there() {
    let ghost = || {
        let mut commit = commit("head");
        commit.authors = vec![unlinked("Gone")];
        commit.committer = Some(unlinked("Gone"));
        PullRequest {
            author: None,
            ..pull_request().committed(vec![commit])
        }
    };
    given("by a ghost, not approved", ghost()).is_critical(&[ApprovalMissing]);
    given(
        "by a ghost, approved by one who may be behind its address",
        ghost().approved("bob", "11:00"),
    )
    .lacks(&[CommitAuthor]);
    given(
        "by a ghost, approved by two, of whom one may be behind its address",
        ghost().approved("bob", "11:00").approved("carol", "11:00"),
    )
    .is_compliant();
    given("by a ghost, approved by a ghost", {
        let pull = PullRequest {
            author: None,
            ..pull_request()
        };
        pull.reviewed(review(None, ReviewState::Approved, "11:00"))
    })
    .lacks(&[ReviewAuthor]);
}

#[test]
fn a_bot_needs_a_person_who_wrote_none_of_it() {
    given("by a bot, not approved", update()).is_critical(&[ApprovalMissing]);
    given(
        "by a bot, approved by a person",
        update().approved("bob", "11:00"),
    )
    .is_compliant();
    given(
        "by a bot, approved by another bot",
        update().reviewed(review(
            Some(app("approver")),
            ReviewState::Approved,
            "11:00",
        )),
    )
    .is_critical(&[ApprovalByBot]);
    given(
        "by a bot, approved by itself, which the policy allows to approve",
        update().reviewed(review(
            Some(app("dependabot")),
            ReviewState::Approved,
            "11:00",
        )),
    )
    .by(|it| it.approver.bots = vec!["dependabot".to_owned()])
    .is_critical(&[ApprovalByAuthor]);
    let mut commits = update().commits;
    commits[0].oid = "first".to_owned();
    commits.push(commit("head").by("bob"));
    given(
        "by a bot, with a commit of its approver",
        update().committed(commits).approved("bob", "11:00"),
    )
    .is_warning(&[ApprovalByContributor]);
}

#[test]
fn co_authors_are_told_by_their_accounts() {
    let with = |login: &str| {
        let commit = commit("head").with(linked(login));
        pull_request().committed(vec![commit])
    };
    given(
        "approved by its co-author",
        with("bob").approved("bob", "11:00"),
    )
    .is_warning(&[ApprovalByContributor]);
    given(
        "approved by somebody else than its co-author",
        with("bob").approved("carol", "11:00"),
    )
    .is_compliant();
    given(
        "approved by a co-author whose login was changed since",
        with("bob").approved("bob", "11:00").last(|it| {
            "bob-acme".clone_into(&mut it.author.as_mut().unwrap().login);
        }),
    )
    .is_warning(&[ApprovalByContributor]);
    given("approved by both of two co-authors", {
        let commit = commit("head").with(linked("bob")).with(linked("carol"));
        let pull = pull_request().committed(vec![commit]);
        pull.approved("bob", "11:00").approved("carol", "11:00")
    })
    .is_warning(&[ApprovalByContributor]);
}

#[test]
fn a_dismissal_counts_by_its_event() {
    let p = pull_request;
    given(
        "an event of another review dismisses nothing",
        p().approved("bob", "10:00")
            .dismissed("11:00")
            .approved("bob", "11:30"),
    )
    .is_compliant();
    given("an event that names no review tells nothing of it", {
        let mut pull = p().approved("bob", "10:00").dismissed("11:00");
        pull.dismissals[0].review = None;
        pull
    })
    .lacks(&[PartialAnswer]);
    given("dismissed before and after the merge by two events", {
        let mut pull = p().approved("bob", "10:00").dismissed("11:00");
        let mut later = pull.dismissals[0].clone();
        later.at += jiff::SignedDuration::from_hours(3);
        pull.dismissals.insert(0, later);
        pull
    })
    .is_warning(&[ApprovalDismissed]);
}
