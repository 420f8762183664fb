//! Every scenario of `approval`'s documentation and every reason of its own, keyed by a sentence, with the exact reasons.

use super::*;
use crate::audit::facts::{Actor, ActorKind, PullRequest, ReviewState};
use crate::audit::fixtures::{
    actor, app, commit, linked, pull_request, requirements, review, unlinked, user,
};
use crate::audit::requirements::{ApprovedCommit, IndependentOf, Permission};
use crate::audit::verdict::MissingType;

use ReasonType::{
    ApprovalAfterMerge, ApprovalByAuthor, ApprovalByBot, ApprovalByContributor, ApprovalDismissed,
    ApprovalMissing, ApprovalStale, ApproverWithoutWrite, ChangesRequested,
};
use Severity::{Critical, Warning};

#[derive(Debug, PartialEq)]
enum Expected {
    Compliant,
    NonCompliant(Vec<ReasonType>, Severity),
    Undetermined(Vec<MissingType>),
}

use Expected::{Compliant, NonCompliant, Undetermined};

fn judge(change: impl FnOnce(&mut Requirements), pull: &PullRequest) -> Expected {
    let mut requirements = requirements();
    change(&mut requirements);
    match Judge::new(&requirements).unwrap().evaluate(pull) {
        Verdict::Compliant => Compliant,
        Verdict::NonCompliant { reasons, severity } => {
            NonCompliant(reasons.into_iter().map(|it| it.kind).collect(), severity)
        }
        Verdict::Undetermined { missing } => {
            Undetermined(missing.into_iter().map(|it| it.kind).collect())
        }
        Verdict::Exempt { .. } => panic!("reviews exempt nothing"),
    }
}

/// Judges each by the default requirements.
fn check(cases: Vec<(&str, PullRequest, Expected)>) {
    for (sentence, pull, expected) in cases {
        assert_eq!(judge(|_| (), &pull), expected, "{sentence}");
    }
}

/// Judges each by its own requirements.
fn check_by(cases: Vec<(&str, fn(&mut Requirements), PullRequest, Expected)>) {
    for (sentence, change, pull, expected) in cases {
        assert_eq!(judge(change, &pull), expected, "{sentence}");
    }
}

fn by(author: Actor, state: ReviewState, time: &str) -> PullRequest {
    pull_request().reviewed(review(Some(author), state, time))
}

fn approved_by_ghost() -> PullRequest {
    pull_request()
        .reviewed(review(None, ReviewState::Approved, "11:00"))
        .last(|it| it.author_can_push = Some(false))
}

/// `reviewed` by bob, then `head`, which is by alice.
fn two_commits() -> PullRequest {
    pull_request().committed(vec![commit("reviewed"), commit("head")])
}

/// `reviewed`, then an update from the base branch.
fn updated_from_base() -> PullRequest {
    pull_request().committed(vec![
        commit("reviewed"),
        commit("head").by("bob").merging(&["reviewed", "base"]),
    ])
}

/// The commits, the last of which was reviewed.
fn with_unlinked(names: &[&str]) -> PullRequest {
    let commits = names.iter().map(|&name| {
        let mut commit = commit("head");
        commit.authors = vec![unlinked(name)];
        commit
    });
    pull_request().committed(commits.collect())
}

#[test]
fn the_opinion_as_of_the_merge_counts() {
    let p = pull_request;
    check(vec![
        (
            "nobody reviewed",
            p(),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
        (
            "somebody only commented",
            p().commented("bob", "11:00"),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
        (
            "somebody independent approved",
            p().approved("bob", "11:00"),
            Compliant,
        ),
        (
            "approved, then commented",
            p().approved("bob", "10:00").commented("bob", "11:00"),
            Compliant,
        ),
        (
            "changes requested, then approved by the same person",
            p().refused("bob", "10:00").approved("bob", "11:00"),
            Compliant,
        ),
        (
            "approved, then changes requested by the same person",
            p().approved("bob", "10:00").refused("bob", "11:00"),
            NonCompliant(vec![ChangesRequested], Critical),
        ),
        (
            "approved by one, changes requested by another",
            p().approved("bob", "10:00").refused("carol", "11:00"),
            NonCompliant(vec![ChangesRequested], Critical),
        ),
        (
            "only changes requested",
            p().refused("bob", "11:00"),
            NonCompliant(vec![ApprovalMissing, ChangesRequested], Critical),
        ),
        (
            "the request for changes was dismissed, which approves nothing",
            p().refused("bob", "10:00").dismissed("11:00"),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
        (
            "a dismissed request for changes does not bring the earlier approval back",
            p().approved("bob", "09:30")
                .refused("bob", "10:00")
                .dismissed("11:00"),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
        (
            "a dismissed request for changes does not spoil another's approval",
            p().refused("carol", "10:00")
                .dismissed("11:00")
                .approved("bob", "11:30"),
            Compliant,
        ),
        (
            "changes were requested only after the merge",
            p().approved("bob", "11:00").refused("carol", "13:00"),
            Compliant,
        ),
        (
            "a request for changes dismissed after the merge stood at the merge",
            p().approved("bob", "11:00")
                .refused("carol", "11:30")
                .dismissed("13:00"),
            NonCompliant(vec![ChangesRequested], Critical),
        ),
    ]);
}

#[test]
fn dismissals_and_the_time_of_the_merge_decide() {
    let p = pull_request;
    check(vec![
        (
            "dismissed before the merge",
            p().approved("bob", "10:00").dismissed("11:00"),
            NonCompliant(vec![ApprovalDismissed], Warning),
        ),
        (
            "dismissed after the merge",
            p().approved("bob", "10:00").dismissed("13:00"),
            Compliant,
        ),
        (
            "dismissed, then approved again",
            p().approved("bob", "10:00")
                .dismissed("10:30")
                .approved("bob", "11:00"),
            Compliant,
        ),
        (
            "approved twice, the later one dismissed",
            p().approved("bob", "10:00")
                .approved("bob", "10:30")
                .dismissed("11:00"),
            NonCompliant(vec![ApprovalDismissed], Warning),
        ),
        (
            "dismissed at an unknown time",
            by(user("bob"), ReviewState::Dismissed, "11:00"),
            Undetermined(vec![MissingType::PartialAnswer]),
        ),
        (
            "dismissed at an unknown time, but it was of another commit",
            by(user("bob"), ReviewState::Dismissed, "11:00")
                .last(|it| it.commit = Some("old".to_owned())),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
        (
            "an unknown dismissal may hide an objection to what others approved",
            by(user("bob"), ReviewState::Dismissed, "11:00").approved("carol", "11:30"),
            Undetermined(vec![MissingType::PartialAnswer]),
        ),
        (
            "approved at the second of the merge",
            p().approved("bob", "12:00"),
            Compliant,
        ),
        (
            "approved only after the merge",
            p().approved("bob", "12:01"),
            NonCompliant(vec![ApprovalMissing, ApprovalAfterMerge], Critical),
        ),
        (
            "stale at the merge, approved again after it",
            two_commits()
                .approved_on("bob", "11:00", "reviewed")
                .approved("bob", "13:00"),
            NonCompliant(vec![ApprovalAfterMerge, ApprovalStale], Warning),
        ),
        (
            "an author's approval after the merge is nobody's",
            p().approved("alice", "13:00"),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
        (
            "a pending review is no review",
            p().approved("bob", "11:00").last(|it| {
                it.state = ReviewState::Pending;
                it.submitted_at = None;
            }),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
    ]);
}

#[test]
fn the_approver_is_somebody_else() {
    let p = pull_request;
    check(vec![
        (
            "approved by the author",
            p().approved("alice", "11:00"),
            NonCompliant(vec![ApprovalByAuthor], Critical),
        ),
        (
            "approved by the author and stale by somebody else",
            two_commits()
                .approved("alice", "11:00")
                .approved_on("bob", "11:00", "reviewed"),
            NonCompliant(vec![ApprovalStale, ApprovalByAuthor], Warning),
        ),
        (
            "approved by an app",
            by(app("approver"), ReviewState::Approved, "11:00")
                .last(|it| it.author_can_push = Some(false)),
            NonCompliant(vec![ApprovalByBot], Critical),
        ),
        (
            "approved by an imported person's placeholder",
            by(
                actor("old-bob", ActorKind::Mannequin),
                ReviewState::Approved,
                "11:00",
            ),
            NonCompliant(vec![ApprovalByBot], Critical),
        ),
        (
            "approved by an enterprise's person",
            by(
                actor("bob_acme", ActorKind::EnterpriseUserAccount),
                ReviewState::Approved,
                "11:00",
            ),
            Compliant,
        ),
        (
            "an app requests changes of what a person approved",
            by(app("linter"), ReviewState::ChangesRequested, "10:00").approved("bob", "11:00"),
            Compliant,
        ),
        (
            "the author is an app",
            {
                let mut pull = p().approved("bob", "11:00");
                pull.author = Some(app("dependabot"));
                pull
            },
            Compliant,
        ),
        (
            "the author's account is deleted",
            {
                let mut pull = p().approved("bob", "11:00");
                pull.author = None;
                pull
            },
            Compliant,
        ),
        (
            "an account that was renamed in between is the same person",
            p().approved("alice", "11:00").last(|it| {
                it.author.as_mut().unwrap().login = "alice-acme".to_owned();
            }),
            NonCompliant(vec![ApprovalByAuthor], Critical),
        ),
        (
            "approved by a deleted account",
            approved_by_ghost(),
            Undetermined(vec![MissingType::ReviewAuthor]),
        ),
        (
            "approved by a deleted account and somebody else",
            approved_by_ghost().approved("bob", "11:00"),
            Compliant,
        ),
        (
            "approved by a deleted account, on another commit",
            approved_by_ghost().last(|it| it.commit = Some("old".to_owned())),
            NonCompliant(vec![ApprovalStale], Warning),
        ),
        (
            "changes requested by a deleted account of what somebody approved",
            p().reviewed(review(None, ReviewState::ChangesRequested, "10:00"))
                .approved("bob", "11:00"),
            Undetermined(vec![MissingType::ReviewAuthor]),
        ),
    ]);
}

#[test]
fn the_approver_wrote_nothing_of_it() {
    let p = pull_request;
    let of = |commit| p().committed(vec![commit]).approved("bob", "11:00");
    let contributor = || NonCompliant(vec![ApprovalByContributor], Warning);
    let committed_by_bob = {
        let mut commit = commit("head");
        commit.committer = Some(linked("bob"));
        commit
    };
    check(vec![
        (
            "the approver authored a commit",
            of(commit("head").by("bob")),
            contributor(),
        ),
        (
            "the approver committed another's commit",
            of(committed_by_bob),
            contributor(),
        ),
        (
            "the approver co-authored a commit",
            of(commit("head").with(linked("bob"))),
            contributor(),
        ),
        (
            "the approver edited it on the web",
            of(commit("head").by("bob").in_web_editor()),
            contributor(),
        ),
        (
            "the approver's suggestion was accepted by the author",
            of(commit("head").suggested_by("bob")),
            Compliant,
        ),
        (
            "the approver accepted another's suggestion",
            of(commit("head").by("bob").suggested_by("carol")),
            contributor(),
        ),
        (
            "a commit that only says it is a suggestion has co-authors",
            of({
                let mut commit = commit("head").suggested_by("bob");
                commit.made_by_github = false;
                commit
            }),
            contributor(),
        ),
        (
            "the approver pressed the update-branch button",
            updated_from_base().approved("bob", "11:00"),
            Compliant,
        ),
        (
            "the approver merged the base branch on their own machine",
            of({
                let mut commit = commit("head").by("bob");
                commit.parents = 2;
                commit
            }),
            contributor(),
        ),
        (
            "a contributor approved an old commit",
            p().committed(vec![commit("reviewed").by("bob"), commit("head")])
                .approved_on("bob", "11:00", "reviewed"),
            NonCompliant(vec![ApprovalStale, ApprovalByContributor], Warning),
        ),
        (
            "a contributor and somebody independent approved",
            of(commit("head").by("bob")).approved("carol", "11:00"),
            Compliant,
        ),
        (
            "a contributor objects to what somebody independent approved",
            p().committed(vec![commit("head").by("bob")])
                .refused("bob", "10:00")
                .approved("carol", "11:00"),
            NonCompliant(vec![ChangesRequested], Critical),
        ),
    ]);
}

#[test]
fn unknown_contributors_leave_independence_open() {
    let missing = |kind| Undetermined(vec![kind]);
    let cut = |pull: PullRequest| PullRequest {
        commits_total: 300,
        ..pull
    };
    check(vec![
        (
            "one unlinked author, one approval",
            with_unlinked(&["Bob"]).approved("bob", "11:00"),
            missing(MissingType::CommitAuthor),
        ),
        (
            "one unlinked author of several commits, two approvals",
            with_unlinked(&["Bob", "Bob"])
                .approved("bob", "11:00")
                .approved("carol", "11:00"),
            Compliant,
        ),
        (
            "two unlinked authors, two approvals",
            with_unlinked(&["Bob", "Carol"])
                .approved("bob", "11:00")
                .approved("carol", "11:00"),
            missing(MissingType::CommitAuthor),
        ),
        (
            "an unlinked author, and nobody approved",
            with_unlinked(&["Bob"]),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
        (
            "an unlinked author, and only the author approved",
            with_unlinked(&["Bob"]).approved("alice", "11:00"),
            NonCompliant(vec![ApprovalByAuthor], Critical),
        ),
        (
            "an app's commit, signed by GitHub",
            {
                let mut commit = commit("head").in_web_editor();
                commit.authors = vec![unlinked("dependabot[bot]")];
                pull_request()
                    .committed(vec![commit])
                    .approved("bob", "11:00")
            },
            Compliant,
        ),
        (
            "anybody can call themselves an app",
            with_unlinked(&["dependabot[bot]"]).approved("bob", "11:00"),
            missing(MissingType::CommitAuthor),
        ),
        (
            "GitHub listed only some of the commits",
            cut(pull_request()).approved("bob", "11:00"),
            missing(MissingType::Commits),
        ),
        (
            "some commits are unknown, but the approver wrote a known one",
            cut(pull_request().committed(vec![commit("head").by("bob")])).approved("bob", "11:00"),
            NonCompliant(vec![ApprovalByContributor], Warning),
        ),
        (
            "some commits are unknown, and nobody approved",
            cut(pull_request()),
            NonCompliant(vec![ApprovalMissing], Critical),
        ),
    ]);
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
    let unknown = || Undetermined(vec![MissingType::ApproverPermission]);
    let without = || NonCompliant(vec![ApproverWithoutWrite], Warning);
    check(vec![
        ("the approver cannot write", cannot(Some(false)), without()),
        (
            "a day later that still tells about the merge",
            cannot(Some(false)).observed_after(24),
            without(),
        ),
        (
            "after more than a day it does not",
            cannot(Some(false)).observed_after(25),
            unknown(),
        ),
        (
            "who can write after more than a day could then",
            cannot(Some(true)).observed_after(25),
            Compliant,
        ),
        ("GitHub does not tell", cannot(None), unknown()),
        (
            "it cannot tell, but another's approval counts",
            cannot(None).approved("carol", "11:00"),
            Compliant,
        ),
        (
            "an objection by somebody who cannot write",
            refused(Some(false)),
            Compliant,
        ),
        (
            "an objection by somebody who may not be able to write",
            refused(None),
            unknown(),
        ),
    ]);
}

#[test]
fn the_approval_is_of_the_merged_head() {
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
    let on_reviewed = |pull: PullRequest| pull.approved_on("dave", "11:00", "reviewed");
    let stale = || NonCompliant(vec![ApprovalStale], Warning);
    check(vec![
        (
            "a commit came after the approval",
            on_reviewed(two_commits()),
            stale(),
        ),
        (
            "the approved commit was pushed away",
            pull_request().approved_on("bob", "11:00", "gone"),
            stale(),
        ),
        (
            "only an update from the base branch came after",
            on_reviewed(updated_from_base()),
            Compliant,
        ),
        (
            "only two such updates came after",
            on_reviewed(twice_updated),
            Compliant,
        ),
        (
            "an update, but the approved commit was pushed away",
            updated_from_base().approved_on("dave", "11:00", "gone"),
            stale(),
        ),
        (
            "GitHub merged another branch into it after",
            on_reviewed(merging_a_branch),
            stale(),
        ),
        (
            "a merge by hand came after",
            on_reviewed(merged_by_hand),
            stale(),
        ),
        (
            "what an update merged was not read",
            on_reviewed(parents_unknown),
            Undetermined(vec![MissingType::PartialAnswer]),
        ),
        (
            "GitHub does not know the commit any more",
            pull_request()
                .approved("bob", "11:00")
                .last(|it| it.commit = None),
            Undetermined(vec![MissingType::ReviewCommit]),
        ),
        (
            "stale by one, of the head by another",
            two_commits()
                .approved_on("bob", "10:00", "reviewed")
                .approved("carol", "11:00"),
            Compliant,
        ),
    ]);
}

#[test]
fn as_many_people_as_the_policy_demands() {
    let two = |it: &mut Requirements| it.approvals = 2;
    let none = |it: &mut Requirements| it.approvals = 0;
    let p = pull_request;
    check_by(vec![
        (
            "two of two",
            two,
            p().approved("bob", "10:00").approved("carol", "11:00"),
            Compliant,
        ),
        (
            "one of two",
            two,
            p().approved("bob", "10:00"),
            NonCompliant(vec![ApprovalMissing], Warning),
        ),
        (
            "the same person twice",
            two,
            p().approved("bob", "10:00").approved("bob", "11:00"),
            NonCompliant(vec![ApprovalMissing], Warning),
        ),
        (
            "one good, one stale",
            two,
            two_commits()
                .approved("bob", "11:00")
                .approved_on("carol", "10:00", "reviewed"),
            NonCompliant(vec![ApprovalStale], Warning),
        ),
        (
            "one stale of two",
            two,
            two_commits().approved_on("carol", "10:00", "reviewed"),
            NonCompliant(vec![ApprovalMissing, ApprovalStale], Warning),
        ),
        (
            "one good, one unclear",
            two,
            approved_by_ghost().approved("bob", "11:00"),
            Undetermined(vec![MissingType::ReviewAuthor]),
        ),
        (
            "only one unclear of two",
            two,
            approved_by_ghost(),
            NonCompliant(vec![ApprovalMissing], Warning),
        ),
        ("none of none", none, p(), Compliant),
        (
            "nothing demanded, and refused",
            none,
            p().refused("bob", "11:00"),
            Compliant,
        ),
    ]);
}

#[test]
fn the_policy_may_ask_for_less() {
    let any_permission = |it: &mut Requirements| it.approver.permission = Permission::Any;
    let any_commit = |it: &mut Requirements| it.approved_commit = ApprovedCommit::Any;
    let any_contributor =
        |it: &mut Requirements| it.approver.independent_of = IndependentOf::PullRequestAuthor;
    let allow_app =
        |it: &mut Requirements| it.approver.bots = vec!["other".to_owned(), "approver".to_owned()];
    let reader = |push: Option<bool>| {
        pull_request()
            .approved("bob", "11:00")
            .last(|it| it.author_can_push = push)
    };
    let by_app = |login| by(app(login), ReviewState::Approved, "11:00");
    let written_by_bob = pull_request().committed(vec![commit("head").by("bob")]);
    let incomplete = PullRequest {
        commits_total: 300,
        ..with_unlinked(&["Bob"])
    };
    check_by(vec![
        (
            "anybody may approve",
            any_permission,
            reader(Some(false)),
            Compliant,
        ),
        (
            "whatever GitHub tells of them",
            any_permission,
            reader(None),
            Compliant,
        ),
        (
            "any commit may be approved",
            any_commit,
            two_commits().approved_on("bob", "11:00", "reviewed"),
            Compliant,
        ),
        (
            "even an unknown one",
            any_commit,
            pull_request()
                .approved("bob", "11:00")
                .last(|it| it.commit = None),
            Compliant,
        ),
        (
            "contributors may approve",
            any_contributor,
            written_by_bob.clone().approved("bob", "11:00"),
            Compliant,
        ),
        (
            "unknown contributors do not matter then",
            any_contributor,
            incomplete.approved("bob", "11:00"),
            Compliant,
        ),
        (
            "but the author may not",
            any_contributor,
            written_by_bob.approved("alice", "11:00"),
            NonCompliant(vec![ApprovalByAuthor], Critical),
        ),
        (
            "an allowed app may approve",
            allow_app,
            by_app("Approver"),
            Compliant,
        ),
        (
            "however its login is written",
            allow_app,
            by_app("approver[bot]"),
            Compliant,
        ),
        (
            "another app may not",
            allow_app,
            by_app("approver2"),
            NonCompliant(vec![ApprovalByBot], Critical),
        ),
        (
            "a person of the app's name counts as a person",
            allow_app,
            by(user("approver"), ReviewState::Approved, "11:00"),
            Compliant,
        ),
    ]);
}

#[test]
fn how_it_was_merged_does_not_matter() {
    for merge_commit in [Some("squashed"), Some("last rebased"), None] {
        let mut pull = pull_request().approved("bob", "11:00");
        pull.merge_commit = merge_commit.map(str::to_owned);
        assert_eq!(judge(|_| (), &pull), Compliant, "{merge_commit:?}");
        pull.reviews.clear();
        let expected = NonCompliant(vec![ApprovalMissing], Critical);
        assert_eq!(judge(|_| (), &pull), expected, "{merge_commit:?}");
    }
}

fn messages(pull: &PullRequest) -> Vec<String> {
    let judge = Judge::new(&requirements()).unwrap();
    match judge.evaluate(pull) {
        Verdict::NonCompliant { reasons, .. } => reasons.into_iter().map(|it| it.message).collect(),
        Verdict::Undetermined { missing } => missing.into_iter().map(|it| it.message).collect(),
        Verdict::Compliant | Verdict::Exempt { .. } => Vec::new(),
    }
}

#[test]
fn messages_say_who_and_when() {
    let pull = two_commits()
        .approved_on("bob", "10:00", "reviewed")
        .approved_on("carol", "10:30", "reviewed")
        .approved("dave", "10:45")
        .dismissed("11:00")
        .approved("erin", "12:30");
    assert_eq!(
        messages(&pull),
        [
            "approved after the merge at 2026-03-02T12:00:00Z: erin at 2026-03-02T12:30:00Z",
            "approved another commit than the merged head: bob at 2026-03-02T10:00:00Z on reviewed, \
             carol at 2026-03-02T10:30:00Z on reviewed",
            "approved, but dismissed before the merge: dave at 2026-03-02T10:45:00Z, dismissed by mallory at \
             2026-03-02T11:00:00Z",
        ]
    );
    assert_eq!(
        messages(&pull_request()),
        ["merged by mallory at 2026-03-02T12:00:00Z with 0 of 1 approvals"]
    );
}

#[test]
fn messages_say_what_would_bring_the_missing_evidence() {
    let unlinked = messages(&with_unlinked(&["Bob B."]).approved("bob", "11:00"));
    assert!(unlinked[0].ends_with("tells: Bob B."), "{unlinked:?}");
    let unclear = messages(&approved_by_ghost());
    let tail = "not known: a deleted account at 2026-03-02T11:00:00Z";
    assert!(unclear[0].ends_with(tail), "{unclear:?}");
}

#[test]
fn a_message_never_outgrows_its_field() {
    let reviewers = (0..200).map(|n| format!("somebody-with-a-long-name-{n}"));
    let mut pull = two_commits();
    for login in reviewers {
        pull = pull.approved_on(&login, "10:00", "reviewed");
    }
    let messages = messages(&pull);
    assert!(messages[0].chars().count() <= 512, "{messages:?}");
    assert!(messages[0].ends_with(" more"), "{messages:?}");
}

#[test]
fn the_first_matching_severity_rule_decides() {
    let rule = |reasons: &[&str], repositories: &[&str], severity| SeverityRule {
        reasons: reasons.iter().map(|&it| it.to_owned()).collect(),
        repositories: repositories.iter().map(|&it| it.to_owned()).collect(),
        severity,
    };
    let unapproved = pull_request();
    let refused = pull_request().refused("bob", "11:00");
    let cases = [
        (vec![], &unapproved, Critical),
        (vec![rule(&[], &[], Warning)], &unapproved, Warning),
        (vec![rule(&[], &["PAY*"], Warning)], &unapproved, Warning),
        (vec![rule(&[], &["web-*"], Warning)], &unapproved, Critical),
        (
            vec![rule(&["ApprovalMissing"], &[], Warning)],
            &unapproved,
            Warning,
        ),
        // One of the two reasons is not in the rule.
        (
            vec![rule(&["ApprovalMissing"], &[], Warning)],
            &refused,
            Critical,
        ),
        (
            vec![rule(&[], &["payments"], Critical), rule(&[], &[], Warning)],
            &unapproved,
            Critical,
        ),
    ];
    for (severities, pull, expected) in cases {
        let shown = format!("{severities:?}");
        let NonCompliant(_, severity) = judge(|it| it.severities = severities, pull) else {
            panic!("{shown}");
        };
        assert_eq!(severity, expected, "{shown}");
    }
}

#[test]
fn overridden_controls_are_critical_even_where_somebody_approved() {
    let reason = |kind| Reason {
        kind,
        message: String::new(),
    };
    for kind in [
        ReasonType::DirectPush,
        ReasonType::ForcePush,
        ReasonType::ProtectionBypassed,
    ] {
        assert_eq!(default_severity(&[reason(kind)], true), Critical);
    }
    let rule = reason(ReasonType::Rule("ticket".to_owned()));
    assert_eq!(default_severity(std::slice::from_ref(&rule), true), Warning);
    assert_eq!(
        default_severity(&[rule, reason(ReasonType::DirectPush)], true),
        Critical
    );
}

#[test]
fn the_first_matching_owner_rule_decides() {
    let mut requirements = requirements();
    requirements.owners = [("payments-*", "payments"), ("*", "platform")]
        .map(|(glob, owner)| crate::audit::requirements::OwnerRule {
            repositories: vec![glob.to_owned()],
            owner: owner.to_owned(),
        })
        .to_vec();
    let judge = Judge::new(&requirements).unwrap();
    assert_eq!(judge.owner("Payments-API"), Some("payments"));
    assert_eq!(judge.owner("web"), Some("platform"));
    requirements.owners.pop();
    assert_eq!(Judge::new(&requirements).unwrap().owner("web"), None);
}

#[test]
fn a_text_that_is_no_glob_is_named() {
    let mut requirements = requirements();
    requirements.severities = vec![SeverityRule {
        reasons: Vec::new(),
        repositories: vec!["ok".to_owned(), "pay[".to_owned()],
        severity: Warning,
    }];
    let error = Judge::new(&requirements).unwrap_err().to_string();
    let start = "\"pay[\" in severities.repositories is no glob: ";
    assert!(error.starts_with(start), "{error}");
}
