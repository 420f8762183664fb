//! The checks: one for each fact that reviews can violate, and all that apply are reasons.
//!
//! A check tells the one fact that it is named for, with everybody it concerns; whether the change is non-compliant at all is
//! decided before, in [`super::approval`].

use std::collections::BTreeSet;

use super::approval::{Approval, Assessed, Assessment, Objection};
use super::message::{login, naming, short};
use super::opinion::{Opinion, OpinionKind};
use super::verdict::{Missing, MissingType, Reason, ReasonType};

/// A check: the message where its fact is violated.
type Check = fn(&Assessment<'_>) -> Option<String>;

/// All checks, in the order of their reasons.
const CHECKS: [(ReasonType, Check); 9] = [
    (ReasonType::ApprovalMissing, approval_missing),
    (ReasonType::ApprovalAfterMerge, approved_only_after_merge),
    (ReasonType::ApprovalStale, approval_not_of_merged_head),
    (ReasonType::ApprovalByAuthor, approved_by_author),
    (ReasonType::ApprovalByContributor, approved_by_contributor),
    (ReasonType::ApprovalByBot, approved_by_app),
    (ReasonType::ApproverWithoutWrite, approver_cannot_write),
    (ReasonType::ApprovalDismissed, approval_dismissed),
    (ReasonType::ChangesRequested, changes_requested),
];

/// Every reason why the change is non-compliant; for one that is.
pub(super) fn reasons(assessment: &Assessment<'_>) -> Vec<Reason> {
    CHECKS
        .into_iter()
        .filter_map(|(kind, check)| {
            let message = check(assessment)?;
            Some(Reason { kind, message })
        })
        .collect()
}

/// Every piece of evidence that is missing; for a change that they decide.
pub(super) fn missing(assessment: &Assessment<'_>) -> Vec<Missing> {
    let people = assessment.people.iter();
    let mut kinds: BTreeSet<MissingType> = people
        .flat_map(|person| person.missing(assessment))
        .collect();
    if !assessment.has_enough() && assessment.doubted() > 0 {
        kinds.insert(MissingType::CommitAuthor);
    }
    let piece = |kind| Missing {
        kind,
        message: missing_message(kind, assessment),
    };
    kinds.into_iter().map(piece).collect()
}

fn approval_missing(assessment: &Assessment<'_>) -> Option<String> {
    let demanded = assessment.requirements.approvals;
    let there = assessment.counting() + assessment.unclear() + assessment.explained();
    (assessment.lacks_approvals() && there < demanded).then(|| {
        let pull = assessment.pull;
        let by = pull.merged_by.as_ref();
        let by = by.map_or(String::new(), |by| format!(" by {}", by.login));
        let counting = assessment.counting();
        let at = pull.merged_at;
        format!("merged{by} at {at} with {counting} of {demanded} approvals")
    })
}

fn approved_only_after_merge(assessment: &Assessment<'_>) -> Option<String> {
    let text = format!("approved after the merge at {}", assessment.pull.merged_at);
    let late = assessment.people.iter().filter(|it| it.came_late());
    let people = late.filter_map(|person| {
        let opinion = person.reviewer.late_approval?;
        Some(mention(person, &opinion))
    });
    name_if_lacking(assessment, &text, &people.collect::<Vec<_>>())
}

fn approval_not_of_merged_head(assessment: &Assessment<'_>) -> Option<String> {
    let head = short(&assessment.pull.head_commit);
    let text = format!("approved another commit than the merged {head}");
    let on_what = |opinion: &Opinion<'_>| {
        let commit = opinion.review.commit.as_deref().unwrap_or_default();
        format!(" on {}", short(commit))
    };
    defective(assessment, &ReasonType::ApprovalStale, &text, on_what)
}

fn approved_by_author(assessment: &Assessment<'_>) -> Option<String> {
    let text = "approved by the pull request's own author";
    defective(assessment, &ReasonType::ApprovalByAuthor, text, |_| {
        String::new()
    })
}

fn approved_by_contributor(assessment: &Assessment<'_>) -> Option<String> {
    let text = "approved by somebody who authored or committed a part of it";
    defective(assessment, &ReasonType::ApprovalByContributor, text, |_| {
        String::new()
    })
}

fn approved_by_app(assessment: &Assessment<'_>) -> Option<String> {
    let text = "approved by an app that the policy does not allow to";
    defective(assessment, &ReasonType::ApprovalByBot, text, |_| {
        String::new()
    })
}

fn approver_cannot_write(assessment: &Assessment<'_>) -> Option<String> {
    let text = "approved by somebody without write permission";
    defective(assessment, &ReasonType::ApproverWithoutWrite, text, |_| {
        String::new()
    })
}

fn approval_dismissed(assessment: &Assessment<'_>) -> Option<String> {
    let text = "approved, but dismissed before the merge";
    let by_whom = |opinion: &Opinion<'_>| match opinion.kind {
        OpinionKind::ApprovalDismissed(it) => {
            format!(", dismissed by {} at {}", login(it.by.as_ref()), it.at)
        }
        _ => String::new(),
    };
    defective(assessment, &ReasonType::ApprovalDismissed, text, by_whom)
}

/// Also with approvals enough, where the objection stands; else where it is what became of an approval.
fn changes_requested(assessment: &Assessment<'_>) -> Option<String> {
    let lacking = assessment.lacks_approvals();
    let objects = |person: &&Assessed<'_>| {
        matches!(person.objection, Objection::Stands) || (lacking && person.took_back())
    };
    let people: Vec<String> = assessment
        .people
        .iter()
        .filter(objects)
        .filter_map(Assessed::mention_standing)
        .collect();
    (!people.is_empty()).then(|| naming("merged over a request for changes", &people))
}

/// Names everybody whose approval has this defect.
fn defective(
    assessment: &Assessment<'_>,
    defect: &ReasonType,
    text: &str,
    more: impl Fn(&Opinion<'_>) -> String,
) -> Option<String> {
    let people = assessment.people.iter().filter(|it| it.has(defect));
    let mentions = people.filter_map(|person| {
        let opinion = person.reviewer.standing?;
        Some(format!("{}{}", mention(person, &opinion), more(&opinion)))
    });
    name_if_lacking(assessment, text, &mentions.collect::<Vec<_>>())
}

/// Where approvals are enough, a bad one among them is no reason.
fn name_if_lacking(assessment: &Assessment<'_>, text: &str, mentions: &[String]) -> Option<String> {
    (assessment.lacks_approvals() && !mentions.is_empty()).then(|| naming(text, mentions))
}

fn mention(person: &Assessed<'_>, opinion: &Opinion<'_>) -> String {
    format!("{} at {}", login(person.reviewer.account), opinion.at)
}

fn missing_message(kind: MissingType, assessment: &Assessment<'_>) -> String {
    let pull = assessment.pull;
    let (listed, total) = (pull.commits.len(), pull.commits_total);
    let text = match kind {
        MissingType::Commits => format!(
            "only {listed} of {total} commits are known, so whether the reviewer wrote one is not"
        ),
        MissingType::ApproverPermission => {
            "whether the reviewer could write at the merge is not known any more".to_owned()
        }
        MissingType::ReviewAuthor => {
            "the reviewer's account is deleted, so whose review it was is not known".to_owned()
        }
        MissingType::ReviewCommit => {
            "which commit the review was of is not known any more".to_owned()
        }
        MissingType::CommitAuthor => {
            "a commit's e-mail address is linked to no account, so whether a reviewer wrote it is not known; adding the \
             address to its owner's account tells"
                .to_owned()
        }
        // No check of reviews lacks it: `evaluate` adds it.
        MissingType::RuleNotEvaluated => "a rule gave no answer".to_owned(),
        MissingType::NotVisible => "GitHub shows the change no more".to_owned(),
        MissingType::PartialAnswer => {
            "when the review was dismissed, or what the merged head was made of, GitHub did not tell".to_owned()
        }
    };
    naming(&text, &missing_mentions(kind, assessment))
}

fn missing_mentions(kind: MissingType, assessment: &Assessment<'_>) -> Vec<String> {
    if kind == MissingType::CommitAuthor {
        return assessment.contributors.unlinked().iter().cloned().collect();
    }
    let people = assessment.people.iter();
    let concerned = people.filter(|person| person.missing(assessment).contains(&kind));
    concerned.filter_map(Assessed::mention_standing).collect()
}

// === impl Assessed ===

impl Assessed<'_> {
    /// What is missing to tell what their opinion is worth, as far as that matters: enough approvals need no more of them.
    fn missing(&self, assessment: &Assessment<'_>) -> BTreeSet<MissingType> {
        let mut missing = match &self.approval {
            Approval::Unclear(missing) if !assessment.has_enough() => missing.clone(),
            _ => BTreeSet::new(),
        };
        if let Objection::Unclear(piece) = self.objection {
            missing.insert(piece);
        }
        missing
    }

    fn mention_standing(&self) -> Option<String> {
        let opinion = self.reviewer.standing?;
        Some(mention(self, &opinion))
    }
}
