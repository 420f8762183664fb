//! Between the resources and the core, purely: a policy's spec becomes what the core works with ([`plan`]), and what the core
//! says becomes findings ([`finding`]) and totals ([`totals`]).
//!
//! The API server has checked most of a policy, but not that of a file that the command line reads: [`plan`] checks again what a
//! wrong value would break. Schedules, time zones and globs are parsed, and refused, by the core.

pub mod decision;
pub mod finding;
pub mod inherited;
pub mod requirements;
mod scope;
pub mod totals;
pub mod unsupported;

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::audit_policy::{AuditPolicySpec, WindowSpec};
use crate::audit::requirements::Requirements;
use crate::digest::Digest;

pub use self::decision::{acknowledgement, finding_status, identity, proposal};
pub use self::finding::finding_resource;
pub use self::inherited::inherited;
pub use self::requirements::requirements;
pub use self::scope::Scope;
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
    scope::check_api_url(&spec.github.api_url)?;
    Ok(Plan {
        requirements: requirements(spec)?,
        scopes: scope::scopes(spec)?,
        window: window(&spec.window)?,
    })
}

/// The spec as JSON with sorted keys and every default filled in: the same text for the same policy, however it was written.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
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
