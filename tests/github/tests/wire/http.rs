//! What is between the lines: protocols, encodings, entity tags, redirects, and headers of refusals.
use mergeaudit_test_github::{Fault, FaultKind, Simulator};
use reqwest::Version;
use serde_json::{Value, json};

use crate::client::{Client, TOKEN, payments, serve};

/// A client that shows what came over the wire: no decompression, no redirect.
fn bare() -> reqwest::Client {
    reqwest::Client::builder()
        .user_agent("wire-test")
        .no_gzip()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

fn header<'a>(response: &'a reqwest::Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn who_accepts_gzip_gets_chunks_of_it_and_nobody_else() {
    let (simulator, client) = serve(payments(3));
    let url = format!("{}/orgs/acme/repos", simulator.url());
    let ask = || bare().get(&url).bearer_auth(TOKEN);
    let plain = ask().send().await.unwrap();
    assert_eq!(header(&plain, "content-encoding"), "");
    let length = plain.content_length().unwrap();
    let packed = ask().header("accept-encoding", "gzip, deflate");
    let packed = packed.send().await.unwrap();
    assert_eq!(header(&packed, "content-encoding"), "gzip");
    assert_eq!(header(&packed, "transfer-encoding"), "chunked");
    let bytes = packed.bytes().await.unwrap();
    assert_eq!(&bytes[..2], b"\x1f\x8b");
    assert!((bytes.len() as u64) < length);
    let (_, repositories) = client.get_json("/orgs/acme/repos").await;
    assert_eq!(repositories[0]["name"], "payments");
    // Nothing to compress in so little.
    let short = client.request("GET", "/rate_limit").send().await.unwrap();
    assert_eq!(short.status(), 200);
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again_and_does_not_count() {
    let (simulator, client) = serve(payments(0));
    let first = client.get("/orgs/acme").await;
    let tag = header(&first, "etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let used = header(&first, "x-ratelimit-used").to_owned();
    let again = |tag: String| {
        client
            .request("GET", "/orgs/acme")
            .header("if-none-match", tag)
    };
    let same = again(tag.clone()).send().await.unwrap();
    assert_eq!(same.status(), 304);
    assert_eq!(header(&same, "x-ratelimit-used"), used);
    assert_eq!(same.bytes().await.unwrap().len(), 0);
    let strong = again(tag.trim_start_matches("W/").to_owned());
    assert_eq!(strong.send().await.unwrap().status(), 304);
    simulator.world().rename_organization("acme", "acme-inc");
    assert_eq!(again(tag).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_slash_at_the_end_leads_nowhere() {
    let (_simulator, client) = serve(payments(1));
    for path in [
        "/user",
        "/orgs/acme",
        "/orgs/acme/repos",
        "/repos/acme/payments",
        "/repos/acme/payments/pulls",
        "/repos/acme/payments/pulls/1",
    ] {
        assert_eq!(client.get(path).await.status(), 200, "{path}");
        assert_eq!(client.get(&format!("{path}/")).await.status(), 404);
    }
    let query = json!({ "query": "{ viewer { login } }" });
    assert_eq!(client.post("/graphql/", query).await.status(), 404);
}

#[tokio::test]
async fn a_version_that_is_retired_is_gone_and_an_unknown_one_is_refused() {
    let (simulator, client) = serve(payments(0));
    let with = |version: &str| {
        client
            .request("GET", "/user")
            .header("x-github-api-version", version)
    };
    assert_eq!(with("2020-01-01").send().await.unwrap().status(), 400);
    let old = with("2022-11-28").send().await.unwrap();
    assert_eq!(header(&old, "sunset"), "Fri, 10 Mar 2028 00:00:00 GMT");
    simulator.configure(|settings| settings.oldest_version_retired = true);
    assert_eq!(with("2022-11-28").send().await.unwrap().status(), 410);
    assert_eq!(client.get("/user").await.status(), 410);
    let new = with("2026-03-10").send().await.unwrap();
    assert_eq!(new.status(), 200);
    assert_eq!(header(&new, "sunset"), "");
}

#[tokio::test]
async fn former_names_of_repositories_redirect_and_those_of_organizations_do_not() {
    let mut world = payments(1);
    world.organization("other");
    world
        .token("ghp_other")
        .organization("acme")
        .organization("other");
    let simulator = Simulator::start(world).unwrap();
    let client = Client::new(&simulator.url(), "ghp_other");
    let id = client.get_json("/repos/acme/payments").await.1["id"].clone();
    simulator
        .world()
        .rename_repository("acme", "payments", "billing");
    simulator
        .world()
        .transfer_repository("acme", "billing", "other");
    simulator.world().rename_organization("other", "another");

    let query = "query R($owner: String!, $name: String!, $follow: Boolean) { repository(owner: $owner, name: $name, followRenames: $follow) {
        nameWithOwner pullRequests(first: 1) { totalCount } } }";
    for former in ["acme/payments", "acme/billing", "other/billing"] {
        let url = format!("{}/repos/{former}/pulls?state=all", simulator.url());
        let moved = bare().get(&url).bearer_auth("ghp_other");
        let moved = moved.send().await.unwrap();
        assert_eq!(moved.status(), 301, "{former}");
        let expected = format!("{}/repositories/{id}/pulls?state=all", simulator.url());
        assert_eq!(header(&moved, "location"), expected);
        let posted = bare().post(&url).bearer_auth("ghp_other").send();
        assert_eq!(posted.await.unwrap().status(), 307);
        let (status, followed) = client
            .get_json(&format!("/repos/{former}/pulls?state=all"))
            .await;
        assert_eq!((status, &followed[0]["number"]), (200, &json!(1)));

        let (owner, name) = former.split_once('/').unwrap();
        let mut variables = json!({ "owner": owner, "name": name });
        let data = client.data(query, variables.clone()).await;
        assert_eq!(data["repository"]["nameWithOwner"], "another/billing");
        variables["follow"] = json!(false);
        let body = client.graphql(query, variables).await;
        assert_eq!(body["errors"][0]["type"], "NOT_FOUND");
    }
    assert_eq!(client.get("/orgs/other").await.status(), 404);
    assert_eq!(client.get("/orgs/another").await.status(), 200);
    let body = client
        .graphql("{ organization(login: \"other\") { id } }", json!({}))
        .await;
    assert_eq!(body["errors"][0]["type"], "NOT_FOUND");
    // Who may not see it, is not told where it went.
    simulator.world().token("ghp_stranger");
    let stranger = Client::new(&simulator.url(), "ghp_stranger");
    assert_eq!(stranger.get("/repos/acme/payments").await.status(), 404);
}

#[tokio::test]
async fn tls_speaks_http_2_and_breaks_streams_instead_of_connections() {
    let mut world = payments(2);
    world.token(TOKEN).organization("acme");
    let simulator = Simulator::start_tls(world).unwrap();
    let client = Client::trusting(&simulator.url(), TOKEN, simulator.ca_pem());
    let response = client.get("/orgs/acme/repos?per_page=1").await;
    assert_eq!(
        (response.status().as_u16(), response.version()),
        (200, Version::HTTP_2)
    );
    let (_, pulls) = client
        .get_json("/repos/acme/payments/pulls?state=all")
        .await;
    let url = pulls[0]["url"].as_str().unwrap();
    assert!(url.starts_with(&simulator.url()), "{url}");
    simulator.fail(Fault::next(FaultKind::Drop));
    assert!(client.request("GET", "/user").send().await.is_err());
    simulator.fail(Fault::next(FaultKind::Truncated));
    let cut = client.get("/repos/acme/payments/pulls?state=all").await;
    assert!(cut.bytes().await.is_err());
    assert_eq!(client.get("/user").await.status(), 200);
}

#[tokio::test]
async fn a_small_answer_may_unpack_to_a_large_one() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::Bomb { megabytes: 2 }));
    let url = format!("{}/user", simulator.url());
    let packed = bare().get(&url).bearer_auth(TOKEN);
    let packed = packed
        .header("accept-encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert!(packed.bytes().await.unwrap().len() < 100_000);
    simulator.fail(Fault::next(FaultKind::Bomb { megabytes: 2 }));
    let unpacked = client.get("/user").await.bytes().await.unwrap();
    assert!(unpacked.len() > 2 << 20);
}

#[tokio::test]
async fn refused_credentials_show_somebody_elses_budget() {
    let (simulator, client) = serve(payments(0));
    let refused = Client::new(&simulator.url(), "ghp_wrong")
        .get("/user")
        .await;
    assert_eq!(refused.status(), 401);
    assert_eq!(header(&refused, "x-ratelimit-limit"), "60");
    let nobody = bare().get(format!("{}/user", simulator.url()));
    let body: Value = nobody.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["message"], "Requires authentication");
    let fine = client.get("/user").await;
    assert_eq!(header(&fine, "x-ratelimit-limit"), "5000");
}

#[tokio::test]
async fn refusals_can_be_had_with_any_status() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::Refused {
        status: 451,
        message: "Repository access blocked".to_owned(),
    }));
    let (status, body) = client.get_json("/user").await;
    assert_eq!(
        (status, &body["message"]),
        (451, &json!("Repository access blocked"))
    );
}
