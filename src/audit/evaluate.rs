//! The judgement: requirements and facts in, a verdict out.

use globset::GlobSet;

use super::approval::{Assessment, Outcome};
use super::checks;
use super::facts::PullRequest;
use super::requirements::{Requirements, SeverityRule};
use super::scope::{InvalidGlob, repository_globs};
use super::verdict::{Reason, ReasonType, Severity, Verdict};

/// A policy's requirements, ready to judge by: with every glob compiled.
#[derive(Debug, Clone)]
pub struct Judge {
    requirements: Requirements,
    severities: Vec<GlobSet>,
    owners: Vec<GlobSet>,
}

// === impl Judge ===

impl Judge {
    /// Compiles the globs of the requirements. Fails on the first that is none.
    pub fn new(requirements: &Requirements) -> Result<Self, InvalidGlob> {
        let severities = requirements.severities.iter();
        let owners = requirements.owners.iter();
        Ok(Self {
            severities: severities
                .map(|rule| repository_globs("severities.repositories", &rule.repositories))
                .collect::<Result<_, _>>()?,
            owners: owners
                .map(|rule| repository_globs("owners.repositories", &rule.repositories))
                .collect::<Result<_, _>>()?,
            requirements: requirements.clone(),
        })
    }

    /// What it judges by.
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// The verdict on a merged pull request. Deterministic, whatever the order of its reviews and commits.
    pub fn evaluate(&self, pull: &PullRequest) -> Verdict {
        let assessment = Assessment::of(&self.requirements, pull);
        match assessment.outcome() {
            Outcome::Met => Verdict::Compliant,
            Outcome::Violated => self.non_compliant(&assessment),
            Outcome::Unclear => Verdict::Undetermined {
                missing: checks::missing(&assessment),
            },
        }
    }

    /// Who owns the repository of this name: the first rule that matches decides.
    pub fn owner(&self, repository: &str) -> Option<&str> {
        let rules = self.requirements.owners.iter().zip(&self.owners);
        let mut matching = rules.filter(|(_, globs)| globs.is_match(repository));
        matching.next().map(|(rule, _)| rule.owner.as_str())
    }

    fn non_compliant(&self, assessment: &Assessment<'_>) -> Verdict {
        let reasons = checks::reasons(assessment);
        let default = || default_severity(&reasons, assessment.has_independent_approval());
        let overridden = self.severity_override(&reasons, &assessment.pull.repository.name);
        let severity = overridden.unwrap_or_else(default);
        Verdict::NonCompliant { reasons, severity }
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

/// The severity where the policy overrides nothing.
///
/// Critical where a control was overridden (a standing objection, a push, a bypass) or nobody independent approved anything;
/// a warning where somebody independent did (`approved`), but with a defect, or fewer people than are demanded.
pub fn default_severity(reasons: &[Reason], approved: bool) -> Severity {
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
