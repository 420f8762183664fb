//! Where GitHub's API is, and whether a token may be sent there.

use std::fmt;

use url::{Host, Url};

/// The address of a GitHub: of `github.com`, or of a GitHub Enterprise Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    rest: String,
    authority: String,
    loopback: bool,
}

/// An `apiUrl` that no token is sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// It is no absolute URL.
    #[error("the API URL is no URL: {0}; write https://api.github.com or https://HOST/api/v3")]
    NotAUrl(url::ParseError),
    /// It would carry the token in the clear, or by something that is not HTTP.
    #[error("the API URL starts with {0:?}: use https (http is for loopback only)")]
    Insecure(String),
    /// It has parts that an address has no use for and that may hold a secret.
    #[error("the API URL must have no user, password, query or fragment")]
    Superfluous,
}

// === impl Endpoint ===

impl Endpoint {
    /// The endpoint of an `apiUrl`: `https://api.github.com`, or a server's `https://HOST/api/v3`; `http` for loopback only.
    pub fn parse(api_url: &str) -> Result<Self, InvalidEndpoint> {
        let url = Url::parse(api_url).map_err(InvalidEndpoint::NotAUrl)?;
        let host = url
            .host()
            .ok_or(InvalidEndpoint::NotAUrl(url::ParseError::EmptyHost))?;
        let loopback = is_loopback(&host);
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            scheme => return Err(InvalidEndpoint::Insecure(format!("{scheme}://"))),
        }
        let credentials = !url.username().is_empty() || url.password().is_some();
        if credentials || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidEndpoint::Superfluous);
        }
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let rest = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            rest,
            authority,
            loopback,
        })
    }

    /// The name that identifies this GitHub in a change's identity: `github.com`, or the server's host, with its port where
    /// the URL gives one that is not the default.
    pub fn host(&self) -> &str {
        match self.authority.as_str() {
            "api.github.com" => "github.com",
            authority => authority,
        }
    }

    /// The host that requests go to, with its port where the URL gives one that is not the default: what
    /// `--allowed-github-hosts` lists.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether the administrator allowed tokens to go there: one of `hosts` is exactly [`Self::authority`], without regard to case.
    pub fn is_allowed(&self, hosts: &[String]) -> bool {
        hosts
            .iter()
            .any(|host| host.trim().eq_ignore_ascii_case(&self.authority))
    }

    /// Whether it is this machine: no proxy is used then.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The URL of a REST path that starts with a slash.
    pub(super) fn rest(&self, path: &str) -> String {
        format!("{}{path}", self.rest)
    }

    /// The URL of GraphQL: GitHub Enterprise Server has it beside its REST base, at `/api/graphql`, others below it.
    ///
    /// <https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint>
    pub(super) fn graphql(&self) -> String {
        match self.rest.strip_suffix("/api/v3") {
            Some(server) => format!("{server}/api/graphql"),
            None => format!("{}/graphql", self.rest),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rest)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graphql_url_follows_the_rest_url() {
        for (rest, graphql, host) in [
            (
                "https://api.github.com",
                "https://api.github.com/graphql",
                "github.com",
            ),
            (
                "https://api.github.com/",
                "https://api.github.com/graphql",
                "github.com",
            ),
            (
                "https://ghes.example.com/api/v3",
                "https://ghes.example.com/api/graphql",
                "ghes.example.com",
            ),
            (
                "https://GHES.example.com:8443/api/v3/",
                "https://ghes.example.com:8443/api/graphql",
                "ghes.example.com:8443",
            ),
            (
                "https://api.acme.ghe.com",
                "https://api.acme.ghe.com/graphql",
                "api.acme.ghe.com",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/graphql",
                "127.0.0.1:8080",
            ),
            (
                "http://[::1]:8080/api/v3",
                "http://[::1]:8080/api/graphql",
                "[::1]:8080",
            ),
            (
                "http://localhost:1/x",
                "http://localhost:1/x/graphql",
                "localhost:1",
            ),
        ] {
            let endpoint = Endpoint::parse(rest).unwrap();
            assert_eq!(endpoint.graphql(), graphql);
            assert_eq!(endpoint.host(), host);
            assert_eq!(endpoint.rest("/user"), format!("{endpoint}/user"));
        }
    }

    #[test]
    fn a_token_goes_nowhere_in_the_clear() {
        for url in [
            "http://api.github.com",
            "http://10.0.0.1/api/v3",
            "http://localhost.evil.com",
            "ftp://127.0.0.1",
            "file:///x",
        ] {
            assert!(Endpoint::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_address_holds_no_secret() {
        for url in [
            "https://u:p@api.github.com",
            "https://u@api.github.com",
            "https://api.github.com?token=x",
            "https://api.github.com#x",
        ] {
            assert_eq!(
                Endpoint::parse(url),
                Err(InvalidEndpoint::Superfluous),
                "{url}"
            );
        }
        assert!(matches!(
            Endpoint::parse("api.github.com"),
            Err(InvalidEndpoint::NotAUrl(_))
        ));
    }

    #[test]
    fn only_an_allowed_host_and_port_gets_the_token() {
        let hosts = [
            "api.github.com".to_owned(),
            "GHES.example.com:8443".to_owned(),
        ];
        let is_allowed = |url: &str| Endpoint::parse(url).unwrap().is_allowed(&hosts);
        assert!(is_allowed("https://api.github.com"));
        assert!(is_allowed("https://API.github.com:443/"));
        assert!(is_allowed("https://ghes.example.com:8443/api/v3"));
        assert!(!is_allowed("https://api.github.com:8443"));
        assert!(!is_allowed("https://ghes.example.com/api/v3"));
        assert!(!is_allowed("https://api.github.com.evil.com"));
    }
}
