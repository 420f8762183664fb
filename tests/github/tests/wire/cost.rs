//! What queries cost, in the answer, in the header and in the log.
use serde_json::json;

use crate::client::{payments, serve};

#[tokio::test]
async fn the_cost_is_taken_from_the_budget_and_logged() {
    let (simulator, client) = serve(payments(1));
    let query = "query Costly { rateLimit { cost remaining } organization(login: \"acme\") { repositories(first: 100) {
        nodes { pullRequests(first: 50) { nodes { reviews(first: 10) { totalCount } } } } } } }";
    // 1 + 100 + 5,000 requests: the example of GitHub's page.
    let data = client.data(query, json!({})).await;
    assert_eq!(data["rateLimit"], json!({ "cost": 51, "remaining": 4949 }));
    let record = simulator.requests().pop().unwrap();
    assert_eq!(
        (record.operation.as_deref(), record.cost, record.status),
        (Some("Costly"), 51, 200)
    );
    assert_eq!(
        (record.method.as_str(), record.path.as_str()),
        ("POST", "/graphql")
    );
}

#[tokio::test]
async fn a_connection_that_two_fragments_ask_for_counts_once() {
    let (_simulator, client) = serve(payments(1));
    let query = "{ rateLimit { cost nodeCount } organization(login: \"acme\") { ...A ...B again: repositories(first: 50) { totalCount } } }
        fragment A on Organization { repositories(first: 100) { nodes { pullRequests(first: 50) { totalCount } } } }
        fragment B on Organization { repositories(first: 100) { nodes { pullRequests(first: 50) { totalCount } } } }";
    let data = client.data(query, json!({})).await;
    assert_eq!(data["rateLimit"], json!({ "cost": 1, "nodeCount": 5150 }));
}

#[tokio::test]
async fn a_dry_run_tells_the_cost_and_evaluates_nothing() {
    let (_simulator, client) = serve(payments(1));
    let query = "{ rateLimit(dryRun: true) { cost nodeCount } organization(login: \"acme\") { repositories(first: 100) {
        nodes { pullRequests(first: 50) { totalCount } } } } }";
    let data = client.data(query, json!({})).await;
    assert_eq!(
        data,
        json!({ "rateLimit": { "cost": 1, "nodeCount": 5100 } })
    );
}
