//! The on-call person's telephone: takes Alertmanager's webhook notifications and keeps them.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result, bail};
use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::timeout};

use super::page::Page;
use crate::progress;

/// A running receiver. It belongs to the runtime that started it, and ends when dropped.
#[derive(Debug)]
pub struct WebhookReceiver {
    url: String,
    pages: watch::Receiver<Vec<Page>>,
    serving: JoinHandle<()>,
}

/// What the handler needs.
#[derive(Clone)]
struct Inbox {
    pages: watch::Sender<Vec<Page>>,
    printing: bool,
}

// === impl WebhookReceiver ===

impl WebhookReceiver {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> Result<Self> {
        Self::listen(false).await
    }

    /// Like [`start`](Self::start), and prints each page on standard error, in one line.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start_printing() -> Result<Self> {
        Self::listen(true).await
    }

    /// Where Alertmanager is to send its notifications.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The pages so far, oldest first.
    pub fn pages(&self) -> Vec<Page> {
        self.pages.borrow().clone()
    }

    /// The first page, past or to come, that is as wanted.
    ///
    /// # Errors
    /// When none has come within `patience`: the error tells those that have.
    pub async fn wait_for(
        &self,
        wanted: impl Fn(&Page) -> bool,
        patience: Duration,
    ) -> Result<Page> {
        let mut pages = self.pages.clone();
        let arrived = pages.wait_for(|pages| pages.iter().any(&wanted));
        let found = match timeout(patience, arrived).await {
            Ok(pages) => pages
                .context("the webhook receiver has ended")?
                .iter()
                .find(|page| wanted(page))
                .cloned(),
            Err(_) => None,
        };
        let Some(page) = found else {
            let others: Vec<_> = self.pages().iter().map(Page::to_string).collect();
            bail!(
                "no such page within {patience:?}; {} others came: {others:?}",
                others.len()
            );
        };
        Ok(page)
    }

    async fn listen(printing: bool) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("listening for webhooks")?;
        let address = listener
            .local_addr()
            .context("asking for the webhook's port")?;
        let (sender, pages) = watch::channel(Vec::new());
        let router = Router::new().route("/", post(take)).with_state(Inbox {
            pages: sender,
            printing,
        });
        let serving = tokio::spawn(async move {
            // Ends only with the task; axum's accept loop outlives failed connections.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            url: format!("http://{address}/"),
            pages,
            serving,
        })
    }
}

impl Drop for WebhookReceiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(inbox): State<Inbox>, Json(page): Json<Page>) -> StatusCode {
    if inbox.printing {
        progress::say(&format!("page: {page}"));
    }
    inbox.pages.send_modify(|pages| pages.push(page));
    StatusCode::OK
}
