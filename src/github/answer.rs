//! What an answer means: pure, from status, headers and body to data, or to the kind of failure.

use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Error, Result};
use super::gap::Gap;
use super::limits::{Limited, header};
use super::request::Call;
use super::transport::{RawAnswer, Unanswered};

/// GitHub's words are quoted up to this length.
const MAX_MESSAGE_CHARS: usize = 300;

/// An answer that can be used.
#[derive(Debug)]
pub(super) struct Answer {
    /// A REST body, or the `data` of GraphQL.
    pub(super) data: Value,
    /// What GraphQL left out of `data`. Not empty: `data` is partial.
    pub(super) gaps: Vec<Gap>,
    pub(super) headers: http::HeaderMap,
    /// GitHub's clock.
    pub(super) observed_at: Timestamp,
    /// What GitHub charged for it, in points, where GraphQL tells.
    pub(super) cost: Option<i64>,
}

/// Why an answer cannot be used.
#[derive(Debug)]
pub(super) enum Failure {
    /// Wait, and ask again.
    Limited(Limited, Timestamp),
    /// Ask again soon; for less where it was too much.
    Transient { reason: String, too_much: bool },
    /// Ask again soon; if it stays, this is all there is.
    Incomplete { answer: Box<Answer>, too_much: bool },
    /// A token that was good may have been revoked or expired.
    Unauthorized(Error),
    /// Asking again does not help.
    Final(Error),
}

/// GraphQL's answer; `message` is what other parts of GitHub answer with, such as its limits.
#[derive(Deserialize, Default)]
struct Envelope {
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Value,
    #[serde(default)]
    message: Value,
}

#[derive(Deserialize, Default)]
struct Refusal {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: Value,
}

// === impl Answer ===

impl Answer {
    /// Reads an answer that came at `now` by our clock, which counts only where GitHub does not tell its own.
    pub(super) fn read(raw: RawAnswer, call: &Call, now: Timestamp) -> Result<Self, Failure> {
        let observed_at = raw.date().unwrap_or(now);
        if !raw.status.is_success() {
            return Err(Failure::of_status(&raw, call, observed_at));
        }
        let Ok(data) = serde_json::from_slice::<Value>(&raw.body) else {
            let reason = format!(
                "status {} with a body that is not JSON",
                raw.status.as_u16()
            );
            let too_much = false;
            return Err(Failure::Transient { reason, too_much });
        };
        let headers = raw.headers;
        let answer = Self {
            data,
            gaps: Vec::new(),
            headers,
            observed_at,
            cost: None,
        };
        if call.is_graphql() {
            answer.open(call)
        } else {
            Ok(answer)
        }
    }

    /// The data as what is expected.
    pub(super) fn parse<T: DeserializeOwned>(self, call: &Call) -> Result<T> {
        serde_json::from_value(self.data).map_err(|error| call.unreadable(&error))
    }

    /// The data as what is expected, all of it: any gap is an error.
    pub(super) fn parse_whole<T: DeserializeOwned>(self, call: &Call) -> Result<T> {
        match self.refusal(call) {
            None => self.parse(call),
            Some(refusal) => Err(refusal),
        }
    }

    /// The gaps as an error: what GitHub refuses, or what it left out; none where there are none.
    pub(super) fn refusal(&self, call: &Call) -> Option<Error> {
        let first = self.gaps.first()?;
        let left_out = || call.partial(self.gaps.iter().map(Gap::describe).collect());
        let refusal = first.refusal(call, &self.headers);
        Some(refusal.unwrap_or_else(left_out))
    }

    /// What single sign-on hides from a list of this organization's: GitHub says so in a header only, which names the
    /// organizations by their ids, and leaves the items out. Where it names others only, nothing is missing here.
    ///
    /// <https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#authenticating-with-a-personal-access-token>
    pub(super) fn hidden(&self, organization_id: i64) -> Option<String> {
        let hidden = header(&self.headers, "x-github-sso")?.strip_prefix("partial-results")?;
        let organizations = hidden.trim_start_matches([';', ' ']);
        let ids = organizations.strip_prefix("organizations=");
        let id = |text: &str| text.trim().parse::<i64>().ok();
        let is_other = |text: &str| id(text).is_some_and(|id| id != organization_id);
        if ids.is_some_and(|ids| ids.split(',').all(is_other)) {
            return None;
        }
        Some(quote(&format!(
            "what single sign-on hides from the token ({organizations})"
        )))
    }

    /// Takes GraphQL's data out of its envelope.
    fn open(self, call: &Call) -> Result<Self, Failure> {
        let Ok(envelope) = serde_json::from_value::<Envelope>(self.data) else {
            let reason = "status 200 with a body that is no GraphQL answer".to_owned();
            return Err(Failure::Transient {
                reason,
                too_much: false,
            });
        };
        let words = envelope.message.as_str().unwrap_or_default();
        if let Some(limited) = Limited::of_message(&self.headers, words, self.observed_at) {
            return Err(Failure::Limited(limited, self.observed_at));
        }
        let errors = Gap::all(&envelope.errors);
        let is_limit = errors
            .iter()
            .find_map(|gap| gap.limit(&self.headers, self.observed_at));
        if let Some(limited) = is_limit {
            return Err(Failure::Limited(limited, self.observed_at));
        }
        let errors: Vec<Gap> = match envelope.data {
            Value::Null => errors,
            _ => errors.into_iter().filter(|gap| !gap.is_of_cost()).collect(),
        };
        let too_much = errors.iter().any(Gap::is_too_much);
        let is_settled = errors.iter().all(Gap::is_settled);
        let (data, gaps) = match (envelope.data, errors) {
            (Value::Null, errors) => return Err(Failure::of_errors(&errors, call, &self.headers)),
            (data, errors) => (data, errors),
        };
        let cost = data.pointer("/rateLimit/cost").and_then(Value::as_i64);
        let answer = Self {
            data,
            gaps,
            cost,
            ..self
        };
        if is_settled {
            return Ok(answer);
        }
        let answer = Box::new(answer);
        Err(Failure::Incomplete { answer, too_much })
    }
}

// === impl Failure ===

impl Failure {
    /// No whole answer came.
    pub(super) fn unanswered(unanswered: Unanswered) -> Self {
        let Unanswered {
            reason,
            is_too_much: too_much,
        } = unanswered;
        Self::Transient { reason, too_much }
    }

    fn of_status(raw: &RawAnswer, call: &Call, now: Timestamp) -> Self {
        let status = raw.status;
        let message = Refusal::message(raw);
        if let Some(limited) = Limited::of_status(status, &raw.headers, &message, now) {
            return Self::Limited(limited, now);
        }
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized(denied(raw, call, message)),
            StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
                Self::Final(denied(raw, call, message))
            }
            // Of GraphQL it is never about what was asked for: that is told in an answer.
            StatusCode::NOT_FOUND if call.is_graphql() => Self::Final(call.invalid(
                "status 404: there is no GraphQL API at this apiUrl; of a GitHub Enterprise Server it is https://HOST/api/v3"
                    .to_owned(),
            )),
            StatusCode::NOT_FOUND => Self::Final(call.not_found()),
            StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT => {
                Self::transient(status, &message, false)
            }
            // GitHub's own timeout of a query is one of these two.
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                Self::transient(status, &message, call.is_graphql())
            }
            _ if status.is_server_error() => Self::transient(status, &message, false),
            _ if status.is_redirection() => Self::Final(call.invalid(format!(
                "status {}: the API URL leads to another server",
                status.as_u16()
            ))),
            _ => Self::Final(call.invalid(format!(
                "GitHub refuses the question with {} {message}",
                status.as_u16()
            ))),
        }
    }

    /// GraphQL gave errors and no data.
    fn of_errors(errors: &[Gap], call: &Call, headers: &http::HeaderMap) -> Self {
        let Some(first) = errors.first() else {
            let reason = "status 200 with neither data nor errors".to_owned();
            return Self::Transient {
                reason,
                too_much: false,
            };
        };
        if let Some(error) = first.refusal(call, headers) {
            return Self::Final(error);
        }
        let reason = first.describe();
        if first.is_too_much() {
            return Self::Transient {
                reason,
                too_much: true,
            };
        }
        // A question that is wrong in itself is refused without a type.
        if first.kind.is_some() {
            return Self::Transient {
                reason,
                too_much: false,
            };
        }
        Self::Final(call.invalid(format!("GitHub refuses the question: {reason}")))
    }

    fn transient(status: StatusCode, message: &str, too_much: bool) -> Self {
        let reason = format!("status {} {message}", status.as_u16());
        let reason = reason.trim_end().to_owned();
        Self::Transient { reason, too_much }
    }
}

// === impl Refusal ===

impl Refusal {
    /// GitHub's words: `message`, and those of `errors`. Of a body that is not GitHub's JSON: none.
    fn message(raw: &RawAnswer) -> String {
        let refusal: Self = serde_json::from_slice(&raw.body).unwrap_or_default();
        let details = refusal.errors.as_array().map_or(&[][..], Vec::as_slice);
        let details = details
            .iter()
            .filter_map(|error| error.as_str().or_else(|| error.get("message")?.as_str()));
        let words: Vec<&str> = std::iter::once(refusal.message.as_str())
            .chain(details)
            .collect();
        quote(&words.join(": "))
    }
}

fn denied(raw: &RawAnswer, call: &Call, message: String) -> Error {
    Error::Denied {
        operation: call.operation,
        subject: call.subject.clone(),
        status: raw.status.as_u16(),
        message,
        permissions: header(&raw.headers, "x-accepted-github-permissions").map(quote),
        sso: header(&raw.headers, "x-github-sso").and_then(sso_page),
    }
}

/// Host and path of the page in `required; url=https://github.com/orgs/acme/sso?authorization_request=…`, whose query is a secret.
pub(super) fn sso_page(header: &str) -> Option<String> {
    let (_, url) = header.split_once("url=")?;
    let url = url::Url::parse(url.trim()).ok()?;
    Some(format!("{}{}", url.host_str()?, url.path()))
}

/// One line of somebody else's words, cut, without anything that looks like a token.
pub(super) fn quote(text: &str) -> String {
    const TOKENS: [&str; 7] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "eyJ"];
    let is_token = |word: &str| TOKENS.iter().any(|prefix| word.contains(prefix));
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if is_token(word) { "[redacted]" } else { word })
        .collect();
    words.join(" ").chars().take(MAX_MESSAGE_CHARS).collect()
}

/// The pause before the next attempt: 1, 4, 9 times the unit, and up to a quarter more, so that clients do not meet again.
pub(super) fn pause(attempt: u32, unit: Duration, random: u64) -> Duration {
    let steps = attempt.clamp(1, 3);
    let base = unit.saturating_mul(steps * steps);
    let quarter = u64::try_from(base.as_nanos() / 4)
        .unwrap_or(u64::MAX)
        .max(1);
    base + Duration::from_nanos(random % quarter)
}

#[cfg(test)]
mod tests;
