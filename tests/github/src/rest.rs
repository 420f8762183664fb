//! The REST calls that an auditor needs.
pub(crate) mod app;
mod organization;
mod search;

use serde_json::{Value, json};

use crate::{
    budget::Resource,
    exchange::{Ask, Reply},
    handle::Handle,
    id::NodeId,
    respond::{VERSIONS, version},
    tokens::{Token, TokenKind},
    world::{User, UserKind, World},
};

/// The answer to a request with a valid token. What a token may not see is 404, like what does not exist.
pub(crate) fn respond(handle: &Handle, world: &World, token: &Token, ask: &Ask) -> Reply {
    let (route, _) = ask.route();
    let segments: Vec<&str> = route.split('/').skip(1).collect();
    if ask.method != "GET" {
        return Reply::not_found();
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
        ["search", "issues"] => search::issues(world, token, ask),
        _ => Reply::not_found(),
    }
}

/// `GET /meta`; GitHub Enterprise Server tells its version.
pub(crate) fn meta(enterprise: bool) -> Reply {
    let mut body = json!({ "verifiable_password_authentication": false });
    if enterprise {
        body["installed_version"] = json!("3.19.0");
    }
    Reply::json(200, &body)
}

fn rate_limit(handle: &Handle, token: &Token, ask: &Ask) -> Reply {
    let now = handle.now();
    let mut resources = json!({});
    for resource in [Resource::Core, Resource::Search, Resource::Graphql] {
        let state = handle
            .budgets()
            .spend((&token.text, resource), token.hourly_limit, 0, now);
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
        UserKind::User => ("User", NodeId::User(user.id)),
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
        let number = |name| {
            ask.parameter(name)
                .and_then(|text| text.parse::<usize>().ok())
        };
        let length = number("per_page").unwrap_or(30).clamp(1, 100);
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
