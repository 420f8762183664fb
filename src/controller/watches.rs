//! The watches that every replica keeps: policies and findings, for metrics and for what is published already.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt as _;
use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Client, Resource, ResourceExt as _};
use kube_runtime::reflector::{self, Store};
use kube_runtime::{WatchStreamExt as _, watcher};
use serde::de::DeserializeOwned;

use super::Settings;
use crate::api::{AuditFinding, AuditPolicy};
use crate::server::Readiness;

/// The readiness condition that the watches fulfil.
pub(super) const SYNCED: &str = "watches";

/// The caches of both watches.
#[derive(Clone)]
pub(super) struct Watches {
    /// Policies.
    pub(super) policies: Store<AuditPolicy>,
    /// Findings.
    pub(super) findings: Store<AuditFinding>,
    synced: Arc<AtomicBool>,
}

// === impl Watches ===

impl Watches {
    /// Starts both watches; they go on until the process ends.
    pub(super) fn start(client: &Client, settings: &Settings, readiness: Readiness) -> Self {
        let policies = watch(api(client, settings));
        let findings = watch(api(client, settings));
        let watches = Self {
            policies,
            findings,
            synced: Arc::new(AtomicBool::new(false)),
        };
        let waiting = watches.clone();
        tokio::spawn(async move {
            waiting.wait_until_synced().await;
            waiting.synced.store(true, Ordering::Release);
            readiness.set(SYNCED, true);
        });
        watches
    }

    /// Whether both caches have everything that there was at the start.
    pub(super) fn are_synced(&self) -> bool {
        self.synced.load(Ordering::Acquire)
    }

    /// Waits until they have.
    pub(super) async fn wait_until_synced(&self) {
        // An error would mean that a watch has ended, which none does before the process.
        let (policies, findings) = (
            self.policies.wait_until_ready(),
            self.findings.wait_until_ready(),
        );
        if let (Err(error), _) | (_, Err(error)) = tokio::join!(policies, findings) {
            tracing::error!(error = %error, "a watch has ended");
        }
    }
}

/// The resources of the watched namespace, or of all.
pub(super) fn api<K>(client: &Client, settings: &Settings) -> Api<K>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    match &settings.namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

fn watch<K>(api: Api<K>) -> Store<K>
where
    K: Resource<DynamicType = ()>
        + Clone
        + DeserializeOwned
        + std::fmt::Debug
        + Send
        + Sync
        + 'static,
{
    let (store, writer) = reflector::store();
    let stream = watcher(api, watcher::Config::default().any_semantic())
        .default_backoff()
        .modify(|object| {
            // Who wrote which field is asked of policies only, and that by the controller's own watch.
            object.managed_fields_mut().clear();
        })
        .reflect(writer);
    tokio::spawn(stream.for_each(|event| async {
        if let Err(error) = event {
            tracing::warn!(error = %error, "a watch failed and is started again");
        }
    }));
    store
}
