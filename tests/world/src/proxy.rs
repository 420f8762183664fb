//! A reverse proxy between an operator and its API server that can stop the operator in the middle of a conversation.
//!
//! It takes plain HTTP and passes everything on with the rights of a kubeconfig; watches stream through. A request that is
//! held never gets further, or its answer never comes back: whoever asked waits until it is killed.

use std::{
    fmt,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

/// Headers that speak of one connection, or of what the API server's own connection decides.
const OF_THE_CONNECTION: [header::HeaderName; 5] = [
    header::HOST,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
    header::ACCEPT_ENCODING,
];

/// A running proxy. It belongs to the runtime that started it, and ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    kubeconfig: PathBuf,
    trap: Trap,
    serving: JoinHandle<()>,
}

/// Where a conversation is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The request does not reach the API server.
    Request,
    /// The API server has done it, but its answer does not come back.
    Answer,
}

/// The stop that was asked for.
#[derive(Debug)]
pub struct Held(oneshot::Receiver<String>);

type Matches = Box<dyn FnMut(&str, &str) -> bool + Send>;

struct Armed {
    matches: Matches,
    stop: Stop,
    reached: oneshot::Sender<String>,
}

/// At most one stop, used up by the first request that it matches.
#[derive(Clone, Default)]
struct Trap(Arc<Mutex<Option<Armed>>>);

#[derive(Clone)]
struct Way {
    client: Client,
    trap: Trap,
}

// === impl Proxy ===

impl Proxy {
    /// Serves the cluster of a kubeconfig on a free port; writes a kubeconfig of its own into `directory`.
    ///
    /// # Errors
    /// When the kubeconfig cannot be used, or no port can be had.
    pub async fn start(kubeconfig: &Path, directory: &Path) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("listening for the operator")?;
        let address = listener
            .local_addr()
            .context("asking for the proxy's port")?;
        let trap = Trap::default();
        let way = Way {
            client: client(kubeconfig).await?,
            trap: trap.clone(),
        };
        let router = Router::new().fallback(pass).with_state(way);
        let serving = tokio::spawn(async move {
            // Ends only with the task; axum's accept loop outlives failed connections.
            let _ = axum::serve(listener, router).await;
        });
        let path = directory.join("proxy.kubeconfig");
        let config = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "proxy", "cluster": {"server": format!("http://{address}")}}],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
            "current-context": "proxy",
        });
        std::fs::write(&path, config.to_string())
            .with_context(|| format!("writing {}", path.display()))?;
        Ok(Self {
            kubeconfig: path,
            trap,
            serving,
        })
    }

    /// A kubeconfig that leads through the proxy.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Stops the first conversation from now on that `matches`, by method and path (without query), once. Replaces an earlier
    /// stop that was not reached.
    pub fn hold(
        &self,
        stop: Stop,
        matches: impl FnMut(&str, &str) -> bool + Send + 'static,
    ) -> Held {
        let (reached, held) = oneshot::channel();
        *self.trap.lock() = Some(Armed {
            matches: Box::new(matches),
            stop,
            reached,
        });
        Held(held)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

// === impl Held ===

impl Held {
    /// Waits until the conversation is stopped; returns its path.
    ///
    /// # Errors
    /// When no request has matched within `patience`.
    pub async fn reached(self, patience: Duration) -> Result<String> {
        match timeout(patience, self.0).await {
            Ok(Ok(path)) => Ok(path),
            Ok(Err(_)) => Err(anyhow!("the stop was replaced by another")),
            Err(_) => Err(anyhow!("no such request came within {patience:?}")),
        }
    }
}

// === impl Trap ===

impl Trap {
    /// The stop that this request runs into.
    fn spring(&self, method: &str, path: &str) -> Option<(Stop, oneshot::Sender<String>)> {
        let mut armed = self.lock();
        if !armed.as_mut()?.matches.as_mut()(method, path) {
            return None;
        }
        armed.take().map(|armed| (armed.stop, armed.reached))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Armed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let armed = self.lock().as_ref().map(|armed| armed.stop);
        f.debug_tuple("Trap").field(&armed).finish()
    }
}

async fn client(kubeconfig: &Path) -> Result<Client> {
    let using = || format!("using {}", kubeconfig.display());
    let read = Kubeconfig::read_from(kubeconfig).with_context(using)?;
    let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await;
    let mut config = config.with_context(using)?;
    // What fails, fails for the operator too.
    config.default_retry = false;
    Client::try_from(config).with_context(using)
}

async fn pass(State(way): State<Way>, request: Request) -> Response {
    let (method, path) = (
        request.method().to_string(),
        request.uri().path().to_owned(),
    );
    let stop = way.trap.spring(&method, &path);
    if let Some((Stop::Request, reached)) = stop {
        return never(reached, path).await;
    }
    let answer = forward(&way.client, request).await;
    if let Some((Stop::Answer, reached)) = stop {
        return never(reached, path).await;
    }
    answer.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response())
}

/// Tells that the stop is reached, and waits for the end of the connection, which drops this.
async fn never(reached: oneshot::Sender<String>, path: String) -> Response {
    // A test that no longer listens is over.
    let _ = reached.send(path);
    std::future::pending().await
}

async fn forward(client: &Client, request: Request) -> Result<Response> {
    let (mut parts, body) = request.into_parts();
    strip(&mut parts.headers);
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .context("reading the request")?;
    let request = Request::from_parts(parts, kube::client::Body::from(body));
    let answer = client
        .send(request)
        .await
        .context("asking the API server")?;
    let (mut parts, body) = answer.into_parts();
    strip(&mut parts.headers);
    Ok(Response::from_parts(parts, Body::new(body)))
}

fn strip(headers: &mut HeaderMap) {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}
