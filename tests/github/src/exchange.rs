//! A request and an answer, free of any web framework.
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

/// A request.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) method: String,
    /// Path as sent.
    pub(crate) path: String,
    /// Decoded query parameters.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The path without GitHub Enterprise Server's prefixes, and whether one was there.
    pub(crate) fn route(&self) -> (&str, bool) {
        let path = self.path.as_str();
        match path
            .strip_prefix("/api/v3")
            .filter(|rest| rest.starts_with('/'))
        {
            Some(rest) => (rest, true),
            None if path == "/api/graphql" => ("/graphql", true),
            None => (path, false),
        }
    }

    /// Where this request was sent, such as `http://127.0.0.1:1234/api/v3`, to build links.
    pub(crate) fn base(&self) -> String {
        let prefix = if self.route().1 { "/api/v3" } else { "" };
        format!(
            "http://{}{prefix}",
            self.header("host").unwrap_or("localhost")
        )
    }

    /// The text of the token or JWT.
    pub(crate) fn credentials(&self) -> Option<&str> {
        let (scheme, text) = self.header("authorization")?.split_once(' ')?;
        (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token"))
            .then_some(text.trim())
    }
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Self {
            status,
            headers,
            body: Bytes::from(body.to_string()),
        }
    }

    /// An error in GitHub's shape.
    pub(crate) fn error(status: u16, message: &str) -> Self {
        let body = json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        });
        Self::json(status, &body)
    }

    pub(crate) fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
