//! Serves a world over HTTP/1.1 on a thread and runtime of its own, so that it outlives the runtime of a single test.
use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    ops::Deref,
    thread::JoinHandle,
};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::{
    exchange::{Ask, Reply},
    handle::Handle,
    respond::respond,
    world::World,
};

/// A world being served; it stops when this is dropped. Everything that [`Handle`] does can be called on it.
#[derive(Debug)]
pub struct Simulator {
    handle: Handle,
    address: SocketAddr,
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
        let served = handle.clone();
        let thread = std::thread::spawn(move || {
            runtime.block_on(serve(listener, served, stopped));
            runtime.shutdown_background();
        });
        Ok(Self {
            handle,
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the REST API is, such as `http://127.0.0.1:40123`; GraphQL is at `/graphql` below it. GitHub Enterprise Server's
    /// paths `/api/v3` and `/api/graphql` are there too.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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

async fn serve(
    listener: std::net::TcpListener,
    handle: Handle,
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
                    tokio::spawn(converse(stream, handle.clone()));
                }
            }
        }
    }
}

/// Answers on one connection until it ends; an answer that is to be dropped ends it.
async fn converse(stream: TcpStream, handle: Handle) {
    let service = service_fn(|request| {
        let handle = handle.clone();
        async move { answer(request, &handle).await.ok_or(Dropped) }
    });
    // The client went away, or was dropped on purpose: neither is an error of the simulator.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn answer(request: Request<Incoming>, handle: &Handle) -> Option<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let ask = Ask {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query).into_owned().collect(),
        headers: parts.headers,
        body: body.collect().await.ok()?.to_bytes(),
    };
    let Reply {
        status,
        headers,
        body,
    } = respond(handle, &ask).await?;
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(body)).ok()
}
