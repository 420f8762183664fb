//! Primary limits, and faults on demand.
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use mergeaudit_test_github::{Fault, FaultKind, Simulator};
use serde_json::{Value, json};

use crate::client::{Client, payments, serve};

#[tokio::test]
async fn an_exhausted_budget_answers_rate_limited_until_it_resets() {
    let mut world = payments(0);
    world.token("ghp_poor").organization("acme").hourly_limit(2);
    let simulator = Simulator::start(world).unwrap();
    let poor = Client::new(&simulator.url(), "ghp_poor");
    let query = "{ rateLimit { cost limit remaining used } }";
    assert_eq!(
        poor.data(query, json!({})).await["rateLimit"],
        json!({ "cost": 1, "limit": 2, "remaining": 1, "used": 1 })
    );
    poor.data(query, json!({})).await;
    let response = poor.post("/graphql", json!({ "query": query })).await;
    assert_eq!(response.headers()["x-ratelimit-remaining"], "0");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["type"], "RATE_LIMITED");
    assert!(
        body["errors"][0]["message"]
            .as_str()
            .unwrap()
            .starts_with("API rate limit exceeded for user ID")
    );

    // REST has a budget of its own.
    assert_eq!(poor.get("/orgs/acme").await.status(), 200);
    assert_eq!(poor.get("/orgs/acme").await.status(), 200);
    let refused = poor.get("/orgs/acme").await;
    assert_eq!(
        (
            refused.status().as_u16(),
            &refused.headers()["x-ratelimit-remaining"]
        ),
        (403, &"0".parse().unwrap())
    );
    let (status, limits) = poor.get_json("/rate_limit").await;
    assert_eq!(
        (status, &limits["resources"]["graphql"]["remaining"]),
        (200, &json!(0))
    );

    simulator.set_clock_offset(SignedDuration::from_mins(61));
    poor.data(query, json!({})).await;
}

#[tokio::test]
async fn searches_have_thirty_a_minute() {
    let (_simulator, client) = serve(payments(1));
    for _ in 0..30 {
        assert_eq!(client.get("/search/issues?q=org:acme").await.status(), 200);
    }
    let refused = client.get("/search/issues?q=org:acme").await;
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.headers()["x-ratelimit-resource"], "search");
}

#[tokio::test]
async fn faults_happen_as_often_as_asked_and_only_where_asked() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(
        Fault::next(FaultKind::Status { status: 502 })
            .times(2)
            .matching("/orgs/"),
    );
    assert_eq!(client.get("/user").await.status(), 200);
    assert_eq!(client.get("/orgs/acme").await.status(), 502);
    assert_eq!(client.get("/orgs/acme").await.status(), 502);
    assert_eq!(client.get("/orgs/acme").await.status(), 200);

    simulator.fail(Fault::next(FaultKind::SecondaryLimit {
        retry_after: Some(7),
    }));
    let limited = client.get("/user").await;
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (403, &"7".parse().unwrap())
    );
    assert!(
        limited
            .text()
            .await
            .unwrap()
            .contains("secondary rate limit")
    );
    simulator.fail(Fault::next(FaultKind::SecondaryLimit { retry_after: None }));
    assert!(
        !client
            .get("/user")
            .await
            .headers()
            .contains_key("retry-after")
    );

    simulator.fail(Fault::next(FaultKind::Garbage));
    assert!(client.get("/user").await.json::<Value>().await.is_err());
    simulator.fail(Fault::next(FaultKind::GraphqlTimeout));
    let late = client
        .post("/graphql", json!({ "query": "{ viewer { login } }" }))
        .await;
    assert_eq!(late.status(), 502);
    assert!(
        late.text()
            .await
            .unwrap()
            .contains("This may be the result of a timeout")
    );
}

#[tokio::test]
async fn a_dropped_connection_has_no_answer_and_a_slow_one_has() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::Drop).matching("/orgs/"));
    let error = client
        .request("GET", "/orgs/acme")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(
        simulator.requests().last().map(|request| request.status),
        Some(0)
    );
    simulator.fail(Fault::next(FaultKind::Slow { milliseconds: 60 }));
    let begin = Instant::now();
    assert_eq!(client.get("/user").await.status(), 200);
    assert!(begin.elapsed() >= Duration::from_millis(60));
}
