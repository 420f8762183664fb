//! What a policy sets and this version does not obey: it makes the policy Stalled, since nothing is ignored silently.

use crate::api::audit_policy::{AuditPolicySpec, Execution, ExecutionMode};

/// A field that is set and not obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported {
    /// The field, such as `spec.rules`.
    pub path: &'static str,
    /// What this version does not do.
    pub why: &'static str,
}

/// Every field of the policy that is set, to something other than its default, and not obeyed by this version.
pub fn unsupported_fields(spec: &AuditPolicySpec) -> Vec<Unsupported> {
    // Taken apart in full: a new field must be decided on here.
    let AuditPolicySpec {
        schedule: _,
        time_zone: _,
        suspend: _,
        starting_deadline_seconds: _,
        execution,
        github: _,
        organizations: _,
        branches: _,
        requirements: _, // directPushes: Forbidden shows in CoverageComplete instead
        rules,
        search_query,
        exemptions,
        emergency,
        owners: _,
        severities: _,
        window: _,
        findings: _,
    } = spec;
    let mut fields = unsupported_execution(execution);
    let mut check = |is_set: bool, path, why| {
        if is_set {
            fields.push(Unsupported { path, why });
        }
    };
    check(
        !rules.is_empty(),
        "spec.rules",
        "rules in CEL are not evaluated yet; remove them",
    );
    check(
        search_query.is_some(),
        "spec.searchQuery",
        "search queries are not run yet; remove it",
    );
    check(
        !exemptions.is_empty(),
        "spec.exemptions",
        "exemptions are not applied yet; remove them and acknowledge the findings",
    );
    check(
        emergency.is_some(),
        "spec.emergency",
        "emergencies are not recognized yet; remove it and acknowledge the findings",
    );
    fields
}

fn unsupported_execution(spec: &Execution) -> Vec<Unsupported> {
    let Execution { mode, shards: _ } = spec; // shards come with CronJob only
    match mode {
        ExecutionMode::InProcess => Vec::new(),
        ExecutionMode::CronJob => vec![Unsupported {
            path: "spec.execution.mode",
            why: "scans do not run in pods of a CronJob yet; use InProcess",
        }],
    }
}
