//! The kinds of merge that a seeded world has, each told with the truth that its author declares.
use jiff::{SignedDuration, Timestamp};

use crate::world::{Verdict, builder::PullRequestBuilder};

/// Who plays which part, and when it is merged.
pub(super) struct Cast {
    pub(super) author: &'static str,
    pub(super) reviewer: &'static str,
    pub(super) second: &'static str,
    pub(super) reader: &'static str,
    pub(super) merged_at: Timestamp,
}

/// A kind of merge.
#[derive(Clone, Copy)]
pub(super) struct Scenario {
    pub(super) title: &'static str,
    pub(super) tell: fn(PullRequestBuilder<'_>, &Cast),
}

/// All kinds; reasonable merges are listed more often, so that they are the majority.
pub(super) const SCENARIOS: [Scenario; 29] = [
    Scenario {
        title: "approved by an independent writer",
        tell: approved,
    },
    Scenario {
        title: "nobody approved",
        tell: unreviewed,
    },
    Scenario {
        title: "approved after the merge",
        tell: approved_after_merge,
    },
    Scenario {
        title: "approved before the last push",
        tell: stale,
    },
    Scenario {
        title: "approved by a co-author",
        tell: by_co_author,
    },
    Scenario {
        title: "approved by the committer",
        tell: by_committer,
    },
    Scenario {
        title: "approved by a bot",
        tell: by_bot,
    },
    Scenario {
        title: "approved by a reader",
        tell: by_reader,
    },
    Scenario {
        title: "approval dismissed",
        tell: dismissed,
    },
    Scenario {
        title: "changes requested after the approval",
        tell: changes_requested,
    },
    Scenario {
        title: "objection taken back by an approval",
        tell: objection_resolved,
    },
    Scenario {
        title: "commented after the approval",
        tell: comment_after_approval,
    },
    Scenario {
        title: "approved by somebody who left",
        tell: by_ghost,
    },
    Scenario {
        title: "opened by somebody who left",
        tell: ghost_author,
    },
    Scenario {
        title: "dependency update, unreviewed",
        tell: bot_unreviewed,
    },
    Scenario {
        title: "dependency update, approved",
        tell: bot_approved,
    },
    Scenario {
        title: "merged into another branch",
        tell: other_branch,
    },
    Scenario {
        title: "approved anew after a push",
        tell: approved_again,
    },
    Scenario {
        title: "approved through the merge queue",
        tell: queued,
    },
    Scenario {
        title: "head rewritten after the approval",
        tell: force_pushed,
    },
    Scenario {
        title: "emergency without review",
        tell: emergency,
    },
    Scenario {
        title: "approved from a fork",
        tell: fork,
    },
    Scenario {
        title: "approved by two",
        tell: approved_by_two,
    },
    Scenario {
        title: "approved by an independent writer",
        tell: approved,
    },
    Scenario {
        title: "approved by a colleague",
        tell: approved,
    },
    Scenario {
        title: "approved as usual",
        tell: approved,
    },
    Scenario {
        title: "approved and merged by the reviewer",
        tell: merged_by_reviewer,
    },
    Scenario {
        title: "updated from the base branch after the approval",
        tell: updated_from_base,
    },
    Scenario {
        title: "merged by somebody else without review",
        tell: merged_by_other,
    },
];

fn approved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn unreviewed(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    pull_request.declare(Verdict::NonCompliant, &["ApprovalMissing"]);
}

fn approved_after_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let after = cast.merged_at + SignedDuration::from_secs(1);
    pull_request
        .approved_by(cast.reviewer)
        .at(after)
        .declare(Verdict::NonCompliant, &["ApprovalAfterMerge"]);
}

fn stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .committed_by(cast.author)
        .declare(Verdict::NonCompliant, &["ApprovalStale"]);
}

fn by_co_author(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .committed_by(cast.author)
        .co_authored_by(cast.reviewer)
        .approved_by(cast.reviewer)
        .declare(Verdict::NonCompliant, &["ApprovalByContributor"]);
}

fn by_committer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .committed_by(cast.author)
        .with_committer(cast.reviewer)
        .approved_by(cast.reviewer)
        .declare(Verdict::NonCompliant, &["ApprovalByContributor"]);
}

fn by_bot(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    pull_request
        .approved_by("review-helper[bot]")
        .declare(Verdict::NonCompliant, &["ApprovalByBot"]);
}

fn by_reader(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reader)
        .declare(Verdict::NonCompliant, &["ApproverWithoutWrite"]);
}

fn dismissed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .dismissed_by("admin", cast.reviewer)
        .declare(Verdict::NonCompliant, &["ApprovalDismissed"]);
}

fn changes_requested(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .changes_requested_by(cast.reviewer)
        .declare(Verdict::NonCompliant, &["ChangesRequested"]);
}

fn objection_resolved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .changes_requested_by(cast.reviewer)
        .committed_by(cast.author)
        .approved_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn comment_after_approval(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .commented_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn ghost_author(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .author("ghost")
        .committed_by(cast.second)
        .approved_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn by_ghost(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    // Whose account is gone could be anybody, the author too: nobody can tell whether it was independent.
    pull_request
        .approved_by("ghost")
        .declare(Verdict::Undetermined, &[]);
}

fn bot_unreviewed(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    pull_request
        .author("dependabot[bot]")
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
}

fn bot_approved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .author("dependabot[bot]")
        .approved_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn other_branch(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    pull_request
        .base("develop")
        .declare(Verdict::OutOfScope, &[]);
}

fn approved_again(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .committed_by(cast.author)
        .approved_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn queued(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .queued_by(cast.author)
        .merged_by("github-merge-queue[bot]")
        .declare(Verdict::Compliant, &[]);
}

fn force_pushed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .force_pushed_by(cast.author)
        .declare(Verdict::NonCompliant, &["ApprovalStale"]);
}

fn emergency(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .labeled_by(cast.author, "emergency")
        .body("Justification: customers cannot pay.")
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
}

fn fork(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .author("contributor")
        .from_fork()
        .approved_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn approved_by_two(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .approved_by(cast.second)
        .declare(Verdict::Compliant, &[]);
}

fn merged_by_reviewer(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .merged_by(cast.reviewer)
        .declare(Verdict::Compliant, &[]);
}

fn merged_by_other(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .merged_by(cast.second)
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
}

fn updated_from_base(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .approved_by(cast.reviewer)
        .updated_from_base_by(cast.author)
        .declare(Verdict::Compliant, &[]);
}
