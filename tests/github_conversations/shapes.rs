//! Shapes of GitHub's answers, and what comes of a scan that gets them.

use futures::StreamExt;
use jiff::Timestamp;
use mergeaudit::audit::facts::Organization;
use mergeaudit::github::{Error, MergedPage, Result};
use mergeaudit::schedule::window::Window;
use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted};

pub(crate) fn list(nodes: &Value) -> Value {
    let total = nodes.as_array().map_or(0, Vec::len);
    json!({"totalCount": total, "pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": nodes})
}

pub(crate) fn pull_request(number: i64) -> Value {
    let user = json!({"__typename": "User", "login": "alice", "databaseId": 1});
    let id = format!("PR_{number}");
    json!({
        "__typename": "PullRequest", "id": id, "number": number, "url": "https://github.com/acme/pay/pull/1", "title": "x",
        "createdAt": "2026-11-20T00:00:00Z", "mergedAt": "2026-11-21T00:00:00Z", "baseRefName": "main", "headRefOid": "c",
        "mergeCommit": null, "author": user, "mergedBy": user,
        "repository": {"databaseId": 5, "name": "pay", "isArchived": false, "defaultBranchRef": null,
            "owner": {"login": "acme", "databaseId": 3}},
        "reviews": list(&json!([])), "timelineItems": list(&json!([])), "commits": list(&json!([])),
    })
}

pub(crate) fn review(id: &str) -> Value {
    json!({"id": id, "state": "APPROVED", "submittedAt": "2026-11-20T12:00:00Z", "author": null, "commit": null,
        "authorCanPushToRepository": true})
}

pub(crate) fn commit(id: &str) -> Value {
    json!({"commit": {"id": id, "oid": id, "messageHeadline": "x", "committer": null, "signature": null,
        "authors": list(&json!([{"name": "Alice", "user": null}])), "parents": {"totalCount": 1, "nodes": [{"oid": "p"}]}}})
}

pub(crate) fn found(count: usize, nodes: &Value, next: Option<&str>, errors: &Value) -> Reply {
    let search = json!({
        "issueCount": count, "pageInfo": {"hasNextPage": next.is_some(), "endCursor": next}, "nodes": nodes
    });
    Reply::json(&json!({"data": {"search": search}, "errors": errors}))
}

pub(crate) fn acme() -> Organization {
    Organization {
        id: 3,
        login: "acme".to_owned(),
    }
}

pub(crate) async fn scan(server: &Scripted, until: &str) -> Vec<Result<MergedPage>> {
    let organization = acme();
    let since = "2026-11-21T00:00:00Z".parse().unwrap();
    let until = until.parse().unwrap();
    let window = Window { since, until };
    server
        .client()
        .merged_pull_requests(&organization, window)
        .collect()
        .await
}

pub(crate) fn numbers(items: &[Result<MergedPage>]) -> Vec<i64> {
    let pages = items.iter().flatten();
    pages
        .flat_map(|page| &page.pull_requests)
        .map(|pull_request| pull_request.number)
        .collect()
}

pub(crate) fn read_until(items: &[Result<MergedPage>]) -> Vec<Option<Timestamp>> {
    items.iter().flatten().map(|page| page.read_until).collect()
}

pub(crate) fn errors(items: &[Result<MergedPage>]) -> Vec<&Error> {
    items
        .iter()
        .filter_map(|item| item.as_ref().err())
        .collect()
}

pub(crate) fn more(cursor: &str, nodes: &Value) -> Value {
    let mut list = list(nodes);
    list["pageInfo"] = json!({"hasNextPage": true, "endCursor": cursor});
    list
}

pub(crate) fn nodes(nodes: &Value) -> Reply {
    Reply::json(&json!({"data": {"nodes": nodes}}))
}

pub(crate) fn rest(nodes: &Value) -> Reply {
    Reply::json(&json!({"data": {"node": {"connection": list(nodes)}}}))
}

/// The answer to how many results each part of a search has; those not named have none.
pub(crate) fn counts(counts: &[usize]) -> Reply {
    let counted = (0..12).map(|part| {
        let count = counts.get(part).copied().unwrap_or_default();
        (format!("part{part}"), json!({ "issueCount": count }))
    });
    Reply::json(&json!({ "data": counted.collect::<serde_json::Map<_, _>>() }))
}
