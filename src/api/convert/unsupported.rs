//! What a policy sets and this version does not obey: it makes the policy Stalled, since nothing is ignored silently.

use crate::api::audit_policy::{AuditPolicySpec, Execution, ExecutionMode};

/// A field that is set and not obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported {
    /// The field, such as `spec.searchQuery`.
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
        rules: _,
        search_query,
        exemptions: _,
        emergency: _,
        owners: _,
        severities: _,
        window: _,
        findings: _,
    } = spec;
    let mut fields = unsupported_execution(execution);
    if search_query.is_some() {
        fields.push(Unsupported {
            path: "spec.searchQuery",
            why: "search queries are not run yet; remove it",
        });
    }
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
