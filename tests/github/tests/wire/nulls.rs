//! Null wherever GitHub's schema allows it.
use mergeaudit_test_github::{Fault, FaultKind, World, nullable_paths};
use serde_json::{Value, json};

use crate::{
    client::{payments, serve},
    documents::MERGED,
};

#[test]
fn the_paths_that_may_be_null_follow_from_the_schema() {
    let query = "{ repository(owner: \"a\", name: \"b\") { id pullRequests(first: 1) { nodes { number author { login } } } } }";
    let paths: Vec<String> = nullable_paths(query).unwrap().into_iter().collect();
    assert_eq!(
        paths,
        [
            "repository",
            "repository.pullRequests.nodes",
            "repository.pullRequests.nodes.*",
            "repository.pullRequests.nodes.*.author",
        ]
    );
    assert!(nullable_paths("{ nothing }").is_err());
}

#[tokio::test]
async fn a_fault_puts_null_at_every_such_path_without_a_word() {
    let (simulator, client) = serve(payments(2));
    let variables = json!({ "q": "org:acme is:pr is:merged", "n": 5 });
    let paths = nullable_paths(MERGED).unwrap();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        let kind = FaultKind::Null { path: path.clone() };
        simulator.fail(Fault::next(kind));
        let body = client.graphql(MERGED, variables.clone()).await;
        assert_eq!(body.get("errors"), None, "{path}");
        let pointer = format!("/data/{}", path.replace('*', "0").replace('.', "/"));
        // Some of them are of events that did not happen here.
        let found = body.pointer(&pointer).unwrap_or(&Value::Null);
        assert_eq!(found, &Value::Null, "{path}");
    }
}

#[tokio::test]
async fn an_account_of_an_enterprise_has_no_database_id() {
    let mut world = World::new(2);
    world.enterprise_user("carla_corp");
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    payments
        .merged_pull_request("Change")
        .author("alice")
        .approved_by("carla_corp")
        .compliant();
    let (_simulator, client) = serve(world);
    let query = "{ repository(owner: \"acme\", name: \"payments\") { pullRequests(first: 1) { nodes { reviews(first: 1) { nodes {
        author { __typename login resourcePath ... on User { databaseId } } } } } } } }";
    let data = client.data(query, json!({})).await;
    let review = &data["repository"]["pullRequests"]["nodes"][0]["reviews"]["nodes"][0];
    assert_eq!(
        review["author"],
        json!({ "__typename": "EnterpriseUserAccount", "login": "carla_corp", "resourcePath": "/enterprises/corp/people/carla_corp" })
    );
}
