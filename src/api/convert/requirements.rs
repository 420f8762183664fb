//! What a policy demands, as the core judges by it.

use super::{InvalidPolicy, invalid};
use crate::api::audit_policy::{
    self, ApproverSpec, AuditPolicySpec, CelRule, OwnerOfRepositories, RequirementsSpec,
    SeverityOverride,
};
use crate::audit::requirements::{
    Approver, EmergencyMark, Exemption, OwnerRule, Requirements, Rule, SeverityRule,
};

/// The policy's requirements, not yet with compiled globs, patterns and rules.
pub fn requirements(spec: &AuditPolicySpec) -> Result<Requirements, InvalidPolicy> {
    let RequirementsSpec {
        approvals,
        approved_commit,
        approver: by,
        direct_pushes: _, // what to do about pushes is decided where they are audited
    } = &spec.requirements;
    let approvals = usize::try_from(*approvals).ok().filter(|n| *n <= 10);
    check_severities(spec)?;
    let out_of_range = || invalid("spec.requirements.approvals", "must be 0 to 10");
    Ok(Requirements {
        approvals: approvals.ok_or_else(out_of_range)?,
        approved_commit: *approved_commit,
        approver: approver(by),
        rules: spec.rules.iter().map(rule).collect(),
        exemptions: spec.exemptions.iter().map(exemption).collect(),
        emergency: spec.emergency.as_ref().map(emergency),
        severities: spec.severities.iter().map(severity_rule).collect(),
        owners: spec.owners.iter().map(owner_rule).collect(),
    })
}

/// A rule that is not there would be overridden silently.
fn check_severities(spec: &AuditPolicySpec) -> Result<(), InvalidPolicy> {
    let is_missing = |reason: &String| {
        let name = reason.strip_prefix("Rule/");
        name.is_some_and(|name| spec.rules.iter().all(|rule| rule.name != name))
    };
    for (at, severity) in spec.severities.iter().enumerate() {
        if let Some(reason) = severity.reasons.iter().position(is_missing) {
            let path = format!("spec.severities[{at}].reasons[{reason}]");
            let why = "must be Rule/NAME of one of spec.rules, and there is none of this name";
            return Err(invalid(path, why));
        }
    }
    Ok(())
}

fn approver(spec: &ApproverSpec) -> Approver {
    let ApproverSpec {
        permission,
        independent_of,
        bots,
    } = spec;
    Approver {
        permission: *permission,
        independent_of: *independent_of,
        bots: bots.iter().map(|bot| bot.to_ascii_lowercase()).collect(),
    }
}

fn rule(spec: &CelRule) -> Rule {
    let CelRule {
        name,
        expression,
        message,
        severity,
    } = spec.clone();
    Rule {
        name,
        expression,
        message,
        severity,
    }
}

fn exemption(spec: &audit_policy::Exemption) -> Exemption {
    let audit_policy::Exemption {
        name,
        authors,
        repositories,
        reason: _, // for people; the archive has the policy's text
        approved_by: _,
        expiration_time,
    } = spec.clone();
    Exemption {
        name,
        authors,
        repositories,
        expiration_time: expiration_time.0,
    }
}

fn emergency(spec: &audit_policy::Emergency) -> EmergencyMark {
    let audit_policy::Emergency {
        labels,
        justification_pattern,
        review_within_seconds,
    } = spec.clone();
    EmergencyMark {
        labels,
        justification_pattern,
        review_within_seconds,
    }
}

fn severity_rule(spec: &SeverityOverride) -> SeverityRule {
    let SeverityOverride {
        reasons,
        repositories,
        severity,
    } = spec.clone();
    SeverityRule {
        reasons,
        repositories,
        severity,
    }
}

fn owner_rule(spec: &OwnerOfRepositories) -> OwnerRule {
    let OwnerOfRepositories {
        repositories,
        owner,
    } = spec.clone();
    OwnerRule {
        repositories,
        owner,
    }
}
