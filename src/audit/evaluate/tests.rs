//! Every scenario of `approval`'s documentation and every reason of its own, keyed by a sentence, with the exact reasons.

mod approver;
mod contributors;
mod emergency;
mod exemption;
mod head;
mod landing;
mod opinions;
mod policy;
mod rules;

use super::*;
use crate::audit::facts::{Actor, ActorKind, Commit, Contributor, PullRequest, ReviewState};
use crate::audit::fixtures::{
    actor, app, commit, linked, pull_request, requirements, review, unlinked, user,
};
use crate::audit::requirements::{ApprovedCommit, IndependentOf, Permission};
use crate::audit::verdict::MissingType;

use MissingType::{
    ApproverPermission, CommitAuthor, Commits, PartialAnswer, ReviewAuthor, ReviewCommit,
    RuleNotEvaluated,
};
use ReasonType::{
    ApprovalAfterMerge, ApprovalByAuthor, ApprovalByBot, ApprovalByContributor, ApprovalDismissed,
    ApprovalMissing, ApprovalStale, ApproverWithoutWrite, ChangesRequested,
};
use Severity::{Critical, Warning};

/// A case: a sentence, a change, and what is demanded of it.
struct Case {
    sentence: &'static str,
    pull: PullRequest,
    requirements: Requirements,
}

/// A case under the requirements of the smallest policy.
fn given(sentence: &'static str, pull: PullRequest) -> Case {
    Case {
        sentence,
        pull,
        requirements: requirements(),
    }
}

impl Case {
    /// Demands something else.
    fn by(mut self, change: impl FnOnce(&mut Requirements)) -> Self {
        change(&mut self.requirements);
        self
    }

    fn verdict(&self) -> Verdict {
        Judge::new(&self.requirements).unwrap().evaluate(&self.pull)
    }

    #[track_caller]
    fn is_compliant(&self) {
        assert_eq!(self.verdict(), Verdict::Compliant, "{}", self.sentence);
    }

    #[track_caller]
    fn is_critical(&self, expected: &[ReasonType]) {
        self.is_non_compliant(expected, Critical);
    }

    #[track_caller]
    fn is_warning(&self, expected: &[ReasonType]) {
        self.is_non_compliant(expected, Warning);
    }

    #[track_caller]
    fn is_non_compliant(&self, expected: &[ReasonType], expected_severity: Severity) {
        let Verdict::NonCompliant {
            reasons, severity, ..
        } = self.verdict()
        else {
            panic!("{}: {:?}", self.sentence, self.verdict());
        };
        let kinds: Vec<ReasonType> = reasons.into_iter().map(|it| it.kind).collect();
        let expected = (expected, expected_severity);
        assert_eq!((kinds.as_slice(), severity), expected, "{}", self.sentence);
    }

    /// Exempt by the exemption of this name; returns the ground.
    #[track_caller]
    fn is_exempt(&self, name: &str) -> String {
        let Verdict::Exempt { exemption, ground } = self.verdict() else {
            panic!("{}: {:?}", self.sentence, self.verdict());
        };
        assert_eq!(exemption, name, "{}", self.sentence);
        assert!(ground.chars().count() <= 512, "{ground}");
        ground
    }

    /// All messages of its reasons, or of what is missing.
    fn messages(&self) -> Vec<String> {
        match self.verdict() {
            Verdict::NonCompliant { reasons, .. } => {
                reasons.into_iter().map(|it| it.message).collect()
            }
            Verdict::Undetermined { missing } => missing.into_iter().map(|it| it.message).collect(),
            Verdict::Compliant | Verdict::Exempt { .. } => Vec::new(),
        }
    }

    #[track_caller]
    fn lacks(&self, expected: &[MissingType]) {
        let Verdict::Undetermined { missing } = self.verdict() else {
            panic!("{}: {:?}", self.sentence, self.verdict());
        };
        let kinds: Vec<MissingType> = missing.into_iter().map(|it| it.kind).collect();
        assert_eq!(kinds, expected, "{}", self.sentence);
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
fn how_it_was_merged_does_not_matter() {
    for merge_commit in [Some("squashed"), Some("last rebased"), None] {
        let mut pull = pull_request().approved("bob", "11:00");
        pull.merge_commit = merge_commit.map(str::to_owned);
        given("approved", pull.clone()).is_compliant();
        pull.reviews.clear();
        given("not approved", pull).is_critical(&[ApprovalMissing]);
    }
}

fn messages(pull: &PullRequest) -> Vec<String> {
    given("", pull.clone()).messages()
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
fn only_objections_that_count_are_named() {
    let pull = pull_request()
        .approved("bob", "10:00")
        .refused("carol", "10:30")
        .approved("reader", "10:40")
        .refused("reader", "10:50")
        .last(|it| it.author_can_push = Some(false));
    assert_eq!(
        messages(&pull),
        ["merged over a request for changes: carol at 2026-03-02T10:30:00Z"]
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
        let case = given("", pull.clone()).by(|it| it.severities = severities);
        let Verdict::NonCompliant { severity, .. } = case.verdict() else {
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
