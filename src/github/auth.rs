//! Credentials, and the token that a request carries: as given, or minted for an App's installation.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use octocrab::jsonwebtoken::{self, Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Client;
use super::error::{Error, Result};
use super::request::Call;

/// An installation's token is minted anew this long before it expires.
const EARLY: Duration = Duration::from_mins(5);

/// For so long GitHub may not know a token everywhere that it just gave out.
const FRESH: Duration = Duration::from_secs(10);

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

/// What an App signs with, and the tokens of its installations.
#[derive(Default)]
pub(super) struct Signer {
    key: Option<EncodingKey>,
    /// GitHub's clock minus ours, in seconds, as its last answer told.
    skew: AtomicI64,
    /// The lock is held while a token is minted, so that it is minted once.
    tokens: Mutex<HashMap<String, Minted>>,
}

/// What a JSON Web Token of an App says: who, from when, until when, in seconds since the epoch.
#[derive(Serialize)]
struct Claims {
    iss: u64,
    iat: i64,
    exp: i64,
}

#[derive(Debug, Clone)]
struct Minted {
    token: SecretString,
    fresh_until: Instant,
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

// === impl Signer ===

impl Signer {
    pub(super) fn new(credentials: &Credentials) -> Result<Self> {
        let Identity::App(app) = &credentials.identity else {
            return Ok(Self::default());
        };
        let pem = app.private_key.expose_secret().as_bytes();
        let key = EncodingKey::from_rsa_pem(pem)
            .map_err(|_| invalid(app, "the App's private key is no RSA key in PEM".to_owned()))?;
        let key = Some(key);
        Ok(Self {
            key,
            ..Self::default()
        })
    }

    /// Learns GitHub's clock, by which an App's signature is judged.
    pub(super) fn learn(&self, github: Timestamp, ours: Timestamp) {
        let skew = github.as_second().saturating_sub(ours.as_second());
        self.skew.store(skew, Ordering::Relaxed);
    }

    /// A JSON Web Token: valid from a minute ago, since clocks differ, and for less than the ten minutes that GitHub allows.
    ///
    /// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>
    fn sign(&self, app: &App, ours: Timestamp) -> Result<SecretString> {
        let now = ours
            .as_second()
            .saturating_add(self.skew.load(Ordering::Relaxed));
        let claims = Claims {
            iss: app.id,
            iat: now - 60,
            exp: now + 540,
        };
        let key = self
            .key
            .as_ref()
            .ok_or_else(|| invalid(app, "the App has no private key".to_owned()))?;
        let token = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, key);
        let token =
            token.map_err(|_| invalid(app, "the App's private key does not sign".to_owned()))?;
        Ok(SecretString::from(token))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

// === impl Client ===

impl Client {
    /// What the next request is signed with: a token, or where the App itself asks, its own signature.
    pub(super) async fn bearer(&self, by_app: bool) -> Result<SecretString> {
        let app = match &self.shared.credentials.identity {
            Identity::Token(token) => return Ok(token.clone()),
            Identity::App(app) => app,
        };
        if by_app {
            return self
                .shared
                .signer
                .sign(app, self.shared.options.clock.now());
        }
        let mut tokens = self.shared.signer.tokens.lock().await;
        let key = self.installation_key(app)?;
        if let Some(minted) = tokens
            .get(&key)
            .filter(|minted| minted.renew_at > Instant::now())
        {
            return Ok(minted.token.clone());
        }
        let minted = self.mint(app).await?;
        let bearer = minted.token.clone();
        tokens.insert(key, minted);
        Ok(bearer)
    }

    /// Whether a request that GitHub refused can be signed anew: with another token, or by the clock that GitHub just told.
    pub(super) async fn may_sign_anew(&self, by_app: bool, refused: &SecretString) -> bool {
        let is_app = matches!(self.shared.credentials.identity, Identity::App(_));
        // The App itself asks while a token is minted, which is when the lock is held.
        if is_app && !by_app {
            let mut tokens = self.shared.signer.tokens.lock().await;
            tokens.retain(|_, minted| minted.token.expose_secret() != refused.expose_secret());
        }
        is_app
    }

    /// Whether a token was minted so recently that GitHub may not know it everywhere.
    pub(super) async fn is_fresh(&self, bearer: &SecretString) -> bool {
        let tokens = self.shared.signer.tokens.lock().await;
        let same = |minted: &&Minted| minted.token.expose_secret() == bearer.expose_secret();
        let minted = tokens.values().find(same);
        minted.is_some_and(|minted| Instant::now() < minted.fresh_until)
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
        let now = Instant::now();
        Ok(Minted {
            token,
            fresh_until: now + FRESH,
            renew_at: now + lifetime.saturating_sub(EARLY),
        })
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
    invalid(
        app,
        "neither an installation nor an organization is named".to_owned(),
    )
}

fn invalid(app: &App, message: String) -> Error {
    Error::Invalid {
        operation: "AccessToken",
        subject: format!("app {}", app.id),
        message,
    }
}
