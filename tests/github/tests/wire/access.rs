//! Tokens, headers, and what is hidden.
use mergeaudit_test_github::{Grant, Simulator, World, now, time};
use serde_json::json;

use crate::client::{Client, TOKEN, payments, serve};

#[tokio::test]
async fn every_answer_carries_githubs_headers() {
    let (_simulator, client) = serve(payments(1));
    let response = client.get("/orgs/acme").await;
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    assert_eq!(header("x-ratelimit-limit"), Some("5000"));
    assert_eq!(header("x-ratelimit-remaining"), Some("4999"));
    assert_eq!(header("x-ratelimit-used"), Some("1"));
    assert_eq!(header("x-ratelimit-resource"), Some("core"));
    assert!(header("x-ratelimit-reset").unwrap().parse::<i64>().unwrap() > now().as_second());
    assert_eq!(header("x-github-api-version-selected"), Some("2022-11-28"));
    assert_eq!(header("sunset"), Some("Fri, 10 Mar 2028 00:00:00 GMT"));
    assert_eq!(header("x-oauth-scopes"), Some("read:org, repo"));
    assert!(header("x-github-request-id").is_some());
    assert!(header("date").unwrap().ends_with(" GMT"));
    assert_eq!(header("github-authentication-token-expiration"), None);
}

#[tokio::test]
async fn an_unknown_api_version_and_a_missing_agent_are_refused() {
    let (simulator, client) = serve(payments(0));
    let ask = |version| {
        client
            .request("GET", "/user")
            .header("x-github-api-version", version)
            .send()
    };
    assert_eq!(ask("2020-01-01").await.unwrap().status(), 400);
    let newer = ask("2026-03-10").await.unwrap();
    assert_eq!(
        newer.headers()["x-github-api-version-selected"],
        "2026-03-10"
    );
    assert!(!newer.headers().contains_key("sunset"));

    let anonymous = reqwest::Client::new();
    let response = anonymous
        .get(format!("{}/user", simulator.url()))
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("Missing or invalid User Agent string")
    );
}

#[tokio::test]
async fn unknown_expired_and_revoked_tokens_are_bad_credentials() {
    let mut world = payments(0);
    world
        .token("ghp_old")
        .organization("acme")
        .expires_at(time("2026-01-01T00:00:00Z"));
    world
        .token("ghp_new")
        .organization("acme")
        .expires_at(time("2126-01-01T00:00:00Z"));
    let (simulator, client) = serve(world);
    for token in ["ghp_unknown", "ghp_old"] {
        let stranger = Client::new(&simulator.url(), token);
        let (status, body) = stranger.get_json("/user").await;
        assert_eq!(
            (status, body["message"].as_str()),
            (401, Some("Bad credentials"))
        );
        assert_eq!(
            stranger
                .post("/graphql", json!({ "query": "{ viewer { login } }" }))
                .await
                .status(),
            401
        );
    }
    let expiring = Client::new(&simulator.url(), "ghp_new").get("/user").await;
    assert_eq!(
        expiring.headers()["github-authentication-token-expiration"],
        "2126-01-01 00:00:00 UTC"
    );

    assert_eq!(client.get("/user").await.status(), 200);
    assert!(simulator.revoke(TOKEN));
    assert_eq!(client.get("/user").await.status(), 401);
    assert!(!simulator.revoke("ghp_nothing"));
}

#[tokio::test]
async fn a_token_sees_only_its_repositories() {
    let mut world = payments(1);
    let _ = world.organization("acme").repository("ledger");
    let _ = world.organization("hidden").repository("plans");
    world
        .token("github_pat_narrow")
        .repositories("acme", &["ledger"]);
    let simulator = Simulator::start(world).unwrap();
    let narrow = Client::new(&simulator.url(), "github_pat_narrow");
    let (_, repositories) = narrow.get_json("/orgs/acme/repos").await;
    assert_eq!(repositories.as_array().unwrap().len(), 1);
    assert_eq!(repositories[0]["full_name"], "acme/ledger");
    assert_eq!(narrow.get("/orgs/hidden").await.status(), 404);
    assert_eq!(narrow.get("/orgs/hidden/repos").await.status(), 404);
    let query = "{ organization(login: \"acme\") { repositories(first: 5) { totalCount nodes { nameWithOwner } } }
        repository(owner: \"acme\", name: \"payments\") { id } }";
    let body = narrow.graphql(query, json!({})).await;
    assert_eq!(
        body["data"]["organization"]["repositories"]["totalCount"],
        1
    );
    assert_eq!(body["errors"][0]["type"], "NOT_FOUND");
    assert!(
        !narrow
            .get("/user")
            .await
            .headers()
            .contains_key("x-oauth-scopes")
    );
}

#[tokio::test]
async fn a_missing_permission_is_forbidden_and_leaves_null() {
    let mut world = payments(2);
    world
        .token("github_pat_weak")
        .organization("acme")
        .without(Grant::PullRequests);
    world
        .token("github_pat_blind")
        .organization("acme")
        .without(Grant::Contents);
    let simulator = Simulator::start(world).unwrap();
    let weak = Client::new(&simulator.url(), "github_pat_weak");
    let query = "{ search(type: ISSUE, query: \"org:acme\", first: 5) { issueCount nodes { __typename } } }";
    let body = weak.graphql(query, json!({})).await;
    assert_eq!(
        body["data"]["search"],
        json!({ "issueCount": 2, "nodes": [null, null] })
    );
    let error = &body["errors"][0];
    assert_eq!(
        (&error["type"], &error["path"]),
        (&json!("FORBIDDEN"), &json!(["search", "nodes", 0]))
    );
    assert_eq!(
        error["message"],
        "Resource not accessible by personal access token"
    );

    let blind = Client::new(&simulator.url(), "github_pat_blind");
    let query = "{ repository(owner: \"acme\", name: \"payments\") { name defaultBranchRef { name target { oid } } } }";
    let body = blind.graphql(query, json!({})).await;
    assert_eq!(
        body["data"]["repository"]["defaultBranchRef"],
        json!({ "name": "main", "target": null })
    );
    assert_eq!(body["errors"][0]["type"], "FORBIDDEN");
}

#[tokio::test]
async fn access_changes_while_it_is_served() {
    let (simulator, client) = serve(World::new(1));
    assert_eq!(client.get("/orgs/acme").await.status(), 404);
    let _ = simulator
        .world()
        .organization("acme")
        .repository("payments");
    assert_eq!(client.get("/orgs/acme").await.status(), 200);
}
