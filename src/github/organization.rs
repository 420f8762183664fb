//! Who asks, and what there is: the credentials' principal, the organization, its repositories.

use std::collections::HashSet;

use futures::StreamExt as _;
use futures::stream::{self, Stream, try_unfold};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Client;
use super::auth::{App, Identity};
use super::error::{Error, Result};
use super::limits::header;
use super::page_size::PageSize;
use super::paging::split;
use super::query;
use super::request::Call;
use super::wire::{self, Connection};
use crate::audit::facts;

/// Where the repositories are in GitHub's answer.
const LISTED: [&str; 3] = ["organization", "repositories", "nodes"];

/// An organization, as GitHub names it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationInfo {
    /// GitHub's `databaseId`, which survives a rename.
    pub id: i64,
    /// The login in GitHub's spelling.
    pub login: String,
    /// GitHub's clock when it answered.
    pub github_time: Timestamp,
}

/// Whose credentials they are, and what GitHub tells of their reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user's login, or the app's slug.
    pub login: String,
    /// A user or an app.
    pub kind: PrincipalKind,
    /// What GitHub tells of the reach: `scopes: …` of a classic token, `repository_selection: …` of an installation; none of a
    /// fine-grained token, about which GitHub tells nothing.
    pub visibility: Option<String>,
    /// When the personal access token expires; none where it never does, and of an app, whose tokens renew themselves.
    pub credentials_expiration: Option<Timestamp>,
}

/// What kind of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A person or machine user with a personal access token.
    User,
    /// A GitHub App.
    App,
}

#[derive(Deserialize)]
struct OrganizationOf<T> {
    organization: Option<T>,
}

#[derive(Deserialize)]
struct Repositories {
    repositories: Connection<serde_json::Value>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

struct Pages {
    client: Client,
    organization: facts::Organization,
    after: Option<String>,
    /// The cursors that were followed: one that comes again would lead in a circle.
    cursors: HashSet<String>,
    page: PageSize,
}

/// Some of the repositories, and what is missing of them.
struct Page {
    repositories: Vec<facts::Repository>,
    missing: Option<Error>,
}

// === impl OrganizationInfo ===

impl OrganizationInfo {
    /// The part that is kept as a fact.
    pub fn to_fact(&self) -> facts::Organization {
        let (id, login) = (self.id, self.login.clone());
        facts::Organization { id, login }
    }
}

// === impl PrincipalKind ===

impl PrincipalKind {
    /// `User` or `App`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::App => "App",
        }
    }
}

// === impl Client ===

impl Client {
    /// The organization of this login; [`Error::NotFound`] names it where it is absent or not visible.
    pub async fn organization(&self, login: &str) -> Result<OrganizationInfo> {
        let subject = subject(login)?;
        let call = Call::query(query::ORGANIZATION, &json!({ "login": login }), subject);
        let answer = self.for_organization(login).perform_unpaged(&call).await?;
        let github_time = answer.observed_at;
        let found: OrganizationOf<wire::Organization> = answer.parse_whole(&call)?;
        let organization = found.organization.ok_or_else(|| call.not_found())?;
        let facts::Organization { id, login } = organization
            .into_fact()
            .map_err(|missing| call.invalid(missing))?;
        Ok(OrganizationInfo {
            id,
            login,
            github_time,
        })
    }

    /// Whose credentials they are. Of an app without an installation id the client must be one [`Self::for_organization`].
    pub async fn principal(&self) -> Result<Principal> {
        match &self.shared.credentials.identity {
            Identity::Token(_) => self.user().await,
            Identity::App(app) => self.app(app).await,
        }
    }

    /// The repositories of an organization that the credentials can see, ordered by name, page by page.
    ///
    /// An error for which [`Error::is_partial`] holds names what GitHub left out, and the stream goes on; any other ends it.
    pub fn repositories(
        &self,
        organization: &facts::Organization,
    ) -> impl Stream<Item = Result<Vec<facts::Repository>>> + Send + use<> {
        let pages = Pages {
            client: self.for_organization(&organization.login),
            organization: organization.clone(),
            after: None,
            cursors: HashSet::new(),
            page: PageSize::new(100),
        };
        let pages = try_unfold(Some(pages), |pages| async move {
            match pages {
                Some(pages) => pages.next().await.map(Some),
                None => Ok(None),
            }
        });
        pages.flat_map(|page| {
            let items = match page {
                Ok(Page {
                    repositories,
                    missing,
                }) => std::iter::once(Ok(repositories))
                    .chain(missing.map(Err))
                    .collect(),
                Err(error) => vec![Err(error)],
            };
            stream::iter(items)
        })
    }

    async fn user(&self) -> Result<Principal> {
        let call = Call::get("User", "/user".to_owned(), "the token's user".to_owned());
        let answer = self.perform_unpaged(&call).await?;
        let scopes =
            header(&answer.headers, "x-oauth-scopes").map(|scopes| format!("scopes: {scopes}"));
        let expiration =
            header(&answer.headers, "github-authentication-token-expiration").and_then(expiration);
        let User { login } = answer.parse(&call)?;
        Ok(Principal {
            login,
            kind: PrincipalKind::User,
            visibility: scopes,
            credentials_expiration: expiration,
        })
    }

    async fn app(&self, app: &App) -> Result<Principal> {
        let installation = self.installation(app).await?;
        let selection = installation.repository_selection;
        Ok(Principal {
            login: installation.app_slug,
            kind: PrincipalKind::App,
            visibility: selection.map(|selection| format!("repository_selection: {selection}")),
            credentials_expiration: None,
        })
    }
}

// === impl Pages ===

impl Pages {
    async fn next(mut self) -> Result<(Page, Option<Self>)> {
        let facts::Organization { id, login } = &self.organization;
        let variables = json!({ "login": login, "n": 0, "after": self.after });
        let call = Call::query(query::REPOSITORIES, &variables, subject(login)?);
        let answer = self.client.perform(&call, &mut self.page).await?;
        let (gaps, hidden) = (answer.gaps.clone(), answer.hidden(*id));
        let refusal = answer.refusal(&call);
        let found: OrganizationOf<Repositories> = answer.parse(&call)?;
        let Some(Repositories { repositories }) = found.organization else {
            return Err(refusal.unwrap_or_else(|| call.not_found()));
        };
        let (nodes, next) = repositories
            .open_with_nulls(LISTED[1])
            .map_err(|missing| call.partial(vec![missing]))?;
        let next = self.follow(next, !nodes.is_empty());
        let (nodes, mut missing) = split(&gaps, nodes, &LISTED);
        let mut repositories = Vec::with_capacity(nodes.len());
        for (index, node) in nodes {
            match repository(node) {
                Ok(repository) => repositories.push(repository),
                Err(why) => missing.push(format!("{}.{index}: {why}", LISTED.join("."))),
            }
        }
        let next = next.unwrap_or_else(|endless| {
            missing.push(endless);
            None
        });
        missing.extend(hidden);
        let missing = (!missing.is_empty()).then(|| call.partial(missing));
        let page = Page {
            repositories,
            missing,
        };
        let following = next.map(|after| Self {
            after: Some(after),
            ..self
        });
        Ok((page, following))
    }

    /// The cursor to go on with: none at the end, an error where following it could go on for ever.
    fn follow(
        &mut self,
        next: Option<String>,
        progresses: bool,
    ) -> std::result::Result<Option<String>, String> {
        match next {
            Some(cursor) if !progresses || !self.cursors.insert(cursor.clone()) => {
                Err("repositories: GitHub's pages have no end".to_owned())
            }
            next => Ok(next),
        }
    }
}

fn repository(node: serde_json::Value) -> std::result::Result<facts::Repository, String> {
    let repository = serde_json::from_value::<wire::Repository>(node);
    repository
        .map_err(|error| format!("does not parse: {error}"))?
        .into_fact()
}

/// The organization in words. A login that GitHub would not give out could change the meaning of a path or a search.
pub(super) fn subject(login: &str) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if login.is_empty() || login.len() > 100 || !login.chars().all(is_plain) {
        return Err(Error::NotFound {
            subject: format!("organization {login:?}"),
        });
    }
    Ok(format!("organization {login}"))
}

/// `GitHub-Authentication-Token-Expiration`, in both shapes that GitHub writes: `2026-02-19 19:55:13 UTC` and
/// `2026-02-06 07:42:23 +0100`.
fn expiration(text: &str) -> Option<Timestamp> {
    let text = text.trim().replace("UTC", "+0000");
    Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", &text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_the_token_expiration_are_read() {
        for (text, expected) in [
            ("2026-02-19 19:55:13 UTC", Some("2026-02-19T19:55:13Z")),
            ("2026-02-06 07:42:23 +0100", Some("2026-02-06T06:42:23Z")),
            ("2026-02-06 07:42:23 -0700", Some("2026-02-06T14:42:23Z")),
            ("soon", None),
        ] {
            assert_eq!(
                expiration(text),
                expected.map(|time| time.parse().unwrap()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_login_cannot_change_a_search_or_a_path() {
        for login in ["", "acme repo:other/x", "acme/../x", "acme\"", "ac?me"] {
            assert!(
                matches!(subject(login), Err(Error::NotFound { .. })),
                "{login}"
            );
        }
        assert_eq!(subject("Acme-2_x"), Ok("organization Acme-2_x".to_owned()));
    }
}
