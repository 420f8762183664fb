//! github.com and GitHub Enterprise Server, with and without TLS.
use std::time::{Duration, Instant};

use mergeaudit_test_github::{Edition, Simulator};
use serde_json::{Value, json};

use crate::client::{Client, TOKEN, payments, serve};

const VIEWER: &str = "{ viewer { login } rateLimit { remaining } }";

#[tokio::test]
async fn https_holds_for_localhost_and_the_address_and_for_who_trusts_the_authority_only() {
    let mut world = payments(0);
    world.token(TOKEN).organization("acme");
    let simulator = Simulator::start_tls(world).unwrap();
    let pem = simulator.ca_pem();
    assert!(simulator.url().starts_with("https://127.0.0.1:"));
    let by_name = format!("https://localhost:{}", simulator.port());
    for url in [simulator.url(), by_name] {
        let client = Client::trusting(&url, TOKEN, pem);
        let (status, repositories) = client.get_json("/orgs/acme/repos?per_page=1").await;
        assert_eq!(status, 200);
        let listed = repositories[0]["url"].as_str().unwrap();
        assert!(listed.starts_with(&format!("{url}/repos/")), "{listed}");
    }
    let stranger = Client::new(&simulator.url(), TOKEN);
    assert!(stranger.request("GET", "/user").send().await.is_err());
    let other = Simulator::start_tls(payments(0)).unwrap();
    let wrong = Client::trusting(&simulator.url(), TOKEN, other.ca_pem());
    assert!(wrong.request("GET", "/user").send().await.is_err());
    let plain = Client::new(&simulator.url().replace("https", "http"), TOKEN);
    assert!(plain.request("GET", "/user").send().await.is_err());
}

#[tokio::test]
async fn a_server_has_its_own_paths_and_tells_its_version() {
    let (simulator, client) = serve(payments(1));
    simulator.configure(|settings| settings.edition = Edition::EnterpriseServer);
    let response = client.get("/api/v3/orgs/acme/repos?per_page=1").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-github-enterprise-version"], "3.19.0");
    for limit in ["limit", "remaining", "used", "reset", "resource"] {
        let name = format!("x-ratelimit-{limit}");
        assert!(!response.headers().contains_key(&name), "{name}");
    }
    let repositories: Value = response.json().await.unwrap();
    let address = repositories[0]["url"].as_str().unwrap();
    assert!(address.contains("/api/v3/repos/acme/"), "{address}");
    let body = client
        .post("/api/graphql", json!({ "query": VIEWER }))
        .await;
    let body: Value = body.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "data": { "viewer": { "login": "auditor" }, "rateLimit": null } })
    );
    let (_, meta) = client.get_json("/api/v3/meta").await;
    assert_eq!(meta["installed_version"], "3.19.0");
    for path in [
        "/orgs/acme",
        "/meta",
        "/api/v3/rate_limit",
        "/api/v3/orgs/acme/",
    ] {
        assert_eq!(client.get(path).await.status(), 404, "{path}");
    }
    for path in ["/graphql", "/api/v3/graphql"] {
        let response = client.post(path, json!({ "query": VIEWER })).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    let newer = client
        .request("GET", "/api/v3/user")
        .header("x-github-api-version", "2026-03-10");
    assert_eq!(newer.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_server_counts_nothing() {
    let (simulator, client) = serve(payments(1));
    simulator.configure(|settings| {
        settings.edition = Edition::EnterpriseServer;
        settings.limits.searches = 1;
        settings.limits.rest_points = Some(1);
    });
    for _ in 0..3 {
        let response = client.get("/api/v3/search/issues?q=org:acme").await;
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn github_com_has_no_servers_paths() {
    let (_simulator, client) = serve(payments(1));
    for path in ["/api/v3/orgs/acme", "/api/v3/meta"] {
        assert_eq!(client.get(path).await.status(), 404, "{path}");
    }
    let response = client
        .post("/api/graphql", json!({ "query": VIEWER }))
        .await;
    assert_eq!(response.status(), 404);
    let (_, meta) = client.get_json("/meta").await;
    assert_eq!(meta.get("installed_version"), None);
    let response = client.get("/user").await;
    assert!(
        !response
            .headers()
            .contains_key("x-github-enterprise-version")
    );
    let link = response.headers()["link"].to_str().unwrap();
    assert!(
        link.ends_with("rel=\"deprecation\"; type=\"text/html\""),
        "{link}"
    );
}

#[tokio::test]
async fn every_answer_can_be_made_late_and_bytes_are_counted() {
    let (simulator, client) = serve(payments(1));
    let changed = json!({ "latencyMilliseconds": 30 });
    let settings = client.post("/_sim/settings", changed).await;
    let settings: Value = settings.json().await.unwrap();
    assert_eq!(settings["limits"]["searches"], 30);
    let begin = Instant::now();
    let length = client.get("/user").await.bytes().await.unwrap().len();
    assert!(begin.elapsed() >= Duration::from_millis(30));
    client.data(VIEWER, json!({})).await;
    let (_, usage) = client.get_json("/_sim/usage").await;
    assert_eq!(
        (
            &usage["requests"],
            &usage["graphqlRequests"],
            &usage["points"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    let rows = simulator.requests();
    assert_eq!(rows[0].bytes, length as u64);
    assert_eq!(usage["bytes"], rows[0].bytes + rows[1].bytes);
    let unknown = client
        .post("/_sim/settings", json!({ "latency": 30 }))
        .await;
    assert_eq!(unknown.status(), 422);
}
