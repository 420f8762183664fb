//! The status, as situations: what was observed, and what it says.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde_json::{Value, json};

use super::*;
use crate::api::audit_policy::status::PublishedEntry;
use crate::api::condition::{ConditionReason as Reason, ConditionType, find_condition};
use crate::controller::fixtures::{
    at, chain, failure, plan, policy, progress, scanned, unknown, validated,
};
use crate::controller::progress::OrganizationProgress;
use crate::digest::Digest;
use crate::evidence::entry::Debt;
use crate::evidence::state::{Adopted, Mismatch};

mod compliance;
mod figures;
mod readiness;

/// One policy over time: each observation builds on the status of the one before.
struct Case {
    policy: AuditPolicy,
    plan: Plan,
    progress: PolicyProgress,
    counts: Counts,
}

// === impl Case ===

impl Case {
    fn new<const N: usize>(spec: Value, organizations: [(&str, OrganizationProgress); N]) -> Self {
        Self {
            policy: policy(spec.clone()),
            plan: plan(spec),
            progress: progress(organizations),
            counts: Counts::default(),
        }
    }

    /// A policy on `acme`.
    fn acme(known: OrganizationProgress) -> Self {
        Self::new(json!({}), [("acme", known)])
    }

    fn counting(mut self, counts: Counts) -> Self {
        self.counts = counts;
        self
    }

    fn with_request(mut self, request: &str) -> Self {
        self.plan.request = Some(request.to_owned());
        self
    }

    /// This process has just started and has read nothing.
    fn restarted(mut self) -> Self {
        self.progress = PolicyProgress::default();
        self.counts = Counts::default();
        self
    }

    fn knowing<const N: usize>(mut self, organizations: [(&str, OrganizationProgress); N]) -> Self {
        self.progress = progress(organizations);
        self
    }

    /// Observes, and keeps what the status says.
    fn seen(&mut self, time: &str) -> AuditPolicyStatus {
        let observed = Observed {
            plan: &self.plan,
            progress: &self.progress,
            counts: self.counts,
            missed: None,
            now: at(time),
        };
        let status = compute(&self.policy, &observed);
        self.policy.status = Some(status.clone());
        status
    }
}

fn condition(status: &AuditPolicyStatus, kind: ConditionType) -> Option<&Condition> {
    find_condition(&status.conditions, kind)
}

/// `status/reason` of a condition; empty where it is absent.
fn says(status: &AuditPolicyStatus, kind: ConditionType) -> String {
    condition(status, kind).map_or_else(String::new, |condition| {
        format!("{}/{}", condition.status, condition.reason)
    })
}

fn ready(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Ready)
}

fn compliant(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Compliant)
}

fn reconciling(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Reconciling)
}

fn stalled_says(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Stalled)
}

fn message(status: &AuditPolicyStatus, kind: ConditionType) -> &str {
    condition(status, kind).map_or("", |condition| &condition.message)
}

fn done() -> OrganizationProgress {
    unknown().with(scanned(at("12:15")))
}

/// Done, and failing at the next try.
fn failing(reason: Reason) -> OrganizationProgress {
    done().failing(failure(reason, at("12:40")))
}

fn failing_for_long(reason: Reason, attempts: u32) -> OrganizationProgress {
    let mut failure = failure(reason, at("12:40"));
    failure.attempts = attempts;
    done().failing(failure)
}

fn owing(repository: Option<&str>, since: &str) -> OrganizationProgress {
    let mut chain = scanned(at("12:15"));
    chain.debts.push(Debt {
        repository: repository.map(str::to_owned),
        since: at(since),
        reason: "GitHub left out part of its answer".to_owned(),
    });
    unknown().with(chain)
}
