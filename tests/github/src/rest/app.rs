//! GitHub Apps: looking an installation up and minting its token, both with the App's JWT.
use jiff::Timestamp;
use serde_json::{Value, json};

use super::organization::organization_body;
use crate::{
    exchange::{Ask, Reply},
    tokens::{App, Installation},
    world::World,
};

/// Whether a call is an App's own.
pub(crate) fn wants_jwt(method: &str, route: &str) -> bool {
    let segments: Vec<&str> = route.split('/').skip(1).collect();
    matches!(
        (method, segments.as_slice()),
        (
            "GET",
            ["orgs", _, "installation"]
                | ["app"]
                | ["app", "installations"]
                | ["app", "installations", _]
        ) | ("POST", ["app", "installations", _, "access_tokens"])
    )
}

/// The answer to an App whose JWT holds.
pub(crate) fn respond(world: &mut World, app: u64, ask: &Ask, now: Timestamp) -> Reply {
    let (route, _) = ask.route();
    let segments: Vec<&str> = route.split('/').skip(1).collect();
    let base = ask.base();
    match segments.as_slice() {
        ["orgs", login, "installation"] => {
            let found = installations(world, app)
                .find(|(_, entry)| entry.access.organization.eq_ignore_ascii_case(login));
            found.map_or_else(Reply::not_found, |(app, entry)| {
                Reply::json(200, &body(world, app, entry, &base))
            })
        }
        ["app", "installations"] => {
            let all: Vec<Value> = installations(world, app)
                .map(|(app, entry)| body(world, app, entry, &base))
                .collect();
            Reply::json(200, &json!(all))
        }
        ["app", "installations", id] => {
            let found = installations(world, app).find(|(_, entry)| entry.id.to_string() == *id);
            found.map_or_else(Reply::not_found, |(app, entry)| {
                Reply::json(200, &body(world, app, entry, &base))
            })
        }
        ["app", "installations", id, "access_tokens"] => mint(world, app, id, now),
        _ => {
            let slug = world
                .apps
                .iter()
                .find(|entry| entry.id == app)
                .map(|entry| entry.slug.clone());
            Reply::json(200, &json!({ "id": app, "slug": slug, "name": slug }))
        }
    }
}

fn installations(world: &World, app: u64) -> impl Iterator<Item = (&App, &Installation)> {
    let found = world.apps.iter().filter(move |entry| entry.id == app);
    found.flat_map(|app| {
        app.installations
            .iter()
            .map(move |installation| (app, installation))
    })
}

fn selection(installation: &Installation) -> &'static str {
    if installation.access.repositories.is_some() {
        "selected"
    } else {
        "all"
    }
}

fn permissions() -> Value {
    json!({ "metadata": "read", "contents": "read", "pull_requests": "read" })
}

fn body(world: &World, app: &App, installation: &Installation, base: &str) -> Value {
    let account = world.find_organization(&installation.access.organization);
    json!({
        "id": installation.id,
        "account": account.map(|organization| organization_body(organization, base)),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_type": "Organization",
        "repository_selection": selection(installation),
        "permissions": permissions(),
        "events": [],
        "access_tokens_url": format!("{base}/app/installations/{}/access_tokens", installation.id),
    })
}

fn mint(world: &mut World, app: u64, id: &str, now: Timestamp) -> Reply {
    let installation = id.parse().unwrap_or_default();
    let Some(token) = world.mint(app, installation, now) else {
        return Reply::not_found();
    };
    let selected = token
        .access
        .iter()
        .any(|access| access.repositories.is_some());
    let body = json!({
        "token": token.text,
        "expires_at": token.expires_at,
        "permissions": permissions(),
        "repository_selection": if selected { "selected" } else { "all" },
    });
    Reply::json(201, &body)
}
