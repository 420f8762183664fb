//! Credentials, and the token that a request carries: as given, or minted for an App's installation.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Client;
use super::error::{Error, Result};
use super::request::Call;
use super::transport::Bearer;

/// An installation's token is minted anew this long before it expires.
const EARLY: Duration = Duration::from_mins(5);

/// What GitHub is to believe us by. Nothing in it is ever printed.
#[derive(Clone)]
pub struct Credentials {
    pub(super) identity: Identity,
    pub(super) ca: Option<Vec<u8>>,
}

/// A GitHub App.
#[derive(Clone)]
pub struct App {
    /// Its App ID.
    pub id: u64,
    /// Its private key: RSA, in PEM.
    pub private_key: SecretString,
    /// The installation to act for; looked up by the organization where it is none.
    pub installation: Option<u64>,
}

#[derive(Clone)]
pub(super) enum Identity {
    Token(SecretString),
    App(App),
}

/// The tokens of an App's installations. The lock is held while one is minted, so that it is minted once.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<HashMap<String, Minted>>);

#[derive(Debug, Clone)]
struct Minted {
    token: SecretString,
    renew_at: Instant,
}

#[derive(Deserialize)]
struct AccessToken {
    token: String,
    expires_at: Timestamp,
}

/// An installation, as GitHub answers `GET /orgs/{org}/installation`.
#[derive(Debug, Deserialize)]
pub(super) struct Installation {
    pub(super) id: u64,
    pub(super) app_slug: String,
    pub(super) repository_selection: Option<String>,
}

// === impl Credentials ===

impl Credentials {
    /// A personal access token, classic or fine-grained.
    pub fn token(token: SecretString) -> Self {
        let identity = Identity::Token(token);
        Self { identity, ca: None }
    }

    /// A GitHub App.
    pub fn app(app: App) -> Self {
        let identity = Identity::App(app);
        Self { identity, ca: None }
    }

    /// Trusts these certificates (PEM) too, besides the system's.
    #[must_use]
    pub fn with_ca(self, pem: Vec<u8>) -> Self {
        let ca = Some(pem);
        Self { ca, ..self }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.identity {
            Identity::Token(_) => f.write_str("Credentials(token)"),
            Identity::App(app) => write!(f, "Credentials({app:?})"),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

// === impl Client ===

impl Client {
    /// The signature of the next request.
    pub(super) async fn bearer(&self) -> Result<Bearer> {
        let app = match &self.shared.credentials.identity {
            Identity::Token(token) => return Ok(Bearer::Token(token.clone())),
            Identity::App(app) => app,
        };
        let mut tokens = self.shared.tokens.0.lock().await;
        let key = self.installation_key(app)?;
        if let Some(minted) = tokens
            .get(&key)
            .filter(|minted| minted.renew_at > Instant::now())
        {
            return Ok(Bearer::Token(minted.token.clone()));
        }
        let minted = self.mint(app).await?;
        let bearer = Bearer::Token(minted.token.clone());
        tokens.insert(key, minted);
        Ok(bearer)
    }

    /// Forgets a token that GitHub refused; whether another one can be minted.
    pub(super) async fn forget(&self, refused: &Bearer) -> bool {
        let Bearer::Token(refused) = refused else {
            return false;
        };
        let mut tokens = self.shared.tokens.0.lock().await;
        tokens.retain(|_, minted| minted.token.expose_secret() != refused.expose_secret());
        matches!(self.shared.credentials.identity, Identity::App(_))
    }

    /// The installation of the App that the client acts for.
    pub(super) async fn installation(&self, app: &App) -> Result<Installation> {
        let (path, subject) = match (app.installation, &self.organization) {
            (Some(id), _) => (
                format!("/app/installations/{id}"),
                format!("installation {id} of the app"),
            ),
            (None, Some(login)) => (
                format!("/orgs/{login}/installation"),
                format!("installation of the app in {login}"),
            ),
            (None, None) => return Err(no_installation(app)),
        };
        let call = Call::get("Installation", path, subject).by_app();
        Box::pin(self.perform_unpaged(&call)).await?.parse(&call)
    }

    async fn mint(&self, app: &App) -> Result<Minted> {
        let id = match app.installation {
            Some(id) => id,
            None => self.installation(app).await?.id,
        };
        let path = format!("/app/installations/{id}/access_tokens");
        let call =
            Call::post("AccessToken", path, format!("installation {id} of the app")).by_app();
        let answer = Box::pin(self.perform_unpaged(&call)).await?;
        let observed_at = answer.observed_at;
        let AccessToken { token, expires_at } = answer.parse(&call)?;
        let token = SecretString::from(token);
        // By GitHub's clock on both ends, so that ours may be wrong.
        let lifetime =
            Duration::try_from(expires_at.duration_since(observed_at)).unwrap_or_default();
        let renew_at = Instant::now() + lifetime.saturating_sub(EARLY);
        Ok(Minted { token, renew_at })
    }

    fn installation_key(&self, app: &App) -> Result<String> {
        match (app.installation, &self.organization) {
            (Some(id), _) => Ok(id.to_string()),
            (None, Some(login)) => Ok(login.to_ascii_lowercase()),
            (None, None) => Err(no_installation(app)),
        }
    }
}

fn no_installation(app: &App) -> Error {
    Error::Invalid {
        operation: "AccessToken",
        subject: format!("app {}", app.id),
        message: "neither an installation nor an organization is named".to_owned(),
    }
}
