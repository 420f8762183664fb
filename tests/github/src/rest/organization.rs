//! Organizations and their repositories.
use serde_json::{Value, json};

use super::Paging;
use crate::{
    exchange::{Ask, Reply},
    id::NodeId,
    tokens::{Token, TokenKind},
    world::{Organization, Permission, Repository, Visibility, World},
};

/// `GET /orgs/{org}`.
pub(super) fn show(world: &World, token: &Token, ask: &Ask, login: &str) -> Reply {
    match find(world, token, login) {
        Some(organization) => Reply::json(200, &organization_body(organization, &ask.base())),
        None => Reply::not_found(),
    }
}

/// `GET /orgs/{org}/repos`. Its links lead to `/organizations/{id}/repos`, as GitHub's do.
pub(super) fn repositories(world: &World, token: &Token, ask: &Ask, login: &str) -> Reply {
    let Some(organization) = find(world, token, login) else {
        return Reply::not_found();
    };
    let seen = token.readable(organization);
    let paging = Paging::new(ask, seen.len());
    let items: Vec<Value> = paging
        .slice(seen)
        .into_iter()
        .map(|repository| repository_body(organization, repository, token, ask))
        .collect();
    paging.link(
        Reply::json(200, &json!(items)),
        ask,
        &format!("/organizations/{}/repos", organization.id),
    )
}

/// `GET /installation/repositories`.
pub(super) fn installed(world: &World, token: &Token, ask: &Ask) -> Reply {
    if !matches!(token.kind, TokenKind::Installation(_)) {
        return Reply::error(
            403,
            "You must authenticate with an installation access token in order to list repositories for an installation.",
        );
    }
    let accessible = |access: &crate::tokens::Access| world.find_organization(&access.organization);
    let seen: Vec<(&Organization, &Repository)> = token
        .access
        .iter()
        .filter_map(accessible)
        .flat_map(|organization| {
            token
                .readable(organization)
                .into_iter()
                .map(move |repository| (organization, repository))
        })
        .collect();
    let selection = if token
        .access
        .iter()
        .any(|access| access.repositories.is_some())
    {
        "selected"
    } else {
        "all"
    };
    let paging = Paging::new(ask, seen.len());
    let total = seen.len();
    let items: Vec<Value> = paging
        .slice(seen)
        .into_iter()
        .map(|(organization, repository)| repository_body(organization, repository, token, ask))
        .collect();
    let body =
        json!({ "total_count": total, "repository_selection": selection, "repositories": items });
    paging.link(Reply::json(200, &body), ask, "/installation/repositories")
}

fn find<'w>(world: &'w World, token: &Token, login: &str) -> Option<&'w Organization> {
    world
        .find_organization(login)
        .filter(|organization| token.sees_organization(organization))
}

/// An organization as an owner or as itself.
pub(super) fn organization_body(organization: &Organization, base: &str) -> Value {
    let login = &organization.login;
    let url = format!("{base}/orgs/{login}");
    json!({
        "login": login,
        "id": organization.id,
        "node_id": NodeId::Organization(organization.id).encode(),
        "url": url,
        "repos_url": format!("{url}/repos"),
        "name": login,
        "type": "Organization",
    })
}

pub(super) fn repository_body(
    organization: &Organization,
    repository: &Repository,
    token: &Token,
    ask: &Ask,
) -> Value {
    let full_name = format!("{}/{}", organization.login, repository.name);
    let permission = repository
        .permissions
        .get(&token.owner)
        .copied()
        .unwrap_or(Permission::Read);
    let visibility = repository.visibility.as_str().to_lowercase();
    json!({
        "id": repository.id,
        "node_id": NodeId::Repository(repository.id).encode(),
        "name": repository.name,
        "full_name": full_name,
        "owner": organization_body(organization, &ask.base()),
        "private": repository.visibility != Visibility::Public,
        "visibility": visibility,
        "url": format!("{}/repos/{full_name}", ask.base()),
        "html_url": format!("https://github.com/{full_name}"),
        "archived": repository.archived,
        "disabled": false,
        "fork": repository.fork,
        "default_branch": repository.default_branch,
        "created_at": repository.created_at,
        "updated_at": repository.pushed_at,
        "pushed_at": repository.pushed_at,
        "permissions": {
            "admin": permission >= Permission::Admin,
            "maintain": permission >= Permission::Maintain,
            "push": permission >= Permission::Write,
            "triage": permission >= Permission::Triage,
            "pull": true,
        },
    })
}
