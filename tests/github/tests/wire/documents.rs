//! The queries of an audit, whole, answer without an error and cost what the formula says.
use serde_json::json;

use crate::client::{payments, serve};

/// Merged pull requests of a window with everything that a verdict needs.
pub(crate) const MERGED: &str = include_str!("merged.graphql");
/// Commits on the default branch with their pull requests.
const PUSHES: &str = include_str!("pushes.graphql");

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
