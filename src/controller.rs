//! The operator: watches, leader election, and the wiring of everything that a reconciliation needs.
//!
//! Every replica watches policies and findings and serves metrics from what it has seen; one of them, the holder of the Lease,
//! reconciles and scans.

mod adoption;
mod announce;
mod connection;
mod context;
mod decisions;
mod figures;
#[cfg(test)]
mod fixtures;
mod lease;
mod observe;
mod progress;
mod publish;
mod raw;
mod reconcile;
mod resolve;
mod retirement;
mod retry;
mod scans;
mod startup;
mod status;
mod uids;
mod unreadable;
mod validate;
mod verification;
mod watches;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use kube::Api;
use kube_runtime::reflector::ObjectRef;
use kube_runtime::{Controller, controller, watcher};
use tokio::sync::mpsc;

use crate::api::AuditPolicy;
use crate::clock::Clock;
use crate::evidence::Archive;

use context::Context;
use lease::Candidate;
pub use progress::PolicyKey;
use raw::Raw;
pub use retry::chain as chain_of_causes;
use startup::Started;
pub use validate::{Invalid, Plan, Surroundings, validate};

/// How many policies are reconciled at once.
const CONCURRENCY: u16 = 16;
/// How many ended scans may wait to be published.
const WAKES: usize = 1024;

/// What the operator is told at its start.
#[derive(Clone)]
pub struct Settings {
    /// Where the evidence goes.
    pub archive: Archive,
    /// Hosts that tokens may be sent to.
    pub allowed_github_hosts: Vec<String>,
    /// The namespace to watch; all where none.
    pub namespace: Option<String>,
    /// Where to serve metrics and probes.
    pub listen: SocketAddr,
    /// The namespace of the Lease.
    pub lease_namespace: String,
    /// This replica's name in the Lease.
    pub replica: String,
    /// How many organizations are scanned at once.
    pub concurrency: usize,
    /// The time.
    pub clock: Clock,
}

/// Why the operator cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No configuration for the API server was found.
    #[error("no kubeconfig and no service account was found: set KUBECONFIG, or run in a pod")]
    Configuration(#[source] kube::config::InferConfigError),
    /// The API server cannot be talked to.
    #[error("the API server cannot be reached")]
    Kubernetes(#[source] kube::Error),
    /// Metrics could not be set up.
    #[error("metrics could not be set up")]
    Metrics(#[from] crate::metrics::Error),
    /// The address could not be served.
    #[error(transparent)]
    Server(#[from] crate::server::Error),
    /// The signals could not be listened to.
    #[error("signals cannot be listened to")]
    Signals(#[source] std::io::Error),
    /// Another replica took over.
    #[error("the lease is lost; this replica ends, so that it scans nothing beside its successor")]
    LeaseLost,
}

/// Runs the operator until it is told to stop (SIGTERM, Ctrl-C) or loses the Lease.
///
/// # Errors
///
/// What keeps it from running at all; everything else becomes a condition, an event, a metric or a log line.
pub async fn run(settings: Settings) -> Result<(), Error> {
    let started = startup::start(&settings).await?;
    let mut stop = startup::stop_signal().map_err(Error::Signals)?;
    let lease_client = started.lease_client.clone();
    let mut candidate = Candidate::new(
        lease_client,
        &settings.lease_namespace,
        settings.replica.clone(),
        settings.clock,
    );
    let result = tokio::select! {
        result = lead(&settings, &started, &mut candidate) => result,
        () = stop.recv() => Ok(()),
    };
    started.metrics.set_leader(false);
    tracing::info!("stopping");
    candidate.release().await;
    started.server.stop().await;
    result
}

/// Waits for the Lease, and reconciles for as long as it is held.
async fn lead(
    settings: &Settings,
    started: &Started,
    candidate: &mut Candidate,
) -> Result<(), Error> {
    started.watches.wait_until_synced().await;
    candidate.acquire().await;
    tracing::info!("this replica leads");
    started.metrics.set_leader(true);
    let touched = started.watches.touched();
    let (wakes, woken) = mpsc::channel(WAKES);
    let context = Arc::new(started.context(settings, wakes).await?);
    let findings = watches::api(&context.client, settings);
    tokio::select! {
        () = candidate.hold() => Err(Error::LeaseLost),
        () = reconcile_all(settings, context.clone(), touched, woken) => Ok(()),
        () = decisions::take_up_all(findings, context) => Ok(()),
    }
}

/// Reconciles every policy: when it changes, when one of its findings does, when a scan of it ends, and when it asked to be.
async fn reconcile_all(
    settings: &Settings,
    context: Arc<Context>,
    touched: impl Stream<Item = ObjectRef<AuditPolicy>> + Send + 'static,
    woken: mpsc::Receiver<ObjectRef<AuditPolicy>>,
) {
    let policies: Api<Raw<AuditPolicy>> = watches::api(&context.client, settings);
    let touched = touched.map(|policy| policy.into_kind_unchecked(()));
    let woken = futures::stream::unfold(woken, async |mut woken| {
        let policy: ObjectRef<AuditPolicy> = woken.recv().await?;
        Some((policy.into_kind_unchecked(()), woken))
    });
    Controller::new(policies, watcher::Config::default().any_semantic())
        .with_config(controller::Config::default().concurrency(CONCURRENCY))
        .reconcile_on(touched)
        .reconcile_on(woken)
        .run(
            reconcile::reconcile,
            reconcile::error_policy,
            context.clone(),
        )
        .for_each(|result| {
            note(&context, result);
            async {}
        })
        .await;
}

type Reconciled<E> = Result<
    (
        ObjectRef<Raw<AuditPolicy>>,
        kube_runtime::controller::Action,
    ),
    controller::Error<E, watcher::Error>,
>;

fn note(context: &Context, result: Reconciled<reconcile::Error>) {
    match result {
        Ok(_) => {}
        // A finding of a policy that is gone, or a policy that was deleted: its chain stays in the archive.
        Err(controller::Error::ObjectNotFound(policy)) => context.progress.forget(&PolicyKey {
            namespace: policy.namespace.unwrap_or_default(),
            name: policy.name,
        }),
        Err(controller::Error::ReconcilerFailed(error, policy)) if error.is_conflict() => {
            tracing::debug!(policy = %policy, "the policy has changed in between and is looked at again");
        }
        Err(controller::Error::ReconcilerFailed(error, policy)) => {
            tracing::warn!(policy = %policy, "{}", retry::chain(&error));
        }
        Err(error) => tracing::warn!("{}", retry::chain(&error)),
    }
}
