//! What was demanded, one by one, and whether it is there.

use serde::Serialize;

use crate::audit::approval::{Assessment, Outcome};
use crate::audit::checks;
use crate::audit::message::short;
use crate::audit::requirements::{ApprovedCommit, IndependentOf, Permission};
use crate::audit::verdict::{Missing, MissingType, Reason, ReasonType, Verdict};

/// One thing that was demanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequirementAnswer {
    /// What, in words.
    pub requirement: String,
    /// Whether it is there.
    pub outcome: Fulfilment,
    /// Who and when, or what is missing.
    pub because: Vec<String>,
}

/// Whether something that was demanded is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Fulfilment {
    /// It is.
    Met,
    /// It is not.
    Violated,
    /// The evidence does not suffice to say.
    Unclear,
    /// There is nothing that it could be asked of.
    NotApplicable,
}

impl Fulfilment {
    /// The name as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Met => "Met",
            Self::Violated => "Violated",
            Self::Unclear => "Unclear",
            Self::NotApplicable => "NotApplicable",
        }
    }
}

/// A demand that approvals must meet: in words, and the reasons and missing evidence that speak of it.
struct Demand {
    text: String,
    reasons: &'static [ReasonType],
    missing: &'static [MissingType],
}

/// What the reviews violate and leave unclear, whatever an exemption makes of it.
struct Grounds {
    reasons: Vec<Reason>,
    missing: Vec<Missing>,
}

/// Every demand, in the order in which people ask for them, then the reasons that no demand on reviews explains, such as rules.
pub(super) fn answers(assessment: &Assessment<'_>, verdict: &Verdict) -> Vec<RequirementAnswer> {
    let grounds = Grounds::of(assessment);
    let nobody = assessment.people.is_empty();
    let mut answers = vec![approvals(assessment, &grounds)];
    if assessment.requirements.approvals > 0 {
        let demands = demands(assessment);
        answers.extend(demands.iter().map(|demand| grounds.answer(demand, nobody)));
    }
    answers.extend(others(&answers, &grounds, verdict));
    answers.extend(rules(assessment, verdict));
    answers
}

/// The policy's further rules that the change fulfils; those that it breaks are among the verdict's reasons.
fn rules(assessment: &Assessment<'_>, verdict: &Verdict) -> Vec<RequirementAnswer> {
    let (reasons, missing) = match verdict {
        Verdict::NonCompliant { reasons, .. } => (reasons.as_slice(), [].as_slice()),
        Verdict::Undetermined { missing } => ([].as_slice(), missing.as_slice()),
        Verdict::Compliant | Verdict::Exempt { .. } => ([].as_slice(), [].as_slice()),
    };
    let is_unclear = |it: &Missing| it.kind == MissingType::RuleNotEvaluated;
    if missing.iter().any(is_unclear) {
        return Vec::new();
    }
    let broken = |name: &str| {
        let rule = ReasonType::Rule(name.to_owned());
        reasons.iter().any(|it| it.kind == rule)
    };
    let rules = assessment.requirements.rules.iter();
    rules
        .filter(|rule| !broken(&rule.name))
        .map(|rule| RequirementAnswer {
            requirement: format!("Rule/{}", rule.name),
            outcome: Fulfilment::Met,
            because: Vec::new(),
        })
        .collect()
}

fn approvals(assessment: &Assessment<'_>, grounds: &Grounds) -> RequirementAnswer {
    let demanded = assessment.requirements.approvals;
    let (counting, unclear) = (assessment.counting(), assessment.unclear());
    let outcome = if demanded == 0 || assessment.has_enough() {
        Fulfilment::Met
    } else if assessment.lacks_approvals() {
        Fulfilment::Violated
    } else {
        Fulfilment::Unclear
    };
    let more = match unclear + assessment.doubted() {
        0 => String::new(),
        unclear => format!(", and of {unclear} it is not clear"),
    };
    let mut because = match demanded {
        0 => vec!["the policy demands none".to_owned()],
        _ => vec![format!("{counting} of {demanded} without a defect{more}")],
    };
    because.extend(grounds.about(&[ReasonType::ApprovalMissing], &[]));
    RequirementAnswer {
        requirement: match demanded {
            1 => "an approval by one person that counts".to_owned(),
            _ => format!("approvals by {demanded} people that count"),
        },
        outcome,
        because,
    }
}

fn demands(assessment: &Assessment<'_>) -> Vec<Demand> {
    let approver = &assessment.requirements.approver;
    let head = short(&assessment.pull.head_commit);
    let independent = match approver.independent_of {
        IndependentOf::CommitAuthors => "the author and everybody who wrote a commit of it",
        IndependentOf::PullRequestAuthor => "the author",
    };
    let mut demands = vec![
        demand(
            format!("given before the merge at {}", assessment.pull.merged_at),
            &[ReasonType::ApprovalAfterMerge],
            &[],
        ),
        demand(
            format!("by somebody other than {independent}"),
            &[
                ReasonType::ApprovalByAuthor,
                ReasonType::ApprovalByContributor,
            ],
            &[
                MissingType::Commits,
                MissingType::ReviewAuthor,
                MissingType::CommitAuthor,
            ],
        ),
        demand(
            "by a person, or an app that the policy allows".to_owned(),
            &[ReasonType::ApprovalByBot],
            &[],
        ),
        demand(
            "not taken back before the merge by a dismissal".to_owned(),
            &[ReasonType::ApprovalDismissed],
            &[MissingType::PartialAnswer],
        ),
    ];
    if approver.permission == Permission::Write {
        demands.push(demand(
            "by somebody with write permission".to_owned(),
            &[ReasonType::ApproverWithoutWrite],
            &[MissingType::ApproverPermission],
        ));
    }
    if assessment.requirements.approved_commit == ApprovedCommit::Head {
        demands.push(demand(
            format!("of the merged head {head}, updates from the base branch apart"),
            &[ReasonType::ApprovalStale],
            &[MissingType::ReviewCommit],
        ));
    }
    demands.push(demand(
        "no request for changes that stands at the merge".to_owned(),
        &[ReasonType::ChangesRequested],
        &[],
    ));
    demands
}

fn demand(text: String, reasons: &'static [ReasonType], missing: &'static [MissingType]) -> Demand {
    Demand {
        text,
        reasons,
        missing,
    }
}

/// What the verdict says that no demand above does.
fn others(
    answers: &[RequirementAnswer],
    grounds: &Grounds,
    verdict: &Verdict,
) -> Vec<RequirementAnswer> {
    let said = |message: &String| answers.iter().any(|it| it.because.contains(message));
    let answer = |requirement: &str, outcome, message: &String| RequirementAnswer {
        requirement: requirement.to_owned(),
        outcome,
        because: vec![message.clone()],
    };
    let (reasons, missing) = match verdict {
        Verdict::NonCompliant { reasons, .. } => (reasons.as_slice(), [].as_slice()),
        Verdict::Undetermined { missing } => ([].as_slice(), missing.as_slice()),
        Verdict::Compliant | Verdict::Exempt { .. } => return Vec::new(),
    };
    let known = |kind: &ReasonType| grounds.reasons.iter().any(|it| it.kind == *kind);
    let reasons = reasons
        .iter()
        .filter(|it| !known(&it.kind) && !said(&it.message));
    let reasons = reasons.map(|it| answer(&it.kind.as_str(), Fulfilment::Violated, &it.message));
    let missing = missing.iter().filter(|it| !said(&it.message));
    let missing = missing.map(|it| answer(it.kind.as_str(), Fulfilment::Unclear, &it.message));
    reasons.chain(missing).collect()
}

// === impl Grounds ===

impl Grounds {
    fn of(assessment: &Assessment<'_>) -> Self {
        let (reasons, missing) = match assessment.outcome() {
            Outcome::Met => (Vec::new(), Vec::new()),
            Outcome::Violated => (checks::reasons(assessment), Vec::new()),
            Outcome::Unclear => (Vec::new(), checks::missing(assessment)),
        };
        Self { reasons, missing }
    }

    /// What speaks of these kinds.
    fn about(&self, reasons: &[ReasonType], missing: &[MissingType]) -> Vec<String> {
        let reasons = self.reasons.iter().filter(|it| reasons.contains(&it.kind));
        let reasons = reasons.map(|it| it.message.clone());
        let missing = self.missing.iter().filter(|it| missing.contains(&it.kind));
        reasons
            .chain(missing.map(|it| it.message.clone()))
            .collect()
    }

    fn answer(&self, demand: &Demand, nobody: bool) -> RequirementAnswer {
        let violated = self.about(demand.reasons, &[]);
        let unclear = self.about(&[], demand.missing);
        let is_objection = demand.reasons.contains(&ReasonType::ChangesRequested);
        let outcome = if !violated.is_empty() {
            Fulfilment::Violated
        } else if !unclear.is_empty() {
            Fulfilment::Unclear
        } else if nobody && !is_objection {
            Fulfilment::NotApplicable
        } else {
            Fulfilment::Met
        };
        RequirementAnswer {
            requirement: demand.text.clone(),
            outcome,
            because: violated.into_iter().chain(unclear).collect(),
        }
    }
}
