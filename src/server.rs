//! The operator's own endpoints: `/metrics`, `/healthz` (the process answers) and `/readyz` (names what is missing).
//!
//! Plain HTTP, no secrets: bodies are counters and the names of conditions.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::metrics::{self, Metrics};

#[cfg(test)]
mod tests;

/// How long answers under way may take once the server is to stop: below the 30 s that Kubernetes grants a pod.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// What the process waits for before it is ready, by name. Cheap to clone; clones share the conditions.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, bool>>>);

/// A bound address, ready to serve.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

/// Why the endpoints cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be bound.
    #[error("cannot listen on {address} for metrics and probes: is the port taken?")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The listener failed.
    #[error("the server for metrics and probes failed")]
    Serve(#[source] std::io::Error),
}

// === impl Readiness ===

impl Readiness {
    /// Not ready until each of these conditions was reached.
    pub fn new(conditions: &[&'static str]) -> Self {
        let missing = conditions.iter().map(|name| (*name, false)).collect();
        Self(Arc::new(Mutex::new(missing)))
    }

    /// Notes whether a condition holds. One that was not named before counts from now on.
    pub fn set(&self, condition: &'static str, holds: bool) {
        self.conditions().insert(condition, holds);
    }

    /// The conditions that do not hold, in alphabetical order; empty when the process is ready.
    pub fn missing(&self) -> Vec<&'static str> {
        let conditions = self.conditions();
        let missing = conditions.iter().filter(|(_, holds)| !**holds);
        missing.map(|(name, _)| *name).collect()
    }

    /// A panic elsewhere leaves a map of flags whole.
    fn conditions(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Server ===

impl Server {
    /// Binds the address. Port 0 takes any free one; see [`Server::address`].
    pub async fn bind(
        address: SocketAddr,
        metrics: Metrics,
        readiness: Readiness,
    ) -> Result<Self, Error> {
        let bind = |source| Error::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self {
            listener,
            address,
            router: router(metrics, readiness),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` completes; then takes no more connections, and gives answers under way five seconds.
    pub async fn run<F>(self, shutdown: F) -> Result<(), Error>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stopping, stopped) = oneshot::channel::<()>();
        let signal = async move {
            shutdown.await;
            // Nobody listens any more when serving ended by itself.
            let _ = stopping.send(());
        };
        let serve = axum::serve(self.listener, self.router).with_graceful_shutdown(signal);
        let grace = async {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(SHUTDOWN_GRACE).await;
        };
        tokio::select! {
            served = serve => served.map_err(Error::Serve),
            () = grace => Ok(()),
        }
    }
}

fn router(metrics: Metrics, readiness: Readiness) -> Router {
    Router::new()
        .route("/metrics", get(scrape).with_state(metrics))
        .route("/readyz", get(ready).with_state(readiness))
        .route("/healthz", get(async || "ok\n"))
        .fallback(async || {
            let pages = "not found: there are /metrics, /healthz and /readyz\n";
            (StatusCode::NOT_FOUND, pages)
        })
}

async fn scrape(State(metrics): State<Metrics>) -> impl IntoResponse {
    const PLAIN: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    const EXPOSITION: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)];
    match metrics.encode() {
        Ok(text) => (StatusCode::OK, EXPOSITION, text),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a scrape failed");
            let text = "the metrics cannot be exposed, see the log\n".to_owned();
            (StatusCode::INTERNAL_SERVER_ERROR, PLAIN, text)
        }
    }
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, String) {
    let missing = readiness.missing();
    if missing.is_empty() {
        (StatusCode::OK, "ok\n".to_owned())
    } else {
        let text = format!("not ready, waiting for: {}\n", missing.join(", "));
        (StatusCode::SERVICE_UNAVAILABLE, text)
    }
}
