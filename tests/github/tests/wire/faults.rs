//! Faults on demand and by chance.
use mergeaudit_test_github::{Fault, FaultKind, FaultPlan, RetryAfter};
use serde_json::{Value, json};

use crate::{
    client::{Client, payments, serve},
    documents::MERGED,
};

const VIEWER: &str = "query Viewer { viewer { login } }";

fn merged() -> Value {
    json!({ "q": "org:acme is:pr is:merged sort:created-asc", "n": 10 })
}

#[tokio::test]
async fn an_error_of_the_server_may_have_nothing_in_its_body() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::Empty { status: 503 }));
    let response = client.get("/user").await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_it_promises() {
    let (simulator, client) = serve(payments(0));
    let whole = client.get("/orgs/acme").await.bytes().await.unwrap().len();
    simulator.fail(Fault::next(FaultKind::Truncated));
    let response = client.get("/orgs/acme").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.content_length(), Some(whole as u64));
    let error = response.bytes().await.unwrap_err();
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(client.get("/orgs/acme").await.status(), 200);
}

#[tokio::test]
async fn an_oversized_body_does_not_say_how_long_it_is() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::Oversized { megabytes: 300 }));
    let mut response = client.get("/user").await;
    assert_eq!(response.content_length(), None);
    let mut read = 0;
    while read < 3 << 20 {
        read += response.chunk().await.unwrap().unwrap().len();
    }
    drop(response);
    assert_eq!(client.get("/user").await.status(), 200);
    assert!(simulator.usage().bytes > 300 << 20);
}

#[tokio::test]
async fn secondary_limits_come_in_every_shape() {
    let (simulator, client) = serve(payments(0));
    for (status, retry_after, former_words) in [
        (403, RetryAfter::Seconds, false),
        (429, RetryAfter::Date, true),
        (429, RetryAfter::Missing, false),
        (200, RetryAfter::Seconds, false),
    ] {
        simulator.fail(Fault::next(FaultKind::Throttled {
            status,
            seconds: 7,
            retry_after,
            former_words,
        }));
        let response = client.post("/graphql", json!({ "query": VIEWER })).await;
        assert_eq!(response.status(), status);
        let header = response.headers().get("retry-after");
        let header = header.map(|value| value.to_str().unwrap().to_owned());
        match retry_after {
            RetryAfter::Seconds => assert_eq!(header.as_deref(), Some("7")),
            RetryAfter::Date => assert!(header.unwrap().ends_with(" GMT")),
            RetryAfter::Missing => assert_eq!(header, None),
        }
        let body: Value = response.json().await.unwrap();
        let words = body["message"]
            .as_str()
            .or_else(|| body["errors"][0]["message"].as_str());
        let expected = if former_words {
            "abuse detection"
        } else {
            "secondary rate"
        };
        assert!(words.unwrap().contains(expected), "{body}");
    }
}

#[tokio::test]
async fn timeouts_of_graphql_come_with_three_statuses() {
    let (simulator, client) = serve(payments(0));
    for (kind, status, words) in [
        (FaultKind::GraphqlTimeout, 502, "result of a timeout"),
        (FaultKind::GraphqlTimeoutInside, 200, "result of a timeout"),
        (FaultKind::GatewayTimeout, 504, "in time"),
    ] {
        simulator.fail(Fault::next(kind));
        let response = client.post("/graphql", json!({ "query": VIEWER })).await;
        assert_eq!(response.status(), status);
        assert!(response.text().await.unwrap().contains(words));
    }
}

#[tokio::test]
async fn a_missing_node_leaves_the_others_and_says_which_is_missing() {
    let (simulator, client) = serve(payments(3));
    simulator.fail(Fault::next(FaultKind::MissingNode));
    let body = client.graphql(MERGED, merged()).await;
    let nodes = body["data"]["search"]["nodes"].as_array().unwrap();
    assert_eq!((nodes.len(), &nodes[0]), (3, &Value::Null));
    assert_eq!(nodes[1]["number"], 2);
    assert_eq!(body["errors"][0]["path"], json!(["search", "nodes", 0]));
    assert_eq!(body["errors"].as_array().unwrap().len(), 1);
    let whole = client.data(MERGED, merged()).await;
    assert_eq!(whole["search"]["nodes"][0]["number"], 1);
}

#[tokio::test]
async fn a_missing_connection_is_null_with_its_path() {
    let (simulator, client) = serve(payments(2));
    for (kind, error) in [
        (FaultKind::MissingConnection, "SERVICE_UNAVAILABLE"),
        (FaultKind::ResourceLimits, "RESOURCE_LIMITS_EXCEEDED"),
    ] {
        simulator.fail(Fault::next(kind));
        let body = client.graphql(MERGED, merged()).await;
        assert_eq!(body["data"]["search"]["nodes"][0]["reviews"], Value::Null);
        assert_eq!(body["errors"][0]["type"], error);
        let path = json!(["search", "nodes", 0, "reviews"]);
        assert_eq!(body["errors"][0]["path"], path);
        let second = &body["data"]["search"]["nodes"][1];
        assert_eq!(second["reviews"]["totalCount"], 1);
    }
}

#[tokio::test]
async fn a_search_that_ran_out_of_time_says_so_and_holds_less() {
    let (simulator, client) = serve(payments(4));
    simulator.fail(Fault::next(FaultKind::IncompleteResults));
    for (incomplete, length) in [(true, 2), (false, 4)] {
        let (status, body) = client.get_json("/search/issues?q=org:acme+is:pr").await;
        assert_eq!(
            (status, &body["incomplete_results"]),
            (200, &json!(incomplete))
        );
        assert_eq!(body["items"].as_array().unwrap().len(), length);
        assert_eq!(body["total_count"], 4);
    }
}

#[tokio::test]
async fn the_primary_limit_can_be_used_up_at_will() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::PrimaryLimit { reset_after: 5 }));
    let response = client.get("/user").await;
    assert_eq!(response.status(), 403);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-ratelimit-remaining"), "0");
    let reset: i64 = header("x-ratelimit-reset").parse().unwrap();
    let left = reset - simulator.now().as_second();
    assert!((4..=6).contains(&left), "{left}");
    assert_eq!(client.get("/user").await.status(), 200);
}

#[tokio::test]
async fn a_good_token_can_be_refused_once() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::BadCredentials));
    assert_eq!(client.get("/user").await.status(), 401);
    assert_eq!(client.get("/user").await.status(), 200);
}

#[tokio::test]
async fn a_fault_finds_an_operation_by_its_text() {
    let (simulator, client) = serve(payments(0));
    simulator.fail(Fault::next(FaultKind::Status { status: 500 }).matching("Viewer"));
    let other = "query Other { viewer { login } }";
    client.data(other, json!({})).await;
    let response = client.post("/graphql", json!({ "query": VIEWER })).await;
    assert_eq!(response.status(), 500);
    let names: Vec<_> = simulator
        .requests()
        .into_iter()
        .map(|record| record.operation.unwrap())
        .collect();
    assert_eq!(names, ["Other", "Viewer"]);
}

#[tokio::test]
async fn a_plan_fails_the_same_requests_for_the_same_seed_until_it_ends() {
    let mut outcomes = Vec::new();
    for seed in [11, 11, 12] {
        let (simulator, client) = serve(payments(0));
        let plan = json!({ "seed": seed, "percent": 30, "kinds": [{ "kind": "status", "status": 502 }], "matching": "/user" });
        assert_eq!(client.post("/_sim/faults/plan", plan).await.status(), 200);
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(client.get("/user").await.status().as_u16());
        }
        let failed = statuses.iter().filter(|status| **status == 502).count();
        assert!((4..25).contains(&failed), "{statuses:?}");
        outcomes.push(statuses);
        simulator.fail_at_random(FaultPlan::new(1, 100.0));
        simulator.fail_at_random(None);
        assert_eq!(client.get("/user").await.status(), 200);
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_ne!(outcomes[0], outcomes[2]);
}

#[tokio::test]
async fn who_asks_again_gets_through_a_plan_and_reads_what_is_there() {
    let (simulator, client) = serve(payments(4));
    let expected = client.data(MERGED, merged()).await["search"].clone();
    simulator.fail_at_random(FaultPlan {
        // Limits are told once and do not last, so that this need not wait for them.
        matching: Some("AuditMergedPRs".to_owned()),
        ..FaultPlan::new(2, 60.0)
    });
    let mut failures = 0;
    for _ in 0..30 {
        let whole = loop {
            match attempt(&client).await {
                Some(data) => break data,
                None => failures += 1,
            }
            assert!(failures < 500, "nothing gets through");
        };
        assert_eq!(whole["search"], expected);
    }
    assert!(failures > 10, "{failures}");
}

/// The data of an answer without any fault.
async fn attempt(client: &Client) -> Option<Value> {
    let body = json!({ "query": MERGED, "variables": merged() });
    let response = client.request("POST", "/graphql").json(&body).send().await;
    let body: Value = response.ok()?.json().await.ok()?;
    let complete = body.get("errors").is_none() && body["data"].is_object();
    complete.then(|| body["data"].clone())
}
