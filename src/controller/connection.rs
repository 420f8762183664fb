//! The client of one policy's task, and the one that follows it when GitHub refuses its credentials while it works: a token that
//! is rotated needs neither a restart nor a failed run.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::context::Context;
use super::observe::GitHubObserver;
use super::resolve::{self, Fingerprint};
use super::retry::Error;
use super::validate::Plan;
use crate::github::{self, Client, Options};
use crate::scan;

/// How long a scan waits for GitHub's limits in its place among those that run at once. One that must wait longer makes room for
/// other credentials' scans, and goes on where its last segment ended.
const PATIENCE: Duration = Duration::from_mins(2);

/// The client that the task's scans share, until the Secret changes.
pub(super) struct Connection<'a> {
    context: &'a Context,
    plan: &'a Plan,
    // Held while the Secret is read, so that organizations that are refused at once read it once.
    current: Mutex<Current>,
}

/// A client, and the content of the Secret that it was made from.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) client: Client,
    secret: Fingerprint,
}

// === impl Connection ===

impl<'a> Connection<'a> {
    /// Reads the Secret and makes a client from it.
    ///
    /// # Errors
    ///
    /// Where the Secret is no use.
    pub(super) async fn open(context: &'a Context, plan: &'a Plan) -> Result<Self, Error> {
        let current = Mutex::new(connect(context, plan).await?);
        Ok(Self {
            context,
            plan,
            current,
        })
    }

    /// The client to begin with.
    pub(super) async fn current(&self) -> Current {
        self.current.lock().await.clone()
    }

    /// What to go on with after this error of a scan by `used`: another client, where GitHub refused the credentials and the
    /// Secret holds others by now. The same credentials are not tried again: GitHub locks an account out that insists.
    ///
    /// # Errors
    ///
    /// The given one, where there is nothing to go on with; that of the Secret, where it is of no use any more.
    pub(super) async fn renew(&self, used: &Current, error: Error) -> Result<Current, Error> {
        if !is_rejection(&error) {
            return Err(error);
        }
        let mut current = self.current.lock().await;
        if current.secret == used.secret {
            *current = connect(self.context, self.plan).await?;
        }
        if current.secret == used.secret {
            return Err(error);
        }
        let policy = format!("{}/{}", self.plan.key.namespace, self.plan.key.name);
        let secret = &self.plan.secret;
        tracing::info!(
            policy,
            secret,
            "GitHub refused the credentials, and the Secret holds others by now: the scan goes on with them"
        );
        Ok(current.clone())
    }
}

async fn connect(context: &Context, plan: &Plan) -> Result<Current, Error> {
    let (credentials, secret) =
        resolve::credentials(&context.client, &plan.key.namespace, &plan.secret).await?;
    let options = Options {
        observer: Arc::new(GitHubObserver(context.metrics.clone())),
        limits: context.limits.clone(),
        patience: PATIENCE,
        descriptions: plan.needs_descriptions(),
        ..Options::default()
    };
    let client = Client::new(plan.endpoint.clone(), credentials, options);
    let client = client.map_err(|source| Error::Client {
        secret: plan.secret.clone(),
        source: Box::new(source),
    })?;
    Ok(Current { client, secret })
}

/// Whether GitHub knows no such credentials. A permission that they lack, 403, is another matter, which a new token rarely mends.
fn is_rejection(error: &Error) -> bool {
    let Error::Scan(scan::Error::GitHub { source, .. }) = error else {
        return false;
    };
    matches!(**source, github::Error::Denied { status: 401, .. })
}
