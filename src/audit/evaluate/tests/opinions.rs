//! Whose opinion it is, and what it was as of the merge.

use super::*;

#[test]
fn the_opinion_as_of_the_merge_counts() {
    let p = pull_request;
    given("nobody reviewed", p()).is_critical(&[ApprovalMissing]);
    given("somebody only commented", p().commented("bob", "11:00")).is_critical(&[ApprovalMissing]);
    given(
        "somebody independent approved",
        p().approved("bob", "11:00"),
    )
    .is_compliant();
    given(
        "approved, then commented",
        p().approved("bob", "10:00").commented("bob", "11:00"),
    )
    .is_compliant();
    given(
        "changes requested, then approved by the same person",
        p().refused("bob", "10:00").approved("bob", "11:00"),
    )
    .is_compliant();
    given(
        "approved, then changes requested by the same person",
        p().approved("bob", "10:00").refused("bob", "11:00"),
    )
    .is_critical(&[ChangesRequested]);
    given(
        "approved by one, changes requested by another",
        p().approved("bob", "10:00").refused("carol", "11:00"),
    )
    .is_critical(&[ChangesRequested]);
}

#[test]
fn a_request_for_changes_is_no_approval_however_it_ends() {
    let p = pull_request;
    given("only changes requested", p().refused("bob", "11:00"))
        .is_critical(&[ApprovalMissing, ChangesRequested]);
    given(
        "the request for changes was dismissed, which approves nothing",
        p().refused("bob", "10:00").dismissed("11:00"),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "a dismissed request for changes does not bring the earlier approval back",
        p().approved("bob", "09:30")
            .refused("bob", "10:00")
            .dismissed("11:00"),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "a dismissed request for changes does not spoil another's approval",
        p().refused("carol", "10:00")
            .dismissed("11:00")
            .approved("bob", "11:30"),
    )
    .is_compliant();
    given(
        "changes were requested only after the merge",
        p().approved("bob", "11:00").refused("carol", "13:00"),
    )
    .is_compliant();
    given(
        "a request for changes dismissed after the merge stood at the merge",
        p().approved("bob", "11:00")
            .refused("carol", "11:30")
            .dismissed("13:00"),
    )
    .is_critical(&[ChangesRequested]);
}

#[test]
fn dismissals_and_the_time_of_the_merge_decide() {
    let p = pull_request;
    given(
        "dismissed before the merge",
        p().approved("bob", "10:00").dismissed("11:00"),
    )
    .is_warning(&[ApprovalDismissed]);
    given(
        "dismissed at the second of the merge",
        p().approved("bob", "10:00").dismissed("12:00"),
    )
    .is_warning(&[ApprovalDismissed]);
    given(
        "dismissed after the merge",
        p().approved("bob", "10:00").dismissed("13:00"),
    )
    .is_compliant();
    given(
        "dismissed, then approved again",
        p().approved("bob", "10:00")
            .dismissed("10:30")
            .approved("bob", "11:00"),
    )
    .is_compliant();
    given(
        "approved twice, the later one dismissed",
        p().approved("bob", "10:00")
            .approved("bob", "10:30")
            .dismissed("11:00"),
    )
    .is_warning(&[ApprovalDismissed]);
}

#[test]
fn a_dismissal_of_unknown_time_is_neither() {
    given(
        "dismissed at an unknown time",
        by(user("bob"), ReviewState::Dismissed, "11:00"),
    )
    .lacks(&[PartialAnswer]);
    given(
        "dismissed at an unknown time, but it was of another commit",
        by(user("bob"), ReviewState::Dismissed, "11:00")
            .last(|it| it.commit = Some("old".to_owned())),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "an unknown dismissal may hide an objection to what others approved",
        by(user("bob"), ReviewState::Dismissed, "11:00").approved("carol", "11:30"),
    )
    .lacks(&[PartialAnswer]);
}

#[test]
fn what_comes_after_the_merge_is_too_late() {
    let p = pull_request;
    given(
        "approved at the second of the merge",
        p().approved("bob", "12:00"),
    )
    .is_compliant();
    given(
        "approved only after the merge",
        p().approved("bob", "12:01"),
    )
    .is_critical(&[ApprovalAfterMerge]);
    given(
        "stale at the merge, approved again after it",
        two_commits()
            .approved_on("bob", "11:00", "reviewed")
            .approved("bob", "13:00"),
    )
    .is_warning(&[ApprovalAfterMerge, ApprovalStale]);
    given(
        "an author's approval after the merge is nobody's",
        p().approved("alice", "13:00"),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "a pending review is no review",
        p().approved("bob", "11:00").last(|it| {
            it.state = ReviewState::Pending;
            it.submitted_at = None;
        }),
    )
    .is_critical(&[ApprovalMissing]);
}

#[test]
fn what_becomes_of_an_opinion_after_the_merge_changes_nothing() {
    let p = pull_request;
    let approved = || p().approved("bob", "11:00");
    given(
        "the approver requested changes after the merge",
        approved().refused("bob", "12:01"),
    )
    .is_compliant();
    given(
        "and that was dismissed",
        approved().refused("bob", "12:01").dismissed("13:00"),
    )
    .is_compliant();
    given(
        "dismissed after the merge, and given again",
        approved().dismissed("12:01").approved("bob", "13:00"),
    )
    .is_compliant();
    given(
        "dismissed before the merge, and given again after it",
        approved().dismissed("11:30").approved("bob", "12:01"),
    )
    .is_warning(&[ApprovalAfterMerge, ApprovalDismissed]);
    given(
        "an objection was taken back by an approval after the merge",
        approved()
            .refused("carol", "11:30")
            .approved("carol", "12:01"),
    )
    .is_critical(&[ChangesRequested]);
    given(
        "an approval of a commit that is not known any more, dismissed after the merge",
        approved().last(|it| it.commit = None).dismissed("12:01"),
    )
    .lacks(&[ReviewCommit]);
}

#[test]
fn what_was_said_in_the_second_of_the_merge_was_said_before_it() {
    let p = pull_request;
    let approved = || p().approved("bob", "11:00");
    given(
        "an objection in the second of the merge",
        approved().refused("carol", "12:00"),
    )
    .is_critical(&[ChangesRequested]);
    given(
        "dismissed in that second, too",
        approved().refused("carol", "12:00").dismissed("12:00"),
    )
    .is_compliant();
    given(
        "approved and dismissed in that second",
        p().approved("bob", "12:00").dismissed("12:00"),
    )
    .is_warning(&[ApprovalDismissed]);
}

#[test]
fn objections_and_lacking_approvals_are_told_apart() {
    given(
        "a stale approval and another's request for changes",
        two_commits()
            .approved_on("bob", "10:00", "reviewed")
            .refused("carol", "11:00"),
    )
    .is_critical(&[ApprovalStale, ChangesRequested]);
    given(
        "an unclear approval and another's request for changes",
        approved_by_ghost().refused("carol", "11:00"),
    )
    .is_critical(&[ChangesRequested]);
    given(
        "nobody approved, and somebody without write permission objected",
        pull_request()
            .refused("bob", "11:00")
            .last(|it| it.author_can_push = Some(false)),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "taken back by somebody without write permission",
        pull_request()
            .approved("bob", "10:00")
            .refused("bob", "11:00")
            .last(|it| it.author_can_push = Some(false)),
    )
    .is_critical(&[ChangesRequested]);
}

#[test]
fn of_those_who_may_not_approve_nothing_but_that_is_said() {
    let reviewed = |state, time| by(app("linter"), state, time);
    given(
        "an app approved, then requested changes",
        reviewed(ReviewState::Approved, "10:00").reviewed(review(
            Some(app("linter")),
            ReviewState::ChangesRequested,
            "11:00",
        )),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "an app's review was dismissed at an unknown time",
        reviewed(ReviewState::Dismissed, "11:00"),
    )
    .is_critical(&[ApprovalMissing]);
    given(
        "an app's approval was dismissed",
        reviewed(ReviewState::Approved, "10:00").dismissed("11:00"),
    )
    .is_critical(&[ApprovalByBot]);
}

#[test]
fn only_what_decides_is_missing() {
    let unclear_objection = |pull: PullRequest| {
        pull.refused("erin", "11:00")
            .last(|it| it.author_can_push = None)
    };
    given(
        "an unclear objection where approvals are enough for one unlinked author",
        unclear_objection(
            with_unlinked(&["Bob"])
                .approved("bob", "10:00")
                .approved("carol", "10:00"),
        ),
    )
    .lacks(&[ApproverPermission]);
    given(
        "an unclear objection, and an unclear approval too many",
        unclear_objection(
            pull_request()
                .approved("bob", "10:00")
                .approved("carol", "10:00")
                .last(|it| it.commit = None),
        ),
    )
    .lacks(&[ApproverPermission]);
    given(
        "an unclear objection, and an unclear approval that is needed",
        unclear_objection(
            pull_request()
                .approved("carol", "10:00")
                .last(|it| it.commit = None),
        ),
    )
    .lacks(&[ApproverPermission, ReviewCommit]);
}
