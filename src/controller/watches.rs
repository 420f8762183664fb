//! The watches that every replica keeps: policies and findings, for metrics and for what is published already.

use futures::{Stream, StreamExt as _};
use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Client, Resource, ResourceExt as _};
use kube_runtime::reflector::{self, ObjectRef, Store};
use kube_runtime::{WatchStreamExt as _, watcher};
use serde::de::DeserializeOwned;
use tokio::sync::{broadcast, watch};

use super::Settings;
use super::raw::{Raw, watch_readable};
use crate::api::{AuditFinding, AuditPolicy};
use crate::server::Readiness;

/// The readiness condition that the watches fulfil.
pub(super) const SYNCED: &str = "watches";

/// How many changed findings may wait for their policies to be looked at; beyond, all policies are.
const TOUCHED: usize = 1024;

/// The caches of both watches.
#[derive(Clone)]
pub(super) struct Watches {
    /// Policies.
    pub(super) policies: Store<AuditPolicy>,
    /// Findings.
    pub(super) findings: Store<AuditFinding>,
    synced: watch::Receiver<bool>,
    touched: broadcast::Sender<ObjectRef<AuditPolicy>>,
}

// === impl Watches ===

impl Watches {
    /// Starts both watches; they go on until the process ends.
    pub(super) fn start(client: &Client, settings: &Settings, readiness: Readiness) -> Self {
        let (touched, _) = broadcast::channel(TOUCHED);
        let touch = touched.clone();
        let policies = reflect(api(client, settings), |_: &AuditPolicy| {});
        let findings = reflect(api(client, settings), move |finding| {
            // Nobody listens on a replica that does not lead.
            let _ = policy_of(finding).map(|policy| touch.send(policy));
        });
        let (done, synced) = watch::channel(false);
        let watches = Self {
            policies,
            findings,
            synced,
            touched,
        };
        // A store wakes only one of those who wait for it: this task, which tells all others.
        let (policies, findings) = (watches.policies.clone(), watches.findings.clone());
        tokio::spawn(async move {
            match tokio::try_join!(policies.wait_until_ready(), findings.wait_until_ready()) {
                Ok(_) => {
                    readiness.set(SYNCED, true);
                    done.send_replace(true);
                }
                Err(error) => tracing::error!(error = %error, "a watch has ended"),
            }
        });
        watches
    }

    /// The policies of findings that were written or deleted, each after the cache knows. (A watch of its own could tell of a
    /// deletion before the cache does, and the finding would be thought to be there.)
    pub(super) fn touched(&self) -> impl Stream<Item = ObjectRef<AuditPolicy>> + use<> {
        let policies = self.policies.clone();
        let touched = self.touched.subscribe();
        futures::stream::unfold(touched, async |mut touched| {
            Some((touched.recv().await, touched))
        })
        .take_while(|received| {
            let ended = matches!(received, Err(broadcast::error::RecvError::Closed));
            std::future::ready(!ended)
        })
        .flat_map(move |received| {
            let all = |_| {
                policies
                    .state()
                    .iter()
                    .map(|policy| ObjectRef::from_obj(&**policy))
                    .collect()
            };
            futures::stream::iter(received.map_or_else(all, |policy| vec![policy]))
        })
    }

    /// Whether both caches have everything that there was at the start.
    pub(super) fn are_synced(&self) -> bool {
        *self.synced.borrow()
    }

    /// Waits until they have; for ever, where a watch has ended.
    pub(super) async fn wait_until_synced(&self) {
        if self
            .synced
            .clone()
            .wait_for(|synced| *synced)
            .await
            .is_err()
        {
            std::future::pending::<()>().await;
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

fn reflect<K>(api: Api<Raw<K>>, touched: impl Fn(&K) + Send + 'static) -> Store<K>
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
    let stream = watch_readable(api, store.clone())
        .modify(|object| {
            // Who wrote which field is asked of policies only, and that by the controller's own watch.
            object.managed_fields_mut().clear();
        })
        .reflect(writer);
    tokio::spawn(stream.for_each(move |event| {
        match &event {
            Ok(
                watcher::Event::Apply(object)
                | watcher::Event::InitApply(object)
                | watcher::Event::Delete(object),
            ) => touched(object),
            Ok(watcher::Event::Init | watcher::Event::InitDone) => {}
            Err(error) => tracing::warn!(error = %error, "a watch failed and is started again"),
        }
        std::future::ready(())
    }));
    store
}

fn policy_of(finding: &AuditFinding) -> Option<ObjectRef<AuditPolicy>> {
    let namespace = finding.namespace()?;
    Some(ObjectRef::new(&finding.spec.policy_name).within(&namespace))
}
