//! Serves a world over HTTP/1.1, and with TLS over HTTP/2 too, on a thread and runtime of its own, so that it outlives the runtime of a single test.
use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    ops::Deref,
    thread::JoinHandle,
};

use anyhow::Context as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_rustls::TlsAcceptor;

use crate::{body::ReplyBody, exchange::Ask, handle::Handle, respond::respond, tls, world::World};

/// A world being served; it stops when this is dropped. Everything that [`Handle`] does can be called on it.
#[derive(Debug)]
pub struct Simulator {
    handle: Handle,
    address: SocketAddr,
    ca_pem: Option<String>,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Serves a world on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn start(world: World) -> anyhow::Result<Self> {
        Self::start_on(world, 0)
    }

    /// The same on a given port.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start_on(world: World, port: u16) -> anyhow::Result<Self> {
        Self::listen(world, port, None)
    }

    /// Serves a world over HTTPS for `localhost` and 127.0.0.1, vouched for by an authority of its own: [`Self::ca_pem`].
    ///
    /// # Errors
    /// When no port, thread or certificate is to be had.
    pub fn start_tls(world: World) -> anyhow::Result<Self> {
        Self::start_tls_on(world, 0)
    }

    /// The same on a given port.
    ///
    /// # Errors
    /// When the port is taken or no certificate is to be had.
    pub fn start_tls_on(world: World, port: u16) -> anyhow::Result<Self> {
        Self::listen(world, port, Some(tls::Identity::generate()?))
    }

    fn listen(world: World, port: u16, identity: Option<tls::Identity>) -> anyhow::Result<Self> {
        let handle = Handle::new(world)?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("cannot listen on 127.0.0.1:{port}"))?;
        listener
            .set_nonblocking(true)
            .context("cannot listen without blocking")?;
        let address = listener.local_addr().context("cannot tell the port")?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("cannot start the simulator's runtime")?;
        let (stop, stopped) = oneshot::channel();
        let (acceptor, ca_pem) = identity
            .map(|identity| (identity.acceptor, identity.ca_pem))
            .unzip();
        let served = Served {
            handle: handle.clone(),
            acceptor,
        };
        let thread = std::thread::spawn(move || {
            runtime.block_on(serve(listener, served, stopped));
            runtime.shutdown_background();
        });
        Ok(Self {
            handle,
            address,
            ca_pem,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the server is, such as `http://127.0.0.1:40123`. It is also the REST API's base, with GraphQL at `/graphql`
    /// below it, unless [`crate::Edition::EnterpriseServer`] is set.
    pub fn url(&self) -> String {
        let scheme = if self.ca_pem.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate of the authority that vouches for the server, PEM; none without TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// A handle that outlives this.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Deref for Simulator {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What every connection needs.
#[derive(Clone)]
struct Served {
    handle: Handle,
    acceptor: Option<TlsAcceptor>,
}

async fn serve(
    listener: std::net::TcpListener,
    served: Served,
    mut stopped: oneshot::Receiver<Infallible>,
) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    tokio::spawn(accept(stream, served.clone()));
                }
            }
        }
    }
}

async fn accept(stream: TcpStream, served: Served) {
    // Answers are small: they must not wait for more to be sent.
    let _ = stream.set_nodelay(true);
    match served.acceptor {
        None => converse(stream, served.handle, ("http", false)).await,
        // A client that does not trust the authority ends here.
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2);
                converse(stream, served.handle, ("https", is_http2)).await;
            }
        }
    }
}

/// Answers on one connection until it ends; an answer that is to be dropped ends it, or of HTTP/2 its stream.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    handle: Handle,
    (scheme, is_http2): (&'static str, bool),
) {
    let service = service_fn(|request| {
        let handle = handle.clone();
        async move { answer(request, &handle, scheme).await.ok_or(Dropped) }
    });
    // The client went away, or was dropped on purpose: neither is an error of the simulator.
    let stream = TokioIo::new(stream);
    if is_http2 {
        let _ = http2::Builder::new(TokioExecutor::new())
            .serve_connection(stream, service)
            .await;
    } else {
        let _ = http1::Builder::new()
            .serve_connection(stream, service)
            .await;
    }
}

/// The connection ends because a test wants it to.
#[derive(Debug)]
pub(crate) struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn answer(
    request: Request<Incoming>,
    handle: &Handle,
    scheme: &'static str,
) -> Option<Response<ReplyBody>> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let mut headers = parts.headers;
    // HTTP/2 has the host in the address.
    if let Some(authority) = parts.uri.authority()
        && let Ok(host) = authority.as_str().parse()
    {
        headers.insert("host", host);
    }
    let ask = Ask {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query).into_owned().collect(),
        headers,
        body: body.collect().await.ok()?.to_bytes(),
        scheme,
        edition: handle.settings().edition,
    };
    let reply = respond(handle, &ask).await?;
    let accepts_gzip = ask
        .header("accept-encoding")
        .is_some_and(|encodings| encodings.contains("gzip"));
    let (body, is_gzip) = ReplyBody::of(&reply, accepts_gzip);
    let mut response = Response::builder().status(reply.status);
    if is_gzip {
        response = response.header("content-encoding", "gzip");
    }
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(body).ok()
}
