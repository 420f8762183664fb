//! What each review is worth, and why.

use jiff::Timestamp;
use serde::Serialize;

use super::commit::written_by;
use crate::audit::approval::{Approval, Assessed, Assessment, Objection};
use crate::audit::facts::{Actor, Review, ReviewState};
use crate::audit::message::{login, short};
use crate::audit::opinion::{Opinion, OpinionKind};
use crate::audit::verdict::{MissingType, ReasonType};

/// One review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewAnswer {
    /// Who gave it; none for a deleted account.
    pub author: Option<String>,
    /// Its state as GitHub shows it now.
    pub state: ReviewState,
    /// When it was submitted; none while pending.
    pub submitted_at: Option<Timestamp>,
    /// The commit it was given on, as far as GitHub knows.
    pub commit: Option<String>,
    /// What it is worth.
    pub worth: Worth,
    /// Why.
    pub because: Vec<String>,
}

/// What a review is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Worth {
    /// It is an approval that counts.
    Counts,
    /// It is an objection that stood at the merge.
    Objects,
    /// It is neither.
    DoesNotCount,
    /// The evidence does not suffice to say.
    Unclear,
}

impl Worth {
    /// The name as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counts => "Counts",
            Self::Objects => "Objects",
            Self::DoesNotCount => "DoesNotCount",
            Self::Unclear => "Unclear",
        }
    }
}

type Answer = (Worth, Vec<String>);

/// Every review by its time, pending ones last.
pub(super) fn answers(assessment: &Assessment<'_>) -> Vec<ReviewAnswer> {
    let mut reviews: Vec<&Review> = assessment.pull.reviews.iter().collect();
    reviews.sort_by_key(|review| {
        let at = review.submitted_at.unwrap_or(Timestamp::MAX);
        (at, review.id.clone())
    });
    let answer = |review: &Review| {
        let (worth, because) = weigh(review, assessment);
        ReviewAnswer {
            author: review.author.as_ref().map(|author| author.login.clone()),
            state: review.state,
            submitted_at: review.submitted_at,
            commit: review.commit.clone(),
            worth,
            because,
        }
    };
    reviews.into_iter().map(answer).collect()
}

fn no(because: impl Into<String>) -> Answer {
    (Worth::DoesNotCount, vec![because.into()])
}

fn weigh(review: &Review, assessment: &Assessment<'_>) -> Answer {
    let Some(at) = review.submitted_at else {
        return no("it was never submitted");
    };
    let merged_at = assessment.pull.merged_at;
    match review.state {
        ReviewState::Pending => return no("it was never submitted"),
        ReviewState::Commented => return no("a comment is neither approval nor objection"),
        ReviewState::Approved | ReviewState::ChangesRequested | ReviewState::Dismissed => {}
    }
    if at > merged_at {
        return no(format!("it came after the merge at {merged_at}"));
    }
    let is_theirs = |it: &&Assessed<'_>| is_by(review, it);
    let person = assessment.people.iter().find(is_theirs);
    match person.and_then(|it| Some((it, it.reviewer.standing?))) {
        Some((person, opinion)) if opinion.review.id == review.id => {
            standing(person, &opinion, assessment)
        }
        Some((_, later)) if later.at >= at => no(format!(
            "superseded by their later {} at {}",
            what(&later),
            later.at
        )),
        _ => no("it was neither approval nor objection at the merge"),
    }
}

/// Whether the review is this reviewer's. Each of a deleted account counts as somebody else's.
fn is_by(review: &Review, person: &Assessed<'_>) -> bool {
    match (review.author.as_ref(), person.reviewer.account) {
        (Some(one), Some(other)) => one.is_same_as(other),
        (None, None) => {
            let standing = person.reviewer.standing;
            standing.is_some_and(|opinion| opinion.review.id == review.id)
        }
        _ => false,
    }
}

fn what(opinion: &Opinion<'_>) -> &'static str {
    match opinion.kind {
        OpinionKind::Approved | OpinionKind::ApprovalDismissed(_) => "approval",
        OpinionKind::ChangesRequested | OpinionKind::RequestDismissed => "request for changes",
        OpinionKind::DismissedAtUnknownTime => "review, now dismissed",
    }
}

/// What their opinion as of the merge is worth.
fn standing(person: &Assessed<'_>, opinion: &Opinion<'_>, assessment: &Assessment<'_>) -> Answer {
    match opinion.kind {
        OpinionKind::Approved => approval(person, opinion, assessment),
        OpinionKind::ChangesRequested => objection(person),
        OpinionKind::ApprovalDismissed(it) => no(format!(
            "dismissed before the merge by {} at {}",
            login(it.by.as_ref()),
            it.at
        )),
        OpinionKind::RequestDismissed => {
            no("a request for changes that was dismissed before the merge")
        }
        OpinionKind::DismissedAtUnknownTime => match &person.approval {
            Approval::Unclear(missing) => unclear(missing),
            Approval::None | Approval::Counts | Approval::Defective(_) => {
                no("it is dismissed, and could not have counted")
            }
        },
    }
}

fn approval(person: &Assessed<'_>, opinion: &Opinion<'_>, assessment: &Assessment<'_>) -> Answer {
    match &person.approval {
        Approval::Counts if assessment.doubted() > 0 && !assessment.has_enough() => {
            unclear(&[MissingType::CommitAuthor])
        }
        Approval::Counts => (Worth::Counts, vec![merits(opinion)]),
        Approval::Defective(defects) => {
            let defects = defects.iter();
            let words = defects.map(|it| defect(it, person, opinion, assessment));
            (Worth::DoesNotCount, words.collect())
        }
        Approval::Unclear(missing) => unclear(missing),
        Approval::None => no("it was no approval at the merge"),
    }
}

fn merits(opinion: &Opinion<'_>) -> String {
    let now = match opinion.review.state {
        ReviewState::Dismissed => ", dismissed only after it",
        _ => "",
    };
    format!("independent, as the policy demands, and standing at the merge{now}")
}

fn objection(person: &Assessed<'_>) -> Answer {
    match person.objection {
        Objection::Stands => (
            Worth::Objects,
            vec!["they requested changes, and stood by it at the merge".to_owned()],
        ),
        Objection::Unclear(piece) => unclear(&[piece]),
        Objection::None if person.disqualified.is_empty() => {
            no("an objection by somebody without write permission blocks nothing")
        }
        Objection::None => no("an objection by the author or an app blocks nothing"),
    }
}

fn defect(
    defect: &ReasonType,
    person: &Assessed<'_>,
    opinion: &Opinion<'_>,
    assessment: &Assessment<'_>,
) -> String {
    let pull = assessment.pull;
    match defect {
        ReasonType::ApprovalStale => {
            let commit = opinion.review.commit.as_deref().unwrap_or_default();
            let (commit, head) = (short(commit), short(&pull.head_commit));
            format!("stale: it is of {commit}, and {head} was merged")
        }
        ReasonType::ApprovalByAuthor => "by the pull request's own author".to_owned(),
        ReasonType::ApprovalByContributor => {
            let theirs = |account: &Actor| written_by(account, pull).join(", ");
            let commits = person.reviewer.account.map(theirs).unwrap_or_default();
            let commits = Some(commits).filter(|it| !it.is_empty());
            let commits = commits.map_or_else(String::new, |it| format!(": {it}"));
            format!("by somebody who wrote a part of it{commits}")
        }
        ReasonType::ApprovalByBot => "by an app that the policy does not allow to".to_owned(),
        ReasonType::ApproverWithoutWrite => "by somebody without write permission".to_owned(),
        ReasonType::ApprovalDismissed => "dismissed before the merge".to_owned(),
        other => other.to_string(),
    }
}

fn unclear<'a>(missing: impl IntoIterator<Item = &'a MissingType>) -> Answer {
    let words = missing.into_iter().map(|&piece| words(piece).to_owned());
    (Worth::Unclear, words.collect())
}

fn words(missing: MissingType) -> &'static str {
    match missing {
        MissingType::Commits => {
            "GitHub does not list all commits, so the reviewer may have written one"
        }
        MissingType::ApproverPermission => {
            "whether they could write at the merge is not known any more"
        }
        MissingType::ReviewAuthor => "the account is deleted, so nobody knows whose review it was",
        MissingType::ReviewCommit => "which commit it was of is not known any more",
        MissingType::CommitAuthor => {
            "somebody behind a commit is linked to no account, and may be the reviewer"
        }
        MissingType::RuleNotEvaluated => "a rule of the policy could not be evaluated",
        MissingType::NotVisible => "GitHub shows the change no more",
        MissingType::PartialAnswer => {
            "GitHub does not tell when it was dismissed, or all of the commits' parents"
        }
    }
}
