//! GitHub, by the few questions that an audit asks, answered in the core's words.
//!
//! [`Client`] keeps what every question needs in one place: the token goes to one [`Endpoint`] only, GitHub's limits are waited
//! for by all requests together, what may pass is asked again, and an answer that is not whole is never taken for one.
//!
//! ```no_run
//! use futures::StreamExt;
//! use mergeaudit::github::{Client, Credentials, Endpoint, Options};
//! # async fn scan(window: mergeaudit::schedule::window::Window) -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::parse("https://api.github.com")?;
//! let client = Client::new(endpoint, Credentials::token("ghp_…".to_owned().into()), Options::default())?;
//! let acme = client.organization("acme").await?;
//! let mut pages = std::pin::pin!(client.merged_pull_requests(&acme.to_fact(), window));
//! while let Some(page) = pages.next().await {
//!     match page {
//!         Ok(page) => println!("{} of {}", page.pull_requests.len(), page.expected),
//!         // Part of a page is owed, and the stream goes on.
//!         Err(error) if error.is_partial() => println!("debt: {error}"),
//!         Err(error) => return Err(error.into()),
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod answer;
mod auth;
mod depth;
mod endpoint;
mod error;
mod gap;
mod limits;
mod merges;
mod observer;
mod organization;
mod pace;
mod page_size;
mod paging;
mod pull_requests;
mod query;
mod request;
mod retries;
mod search;
mod shared_limits;
mod transport;
mod usage;
mod wire;

use std::sync::Arc;
use std::time::Duration;

pub use self::auth::{App, Credentials};
pub use self::endpoint::{Endpoint, InvalidEndpoint};
pub use self::error::{Error, ErrorKind, Limit, Result};
pub use self::merges::MergedPage;
pub use self::observer::{Observer, Request, Unobserved};
pub use self::organization::{OrganizationInfo, Principal, PrincipalKind};
pub use self::pull_requests::NumberedPullRequest;
pub use self::shared_limits::SharedLimits;
pub use self::usage::Usage;
use crate::clock::Clock;

/// How a client asks.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it calls itself: GitHub refuses requests without a `User-Agent`.
    pub user_agent: String,
    /// How many pull requests a page asks for at first, 1 to 100: fewer when GitHub cannot serve them, more after successes.
    pub page_size: u32,
    /// Whether descriptions are read: only where a rule asks for them.
    pub descriptions: bool,
    /// How many requests of the same credentials run at once.
    pub concurrency: usize,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a request may take, to the last byte of its answer. GitHub gives up by itself after ten seconds.
    pub request_timeout: Duration,
    /// What clients of the same credentials know of GitHub's limits: give all of them the same.
    pub limits: SharedLimits,
    /// How long a question waits for GitHub's limits before it fails with [`Error::Throttled`].
    pub patience: Duration,
    /// The pause before the first retry; the second and third are 4 and 9 times as long.
    pub backoff: Duration,
    /// Our clock, which counts only where GitHub does not tell its own.
    pub clock: Clock,
    /// Who is told about each request.
    pub observer: Arc<dyn Observer>,
}

/// A conversation with one GitHub by one set of credentials. Cloning is cheap; all clones share tokens, and limits as far as
/// they hold for all.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    /// Whose installation an app acts for, where the credentials do not say.
    organization: Option<String>,
    usage: Arc<usage::Counter>,
    /// Of an app, those of the installation.
    limiter: Arc<limits::Limiter>,
}

#[derive(Debug)]
struct Shared {
    endpoint: Endpoint,
    credentials: Credentials,
    options: Options,
    transport: transport::Transport,
    signer: auth::Signer,
    ledger: usage::Ledger,
    retries: retries::Retries,
}

// === impl Options ===

impl Default for Options {
    fn default() -> Self {
        Self {
            user_agent: concat!("mergeaudit/", env!("CARGO_PKG_VERSION")).to_owned(),
            page_size: 50,
            descriptions: true,
            concurrency: 4,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            limits: SharedLimits::default(),
            patience: Duration::from_mins(15),
            backoff: Duration::from_secs(1),
            clock: Clock::System,
            observer: Arc::new(Unobserved),
        }
    }
}

// === impl Client ===

impl Client {
    /// A client. Nothing is sent yet; it must be called within a tokio runtime.
    ///
    /// The caller has checked [`Endpoint::is_allowed`]: here the token is believed to be meant for that endpoint.
    pub fn new(endpoint: Endpoint, credentials: Credentials, options: Options) -> Result<Self> {
        let transport = transport::Transport::new(&endpoint, &credentials, &options)?;
        let limiter = options
            .limits
            .of(&endpoint, &credentials, None, options.concurrency);
        let signer = auth::Signer::new(&credentials)?;
        let ledger = usage::Ledger::default();
        let usage = Arc::clone(&ledger.total);
        let shared = Shared {
            endpoint,
            credentials,
            options,
            transport,
            signer,
            ledger,
            retries: retries::Retries::default(),
        };
        let shared = Arc::new(shared);
        Ok(Self {
            shared,
            organization: None,
            usage,
            limiter,
        })
    }

    /// The same client, acting for an organization: an app without an installation id looks its installation up by it.
    #[must_use]
    pub fn for_organization(&self, login: &str) -> Self {
        let shared = Arc::clone(&self.shared);
        let organization = Some(login.to_owned());
        let usage = shared.ledger.of(login);
        let Shared {
            endpoint,
            credentials,
            options,
            ..
        } = &*shared;
        let limiter = options
            .limits
            .of(endpoint, credentials, Some(login), options.concurrency);
        Self {
            shared,
            organization,
            usage,
            limiter,
        }
    }

    /// What was asked so far: for the organization of [`Self::for_organization`], over all its clients; of any other client,
    /// over all organizations together. Two readings tell what happened between them ([`Usage::since`]).
    pub fn usage(&self) -> Usage {
        self.usage.read()
    }

    /// Where it asks.
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }
}
