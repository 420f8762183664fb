//! Which approvals count: as of the merge, by somebody independent who may write, on the merged head.
//!
//! Live fields of GitHub (`reviewDecision`, a review's state of today) decide nothing. Times below are `t1 < t2 < merge < t3`;
//! one approval is demanded, everything else as by default; alice opened the pull request, bob and carol may write.
//!
//! Whose opinion it is, and what it was:
//!
//! 1. bob approves at t1, comments at t2: counts; a comment is no opinion.
//! 2. bob approves at t1, requests changes at t2: taken back, `ChangesRequested`. The other way round: counts.
//! 3. bob approves at t1, is dismissed at t2: `ApprovalDismissed`. Dismissed at t3: counts, it was an approval at the merge.
//!    Dismissed at a time that GitHub does not tell: undetermined, `PartialAnswer`.
//! 4. bob requests changes at t1, carol dismisses that at t2: neither objection nor approval, though bob approved earlier.
//! 5. bob approves at t1 and t2: one approval, and the later one is looked at.
//! 6. bob approves at the very second of the merge: counts. At t3: `ApprovalAfterMerge`.
//!
//! Whether the person qualifies:
//!
//! 7. alice approves: `ApprovalByAuthor`; an app that the policy does not allow: `ApprovalByBot`. Nothing else is said of
//!    these approvals, since nothing could make them count; a placeholder of an import counts as an app.
//! 8. carol wrote a commit and approves: `ApprovalByContributor`; of an old commit, too: `ApprovalStale` with it.
//! 9. carol's approval is one of two flawless ones where one is demanded: compliant; defects of others are no reasons.
//! 10. bob may not write now: `ApproverWithoutWrite`, unless the facts were read over 24 hours after the merge, when he may
//!     have lost it since: undetermined, `ApproverPermission`.
//! 11. A deleted account approves, flawless otherwise: undetermined, `ReviewAuthor`; nobody knows any more who it was.
//! 12. A commit's e-mail address is linked to no account, bob approves: undetermined, `CommitAuthor`, because bob may have
//!     written it (who then adds the address to their account settles it). bob and carol approve: compliant, since one
//!     unlinked person can be only one of them. See [`Assessment::doubted`].
//! 13. GitHub listed only some of the commits: undetermined, `Commits`.
//!
//! Which commit it is of (`approvedCommit: Head`):
//!
//! 14. Of the merged head, or of a commit from which only updates from the base branch lead to it: counts. An update is a merge
//!     that GitHub made, none of whose other parents is a commit of the pull request.
//! 15. Of any other commit: `ApprovalStale`. Of a commit that GitHub no longer names: undetermined, `ReviewCommit`.
//!
//! Objections:
//!
//! 16. bob approves, carol requests changes and stands by it at the merge: `ChangesRequested`, as GitHub itself would block it.
//!     It takes the permission that an approval takes, but no independence from the commits, to object.
//! 17. Nobody approves, bob requests changes: `ApprovalMissing` and `ChangesRequested`.
//! 18. `approvals: 0`: nothing is demanded of reviews, everything is compliant, objections too.
//!
//! `ApprovalMissing` is a reason when there are fewer approvals, good and bad as of the merge, than are demanded: what is
//! there but does not count is its own reason.

mod quality;

use std::collections::BTreeSet;

use super::contributor::{Contributors, app_login};
use super::facts::{Actor, ActorKind, PullRequest};
use super::opinion::{self, OpinionKind, Reviewer};
use super::requirements::{IndependentOf, Requirements};
use super::verdict::{MissingType, ReasonType};
use quality::Answer;

/// Everything that is known about the reviews of one change.
pub(super) struct Assessment<'a> {
    pub(super) requirements: &'a Requirements,
    pub(super) pull: &'a PullRequest,
    pub(super) contributors: Contributors<'a>,
    pub(super) people: Vec<Assessed<'a>>,
}

/// A reviewer, and what their opinion is worth.
pub(super) struct Assessed<'a> {
    pub(super) reviewer: Reviewer<'a>,
    /// What can never make their approval count: it is the author's, or an app's.
    pub(super) disqualified: Vec<ReasonType>,
    pub(super) approval: Approval,
    pub(super) objection: Objection,
}

/// Whether a reviewer's approval counts.
pub(super) enum Approval {
    /// They did not approve as of the merge.
    None,
    /// It counts.
    Counts,
    /// It does not, for these reasons.
    Defective(Vec<ReasonType>),
    /// That depends on what is missing.
    Unclear(BTreeSet<MissingType>),
}

/// Whether a reviewer's request for changes stood at the merge.
pub(super) enum Objection {
    /// It did not, or was not theirs to make.
    None,
    /// It did.
    Stands,
    /// That depends on what is missing.
    Unclear(MissingType),
}

/// What follows from all reviews together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// What was demanded is there, whatever the missing evidence would say.
    Met,
    /// It is not, whatever the missing evidence would say.
    Violated,
    /// The missing evidence decides.
    Unclear,
}

// === impl Assessment ===

impl<'a> Assessment<'a> {
    /// Looks at every reviewer.
    pub(super) fn of(requirements: &'a Requirements, pull: &'a PullRequest) -> Self {
        let mut assessment = Self {
            requirements,
            pull,
            contributors: Contributors::of(pull),
            people: Vec::new(),
        };
        let reviewers = opinion::as_of_merge(pull).into_iter();
        assessment.people = reviewers.map(|it| assessment.assess(it)).collect();
        assessment
    }

    /// What follows. See the module's scenarios.
    pub(super) fn outcome(&self) -> Outcome {
        if self.requirements.approvals == 0 {
            return Outcome::Met;
        }
        let stands = |it: &Assessed<'_>| matches!(it.objection, Objection::Stands);
        let unclear = |it: &Assessed<'_>| matches!(it.objection, Objection::Unclear(_));
        if self.people.iter().any(stands) || self.lacks_approvals() {
            Outcome::Violated
        } else if self.has_enough() && !self.people.iter().any(unclear) {
            Outcome::Met
        } else {
            Outcome::Unclear
        }
    }

    /// Whether there are approvals enough even if everything unclear turned out badly.
    pub(super) fn has_enough(&self) -> bool {
        self.counting() - self.doubted() >= self.requirements.approvals
    }

    /// Whether there are too few approvals even if everything unclear turned out well.
    pub(super) fn lacks_approvals(&self) -> bool {
        self.counting() + self.unclear() < self.requirements.approvals
    }

    /// How many people's approvals have no defect.
    pub(super) fn counting(&self) -> usize {
        self.count(|it| matches!(it.approval, Approval::Counts))
    }

    /// How many people's approvals depend on what is missing.
    pub(super) fn unclear(&self) -> usize {
        self.count(|it| matches!(it.approval, Approval::Unclear(_)))
    }

    /// How many of the flawless approvals may be by a contributor whose e-mail address is linked to no account.
    ///
    /// Anybody may be behind such an address, so `k` of them may be `k` of the approvers, but no more: the other approvers are
    /// surely independent. To think differently about unlinked addresses, change this function only.
    pub(super) fn doubted(&self) -> usize {
        match self.requirements.approver.independent_of {
            IndependentOf::PullRequestAuthor => 0,
            IndependentOf::CommitAuthors => self.contributors.unlinked().len().min(self.counting()),
        }
    }

    /// How many people approved, or had, in a way that a reason of its own tells about.
    pub(super) fn explained(&self) -> usize {
        let defective = |it: &Assessed<'_>| matches!(it.approval, Approval::Defective(_));
        self.count(|it| defective(it) || it.took_back() || it.came_late())
    }

    /// Whether anybody independent of the author approved before the merge, if with a defect.
    pub(super) fn has_independent_approval(&self) -> bool {
        let approved = |it: &Assessed<'_>| !matches!(it.approval, Approval::None);
        let independent = |it: &Assessed<'_>| it.disqualified.is_empty();
        self.people.iter().any(|it| approved(it) && independent(it))
    }

    fn count(&self, is: impl Fn(&Assessed<'_>) -> bool) -> usize {
        self.people.iter().filter(|person| is(person)).count()
    }

    fn assess(&self, reviewer: Reviewer<'a>) -> Assessed<'a> {
        let disqualified = self.disqualifications(reviewer.account);
        Assessed {
            approval: self.approval(&reviewer, &disqualified),
            objection: self.objection(&reviewer, &disqualified),
            disqualified,
            reviewer,
        }
    }

    fn disqualifications(&self, account: Option<&Actor>) -> Vec<ReasonType> {
        let Some(account) = account else {
            return Vec::new();
        };
        let mut disqualified = Vec::new();
        let author = self.pull.author.as_ref();
        if author.is_some_and(|author| author.is_same_as(account)) {
            disqualified.push(ReasonType::ApprovalByAuthor);
        }
        if !account.is_human() && !self.allows_app(account) {
            disqualified.push(ReasonType::ApprovalByBot);
        }
        disqualified
    }

    fn allows_app(&self, account: &Actor) -> bool {
        let login = app_login(&account.login);
        let mut allowed = self.requirements.approver.bots.iter();
        account.kind == ActorKind::Bot && allowed.any(|bot| app_login(bot) == login)
    }

    fn approval(&self, reviewer: &Reviewer<'_>, disqualified: &[ReasonType]) -> Approval {
        let Some(opinion) = reviewer.standing else {
            return Approval::None;
        };
        let disqualified = (!disqualified.is_empty()).then(|| disqualified.to_vec());
        match opinion.kind {
            OpinionKind::ChangesRequested | OpinionKind::RequestDismissed => Approval::None,
            OpinionKind::ApprovalDismissed(_) => Approval::Defective(
                disqualified.unwrap_or_else(|| vec![ReasonType::ApprovalDismissed]),
            ),
            OpinionKind::Approved => match disqualified {
                Some(reasons) => Approval::Defective(reasons),
                None => self.quality(reviewer.account, opinion.review),
            },
            OpinionKind::DismissedAtUnknownTime if disqualified.is_some() => Approval::None,
            OpinionKind::DismissedAtUnknownTime => self
                .quality(reviewer.account, opinion.review)
                .if_it_was_one(),
        }
    }

    fn objection(&self, reviewer: &Reviewer<'_>, disqualified: &[ReasonType]) -> Objection {
        let Some(opinion) = reviewer.standing.filter(|_| disqualified.is_empty()) else {
            return Objection::None;
        };
        let unclear = match opinion.kind {
            OpinionKind::ChangesRequested if reviewer.account.is_none() => {
                Some(MissingType::ReviewAuthor)
            }
            OpinionKind::ChangesRequested => None,
            OpinionKind::DismissedAtUnknownTime => Some(MissingType::PartialAnswer),
            OpinionKind::Approved
            | OpinionKind::ApprovalDismissed(_)
            | OpinionKind::RequestDismissed => return Objection::None,
        };
        match self.has_permission(reviewer.account, opinion.review) {
            Answer::No => Objection::None,
            Answer::Yes => unclear.map_or(Objection::Stands, Objection::Unclear),
            Answer::Unknown(missing) => Objection::Unclear(missing),
        }
    }
}

// === impl Assessed ===

impl Assessed<'_> {
    /// Whether this is a defect of their approval.
    pub(super) fn has(&self, defect: &ReasonType) -> bool {
        matches!(&self.approval, Approval::Defective(defects) if defects.contains(defect))
    }

    /// Whether they took back their own approval by requesting changes.
    pub(super) fn took_back(&self) -> bool {
        let requested = |kind| matches!(kind, OpinionKind::ChangesRequested);
        let standing = self.reviewer.standing;
        let requested = standing.is_some_and(|opinion| requested(opinion.kind));
        requested && self.reviewer.has_approved && self.disqualified.is_empty()
    }

    /// Whether they approved only after the merge, and an approval of theirs before it would have counted.
    pub(super) fn came_late(&self) -> bool {
        let counts = matches!(self.approval, Approval::Counts);
        self.reviewer.late_approval.is_some() && self.disqualified.is_empty() && !counts
    }
}

// === impl Approval ===

impl Approval {
    /// One certain defect is enough; a missing piece then decides nothing.
    fn from_findings(defects: Vec<ReasonType>, missing: BTreeSet<MissingType>) -> Self {
        if !defects.is_empty() {
            Self::Defective(defects)
        } else if missing.is_empty() {
            Self::Counts
        } else {
            Self::Unclear(missing)
        }
    }

    /// Of a dismissed review of which it is not known when that was and what it had been: it may have been this approval.
    fn if_it_was_one(self) -> Self {
        let missing = match self {
            Self::None | Self::Defective(_) => return Self::None,
            Self::Counts => BTreeSet::new(),
            Self::Unclear(missing) => missing,
        };
        let piece = std::iter::once(MissingType::PartialAnswer);
        Self::Unclear(missing.into_iter().chain(piece).collect())
    }
}
