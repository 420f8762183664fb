//! The queries of an audit, whole, answer without an error and cost what the formula says.
use serde_json::json;

use crate::client::{payments, serve};

/// Merged pull requests of a window with everything that a verdict needs.
pub(crate) const MERGED: &str = include_str!("merged.graphql");
/// Today's rules of a branch.
const RULES: &str = include_str!("rules.graphql");
/// Commits on the default branch with their pull requests.
pub(crate) const PUSHES: &str = include_str!("pushes.graphql");

#[tokio::test]
async fn a_page_of_merged_pull_requests_costs_the_published_points() {
    let (_simulator, client) = serve(payments(3));
    for (page, points, nodes) in [(25, 1, 4400), (50, 3, 8800), (100, 5, 17600)] {
        let data = client
            .data(
                MERGED,
                json!({ "q": "org:acme is:pr is:merged", "n": page }),
            )
            .await;
        assert_eq!(data["rateLimit"]["cost"], points, "page of {page}");
        assert_eq!(data["rateLimit"]["nodeCount"], nodes, "page of {page}");
        assert_eq!(data["search"]["issueCount"], 3);
        assert_eq!(
            data["search"]["nodes"][0]["reviews"]["nodes"][0]["state"],
            "APPROVED"
        );
    }
}

#[tokio::test]
async fn a_page_of_history_costs_two_points_and_names_the_pull_requests() {
    let (_simulator, client) = serve(payments(2));
    let variables = json!({ "owner": "acme", "name": "payments", "since": "2023-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z" });
    let data = client.data(PUSHES, variables).await;
    assert_eq!(data["rateLimit"]["cost"], 2);
    assert_eq!(data["rateLimit"]["nodeCount"], 800);
    let history = &data["repository"]["defaultBranchRef"]["target"]["history"];
    // The first commit, and a commit and its merge for each pull request.
    assert_eq!(history["totalCount"], 5);
    let newest = &history["nodes"][0];
    assert_eq!(newest["associatedPullRequests"]["nodes"][0]["number"], 2);
    assert_eq!(newest["parents"]["totalCount"], 2);
    assert_eq!(
        newest["oid"],
        newest["associatedPullRequests"]["nodes"][0]["mergeCommit"]["oid"]
    );
    assert_eq!(
        history["nodes"][4]["associatedPullRequests"]["totalCount"],
        0
    );
}

#[tokio::test]
async fn the_rules_of_a_branch_cost_a_point_and_nothing_is_protected() {
    let (_simulator, client) = serve(payments(1));
    let variables = json!({ "owner": "acme", "name": "payments", "ref": "refs/heads/main" });
    let data = client.data(RULES, variables).await;
    assert_eq!(data["rateLimit"]["cost"], 1);
    let branch = &data["repository"]["ref"];
    assert_eq!(
        branch,
        &json!({ "name": "main", "branchProtectionRule": null, "rules": { "totalCount": 0, "nodes": [] } })
    );
}

#[tokio::test]
async fn a_timeline_holds_more_than_was_asked_for_by_type() {
    let (_simulator, client) = serve(payments(1));
    let query = "query T($types: [PullRequestTimelineItemsItemType!]) { repository(owner: \"acme\", name: \"payments\") {
        pullRequest(number: 1) { databaseId editor { login } headRepositoryOwner { login }
        timelineItems(first: 50, itemTypes: $types) { nodes { __typename ... on ClosedEvent { actor { login } url } } } } } }";
    let data = client.data(query, json!({})).await;
    let pull_request = &data["repository"]["pullRequest"];
    assert_eq!(pull_request["headRepositoryOwner"]["login"], "acme");
    let nodes = pull_request["timelineItems"]["nodes"].as_array().unwrap();
    let names: Vec<_> = nodes.iter().map(|node| &node["__typename"]).collect();
    for name in [
        "PullRequestCommit",
        "PullRequestReview",
        "MergedEvent",
        "ClosedEvent",
    ] {
        assert!(names.contains(&&json!(name)), "{name}: {names:?}");
    }
    let types = json!({ "types": ["CLOSED_EVENT", "CROSS_REFERENCED_EVENT"] });
    let data = client.data(query, types).await;
    let nodes = &data["repository"]["pullRequest"]["timelineItems"]["nodes"];
    assert_eq!(nodes.as_array().unwrap().len(), 1);
    assert_eq!(nodes[0]["actor"]["login"], "alice");
}

#[tokio::test]
async fn branches_are_listed_by_prefix_and_part_of_the_name() {
    let mut world = payments(1);
    let mut acme = world.organization("acme");
    let mut repository = acme.repository("payments");
    for base in ["release/1", "release/2"] {
        repository
            .merged_pull_request(base)
            .author("alice")
            .base(base)
            .non_compliant(&["ApprovalMissing"]);
    }
    let (_simulator, client) = serve(world);
    let query = "query B($prefix: String!, $query: String) { repository(owner: \"acme\", name: \"payments\") {
        isDisabled refs(refPrefix: $prefix, query: $query, first: 10) { totalCount nodes { name target { oid } } } } }";
    for (prefix, part, expected) in [
        ("refs/heads/", "release", 2),
        ("refs/heads/", "MAIN", 1),
        ("refs/heads/release/", "", 2),
        ("refs/tags/", "", 0),
    ] {
        let variables = json!({ "prefix": prefix, "query": part });
        let data = client.data(query, variables).await;
        assert_eq!(
            data["repository"]["refs"]["totalCount"], expected,
            "{prefix} {part}"
        );
    }
}
