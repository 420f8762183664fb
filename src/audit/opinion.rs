//! What each reviewer's opinion was as of the merge, whatever GitHub shows today.
//!
//! A review's row outlives what happens to it: dismissed, it only says so, and the `ReviewDismissedEvent` tells when and what
//! it was before. So the state as of the merge is put together from both.

use jiff::Timestamp;

use super::facts::{Actor, Dismissal, PullRequest, Review, ReviewState};

/// One person, or app, and where they stood when the change was merged.
pub(super) struct Reviewer<'a> {
    /// The account; none for a deleted one, whose every review counts as another reviewer's, since nobody can tell.
    pub(super) account: Option<&'a Actor>,
    /// Their latest opinion as of the merge; none where it came later.
    pub(super) standing: Option<Opinion<'a>>,
    /// Whether they ever approved before the merge, even if that was taken back.
    pub(super) has_approved: bool,
    /// Their first approval after the merge.
    pub(super) late_approval: Option<Opinion<'a>>,
}

/// A review that approves or refuses.
#[derive(Clone, Copy)]
pub(super) struct Opinion<'a> {
    /// The review.
    pub(super) review: &'a Review,
    /// When it was submitted.
    pub(super) at: Timestamp,
    /// What it amounted to as of the merge.
    pub(super) kind: OpinionKind<'a>,
}

/// What a review amounted to as of the merge.
#[derive(Clone, Copy)]
pub(super) enum OpinionKind<'a> {
    /// An approval, even if it was dismissed since.
    Approved,
    /// A request for changes, even if it was dismissed since.
    ChangesRequested,
    /// An approval that had been dismissed.
    ApprovalDismissed(&'a Dismissal),
    /// A request for changes that had been dismissed: neither an objection nor an approval.
    RequestDismissed,
    /// It is dismissed now; what it was, and whether the merge came first, GitHub does not tell.
    DismissedAtUnknownTime,
}

/// Everybody with an opinion, by the time of their first, with where they stood as of the merge; who only commented is not
/// among them.
///
/// Reviews are taken by time, then by id, so that the order of the list does not matter.
pub(super) fn as_of_merge(pull: &PullRequest) -> Vec<Reviewer<'_>> {
    let mut reviews: Vec<(Timestamp, &Review)> = pull
        .reviews
        .iter()
        .filter(|review| !matches!(review.state, ReviewState::Commented | ReviewState::Pending))
        .filter_map(|review| Some((review.submitted_at?, review)))
        .collect();
    reviews.sort_by(|(a_at, a), (b_at, b)| (a_at, &a.id).cmp(&(b_at, &b.id)));
    let mut reviewers = Vec::new();
    for (at, review) in reviews {
        reviewer_of(review, &mut reviewers).hear(at, review, pull);
    }
    reviewers
}

fn reviewer_of<'r, 'a>(
    review: &'a Review,
    reviewers: &'r mut Vec<Reviewer<'a>>,
) -> &'r mut Reviewer<'a> {
    let author = review.author.as_ref();
    let known = reviewers.iter().position(|reviewer| {
        matches!((reviewer.account, author), (Some(one), Some(other)) if one.is_same_as(other))
    });
    let at = known.unwrap_or_else(|| {
        reviewers.push(Reviewer::new(author));
        reviewers.len() - 1
    });
    &mut reviewers[at]
}

/// What the review amounted to as of the merge; none for a comment.
fn kind_as_of_merge<'a>(review: &Review, pull: &'a PullRequest) -> Option<OpinionKind<'a>> {
    let state = match review.state {
        ReviewState::Dismissed => match dismissal_of(review, pull) {
            None => return Some(OpinionKind::DismissedAtUnknownTime),
            Some(dismissal) if dismissal.at > pull.merged_at => dismissal.previous_state,
            Some(dismissal) => return Some(kind_once_dismissed(dismissal)),
        },
        state => state,
    };
    match state {
        ReviewState::Approved => Some(OpinionKind::Approved),
        ReviewState::ChangesRequested => Some(OpinionKind::ChangesRequested),
        ReviewState::Dismissed => Some(OpinionKind::DismissedAtUnknownTime),
        ReviewState::Commented | ReviewState::Pending => None,
    }
}

fn kind_once_dismissed(dismissal: &Dismissal) -> OpinionKind<'_> {
    if dismissal.previous_state == ReviewState::Approved {
        OpinionKind::ApprovalDismissed(dismissal)
    } else {
        OpinionKind::RequestDismissed
    }
}

/// The first dismissal of this review: GitHub lets a review be dismissed once.
fn dismissal_of<'a>(review: &Review, pull: &'a PullRequest) -> Option<&'a Dismissal> {
    let of_it = |dismissal: &&Dismissal| dismissal.review.as_ref() == Some(&review.id);
    let dismissals = pull.dismissals.iter().filter(of_it);
    dismissals.min_by_key(|dismissal| dismissal.at)
}

// === impl Reviewer ===

impl<'a> Reviewer<'a> {
    fn new(account: Option<&'a Actor>) -> Self {
        Self {
            account,
            standing: None,
            has_approved: false,
            late_approval: None,
        }
    }

    /// Takes the next review, later than all before.
    fn hear(&mut self, at: Timestamp, review: &'a Review, pull: &'a PullRequest) {
        if at > pull.merged_at {
            self.hear_after_merge(at, review);
            return;
        }
        let Some(kind) = kind_as_of_merge(review, pull) else {
            return;
        };
        self.has_approved |= matches!(
            kind,
            OpinionKind::Approved | OpinionKind::ApprovalDismissed(_)
        );
        self.standing = Some(Opinion { review, at, kind });
    }

    fn hear_after_merge(&mut self, at: Timestamp, review: &'a Review) {
        let kind = OpinionKind::Approved;
        if review.state == ReviewState::Approved && self.late_approval.is_none() {
            self.late_approval = Some(Opinion { review, at, kind });
        }
    }
}
