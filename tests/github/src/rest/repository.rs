//! A repository over REST: itself, its branches and their rules; commits and pull requests are beside this.
use serde_json::{Value, json};

use super::{Paging, commit, forbidden, organization::repository_body, pull_request};
use crate::{
    exchange::{Ask, Reply},
    search::Place,
    tokens::{Grant, Token},
    world::World,
};

/// The permission that a call needs besides Metadata.
/// <https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>
fn needed(rest: &[&str]) -> Option<Grant> {
    match rest {
        ["pulls", ..] | ["commits", _, "pulls"] => Some(Grant::PullRequests),
        ["commits" | "compare" | "branches", ..] => Some(Grant::Contents),
        _ => None,
    }
}

/// The answer to a call below `/repos/{owner}/{repo}`.
pub(super) fn respond(
    world: &World,
    token: &Token,
    ask: &Ask,
    (place, rest): (Option<Place<'_>>, &[&str]),
) -> Reply {
    let Some(place) = place else {
        return Reply::not_found();
    };
    if let Some(grant) = needed(rest).filter(|grant| token.missing.contains(grant)) {
        return forbidden(token, grant);
    }
    match rest {
        [] => Reply::json(
            200,
            &repository_body(place.organization, place.repository, token, ask),
        ),
        ["branches"] => branches(ask, place),
        ["branches", name @ .., "protection"] if has_branch(place, name) => {
            Reply::error(404, "Branch not protected")
        }
        ["branches", name @ ..] => branch(world, ask, place, &name.join("/")),
        // No rule protects anything in this world yet.
        ["rules", "branches", ..] => Reply::json(200, &json!([])),
        ["commits"] => commit::list(world, ask, place),
        ["commits", oid, "pulls"] => pull_request::of_commit((world, token, ask), place, oid),
        ["commits", name @ ..] => commit::show(world, ask, place, &name.join("/")),
        ["compare", range @ ..] => commit::compare(world, ask, place, &range.join("/")),
        ["pulls"] => pull_request::list((world, token, ask), place),
        ["pulls", number, part @ ..] => {
            let number = number.parse().unwrap_or_default();
            pull_request::show((world, token, ask), place, (number, part))
        }
        _ => Reply::not_found(),
    }
}

fn has_branch(place: Place<'_>, name: &[&str]) -> bool {
    place.repository.branches.contains_key(&name.join("/"))
}

fn branches(ask: &Ask, place: Place<'_>) -> Reply {
    let all: Vec<(&String, &String)> = place.repository.branches.iter().collect();
    let paging = Paging::new(ask, all.len());
    let items: Vec<Value> = paging
        .slice(all)
        .into_iter()
        .map(|(name, head)| json!({ "name": name, "commit": { "sha": head }, "protected": false }))
        .collect();
    let path = format!("/repositories/{}/branches", place.repository.id);
    paging.link(Reply::json(200, &json!(items)), ask, &path)
}

fn branch(world: &World, ask: &Ask, place: Place<'_>, name: &str) -> Reply {
    let head = place.repository.branches.get(name);
    let found = head.and_then(|head| place.repository.commits.get(head));
    let Some(head) = found else {
        return Reply::error(404, "Branch not found");
    };
    let commit = commit::body(world, ask, place, head);
    Reply::json(
        200,
        &json!({ "name": name, "commit": commit, "protected": false }),
    )
}
