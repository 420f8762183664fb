//! The judgement: requirements and facts in, a verdict out.

use std::sync::Arc;

use globset::GlobSet;

use super::approval::{Assessment, Outcome};
use super::checks;
use super::emergency::{Emergencies, Marking};
use super::exemption::{Exemptions, Standing};
use super::facts::PullRequest;
use super::message::{naming, noting};
use super::requirements::{InvalidRequirements, Requirements, SeverityRule};
use super::rules::{self, Rules, Subject};
use super::scope::repository_globs;
use super::verdict::{Missing, MissingType, Reason, ReasonType, Severity, Verdict};

/// A policy's requirements, ready to judge by: with every glob, pattern and rule compiled. Clones share the rules' thread.
#[derive(Debug, Clone)]
pub struct Judge {
    requirements: Requirements,
    severities: Vec<GlobSet>,
    owners: Vec<GlobSet>,
    exemptions: Exemptions,
    emergencies: Option<Emergencies>,
    rules: Option<Arc<Rules>>,
}

/// What reviews and exemptions come to.
enum Review {
    /// What was demanded is there.
    Met,
    /// It is not, and need not be.
    Waived { exemption: String, ground: String },
    /// It is not, for these reasons; and what else there is to say.
    Violated {
        reasons: Vec<Reason>,
        note: Option<String>,
    },
    /// That depends on what is missing.
    Unclear(Vec<Missing>),
}

// === impl Judge ===

impl Judge {
    /// Compiles globs, patterns and rules. Fails on the first that is none.
    pub fn new(requirements: &Requirements) -> Result<Self, InvalidRequirements> {
        let severities = requirements.severities.iter();
        let owners = requirements.owners.iter();
        let rules = Some(&requirements.rules).filter(|rules| !rules.is_empty());
        let rules = rules.map(|rules| Rules::new(rules)).transpose()?;
        let mark = requirements.emergency.as_ref();
        Ok(Self {
            severities: severities
                .map(|rule| repository_globs("severities.repositories", &rule.repositories))
                .collect::<Result<_, _>>()?,
            owners: owners
                .map(|rule| repository_globs("owners.repositories", &rule.repositories))
                .collect::<Result<_, _>>()?,
            exemptions: Exemptions::new(&requirements.exemptions)?,
            emergencies: mark.map(Emergencies::new).transpose()?,
            rules: rules.map(Arc::new),
            requirements: requirements.clone(),
        })
    }

    /// What it judges by.
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// The verdict on a merged pull request. Deterministic, whatever the order of its reviews and commits; but for a rule that
    /// took too long, which makes it undetermined and not otherwise.
    ///
    /// Reviews first, and whether an exemption waives them; then the rules, which nothing waives. One violation makes a change
    /// non-compliant, whatever else is missing.
    pub fn evaluate(&self, pull: &PullRequest) -> Verdict {
        let assessment = Assessment::of(&self.requirements, pull);
        let marking = self.marking(pull);
        let broken = self.rules(&assessment, &marking);
        let review = self.review(&assessment);
        let mut reasons = Vec::new();
        let mut notes = Vec::new();
        let mut missing = Vec::new();
        let mut exempt = None;
        match review {
            Review::Met => {}
            Review::Waived { exemption, ground } => exempt = Some((exemption, ground)),
            Review::Violated { reasons: all, note } => {
                reasons = all;
                notes.extend(note);
            }
            Review::Unclear(all) => missing = all,
        }
        reasons.extend(broken.broken);
        missing.extend(unanswered(&broken.failed));
        missing.sort_by_key(|piece| piece.kind);
        if !reasons.is_empty() {
            notes.extend(still_unknown(&missing));
            let found = NonCompliance {
                reasons,
                notes,
                rules: broken.severity,
            };
            return self.non_compliant(&assessment, found, marking);
        }
        match exempt {
            _ if !missing.is_empty() => Verdict::Undetermined { missing },
            Some((exemption, ground)) => Verdict::Exempt { exemption, ground },
            None => Verdict::Compliant,
        }
    }

    /// Who owns the repository of this name: the first rule that matches decides.
    pub fn owner(&self, repository: &str) -> Option<&str> {
        let rules = self.requirements.owners.iter().zip(&self.owners);
        let mut matching = rules.filter(|(_, globs)| globs.is_match(repository));
        matching.next().map(|(rule, _)| rule.owner.as_str())
    }

    fn marking(&self, pull: &PullRequest) -> Marking {
        let emergencies = self.emergencies.as_ref();
        emergencies.map_or(Marking::None, |it| it.marking(pull))
    }

    fn rules(&self, assessment: &Assessment<'_>, marking: &Marking) -> rules::Outcome {
        let emergency = match marking {
            Marking::Declared(emergency) => Some(emergency),
            Marking::None | Marking::Unjustified(_) => None,
        };
        self.rules
            .as_ref()
            .map_or_else(rules::Outcome::default, |rules| {
                rules.evaluate(Subject::of(assessment, emergency))
            })
    }

    fn review(&self, assessment: &Assessment<'_>) -> Review {
        let outcome = assessment.outcome();
        if outcome == Outcome::Met {
            return Review::Met;
        }
        let reasons = || checks::reasons(assessment);
        match (outcome, self.exemptions.standing(assessment.pull)) {
            (_, Standing::Holds { exemption, ground }) => Review::Waived {
                exemption: exemption.name.clone(),
                ground: waiving(&ground, outcome, &reasons()),
            },
            (Outcome::Violated, Standing::Unknown(exemption)) => {
                Review::Unclear(vec![unknown_commits(&exemption.name, assessment.pull)])
            }
            (Outcome::Violated, Standing::Not(note)) => Review::Violated {
                reasons: reasons(),
                note: Some(note),
            },
            (Outcome::Violated, Standing::None) => Review::Violated {
                reasons: reasons(),
                note: None,
            },
            (Outcome::Unclear | Outcome::Met, Standing::Unknown(exemption)) => {
                let missing = checks::missing(assessment);
                let commits = unknown_commits(&exemption.name, assessment.pull);
                Review::Unclear(with(missing, commits))
            }
            (Outcome::Unclear | Outcome::Met, Standing::Not(_) | Standing::None) => {
                Review::Unclear(checks::missing(assessment))
            }
        }
    }

    fn non_compliant(
        &self,
        assessment: &Assessment<'_>,
        found: NonCompliance,
        marking: Marking,
    ) -> Verdict {
        let NonCompliance {
            mut reasons,
            mut notes,
            rules,
        } = found;
        let default = default_severity(&reasons, assessment.has_independent_approval());
        let default = rules.map_or(default, |rules| rules.max(default));
        let overridden = self.severity_override(&reasons, &assessment.pull.repository.name);
        let severity = overridden.unwrap_or(default);
        let (severity, emergency) = match marking {
            Marking::Declared(emergency) => (Severity::Warning, Some(emergency)),
            Marking::Unjustified(note) => {
                notes.push(note);
                (severity, None)
            }
            Marking::None => (severity, None),
        };
        if let Some(first) = reasons.first_mut().filter(|_| !notes.is_empty()) {
            first.message = noting(&first.message, &notes.join("; "));
        }
        Verdict::NonCompliant {
            reasons,
            severity,
            emergency,
        }
    }

    /// The severity that the first matching rule of the policy gives.
    fn severity_override(&self, reasons: &[Reason], repository: &str) -> Option<Severity> {
        let rules = self.requirements.severities.iter().zip(&self.severities);
        let applies = |(rule, globs): &(&SeverityRule, &GlobSet)| {
            let here = rule.repositories.is_empty() || globs.is_match(repository);
            here && covers(rule, reasons)
        };
        rules
            .into_iter()
            .find(applies)
            .map(|(rule, _)| rule.severity)
    }
}

/// What makes a change non-compliant.
struct NonCompliance {
    /// At least one, in order.
    reasons: Vec<Reason>,
    /// What else a person should know; goes with the first reason.
    notes: Vec<String>,
    /// How bad the broken rules are.
    rules: Option<Severity>,
}

/// The ground of an exemption, with what it waives.
fn waiving(ground: &str, outcome: Outcome, reasons: &[Reason]) -> String {
    if outcome == Outcome::Unclear {
        return noting(ground, "whether it was reviewed as demanded is not known");
    }
    let waived: Vec<String> = reasons
        .iter()
        .map(|reason| format!("{} ({})", reason.kind, reason.message))
        .collect();
    noting(ground, &naming("waived", &waived))
}

/// What is missing of rules that gave no answer.
fn unanswered(failed: &[String]) -> Option<Missing> {
    let text = "these rules gave no answer; mend their expressions, or wait for the next scan";
    (!failed.is_empty()).then(|| Missing {
        kind: MissingType::RuleNotEvaluated,
        message: naming(text, failed),
    })
}

fn unknown_commits(exemption: &str, pull: &PullRequest) -> Missing {
    let (listed, total) = (pull.commits.len(), pull.commits_total);
    Missing {
        kind: MissingType::Commits,
        message: format!(
            "only {listed} of {total} commits are known, so whether the exemption {exemption} holds is not"
        ),
    }
}

/// Adds a piece, unless one of its type is there.
fn with(mut missing: Vec<Missing>, piece: Missing) -> Vec<Missing> {
    if missing.iter().all(|it| it.kind != piece.kind) {
        missing.push(piece);
        missing.sort_by_key(|it| it.kind);
    }
    missing
}

/// That more reasons may apply, of a change that is non-compliant whatever the missing evidence says.
fn still_unknown(missing: &[Missing]) -> Option<String> {
    let kinds: Vec<&str> = missing.iter().map(|it| it.kind.as_str()).collect();
    let text = "more may be wrong, which missing evidence hides";
    (!kinds.is_empty()).then(|| format!("{text}: {}", kinds.join(", ")))
}

/// The severity where the policy overrides nothing; that of broken rules is their own.
///
/// Critical where a control was overridden (a standing objection, a push, a bypass) or nobody independent approved anything;
/// a warning where somebody independent did (`approved`), but with a defect, or fewer people than are demanded.
fn default_severity(reasons: &[Reason], approved: bool) -> Severity {
    let is_critical = |reason: &Reason| match reason.kind {
        ReasonType::ChangesRequested
        | ReasonType::DirectPush
        | ReasonType::ForcePush
        | ReasonType::ProtectionBypassed => true,
        ReasonType::ApprovalMissing
        | ReasonType::ApprovalAfterMerge
        | ReasonType::ApprovalByAuthor
        | ReasonType::ApprovalByBot => !approved,
        ReasonType::ApprovalStale
        | ReasonType::ApprovalByContributor
        | ReasonType::ApproverWithoutWrite
        | ReasonType::ApprovalDismissed
        | ReasonType::MatchedSearchQuery
        | ReasonType::Rule(_) => false,
    };
    if reasons.iter().any(is_critical) {
        Severity::Critical
    } else {
        Severity::Warning
    }
}

/// Whether the rule is about all of these reasons.
fn covers(rule: &SeverityRule, reasons: &[Reason]) -> bool {
    let named = |reason: &Reason| {
        let name = reason.kind.as_str();
        rule.reasons.iter().any(|it| *it == name)
    };
    rule.reasons.is_empty() || reasons.iter().all(named)
}

#[cfg(test)]
mod tests;
