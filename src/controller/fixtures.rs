//! Policies, chains and failures that read like sentences, for the tests of the controller's pure steps.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::progress::{OrganizationProgress, PolicyProgress};
use super::retry::Failure;
use super::validate::{Invalid, Plan, Surroundings, validate};
use crate::api::AuditPolicy;
use crate::api::condition::ConditionReason;
use crate::digest::Digest;
use crate::evidence::entry::{Body, Entry, FORMAT, Genesis, Head};
use crate::evidence::state::ChainState;

/// A time on the day of the tests, such as `12:15`; policies are created at `12:00`.
pub(super) fn at(time: &str) -> Timestamp {
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-11-22T{time}{seconds}Z").parse().unwrap()
}

/// A policy every quarter of an hour on `acme`, its spec merged with `spec`.
pub(super) fn policy(spec: Value) -> AuditPolicy {
    let mut whole = json!({
        "schedule": "*/15 * * * *",
        "github": {"credentialsRef": {"name": "github"}},
        "organizations": [{"name": "acme"}],
        "requirements": {"directPushes": "Allowed"},
    });
    if let Value::Object(spec) = spec {
        for (field, value) in spec {
            whole[field] = value;
        }
    }
    serde_json::from_value(json!({
        "apiVersion": "mergeaudit.io/v1alpha1",
        "kind": "AuditPolicy",
        "metadata": {
            "name": "soc2", "namespace": "compliance", "generation": 1, "uid": "7", "creationTimestamp": "2026-11-22T12:00:00Z",
        },
        "spec": whole,
    }))
    .unwrap()
}

/// What the policy asks for, where tokens may go to `api.github.com`.
pub(super) fn validated(policy: &AuditPolicy) -> Result<Plan, Invalid> {
    let allowed_hosts = ["api.github.com".to_owned(), "ghes.example.com".to_owned()];
    validate(
        policy,
        &Surroundings {
            allowed_hosts: &allowed_hosts,
            cluster_uid: None,
            namespace_uid: None,
            executor: "controller",
            now: at("12:00"),
        },
    )
}

/// The plan of a [`policy`].
pub(super) fn plan(spec: Value) -> Plan {
    // Without a uid scans start at their slots.
    let mut policy = policy(spec);
    policy.metadata.uid = None;
    validated(&policy).unwrap()
}

/// A chain of `acme` that began at `12:00` and has not seen a run.
pub(super) fn chain() -> ChainState {
    let genesis = Genesis {
        host: "github.com".to_owned(),
        organization_id: 42,
        organization: "acme".to_owned(),
        cluster_uid: None,
        namespace_uid: None,
        time: at("12:00"),
    };
    let entry = Entry {
        format: FORMAT,
        sequence: 0,
        previous: None,
        written_at: at("12:00"),
        snapshot: None,
        body: Body::Genesis(genesis),
    };
    ChainState::genesis(&entry, Digest::of(b"genesis")).unwrap()
}

/// The chain after the run of a slot, which took two seconds.
pub(super) fn scanned(slot: Timestamp) -> ChainState {
    let mut chain = chain();
    chain.head = Head {
        sequence: 2,
        digest: Digest::of(b"run"),
    };
    chain.last_slot = Some(slot);
    chain.repositories_audited = 1;
    chain.window_until = Some(slot);
    chain.last_success = Some(slot + SignedDuration::from_secs(2));
    chain
}

/// A failure that is tried again at `retry_at`.
pub(super) fn failure(reason: ConditionReason, retry_at: Timestamp) -> Failure {
    Failure {
        reason,
        message: format!("organization acme: {}", reason.as_str()),
        attempts: 1,
        retry_at,
        request: None,
        adopt: None,
    }
}

/// An organization of which nothing is known.
pub(super) fn unknown() -> OrganizationProgress {
    OrganizationProgress::default()
}

impl OrganizationProgress {
    /// With this chain.
    pub(super) fn with(mut self, chain: ChainState) -> Self {
        self.chain = Some(Arc::new(chain));
        self
    }

    /// Failing.
    pub(super) fn failing(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }
}

/// What is known of a policy whose first generation was taken up.
pub(super) fn progress<const N: usize>(
    organizations: [(&str, OrganizationProgress); N],
) -> PolicyProgress {
    let organizations = organizations.map(|(name, known)| (name.to_owned(), known));
    PolicyProgress {
        generation: Some(1),
        organizations: organizations.into(),
        ..PolicyProgress::default()
    }
}
