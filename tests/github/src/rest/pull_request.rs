//! Pull requests over REST, their reviews and their commits.
use serde_json::{Value, json};

use super::{Paging, commit, organization::repository_body, user};
use crate::{
    exchange::{Ask, Reply},
    id::{NodeId, UserId},
    respond::{VERSIONS, version},
    search::Place,
    tokens::Token,
    world::{Commit, PullRequest, PullRequestState, Review, World},
};

/// Commits of a pull request that the API lists at most.
/// <https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request>
const MOST_COMMITS: usize = 250;

/// Who asks what of whom.
type Context<'a> = (&'a World, &'a Token, &'a Ask);

/// `GET …/pulls`: open ones, newest first, unless told otherwise.
pub(super) fn list(context: Context<'_>, place: Place<'_>) -> Reply {
    let ask = context.2;
    let state = ask.parameter("state").unwrap_or("open");
    let is_open = |pull_request: &PullRequest| pull_request.state == PullRequestState::Open;
    let mut found: Vec<&PullRequest> = place
        .repository
        .pull_requests
        .iter()
        .filter(|pull_request| state == "all" || is_open(pull_request) == (state == "open"))
        .filter(|pull_request| {
            ask.parameter("base")
                .is_none_or(|base| base == pull_request.base_name)
        })
        .collect();
    let sort = ask.parameter("sort").unwrap_or("created");
    match sort {
        "updated" => {
            found.sort_by_key(|pull_request| (pull_request.updated_at, pull_request.number));
        }
        _ => found.sort_by_key(|pull_request| (pull_request.created_at, pull_request.number)),
    }
    let usual = if sort == "created" { "desc" } else { "asc" };
    if ask.parameter("direction").unwrap_or(usual) == "desc" {
        found.reverse();
    }
    pages(context, place, ("pulls", found))
}

/// `GET …/commits/{sha}/pulls`: the merged one that brought it, and open ones that have it.
pub(super) fn of_commit(context: Context<'_>, place: Place<'_>, name: &str) -> Reply {
    let Some(commit) = commit::find(place, name) else {
        return Reply::error(422, &format!("No commit found for SHA: {name}"));
    };
    let brought_by = place.repository.introduced_by.get(&commit.oid);
    let has = |pull_request: &&PullRequest| {
        Some(&pull_request.number) == brought_by
            || (pull_request.state == PullRequestState::Open
                && pull_request.commits.contains(&commit.oid))
    };
    let found = place.repository.pull_requests.iter().filter(has).collect();
    let path = format!("commits/{}/pulls", commit.oid);
    pages(context, place, (&path, found))
}

fn pages(
    context: Context<'_>,
    place: Place<'_>,
    (path, found): (&str, Vec<&PullRequest>),
) -> Reply {
    let paging = Paging::new(context.2, found.len());
    let items: Vec<Value> = paging
        .slice(found)
        .into_iter()
        .map(|pull_request| body(context, place, pull_request))
        .collect();
    let path = format!("/repositories/{}/{path}", place.repository.id);
    paging.link(Reply::json(200, &json!(items)), context.2, &path)
}

/// `GET …/pulls/{number}`, and `/reviews` and `/commits` below it.
pub(super) fn show(
    context: Context<'_>,
    place: Place<'_>,
    (number, part): (u64, &[&str]),
) -> Reply {
    let Some(pull_request) = place.repository.pull_request(number) else {
        return Reply::not_found();
    };
    let (world, _, ask) = context;
    match part {
        [] => {
            let mut full = body(context, place, pull_request);
            full["merged"] = json!(pull_request.merged_at.is_some());
            full["merged_by"] = json!(account(world, pull_request.merged_by));
            full["commits"] = json!(pull_request.commits.len());
            Reply::json(200, &full)
        }
        ["commits"] => {
            let oids = pull_request.commits.iter().take(MOST_COMMITS);
            let commits: Vec<&Commit> = oids
                .filter_map(|oid| place.repository.commits.get(oid))
                .collect();
            let path = format!("pulls/{number}/commits");
            commit::pages(world, ask, (place, &path), commits)
        }
        ["reviews"] => {
            let paging = Paging::new(ask, pull_request.reviews.len());
            let all: Vec<&Review> = pull_request.reviews.iter().collect();
            let items: Vec<Value> = paging
                .slice(all)
                .into_iter()
                .map(|review| review_body(world, review))
                .collect();
            let path = format!(
                "/repositories/{}/pulls/{number}/reviews",
                place.repository.id
            );
            paging.link(Reply::json(200, &json!(items)), ask, &path)
        }
        _ => Reply::not_found(),
    }
}

fn account(world: &World, id: Option<UserId>) -> Option<Value> {
    id.and_then(|id| world.users.get(&id)).map(user)
}

fn review_body(world: &World, review: &Review) -> Value {
    json!({
        "id": review.id,
        "node_id": NodeId::Review(review.id).encode(),
        "user": account(world, review.author),
        "body": review.body,
        "state": review.state.as_str(),
        "submitted_at": review.submitted_at,
        "commit_id": review.commit,
    })
}

fn body((world, token, ask): Context<'_>, place: Place<'_>, pull_request: &PullRequest) -> Value {
    let full_name = format!("{}/{}", place.organization.login, place.repository.name);
    let number = pull_request.number;
    let repository = repository_body(place.organization, place.repository, token, ask);
    let of_head = (!pull_request.cross_repository).then(|| repository.clone());
    let labels: Vec<Value> = pull_request
        .labels
        .iter()
        .map(|label| json!({ "name": label.name }))
        .collect();
    let mut body = json!({
        "id": pull_request.id,
        "node_id": NodeId::PullRequest(pull_request.id).encode(),
        "number": number,
        "url": format!("{}/repos/{full_name}/pulls/{number}", ask.base()),
        "html_url": format!("https://github.com/{full_name}/pull/{number}"),
        "state": if pull_request.state == PullRequestState::Open { "open" } else { "closed" },
        "title": pull_request.title,
        "body": pull_request.body,
        "user": account(world, pull_request.author),
        "labels": labels,
        "draft": pull_request.draft,
        "created_at": pull_request.created_at,
        "updated_at": pull_request.updated_at,
        "closed_at": pull_request.closed_time(),
        "merged_at": pull_request.merged_at,
        "auto_merge": null,
        "head": { "ref": pull_request.head_name, "sha": pull_request.head_oid, "repo": of_head },
        "base": { "ref": pull_request.base_name, "sha": pull_request.base_oid, "repo": repository },
    });
    // Gone with 2026-03-10: <https://docs.github.com/rest/about-the-rest-api/breaking-changes>.
    if version(ask) == Some(VERSIONS[0]) {
        body["merge_commit_sha"] = json!(pull_request.merge_commit);
    }
    body
}
