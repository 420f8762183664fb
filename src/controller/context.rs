//! What every reconciliation shares.

use std::sync::Arc;

use jiff::Timestamp;
use kube::{Client, Resource, ResourceExt as _};
use kube_runtime::events::{Event, EventType, Recorder};
use kube_runtime::reflector::{ObjectRef, Store};
use tokio::sync::{Semaphore, mpsc};

use super::decisions::Ledger;
use super::progress::{PolicyKey, Progress};
use crate::api::{AuditFinding, AuditPolicy};
use crate::clock::Clock;
use crate::evidence::Archive;
use crate::github::SharedLimits;
use crate::metrics::Metrics;

/// What every reconciliation shares.
pub(super) struct Context {
    /// The API server.
    pub(super) client: Client,
    /// The archive.
    pub(super) archive: Archive,
    /// The time.
    pub(super) clock: Clock,
    /// Counts and histograms of this process.
    pub(super) metrics: Metrics,
    /// What this process knows between reconciliations.
    pub(super) progress: Progress,
    /// What all scans know of GitHub's limits, by credentials.
    pub(super) limits: SharedLimits,
    /// Hosts that tokens may be sent to.
    pub(super) allowed_github_hosts: Vec<String>,
    /// The uid of the cluster's `kube-system` namespace.
    pub(super) cluster_uid: Option<String>,
    /// Policies as the watch has them.
    pub(super) policies: Store<AuditPolicy>,
    /// Findings as the watch has them.
    pub(super) findings: Store<AuditFinding>,
    /// Lets one chain be verified at a time.
    pub(super) verifications: Semaphore,
    /// Bounds how many organizations are scanned at once.
    pub(super) slots: Semaphore,
    /// Policies to be reconciled because a scan ended.
    pub(super) wakes: mpsc::Sender<ObjectRef<AuditPolicy>>,
    /// The chains as decisions need them.
    pub(super) ledger: Ledger,
    /// The namespace of the map from accounts to users: the operator's own.
    pub(super) identities_namespace: String,
    /// Publishes events.
    pub(super) recorder: Recorder,
}

// === impl Context ===

impl Context {
    /// Has a policy reconciled soon.
    pub(super) async fn wake(&self, key: &PolicyKey) {
        let policy = ObjectRef::new(&key.name).within(&key.namespace);
        if self.wakes.send(policy).await.is_err() {
            tracing::debug!(
                policy = key.name,
                "the controller has ended; nobody is left to publish"
            );
        }
    }

    /// The policy as the watch has it.
    pub(super) fn policy(&self, key: &PolicyKey) -> Option<Arc<AuditPolicy>> {
        let policy = ObjectRef::new(&key.name).within(&key.namespace);
        self.policies.get(&policy)
    }

    /// Publishes an event on a policy or finding. Events are a courtesy: one that fails is logged and forgotten.
    pub(super) async fn event<K>(&self, about: &K, kind: EventType, reason: &str, note: &str)
    where
        K: Resource<DynamicType = ()>,
    {
        let event = Event {
            type_: kind,
            reason: reason.to_owned(),
            // The API server takes notes of at most 1,024 bytes, and a character has up to four.
            note: Some(note.chars().take(250).collect()),
            action: "Audit".to_owned(),
            secondary: None,
        };
        if let Err(error) = self.recorder.publish(&event, &about.object_ref(&())).await {
            let name = about.name_any();
            tracing::warn!(name, error = %error, "an event could not be published");
        }
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
