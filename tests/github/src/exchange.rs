//! A request and an answer, free of any web framework.
use aws_lc_rs::digest;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::{id, settings::Edition};

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
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    pub(crate) edition: Edition,
}

/// How a body reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The connection ends in the middle.
    Truncated,
    /// That many blanks follow.
    Oversized(u64),
    /// The same, compressed.
    Bomb(u64),
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) delivery: Delivery,
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

    /// The path as on github.com; none where this edition has nothing at the path that was asked.
    pub(crate) fn route(&self) -> Option<&str> {
        let path = self.path.as_str();
        let under = |prefix| {
            path.strip_prefix(prefix)
                .filter(|rest| rest.starts_with('/'))
        };
        match self.edition {
            Edition::Cloud => Some(path),
            Edition::EnterpriseServer if path == "/api/graphql" => Some("/graphql"),
            Edition::EnterpriseServer => under("/api/v3").filter(|rest| *rest != "/graphql"),
        }
    }

    /// The parts of the route between slashes.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.route()
            .unwrap_or_default()
            .split('/')
            .skip(1)
            .collect()
    }

    /// Where this request was sent, such as `http://127.0.0.1:1234/api/v3`, to build links.
    pub(crate) fn base(&self) -> String {
        let prefix = match self.edition {
            Edition::Cloud => "",
            Edition::EnterpriseServer => "/api/v3",
        };
        let host = self.header("host").unwrap_or("localhost");
        format!("{}://{host}{prefix}", self.scheme)
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
        Self::json_text(status, body.to_string())
    }

    /// JSON that is text already.
    pub(crate) fn json_text(status: u16, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Self {
            status,
            headers,
            body: body.into(),
            delivery: Delivery::Whole,
        }
    }

    /// A page of a proxy that stands before the API.
    pub(crate) fn html(status: u16, body: &'static str) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/html; charset=utf-8".to_owned())],
            body: Bytes::from_static(body.as_bytes()),
            delivery: Delivery::Whole,
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

    /// Bytes of the body, as many as the client would get if it read to the end.
    pub(crate) fn length(&self) -> u64 {
        let body = self.body.len() as u64;
        match self.delivery {
            Delivery::Whole => body,
            Delivery::Truncated => body / 2,
            Delivery::Oversized(more) | Delivery::Bomb(more) => body + more,
        }
    }

    /// Nothing but a status.
    pub(crate) fn bare(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            delivery: Delivery::Whole,
        }
    }

    /// A header that was set.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// With an `ETag` where there is something to be remembered.
    pub(crate) fn tagged(self) -> Self {
        if self.status != 200 {
            return self;
        }
        let digest = digest::digest(&digest::SHA256, &self.body);
        let tag = format!("W/\"{}\"", id::hex(digest.as_ref()));
        self.with("etag", tag)
            .with("cache-control", "private, max-age=60, s-maxage=60")
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
