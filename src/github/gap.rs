//! What GraphQL says went wrong: what it left out of its data, a limit, or a refusal.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{quote, sso_page};
use super::error::Error;
use super::limits::{Limited, header};
use super::request::Call;

/// One of GraphQL's `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Gap {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    pub(super) path: Option<Vec<Value>>,
}

// === impl Gap ===

impl Gap {
    /// GraphQL's `errors`, whatever shape they have: an error that is not understood is an error too.
    pub(super) fn all(errors: &Value) -> Vec<Self> {
        let unknown = |error: &Value| Self {
            message: format!("an error of unknown shape: {error}"),
            kind: None,
            code: None,
            path: None,
        };
        match errors {
            Value::Null => Vec::new(),
            Value::Array(errors) => errors
                .iter()
                .map(|error| Self::deserialize(error).unwrap_or_else(|_| unknown(error)))
                .collect(),
            other => vec![unknown(other)],
        }
    }

    /// GitHub's path to what is missing, and why.
    pub(super) fn describe(&self) -> String {
        self.describe_from(0)
    }

    /// The same of something in one of these items, which are listed at `prefix`: by the page of the item, where that is known.
    pub(super) fn describe_in(&self, prefix: &[&str], nodes: &[Value]) -> String {
        let node = self
            .index_under(prefix)
            .and_then(|index| nodes.get(index)?.get("url")?.as_str());
        match node {
            Some(url) => quote(&format!("{url}: {}", self.describe_from(prefix.len() + 1))),
            None => self.describe(),
        }
    }

    /// Without the first parts of the path.
    fn describe_from(&self, depth: usize) -> String {
        let path: Vec<String> = self
            .path
            .iter()
            .flatten()
            .skip(depth)
            .map(|part| match part {
                Value::String(name) => name.clone(),
                other => other.to_string(),
            })
            .collect();
        let why = [self.kind.as_deref(), Some(self.message.as_str())];
        let why: Vec<&str> = why
            .into_iter()
            .flatten()
            .filter(|text| !text.is_empty())
            .collect();
        quote(&format!("{} {}", path.join("."), why.join(": ")))
            .trim_start()
            .to_owned()
    }

    /// The position in a list that is at `prefix`, where the gap is in it.
    pub(super) fn index_under(&self, prefix: &[&str]) -> Option<usize> {
        let path = self.path.as_deref()?;
        let (head, rest) = path.split_at_checked(prefix.len())?;
        let is_under = head
            .iter()
            .zip(prefix)
            .all(|(part, name)| part.as_str() == Some(name));
        let index = rest.first()?.as_u64().filter(|_| is_under)?;
        usize::try_from(index).ok()
    }

    /// Whether it is only about what the question cost: a server without limits may refuse that, and nothing is missing.
    pub(super) fn is_of_cost(&self) -> bool {
        let path = self.path.as_deref().and_then(<[Value]>::first);
        path.and_then(Value::as_str) == Some("rateLimit")
    }

    /// Whether what was asked for is not there: what is so deep in the answer, or deeper, is a part of what is.
    pub(super) fn is_not_found_above(&self, depth: usize) -> bool {
        let length = self.path.as_ref().map_or(0, Vec::len);
        self.kind.as_deref() == Some("NOT_FOUND") && length < depth
    }

    /// Whether asking again cannot change it.
    pub(super) fn is_settled(&self) -> bool {
        matches!(
            self.kind.as_deref(),
            Some("NOT_FOUND" | "FORBIDDEN" | "INSUFFICIENT_SCOPES")
        )
    }

    /// Whether a smaller question may be answered.
    pub(super) fn is_too_much(&self) -> bool {
        const TYPES: [&str; 4] = [
            "RESOURCE_LIMITS_EXCEEDED",
            "MAX_NODE_LIMIT_EXCEEDED",
            "SERVICE_UNAVAILABLE",
            "TIMEOUT",
        ];
        const WORDS: [&str; 3] = [
            "something went wrong while executing",
            "timeout",
            "respond to your request in time",
        ];
        let message = self.message.to_ascii_lowercase();
        self.kind
            .as_deref()
            .is_some_and(|kind| TYPES.contains(&kind) || kind.starts_with("EXCESSIVE"))
            || WORDS.iter().any(|words| message.contains(words))
    }

    pub(super) fn limit(&self, headers: &http::HeaderMap, now: Timestamp) -> Option<Limited> {
        let is_primary = matches!(self.kind.as_deref(), Some("RATE_LIMITED" | "RATE_LIMIT"))
            || self.code.as_deref() == Some("graphql_rate_limit");
        // The words first: a secondary limit may come under the type of the primary one.
        Limited::of_message(headers, &self.message, now)
            .or_else(|| is_primary.then(|| Limited::graphql(headers, now)))
    }

    /// What it is as a refusal of the whole question; the page that authorizes a token for single sign-on is in the headers.
    pub(super) fn refusal(&self, call: &Call, headers: &http::HeaderMap) -> Option<Error> {
        match self.kind.as_deref() {
            // No question is about anything deeper than `repository.pullRequest`.
            Some("NOT_FOUND") if self.is_not_found_above(3) => Some(call.not_found()),
            Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => Some(Error::Denied {
                operation: call.operation,
                subject: call.subject.clone(),
                status: 200,
                message: quote(&self.message),
                permissions: None,
                sso: header(headers, "x-github-sso").and_then(sso_page),
            }),
            _ => None,
        }
    }
}
