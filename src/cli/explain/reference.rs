//! Which pull request somebody means.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// A pull request by its names, which are for people: upper and lower case are the same, as they are to GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// The host of its page; none where only names were given.
    pub(super) host: Option<String>,
    pub(super) organization: String,
    pub(super) repository: String,
    pub(super) number: i64,
}

// === impl Reference ===

impl FromStr for Reference {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORMS: &str = "is no pull request; write ORGANIZATION/REPOSITORY#NUMBER, or the address of its page, \
             https://HOST/ORGANIZATION/REPOSITORY/pull/NUMBER";
        let reference = if text.contains("://") {
            of_page(text)
        } else {
            of_names(text)
        };
        reference.ok_or(FORMS)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host: _,
            organization,
            repository,
            number,
        } = self;
        write!(f, "{organization}/{repository}#{number}")
    }
}

fn of_names(text: &str) -> Option<Reference> {
    let (name, number) = text.split_once('#')?;
    let (organization, repository) = name.split_once('/')?;
    new(None, organization, repository, number)
}

fn of_page(text: &str) -> Option<Reference> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let host = url
        .port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let mut parts = url.path_segments()?;
    let (organization, repository) = (parts.next()?, parts.next()?);
    if parts.next()? != "pull" {
        return None;
    }
    new(Some(host), organization, repository, parts.next()?)
}

fn new(
    host: Option<String>,
    organization: &str,
    repository: &str,
    number: &str,
) -> Option<Reference> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(allowed);
    Some(Reference {
        host,
        organization: Some(organization).filter(is_name)?.to_owned(),
        repository: Some(repository).filter(is_name)?.to_owned(),
        number: number.parse().ok().filter(|&number: &i64| number > 0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_pages_mean_a_pull_request() {
        for (text, host) in [
            ("acme/pay.ments_2#1234", None),
            (
                "https://github.com/acme/pay.ments_2/pull/1234",
                Some("github.com"),
            ),
            (
                "https://ghes.example.com:8443/acme/pay.ments_2/pull/1234/files#diff",
                Some("ghes.example.com:8443"),
            ),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), "acme/pay.ments_2#1234");
            assert_eq!(reference.host.as_deref(), host);
        }
    }

    #[test]
    fn what_means_none_is_refused() {
        for text in [
            "",
            "1234",
            "payments#1234",
            "acme/payments",
            "acme/payments#0",
            "acme/payments#-1",
            "acme/payments#x",
            "acme/pay/ments#1",
            "/payments#1",
            "acme/pay ments#1",
            "https://github.com/acme/payments",
            "https://github.com/acme/payments/issues/1",
            "https://github.com/acme/payments/pull/",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
