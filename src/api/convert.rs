//! Between the resources and the core, purely: a policy's spec becomes what the core works with ([`plan`]), and what the core
//! says becomes findings ([`finding`]) and totals ([`totals`]).
//!
//! The API server has checked most of a policy, but not that of a file that the command line reads: [`plan`] checks again what a
//! wrong value would break. Schedules and globs are parsed, and refused, by the core.

pub mod finding;
pub mod totals;
pub mod unsupported;

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::audit_policy::{
    ApproverSpec, AuditPolicySpec, OrganizationScope, OwnerOfRepositories, RepositoryGlobs,
    RequirementsSpec, SeverityOverride, WindowSpec,
};
use crate::audit::requirements::{Approver, OwnerRule, Requirements, SeverityRule};
use crate::digest::Digest;

pub use self::finding::{finding_resource, finding_status};
pub use self::unsupported::{Unsupported, unsupported_fields};

/// What a scan needs of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What changes must show.
    pub requirements: Requirements,
    /// What is audited, by organization, in the policy's order.
    pub scopes: Vec<Scope>,
    /// Which time a scan covers.
    pub window: WindowSettings,
}

/// What is audited of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The organization's login.
    pub organization: String,
    /// Globs on the names of repositories; one must match.
    pub include: Vec<String>,
    /// Globs on the names of repositories; none may match.
    pub exclude: Vec<String>,
    /// Globs on the names of branches, and `@default`.
    pub branches: Vec<String>,
}

/// Which time a scan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSettings {
    /// How far the first scan looks back.
    pub initial_lookback: SignedDuration,
    /// How far each scan reaches into the window before it.
    pub overlap: SignedDuration,
}

/// A policy that cannot be worked with.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{path} {why}")]
pub struct InvalidPolicy {
    /// The field, such as `spec.requirements.approvals`.
    pub path: String,
    /// What it must be.
    pub why: &'static str,
}

/// What the core works with.
pub fn plan(spec: &AuditPolicySpec) -> Result<Plan, InvalidPolicy> {
    check_api_url(&spec.github.api_url)?;
    Ok(Plan {
        requirements: requirements(spec)?,
        scopes: scopes(spec)?,
        window: window(&spec.window)?,
    })
}

/// The spec as JSON with sorted keys and every default filled in: the same text for the same policy, however it was written.
#[expect(
    clippy::expect_used,
    reason = "the spec has no map whose key is no string, the one thing that JSON cannot say"
)]
pub fn canonical_spec(spec: &AuditPolicySpec) -> Value {
    sorted(serde_json::to_value(spec).expect("a spec is JSON"))
}

/// The digest of the [`canonical_spec`], which records name as the policy they were judged by.
pub fn policy_digest(spec: &AuditPolicySpec) -> Digest {
    Digest::of(canonical_spec(spec).to_string().as_bytes())
}

/// Sorts by itself, since whether a map of `serde_json` does depends on features that any dependency may switch on.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.into_iter().collect();
            members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            let members = members.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn invalid(path: impl Into<String>, why: &'static str) -> InvalidPolicy {
    let path = path.into();
    InvalidPolicy { path, why }
}

/// Only the scheme, which decides whether a token would be sent in the clear.
fn check_api_url(url: &str) -> Result<(), InvalidPolicy> {
    const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    let is_loopback = |authority: &str| {
        LOOPBACK.iter().any(|host| {
            let port = authority.strip_prefix(host);
            port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
        })
    };
    let allowed = match url.split_once("://") {
        Some(("https", _)) => true,
        Some(("http", rest)) => is_loopback(rest.split('/').next().unwrap_or_default()),
        _ => false,
    };
    let clean = !url.contains(['@', '?', '#']);
    if allowed && clean {
        return Ok(());
    }
    let why =
        "must be an https address without user, query and fragment; http is for loopback only";
    Err(invalid("spec.github.apiUrl", why))
}

fn requirements(spec: &AuditPolicySpec) -> Result<Requirements, InvalidPolicy> {
    let RequirementsSpec {
        approvals,
        approved_commit,
        approver,
        direct_pushes: _, // what to do about pushes is decided where they are audited
    } = &spec.requirements;
    let approvals = usize::try_from(*approvals).ok().filter(|n| *n <= 10);
    Ok(Requirements {
        approvals: approvals
            .ok_or_else(|| invalid("spec.requirements.approvals", "must be 0 to 10"))?,
        approved_commit: *approved_commit,
        approver: approver_of(approver),
        severities: spec.severities.iter().map(severity_rule).collect(),
        owners: spec.owners.iter().map(owner_rule).collect(),
    })
}

fn approver_of(spec: &ApproverSpec) -> Approver {
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

fn scopes(spec: &AuditPolicySpec) -> Result<Vec<Scope>, InvalidPolicy> {
    let path = "spec.organizations";
    if spec.organizations.is_empty() {
        return Err(invalid(path, "must name at least one organization"));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (at, organization) in spec.organizations.iter().enumerate() {
        let path = format!("{path}[{at}].name");
        if !is_login(&organization.name) {
            return Err(invalid(path, "must be an organization's login on GitHub"));
        }
        if !seen.insert(organization.name.to_ascii_lowercase()) {
            return Err(invalid(
                path,
                "is named twice; GitHub tells no upper from lower case",
            ));
        }
    }
    let scope = |organization| scope(organization, &spec.branches);
    Ok(spec.organizations.iter().map(scope).collect())
}

fn scope(spec: &OrganizationScope, branches: &[String]) -> Scope {
    let OrganizationScope {
        name,
        repositories: RepositoryGlobs { include, exclude },
    } = spec.clone();
    Scope {
        organization: name,
        include,
        exclude,
        branches: branches.to_vec(),
    }
}

/// It becomes part of addresses and of search queries.
fn is_login(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=39).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

fn window(spec: &WindowSpec) -> Result<WindowSettings, InvalidPolicy> {
    let WindowSpec {
        initial_lookback_seconds,
        overlap_seconds,
    } = spec;
    if !(0..=31_536_000).contains(initial_lookback_seconds) {
        return Err(invalid(
            "spec.window.initialLookbackSeconds",
            "must be 0 to 31536000",
        ));
    }
    if !(60..=86_400).contains(overlap_seconds) {
        return Err(invalid("spec.window.overlapSeconds", "must be 60 to 86400"));
    }
    Ok(WindowSettings {
        initial_lookback: SignedDuration::from_secs(*initial_lookback_seconds),
        overlap: SignedDuration::from_secs(*overlap_seconds),
    })
}

#[cfg(test)]
mod tests;
