//! Tokens that are kept out, suspended, not yet known, expired or without a permission.
use jiff::SignedDuration;
use mergeaudit_test_github::{Barrier, Grant, Simulator};
use serde_json::{Value, json};

use crate::{
    app::{Minted, start},
    client::{Client, payments, serve},
};

const ACME: &str = "{ organization(login: \"acme\") { login } }";

#[tokio::test]
async fn a_classic_token_without_single_sign_on_is_told_where_to_get_it() {
    let mut world = payments(1);
    world
        .token("ghp_unauthorized")
        .organization("acme")
        .barred("acme", Barrier::SingleSignOn);
    let id = world.find_organization("acme").unwrap().id;
    let (_simulator, client) = serve(world);
    let client = Client::new(&client.url, "ghp_unauthorized");
    let response = client.get("/orgs/acme/repos").await;
    assert_eq!(response.status(), 403);
    let header = response.headers()["x-github-sso"].to_str().unwrap();
    assert!(
        header.starts_with("required; url=https://github.com/orgs/acme/sso?"),
        "{header}"
    );
    assert!(response.text().await.unwrap().contains("SAML enforcement"));

    let partial = format!("partial-results; organizations={id}");
    let response = client.post("/graphql", json!({ "query": ACME })).await;
    assert_eq!(response.headers()["x-github-sso"], partial.as_str());
    let body: Value = response.json().await.unwrap();
    let error = &body["errors"][0];
    assert_eq!(
        (&body["data"]["organization"], &error["type"]),
        (&Value::Null, &json!("FORBIDDEN"))
    );
    assert_eq!(error["extensions"], json!({ "saml_failure": true }));

    let found = client.get("/search/issues?q=is:pr").await;
    assert_eq!(found.headers()["x-github-sso"], partial.as_str());
    let found: Value = found.json().await.unwrap();
    assert_eq!(found["total_count"], 0);
    assert_eq!(client.get("/search/issues?q=org:acme").await.status(), 422);
}

#[tokio::test]
async fn an_organization_may_refuse_classic_tokens() {
    let mut world = payments(1);
    world
        .token("ghp_classic")
        .organization("acme")
        .barred("acme", Barrier::ClassicForbidden);
    let (_simulator, client) = serve(world);
    let client = Client::new(&client.url, "ghp_classic");
    let (status, body) = client.get_json("/orgs/acme").await;
    assert_eq!(status, 403);
    assert!(
        body["message"]
            .as_str()
            .unwrap()
            .contains("token (classic)")
    );
    let body = client.graphql(ACME, json!({})).await;
    assert_eq!(body["errors"][0]["type"], "FORBIDDEN");
}

#[tokio::test]
async fn a_missing_permission_is_named_over_rest() {
    let mut world = payments(1);
    world
        .token("github_pat_weak")
        .organization("acme")
        .without(Grant::PullRequests)
        .without(Grant::Contents);
    let simulator = Simulator::start(world).unwrap();
    let weak = Client::new(&simulator.url(), "github_pat_weak");
    for (path, permission) in [
        ("pulls", "pull_requests=read"),
        ("pulls/1/reviews", "pull_requests=read"),
        ("commits", "contents=read"),
        ("branches", "contents=read"),
    ] {
        let response = weak.get(&format!("/repos/acme/payments/{path}")).await;
        assert_eq!(response.status(), 403, "{path}");
        assert_eq!(
            response.headers()["x-accepted-github-permissions"],
            permission
        );
        let text = response.text().await.unwrap();
        assert!(text.contains("Resource not accessible by personal access token"));
    }
    assert_eq!(weak.get("/repos/acme/payments").await.status(), 200);
    assert_eq!(weak.get("/repos/acme/missing/pulls").await.status(), 404);
}

#[tokio::test]
async fn a_suspended_installation_is_refused_and_an_uninstalled_one_unknown() {
    let Minted {
        simulator,
        app,
        installation,
        client,
    } = start().await;
    let mint = format!("/app/installations/{installation}/access_tokens");
    let suspend = json!({ "installation": installation, "suspended": true });
    assert_eq!(client.post("/_sim/suspend", suspend).await.status(), 200);
    let (status, body) = client.get_json("/installation/repositories").await;
    assert_eq!(status, 403);
    assert_eq!(body["message"], "This installation has been suspended");
    assert_eq!(app.post(&mint, json!({})).await.status(), 403);
    let (_, shown) = app.get_json("/orgs/acme/installation").await;
    assert!(shown["suspended_at"].is_string(), "{shown}");

    assert!(simulator.suspend(installation, false));
    assert_eq!(client.get("/installation/repositories").await.status(), 200);
    simulator.world().uninstall(installation);
    assert_eq!(client.get("/installation/repositories").await.status(), 401);
    assert_eq!(app.post(&mint, json!({})).await.status(), 404);
    assert_eq!(app.get("/orgs/acme/installation").await.status(), 404);
}

#[tokio::test]
async fn an_installation_token_lives_for_an_hour_and_is_longer_than_forty_characters() {
    let Minted {
        simulator, client, ..
    } = start().await;
    assert!(client.token.starts_with("ghs_") && client.token.len() > 60);
    assert_eq!(client.get("/installation/repositories").await.status(), 200);
    simulator.set_clock_offset(SignedDuration::from_mins(59));
    assert_eq!(client.get("/installation/repositories").await.status(), 200);
    simulator.set_clock_offset(SignedDuration::from_mins(61));
    assert_eq!(client.get("/installation/repositories").await.status(), 401);
}

#[tokio::test]
async fn a_fresh_installation_token_is_refused_for_a_moment() {
    let Minted {
        simulator,
        client,
        app,
        installation,
    } = start().await;
    simulator.configure(|settings| settings.fresh_token_milliseconds = 300);
    let mint = format!("/app/installations/{installation}/access_tokens");
    let fresh: Value = app.post(&mint, json!({})).await.json().await.unwrap();
    let fresh = Client::new(&client.url, fresh["token"].as_str().unwrap());
    assert_eq!(fresh.get("/installation/repositories").await.status(), 401);
    tokio::time::sleep(std::time::Duration::from_millis(310)).await;
    assert_eq!(fresh.get("/installation/repositories").await.status(), 200);
}

#[tokio::test]
async fn an_installation_has_one_budget_and_its_tokens_can_be_narrowed() {
    let Minted {
        simulator: _simulator,
        client,
        app,
        installation,
    } = start().await;
    let mint = format!("/app/installations/{installation}/access_tokens");
    let second: Value = app
        .post(&mint, json!({ "repositories": ["ledger"] }))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(second["repository_selection"], "selected");
    let second = Client::new(&client.url, second["token"].as_str().unwrap());
    client.get("/installation/repositories").await;
    let response = second.get("/installation/repositories").await;
    assert_eq!(response.headers()["x-ratelimit-used"], "2");
    let wrong = app
        .post(&mint, json!({ "repositories": ["payments"] }))
        .await;
    assert_eq!(wrong.status(), 422);
}

#[tokio::test]
async fn an_app_without_a_permission_says_so_when_it_mints() {
    let Minted {
        simulator,
        client,
        app,
        installation,
    } = start().await;
    simulator
        .world()
        .installation_mut(installation)
        .unwrap()
        .missing
        .insert(Grant::PullRequests);
    let mint = format!("/app/installations/{installation}/access_tokens");
    let minted: Value = app.post(&mint, json!({})).await.json().await.unwrap();
    assert_eq!(
        minted["permissions"],
        json!({ "metadata": "read", "contents": "read" })
    );
    let weak = Client::new(&client.url, minted["token"].as_str().unwrap());
    let response = weak.get("/repos/acme/ledger/pulls").await;
    assert_eq!(response.status(), 403);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("Resource not accessible by integration")
    );
}
