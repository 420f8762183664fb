//! Starting: clients, probes and metrics first, then the wait for the resource definitions, then the watches.

use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Client, Config, CustomResourceExt as _};
use kube_runtime::events::{Recorder, Reporter};
use kube_runtime::reflector::ObjectRef;
use kube_runtime::wait::{await_condition, conditions};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::context::Context;
use super::decisions::Ledger;
use super::progress::Progress;
use super::watches::{self, Watches};
use super::{Error, Settings, figures, uids};
use crate::api::{AuditFinding, AuditPolicy, MANAGER_FACTS};
use crate::github::SharedLimits;
use crate::metrics::Metrics;
use crate::server::{Readiness, Server};

/// The readiness condition of the resource definitions.
const DEFINITIONS: &str = "custom resource definitions";
/// A request that takes longer is given up; watches are longer and renew themselves.
const READ_TIMEOUT: Duration = Duration::from_mins(5);

/// An operator that has started, but does not lead yet.
pub(super) struct Started {
    client: Client,
    /// A client of its own for the Lease, with short timeouts and no retries.
    pub(super) lease_client: Client,
    /// The caches.
    pub(super) watches: Watches,
    /// Counts and histograms.
    pub(super) metrics: Metrics,
    /// The probes and metrics.
    pub(super) server: Serving,
}

/// The server as it runs.
pub(super) struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), crate::server::Error>>,
}

/// What tells the operator to stop.
pub(super) struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

/// Starts everything that a standby needs too.
///
/// # Errors
///
/// See [`Error`].
pub(super) async fn start(settings: &Settings) -> Result<Started, Error> {
    let config = Config::infer().await.map_err(Error::Configuration)?;
    let lease_client = Client::try_from(for_lease(config.clone())).map_err(Error::Kubernetes)?;
    let client = Client::try_from(for_all(config)).map_err(Error::Kubernetes)?;
    let readiness = Readiness::new(&[DEFINITIONS, watches::SYNCED]);
    let metrics = Metrics::new()?;
    let server = serve(settings, metrics.clone(), readiness.clone()).await?;
    wait_for_definitions(&client).await;
    readiness.set(DEFINITIONS, true);
    let watches = Watches::start(&client, settings, readiness);
    let (seen, clock) = (watches.clone(), settings.clock);
    metrics.expose_policies(move || {
        seen.are_synced()
            .then(|| figures::collect(&seen.policies, &seen.findings, clock))
    })?;
    Ok(Started {
        client,
        lease_client,
        watches,
        metrics,
        server,
    })
}

/// Listens to SIGTERM and Ctrl-C.
///
/// # Errors
///
/// Where the system does not let it.
pub(super) fn stop_signal() -> std::io::Result<StopSignal> {
    Ok(StopSignal {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
    })
}

fn for_all(mut config: Config) -> Config {
    config.read_timeout = Some(READ_TIMEOUT);
    config.reset_reader_on_write = true;
    config
}

fn for_lease(mut config: Config) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(3));
    config.read_timeout = Some(Duration::from_secs(5));
    config
}

async fn serve(
    settings: &Settings,
    metrics: Metrics,
    readiness: Readiness,
) -> Result<Serving, Error> {
    let server = Server::bind(settings.listen, metrics, readiness).await?;
    tracing::info!(address = %server.address(), "serving /metrics, /healthz and /readyz");
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async {
        // A dropped sender means the same as a sent stop.
        let _ = stopped.await;
    }));
    Ok(Serving { stop, task })
}

/// An operator that is installed before its definitions waits for them, not ready, instead of failing.
async fn wait_for_definitions(client: &Client) {
    let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
    for name in [AuditPolicy::crd_name(), AuditFinding::crd_name()] {
        loop {
            match await_condition(definitions.clone(), name, conditions::is_crd_established()).await
            {
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(error = %error, definition = name, "waiting for a custom resource definition");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
            }
        }
    }
}

// === impl Started ===

impl Started {
    /// What reconciliations share once this replica leads.
    ///
    /// # Errors
    ///
    /// The API server's.
    pub(super) async fn context(
        &self,
        settings: &Settings,
        wakes: mpsc::Sender<ObjectRef<AuditPolicy>>,
    ) -> Result<Context, Error> {
        let cluster_uid = uids::cluster_uid(&self.client)
            .await
            .map_err(Error::Kubernetes)?;
        let reporter = Reporter {
            controller: MANAGER_FACTS.to_owned(),
            instance: Some(settings.replica.clone()),
        };
        Ok(Context {
            client: self.client.clone(),
            archive: settings.archive.clone(),
            clock: settings.clock,
            metrics: self.metrics.clone(),
            progress: Progress::default(),
            limits: SharedLimits::default(),
            allowed_github_hosts: settings.allowed_github_hosts.clone(),
            cluster_uid,
            policies: self.watches.policies.clone(),
            findings: self.watches.findings.clone(),
            verifications: Semaphore::new(1),
            slots: Semaphore::new(settings.concurrency),
            wakes,
            ledger: Ledger::default(),
            identities_namespace: settings.lease_namespace.clone(),
            recorder: Recorder::new(self.client.clone(), reporter),
        })
    }
}

// === impl Serving ===

impl Serving {
    /// Stops serving, after the answers under way.
    pub(super) async fn stop(self) {
        // An error would mean that it has stopped already.
        let _ = self.stop.send(());
        if let Ok(Err(error)) = self.task.await {
            tracing::warn!(error = %error, "serving metrics and probes ended");
        }
    }
}

// === impl StopSignal ===

impl StopSignal {
    /// Waits for either.
    pub(super) async fn recv(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
