//! The stack that carries a request: octocrab over reqwest, with our addressing and headers in between.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::Timestamp;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use secrecy::SecretString;
use serde_json::Value;
use tower::Service;

use super::auth::Credentials;
use super::endpoint::Endpoint;
use super::error::{Error, Result};
use super::limits;

/// The version of the REST API that this client is written for.
const API_VERSION: HeaderValue = HeaderValue::from_static("2022-11-28");

/// No answer that we ask for comes near it; a broken server must not fill the memory. It counts after decompression.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// The path that stands for the GraphQL endpoint, wherever it is.
pub(super) const GRAPHQL: &str = "/graphql";

/// Carries requests to one endpoint, and to no other.
#[derive(Debug)]
pub(super) struct Transport {
    octocrab: Octocrab,
    timeout: Duration,
}

/// What came back, whatever it says.
#[derive(Debug, Clone)]
pub(super) struct RawAnswer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why no whole answer came.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) reason: String,
    /// Whether it took too long or was too long, and not the connection broke.
    pub(super) is_too_much: bool,
}

/// Sends each request to the endpoint, whose GraphQL may lie elsewhere than its REST, under our name.
#[derive(Debug, Clone)]
struct Address<S> {
    inner: S,
    rest: String,
    graphql: String,
    user_agent: HeaderValue,
}

// === impl Unanswered ===

impl Unanswered {
    fn of_body(error: &(dyn StdError + 'static)) -> Self {
        if error.downcast_ref::<LengthLimitError>().is_none() {
            return Self::from(error);
        }
        let most = MAX_BODY_BYTES / 1024 / 1024;
        Self {
            reason: format!("the answer is longer than {most} MiB"),
            is_too_much: true,
        }
    }

    fn from(error: &(dyn StdError + 'static)) -> Self {
        let reason = causes(error);
        let is_too_much = false;
        Self {
            reason,
            is_too_much,
        }
    }
}

// === impl RawAnswer ===

impl RawAnswer {
    /// GitHub's clock.
    pub(super) fn date(&self) -> Option<Timestamp> {
        limits::header(&self.headers, "date").and_then(limits::http_date)
    }
}

// === impl Transport ===

impl Transport {
    pub(super) fn new(
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: &super::Options,
    ) -> Result<Self> {
        let user_agent = HeaderValue::from_str(&options.user_agent)
            .map_err(|_| invalid(endpoint, "the user agent is no header value".to_owned()))?;
        let http = http_client(endpoint, credentials, options)?;
        let (rest, graphql) = (endpoint.rest(""), endpoint.graphql());
        let address = tower::layer::layer_fn(move |inner| Address {
            inner,
            rest: rest.clone(),
            graphql: graphql.clone(),
            user_agent: user_agent.clone(),
        });
        let Ok(octocrab) = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(http))
            .with_layer(&address)
            .with_auth(AuthState::None)
            .build();
        let timeout = options.request_timeout;
        Ok(Self { octocrab, timeout })
    }

    /// Sends one request.
    pub(super) async fn send(
        &self,
        bearer: &SecretString,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<RawAnswer, Unanswered> {
        let exchange = self.exchange(bearer, method, path, body);
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Unanswered {
                reason: format!("no answer within {:?}", self.timeout),
                is_too_much: true,
            }),
        }
    }

    async fn exchange(
        &self,
        bearer: &SecretString,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<RawAnswer, Unanswered> {
        let octocrab = self
            .octocrab
            .user_access_token(bearer.clone())
            .map_err(|e| Unanswered::from(&e))?;
        let request = http::request::Builder::new().method(method).uri(path);
        let request = octocrab
            .build_request(request, body)
            .map_err(|e| Unanswered::from(&e))?;
        let answer = octocrab
            .execute(request)
            .await
            .map_err(|e| Unanswered::from(&e))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, MAX_BODY_BYTES).collect().await;
        Ok(RawAnswer {
            status: parts.status,
            headers: parts.headers,
            body: body
                .map_err(|error| Unanswered::of_body(&*error))?
                .to_bytes(),
        })
    }
}

fn http_client(
    endpoint: &Endpoint,
    credentials: &Credentials,
    options: &super::Options,
) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(options.connect_timeout)
        .redirect(same_origin())
        .retry(reqwest::retry::never());
    if endpoint.is_loopback() {
        builder = builder.no_proxy();
    }
    if let Some(pem) = &credentials.ca {
        let unreadable = || {
            invalid(
                endpoint,
                "the CA bundle holds no PEM certificate".to_owned(),
            )
        };
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| unreadable())?;
        if certificates.is_empty() {
            return Err(unreadable());
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder
        .build()
        .map_err(|error| invalid(endpoint, causes(&error)))
}

/// A redirect is followed only where the token may go anyway.
fn same_origin() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let from = attempt.previous().last().map(url::Url::origin);
        if from == Some(attempt.url().origin()) && attempt.previous().len() <= 3 {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

fn invalid(endpoint: &Endpoint, message: String) -> Error {
    Error::Invalid {
        operation: "the client",
        subject: endpoint.to_string(),
        message,
    }
}

/// The error's causes in one line, without those that print a URL (it may have a query) or a backtrace.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        let is_safe = !text.contains("://") && !text.contains('\n');
        if is_safe && !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    if texts.is_empty() {
        return "the request failed".to_owned();
    }
    texts.join(": ")
}

// === impl Address ===

impl<S> Address<S> {
    fn apply<B>(&self, request: &mut http::Request<B>) {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let url = match path {
            GRAPHQL => self.graphql.clone(),
            path => format!("{}{path}", self.rest),
        };
        // Both were parsed as URLs before; what cannot be addressed stays relative, and is refused by reqwest.
        if let Ok(uri) = url.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/vnd.github+json"),
        );
        headers.insert("x-github-api-version", API_VERSION);
    }
}

impl<S, B> Service<http::Request<B>> for Address<S>
where
    S: Service<http::Request<B>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        self.apply(&mut request);
        Box::pin(self.inner.call(request))
    }
}
