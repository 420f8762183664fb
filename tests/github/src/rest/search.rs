//! `GET /search/issues`.
use serde_json::{Value, json};

use super::{Paging, user};
use crate::{
    exchange::{Ask, Reply},
    id::NodeId,
    search::{Hit, MOST_RESULTS, search},
    settings::{Backend, SearchSettings},
    tokens::Token,
    world::{PullRequestState, World},
};

/// What is left of an answer to a search that ran out of time.
pub(crate) fn cut_short(reply: Reply) -> Reply {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else {
        return reply;
    };
    if let Some(items) = body["items"].as_array_mut() {
        items.truncate(items.len() / 2);
        body["incomplete_results"] = json!(true);
    }
    Reply {
        body: body.to_string().into(),
        ..reply
    }
}

/// Where GitHub's errors of the search point at.
const DOCUMENTATION: &str = "https://docs.github.com/v3/search/";

/// Answers a search, at most 1,000 results of it.
pub(super) fn issues(world: &World, token: &Token, ask: &Ask, settings: SearchSettings) -> Reply {
    let Some(text) = ask.parameter("q").filter(|text| !text.is_empty()) else {
        return invalid(&json!({ "resource": "Search", "field": "q", "code": "missing" }));
    };
    let backend = match ask.parameter("advanced_search") {
        Some("true") => Backend::Advanced,
        _ => settings.plain,
    };
    let text = with_order(ask, text);
    let hits = match search(world, token, (backend, settings), &text) {
        Ok(hits) => hits,
        Err(refusal) => {
            let error = json!({ "message": refusal.message(), "resource": "Search", "field": "q", "code": "invalid" });
            return invalid(&error);
        }
    };
    let total = hits.len();
    let paging = Paging::new(ask, total.min(MOST_RESULTS));
    if paging.start() >= MOST_RESULTS {
        let body = json!({
            "message": "Only the first 1000 search results are available",
            "documentation_url": DOCUMENTATION,
            "status": "422",
        });
        return Reply::json(422, &body);
    }
    let reachable = hits.into_iter().take(MOST_RESULTS).collect();
    let items: Vec<Value> = paging
        .slice(reachable)
        .into_iter()
        .map(|hit| item(world, hit, ask))
        .collect();
    let body = json!({ "total_count": total, "incomplete_results": false, "items": items });
    let reply = paging.link(Reply::json(200, &body), ask, "/search/issues");
    match token.sso_header(world) {
        Some(header) => reply.with("x-github-sso", header),
        None => reply,
    }
}

/// `sort` and `order` say the same as `sort:` in the query; `order` alone says nothing.
fn with_order(ask: &Ask, text: &str) -> String {
    let order = ask.parameter("order").unwrap_or("desc");
    ask.parameter("sort").map_or_else(
        || text.to_owned(),
        |sort| format!("{text} sort:{sort}-{order}"),
    )
}

fn invalid(error: &Value) -> Reply {
    let body = json!({
        "message": "Validation Failed",
        "errors": [error],
        "documentation_url": DOCUMENTATION,
        "status": "422",
    });
    Reply::json(422, &body)
}

fn item(world: &World, hit: Hit<'_>, ask: &Ask) -> Value {
    let Hit {
        place,
        pull_request,
    } = hit;
    let full_name = format!("{}/{}", place.organization.login, place.repository.name);
    let number = pull_request.number;
    let repository_url = format!("{}/repos/{full_name}", ask.base());
    let html_url = format!("https://github.com/{full_name}/pull/{number}");
    let author = pull_request
        .author
        .and_then(|id| world.users.get(&id))
        .map(user);
    let labels: Vec<Value> = pull_request
        .labels
        .iter()
        .map(|label| json!({ "name": label.name }))
        .collect();
    json!({
        "id": pull_request.id,
        "node_id": NodeId::PullRequest(pull_request.id).encode(),
        "number": number,
        "title": pull_request.title,
        "body": pull_request.body,
        "state": if pull_request.state == PullRequestState::Open { "open" } else { "closed" },
        "draft": pull_request.draft,
        "user": author,
        "labels": labels,
        "created_at": pull_request.created_at,
        "updated_at": pull_request.updated_at,
        "closed_at": pull_request.closed_time(),
        "repository_url": repository_url,
        "url": format!("{repository_url}/issues/{number}"),
        "html_url": html_url,
        "pull_request": {
            "url": format!("{repository_url}/pulls/{number}"),
            "html_url": html_url,
            "merged_at": pull_request.merged_at,
        },
    })
}
