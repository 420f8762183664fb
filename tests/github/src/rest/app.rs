//! GitHub Apps: looking an installation up and minting its token, both with the App's JWT.
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::organization::organization_body;
use crate::{
    exchange::{Ask, Reply},
    tokens::{Access, App, Grant, Installation},
    world::World,
};

/// Whether a call is an App's own.
pub(crate) fn wants_jwt(method: &str, segments: &[&str]) -> bool {
    matches!(
        (method, segments),
        (
            "GET",
            ["orgs", _, "installation"]
                | ["repos", _, _, "installation"]
                | ["app"]
                | ["app", "installations"]
                | ["app", "installations", _]
        ) | ("POST", ["app", "installations", _, "access_tokens"])
    )
}

/// The answer to an App whose JWT holds.
pub(crate) fn respond(world: &mut World, app: u64, ask: &Ask, now: Timestamp) -> Reply {
    let segments = ask.segments();
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
        ["repos", login, name, "installation"] => {
            let found = installations(world, app).find(|(_, entry)| {
                entry.access.organization.eq_ignore_ascii_case(login) && covers(&entry.access, name)
            });
            found.map_or_else(Reply::not_found, |(app, entry)| {
                Reply::json(200, &body(world, app, entry, &base))
            })
        }
        ["app", "installations", id, "access_tokens"] => mint(world, app, (id, &ask.body), now),
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

fn covers(access: &Access, name: &str) -> bool {
    let named =
        |names: &BTreeSet<String>| names.iter().any(|entry| entry.eq_ignore_ascii_case(name));
    access.repositories.as_ref().is_none_or(named)
}

fn selection(access: &Access) -> &'static str {
    if access.repositories.is_some() {
        "selected"
    } else {
        "all"
    }
}

fn permissions(missing: &BTreeSet<Grant>) -> Value {
    let mut granted = json!({ "metadata": "read" });
    for grant in [Grant::Contents, Grant::PullRequests] {
        if !missing.contains(&grant)
            && let Some((name, level)) = grant.as_str().split_once('=')
        {
            granted[name] = json!(level);
        }
    }
    granted
}

fn body(world: &World, app: &App, installation: &Installation, base: &str) -> Value {
    let account = world.find_organization(&installation.access.organization);
    json!({
        "id": installation.id,
        "account": account.map(|organization| organization_body(organization, base)),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_type": "Organization",
        "repository_selection": selection(&installation.access),
        "permissions": permissions(&installation.missing),
        "suspended_at": installation.suspended_at,
        "events": [],
        "access_tokens_url": format!("{base}/app/installations/{}/access_tokens", installation.id),
    })
}

/// What a token is asked for; `permissions` are given in full.
#[derive(Default, Deserialize)]
struct Narrowed {
    repositories: Option<BTreeSet<String>>,
}

fn mint(world: &mut World, app: u64, (id, body): (&str, &[u8]), now: Timestamp) -> Reply {
    let installation = id.parse().unwrap_or_default();
    let found = installations(world, app).find(|(_, entry)| entry.id == installation);
    let Some((_, entry)) = found else {
        return Reply::not_found();
    };
    if entry.suspended_at.is_some() {
        return Reply::error(403, "This installation has been suspended");
    }
    let narrowed: Narrowed = serde_json::from_slice(body).unwrap_or_default();
    let names = narrowed.repositories;
    let granted = |names: &BTreeSet<String>| {
        names.iter().all(|name| {
            covers(&entry.access, name)
                && world
                    .find_repository(&entry.access.organization, name)
                    .is_some()
        })
    };
    if !names.as_ref().is_none_or(granted) {
        let message = "There is at least one repository that does not exist or is not accessible to the parent installation.";
        return Reply::error(422, message);
    }
    let Some(token) = world.mint(app, installation, names, now) else {
        return Reply::not_found();
    };
    let body = json!({
        "token": token.text,
        "expires_at": token.expires_at,
        "permissions": permissions(&token.missing),
        "repository_selection": token.access.first().map(selection),
    });
    Reply::json(201, &body)
}
