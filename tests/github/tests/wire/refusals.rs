//! What GitHub refuses in a GraphQL query, in its words.
use mergeaudit_test_github::World;
use serde_json::{Value, json};

use crate::client::{payments, serve};

const REPOSITORY: &str = "repository(owner: \"acme\", name: \"payments\")";

async fn error_of(query: &str) -> (Value, Value) {
    let (_simulator, client) = serve(payments(1));
    let body = client.graphql(query, json!({})).await;
    let error = body["errors"][0].clone();
    assert_ne!(error, Value::Null, "accepted: {query}\n{body}");
    (error, body)
}

#[tokio::test]
async fn a_connection_without_bounds_is_refused() {
    let (error, body) = error_of(&format!(
        "{{ {REPOSITORY} {{ pullRequests {{ totalCount }} }} }}"
    ))
    .await;
    assert_eq!(error["type"], "MISSING_PAGINATION_BOUNDARIES");
    assert_eq!(
        error["message"],
        "You must provide a `first` or `last` value to properly paginate the `pullRequests` connection."
    );
    assert_eq!(error["path"], json!(["repository", "pullRequests"]));
    assert_eq!(body["data"], Value::Null);
}

#[tokio::test]
async fn more_than_a_hundred_records_are_refused() {
    let (error, _) = error_of(&format!(
        "{{ {REPOSITORY} {{ pullRequests(first: 101) {{ totalCount }} }} }}"
    ))
    .await;
    assert_eq!(error["type"], "EXCESSIVE_PAGINATION");
    assert_eq!(
        error["message"],
        "Requesting 101 records on the `pullRequests` connection exceeds the `first` limit of 100 records."
    );
    let (error, _) = error_of(&format!(
        "{{ {REPOSITORY} {{ pullRequests(last: 200) {{ totalCount }} }} }}"
    ))
    .await;
    assert_eq!(
        error["message"],
        "Requesting 200 records on the `pullRequests` connection exceeds the `last` limit of 100 records."
    );
}

#[tokio::test]
async fn bounds_hold_for_variables_and_fragments_too() {
    let (_simulator, client) = serve(payments(1));
    let query = "query Q($n: Int!) { repository(owner: \"acme\", name: \"payments\") { ...F } }
        fragment F on Repository { pullRequests(first: $n) { totalCount } }";
    let body = client.graphql(query, json!({ "n": 500 })).await;
    assert_eq!(body["errors"][0]["type"], "EXCESSIVE_PAGINATION");
    let body = client.graphql(query, json!({ "n": 0 })).await;
    assert_eq!(body["errors"][0]["type"], "EXCESSIVE_PAGINATION");
}

#[tokio::test]
async fn bounds_that_contradict_or_are_below_one_are_refused() {
    for (arguments, kind) in [
        ("first: 1, last: 1", "UNPROCESSABLE"),
        ("first: -1", "EXCESSIVE_PAGINATION"),
        ("last: 0", "EXCESSIVE_PAGINATION"),
        ("first: null", "MISSING_PAGINATION_BOUNDARIES"),
    ] {
        let query = format!("{{ {REPOSITORY} {{ pullRequests({arguments}) {{ totalCount }} }} }}");
        let (error, _) = error_of(&query).await;
        assert_eq!(error["type"], kind, "{arguments}");
    }
}

#[tokio::test]
async fn what_a_document_declares_must_be_used() {
    let (error, _) =
        error_of("{ viewer { login } } fragment F on User { ...G } fragment G on User { id }")
            .await;
    assert_eq!(error["message"], "Fragment F was defined, but not used");
    error_of("query Q($n: Int) { viewer { login } }").await;
    error_of("{ viewer { ...Nowhere } }").await;
    error_of("{ viewer { login login: id } }").await;
    error_of("{ viewer }").await;
    error_of("query A { viewer { id } } query B { viewer { id } }").await;
}

#[tokio::test]
async fn more_than_half_a_million_nodes_are_refused() {
    let query = "{ organization(login: \"acme\") { repositories(first: 100) { nodes { pullRequests(first: 100) {
        nodes { reviews(first: 100) { nodes { id } } } } } } } }";
    let (error, body) = error_of(query).await;
    assert_eq!(error["type"], "MAX_NODE_LIMIT_EXCEEDED");
    assert!(
        error["message"].as_str().unwrap().contains("1010100"),
        "{error}"
    );
    assert_eq!(body.get("data"), None);
}

#[tokio::test]
async fn unknown_fields_arguments_and_values_are_named_as_github_names_them() {
    let (error, body) = error_of("{ viewer { nope } }").await;
    assert_eq!(
        error["message"],
        "Field 'nope' doesn't exist on type 'User'"
    );
    assert_eq!(
        error["extensions"],
        json!({ "code": "undefinedField", "typeName": "User", "fieldName": "nope" })
    );
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 12 }]));
    assert_eq!(body.get("data"), None);

    let (error, _) = error_of("{ organization(login: \"acme\", name: \"x\") { id } }").await;
    assert_eq!(
        error["message"],
        "Field 'organization' doesn't accept argument 'name'"
    );
    assert_eq!(error["extensions"]["code"], "argumentNotAccepted");

    let (error, _) = error_of("{ organization { id } }").await;
    assert_eq!(
        error["message"],
        "Field 'organization' is missing required arguments: login"
    );
    assert_eq!(error["extensions"]["code"], "missingRequiredArguments");

    let (error, _) =
        error_of("{ search(type: ISSUEX, query: \"x\", first: 1) { issueCount } }").await;
    assert!(
        error["message"].as_str().unwrap().contains("ISSUEX"),
        "{error}"
    );
    error_of("{ viewer { login }").await;
    error_of("query Q($q: String!) { search(type: ISSUE, query: $q, first: 1) { issueCount } }")
        .await;
}

#[tokio::test]
async fn what_does_not_exist_is_null_with_not_found() {
    for (query, path, message) in [
        (
            "{ organization(login: \"nobody\") { id } }",
            "organization",
            "Could not resolve to an Organization with the login of 'nobody'.",
        ),
        (
            "{ repository(owner: \"acme\", name: \"no\") { id } }",
            "repository",
            "Could not resolve to a Repository with the name 'acme/no'.",
        ),
        (
            "{ node(id: \"PR_kwMQ\") { id } }",
            "node",
            "Could not resolve to a node with the global id of 'PR_kwMQ'",
        ),
    ] {
        let (error, body) = error_of(query).await;
        assert_eq!(error["type"], "NOT_FOUND");
        assert_eq!(error["message"], message);
        assert_eq!(error["path"], json!([path]));
        assert_eq!(body["data"], json!({ path: null }));
    }
}

#[tokio::test]
async fn a_made_up_cursor_is_refused() {
    let (error, _) = error_of(
        "{ search(type: ISSUE, query: \"is:pr\", first: 1, after: \"abc\") { issueCount } }",
    )
    .await;
    assert_eq!(error["type"], "INVALID_CURSOR_ARGUMENTS");
}

#[tokio::test]
async fn one_failing_field_leaves_the_others() {
    let (_simulator, client) = serve(World::new(1));
    let body = client
        .graphql(
            "{ viewer { login } organization(login: \"x\") { id } }",
            json!({}),
        )
        .await;
    assert_eq!(body["data"]["viewer"]["login"], "auditor");
    assert_eq!(body["data"]["organization"], Value::Null);
    assert_eq!(body["errors"].as_array().unwrap().len(), 1);
}
