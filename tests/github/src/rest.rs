//! The REST calls that an auditor needs.
pub(crate) mod app;
mod commit;
mod organization;
mod pull_request;
mod repository;
pub(crate) mod search;

use serde_json::{Value, json};

use crate::{
    budget::{Account, Resource},
    exchange::{Ask, Reply},
    handle::Handle,
    id::NodeId,
    respond::{VERSIONS, version},
    search::Place,
    settings::Edition,
    tokens::{Barrier, Grant, Token, TokenKind},
    world::{Organization, Repository, User, UserKind, World},
};

/// Version of GitHub Enterprise Server.
pub(crate) const ENTERPRISE_VERSION: &str = "3.19.0";

/// The answer to a request with a valid token. What a token may not see is 404, like what does not exist.
pub(crate) fn respond(handle: &Handle, world: &World, token: &Token, ask: &Ask) -> Reply {
    let segments = ask.segments();
    if let Some(reply) = moved(world, token, ask, &segments) {
        return reply;
    }
    if ask.method != "GET" {
        return Reply::not_found();
    }
    if let ["orgs" | "repos", login, ..] = segments.as_slice()
        && let Some(barrier) = token.barrier(login)
    {
        return barred(barrier, login);
    }
    match segments.as_slice() {
        ["user"] if !matches!(token.kind, TokenKind::Installation(_)) => world
            .users
            .get(&token.owner)
            .map_or_else(Reply::not_found, |owner| Reply::json(200, &user(owner))),
        ["user"] => Reply::error(403, token.refusal()),
        ["rate_limit"] => rate_limit(handle, token, ask),
        ["orgs", login] => organization::show(world, token, ask, login),
        ["orgs", login, "repos"] => organization::repositories(world, token, ask, login),
        ["organizations", id, "repos"] => {
            let found = world
                .organizations
                .iter()
                .find(|entry| entry.id.to_string() == *id);
            let login = found
                .map(|organization| organization.login.as_str())
                .unwrap_or_default();
            organization::repositories(world, token, ask, login)
        }
        ["installation", "repositories"] => organization::installed(world, token, ask),
        ["search", "issues"] => search::issues(world, token, ask, handle.settings().search),
        ["repos", login, name, rest @ ..] => {
            let found = place(world, token, |owner, repository| {
                owner.login.eq_ignore_ascii_case(login)
                    && repository.name.eq_ignore_ascii_case(name)
            });
            repository::respond(world, token, ask, (found, rest))
        }
        ["repositories", id, rest @ ..] => {
            let found = place(world, token, |_, repository| {
                repository.id.to_string() == *id
            });
            repository::respond(world, token, ask, (found, rest))
        }
        _ => Reply::not_found(),
    }
}

/// The repository that is asked for, if the token sees it.
fn place<'w>(
    world: &'w World,
    token: &Token,
    wanted: impl Fn(&Organization, &Repository) -> bool,
) -> Option<Place<'w>> {
    let all = world.organizations.iter().flat_map(|organization| {
        let repositories = organization.repositories.iter();
        repositories.map(move |repository| Place {
            organization,
            repository,
        })
    });
    let mut all = all.filter(|place| wanted(place.organization, place.repository));
    all.find(|place| token.can_read(place.organization, place.repository))
}

/// Where a former name of a repository leads, if the token may know: to its address by id.
/// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>
fn moved(world: &World, token: &Token, ask: &Ask, segments: &[&str]) -> Option<Reply> {
    let ["repos", login, name, rest @ ..] = segments else {
        return None;
    };
    if world.find_current(login, name).is_some() {
        return None;
    }
    let (owner, repository) = world.find_former(login, name)?;
    if !token.can_read(owner, repository) {
        return None;
    }
    let (status, message) = match ask.method.as_str() {
        "GET" | "HEAD" => (301, "Moved Permanently"),
        _ => (307, "Temporary Redirect"),
    };
    let mut url = format!("{}/repositories/{}", ask.base(), repository.id);
    for part in rest {
        url.push('/');
        url.push_str(part);
    }
    if !ask.query.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&ask.query)
            .finish();
        url = format!("{url}?{query}");
    }
    let body = json!({
        "message": message,
        "url": url,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Some(Reply::json(status, &body).with("location", url))
}

fn barred(barrier: Barrier, login: &str) -> Reply {
    match barrier {
        Barrier::ClassicForbidden => Reply::error(403, &Barrier::classic_message(login)),
        Barrier::SingleSignOn => {
            let url = format!("https://github.com/orgs/{login}/sso?authorization_request=A5EFD7R");
            Reply::error(403, Barrier::SSO_MESSAGE)
                .with("x-github-sso", format!("required; url={url}"))
        }
    }
}

/// Refuses for want of a permission, and names those that would do.
fn forbidden(token: &Token, grant: Grant) -> Reply {
    Reply::error(403, token.refusal()).with("x-accepted-github-permissions", grant.as_str())
}

/// `GET /meta`; GitHub Enterprise Server tells its version.
pub(crate) fn meta(edition: Edition) -> Reply {
    let mut body = json!({ "verifiable_password_authentication": false });
    if edition == Edition::EnterpriseServer {
        body["installed_version"] = json!(ENTERPRISE_VERSION);
    }
    Reply::json(200, &body)
}

fn rate_limit(handle: &Handle, token: &Token, ask: &Ask) -> Reply {
    let settings = handle.settings();
    if !settings.has_limits() {
        return Reply::error(404, "Rate limiting is not enabled.");
    }
    let now = handle.precise_now();
    let mut resources = json!({});
    for resource in [Resource::Core, Resource::Search, Resource::Graphql] {
        let account = Account {
            caller: token.caller(),
            resource,
        };
        let limits = (token.hourly_limit, &settings.limits);
        let state = handle.budgets().spend(account, limits, 0, now);
        let (Ok(rate) | Err(rate)) = state;
        resources[resource.as_str()] = json!({
            "limit": rate.limit,
            "remaining": rate.remaining,
            "used": rate.used,
            "reset": rate.reset.as_second(),
        });
    }
    let mut body = json!({ "resources": resources });
    if version(ask) == Some(VERSIONS[0]) {
        body["rate"] = body["resources"]["core"].clone();
    }
    Reply::json(200, &body)
}

/// An account.
fn user(user: &User) -> Value {
    let (kind, node) = match user.kind {
        UserKind::User | UserKind::EnterpriseUserAccount => ("User", NodeId::User(user.id)),
        UserKind::Bot => ("Bot", NodeId::Bot(user.id)),
        UserKind::Mannequin => ("Mannequin", NodeId::Mannequin(user.id)),
    };
    let login = user.rest_login();
    json!({ "login": login, "id": user.id, "node_id": node.encode(), "type": kind, "site_admin": false })
}

/// The page that a list request asks for: 30 items, at most 100, and the links to its neighbours.
struct Paging {
    page: usize,
    length: usize,
    total: usize,
}

impl Paging {
    fn new(ask: &Ask, total: usize) -> Self {
        Self::by_default(ask, total, 30)
    }

    /// The same for a list that is longer unless `per_page` is given.
    fn by_default(ask: &Ask, total: usize, length: usize) -> Self {
        let number = |name| {
            ask.parameter(name)
                .and_then(|text| text.parse::<usize>().ok())
        };
        let length = number("per_page").map_or(length, |asked| asked.clamp(1, 100));
        Self {
            page: number("page").unwrap_or(1).max(1),
            length,
            total,
        }
    }

    fn start(&self) -> usize {
        (self.page - 1) * self.length
    }

    fn slice<T>(&self, items: Vec<T>) -> Vec<T> {
        items
            .into_iter()
            .skip(self.start())
            .take(self.length)
            .collect()
    }

    /// Adds `Link`, whose addresses need not be the one that was asked.
    fn link(&self, reply: Reply, ask: &Ask, path: &str) -> Reply {
        let last = self.total.div_ceil(self.length).max(1);
        let pages = [
            ("prev", self.page.checked_sub(1)),
            ("next", Some(self.page + 1)),
            ("last", Some(last)),
            ("first", Some(1)),
        ];
        let useful = |name: &str, page: usize| match name {
            "prev" | "first" => self.page > 1 && page >= 1,
            _ => self.page < last && page <= last,
        };
        let links: Vec<String> = pages
            .into_iter()
            .filter_map(|(name, page)| {
                page.filter(|page| useful(name, *page))
                    .map(|page| (name, page))
            })
            .map(|(name, page)| format!("<{}>; rel=\"{name}\"", Self::address(ask, path, page)))
            .collect();
        if links.is_empty() {
            reply
        } else {
            reply.with("link", links.join(", "))
        }
    }

    fn address(ask: &Ask, path: &str, page: usize) -> String {
        let others = ask.query.iter().filter(|(name, _)| name != "page");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .append_pair("page", &page.to_string())
            .finish();
        format!("{}{path}?{query}", ask.base())
    }
}
