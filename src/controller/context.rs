//! What every reconciliation shares.

use jiff::Timestamp;
use kube::{Client, Resource as _, ResourceExt as _};
use kube_runtime::events::{Event, EventType, Recorder};
use kube_runtime::reflector::{ObjectRef, Store};
use tokio::sync::{Semaphore, mpsc};

use super::progress::{PolicyKey, Progress};
use crate::api::{AuditFinding, AuditPolicy};
use crate::clock::Clock;
use crate::evidence::{Archive, Claim};
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
    /// Hosts that tokens may be sent to.
    pub(super) allowed_github_hosts: Vec<String>,
    /// The uid of the cluster's `kube-system` namespace.
    pub(super) cluster_uid: Option<String>,
    /// Policies as the watch has them.
    pub(super) policies: Store<AuditPolicy>,
    /// Findings as the watch has them.
    pub(super) findings: Store<AuditFinding>,
    /// Bounds how many organizations are scanned at once.
    pub(super) slots: Semaphore,
    /// Policies to be reconciled because a scan ended.
    pub(super) wakes: mpsc::Sender<ObjectRef<AuditPolicy>>,
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

    /// The entry that the policy's status says is in the archive.
    pub(super) fn claim(&self, key: &PolicyKey, organization: &str) -> Option<Claim> {
        let policy = self
            .policies
            .get(&ObjectRef::new(&key.name).within(&key.namespace))?;
        let status = policy
            .status
            .as_ref()?
            .organizations
            .iter()
            .find(|status| status.name == organization)?;
        let entry = status.entry.as_ref()?;
        Some(Claim {
            genesis: entry.genesis,
            sequence: u64::try_from(entry.sequence).ok()?,
            digest: entry.digest,
        })
    }

    /// Publishes an event on a policy. Events are a courtesy: one that fails is logged and forgotten.
    pub(super) async fn event(
        &self,
        policy: &AuditPolicy,
        kind: EventType,
        reason: &str,
        note: String,
    ) {
        // The API server takes notes of at most 1,024 bytes.
        let note: String = note.chars().take(250).collect();
        let event = Event {
            type_: kind,
            reason: reason.to_owned(),
            note: Some(note),
            action: "Audit".to_owned(),
            secondary: None,
        };
        if let Err(error) = self.recorder.publish(&event, &policy.object_ref(&())).await {
            tracing::warn!(policy = policy.name_any(), error = %error, "an event could not be published");
        }
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
