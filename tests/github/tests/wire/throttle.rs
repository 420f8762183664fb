//! Limits that follow from what a client does: primary ones in every shape, secondary ones, heavy queries, the lock-out.
use std::time::Duration;

use mergeaudit_test_github::{Lockout, PointsShape, RetryAfter};
use serde_json::{Value, json};

use crate::{
    client::{Client, TOKEN, payments, serve},
    documents::MERGED,
};

const VIEWER: &str = "{ viewer { login } }";

async fn wait(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[tokio::test]
async fn budgets_answer_in_the_shape_that_is_set_and_short_hours_end() {
    let mut world = payments(0);
    world.token("ghp_poor").organization("acme").hourly_limit(1);
    let (simulator, client) = serve(world);
    simulator.configure(|settings| {
        settings.limits.primary_status = 429;
        settings.limits.points_shape = PointsShape::RateLimit;
        settings.limits.hour_milliseconds = 400;
    });
    let poor = Client::new(&client.url, "ghp_poor");
    assert_eq!(poor.get("/user").await.status(), 200);
    assert_eq!(poor.get("/user").await.status(), 429);
    poor.data(VIEWER, json!({})).await;
    let body = poor.graphql(VIEWER, json!({})).await;
    assert_eq!(body["data"], Value::Null);
    let error = &body["errors"][0];
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!("RATE_LIMIT"), &json!("graphql_rate_limit"))
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("API rate limit already exceeded for user ID")
    );
    wait(400).await;
    assert_eq!(poor.get("/user").await.status(), 200);
}

#[tokio::test]
async fn too_many_points_in_a_minute_are_a_secondary_limit() {
    let (simulator, client) = serve(payments(0));
    simulator.configure(|settings| {
        settings.limits.graphql_points = Some(2);
        settings.limits.rest_points = Some(1);
        settings.limits.penalty_milliseconds = 300;
        settings.limits.minute_milliseconds = 300;
    });
    client.data(VIEWER, json!({})).await;
    client.data(VIEWER, json!({})).await;
    let response = client.post("/graphql", json!({ "query": VIEWER })).await;
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["retry-after"], "1");
    // The hour's budget has nothing to do with it.
    assert_eq!(response.headers()["x-ratelimit-remaining"], "4998");
    // REST waits too: the limit is the caller's.
    assert_eq!(client.get("/user").await.status(), 403);
    wait(310).await;
    assert_eq!(client.get("/user").await.status(), 200);
    assert_eq!(client.get("/user").await.status(), 403);
}

#[tokio::test]
async fn who_goes_on_asking_stays_limited_unless_that_is_off() {
    let (simulator, client) = serve(payments(0));
    for prolongs in [true, false] {
        simulator.configure(|settings| {
            settings.limits.rest_points = Some(0);
            settings.limits.penalty_milliseconds = 600;
            settings.limits.asking_prolongs = prolongs;
        });
        assert_eq!(client.get("/user").await.status(), 403);
        simulator.configure(|settings| settings.limits.rest_points = None);
        wait(350).await;
        assert_eq!(client.get("/user").await.status(), 403);
        wait(350).await;
        let expected = if prolongs { 403 } else { 200 };
        assert_eq!(client.get("/user").await.status(), expected, "{prolongs}");
        wait(610).await;
        assert_eq!(client.get("/user").await.status(), 200);
    }
}

#[tokio::test]
async fn a_secondary_limit_may_hide_in_a_body_and_tell_a_date() {
    let (simulator, client) = serve(payments(0));
    simulator.configure(|settings| {
        settings.limits.graphql_points = Some(0);
        settings.limits.secondary_status = 200;
        settings.limits.retry_after = RetryAfter::Date;
    });
    let response = client.post("/graphql", json!({ "query": VIEWER })).await;
    assert_eq!(response.status(), 200);
    let date = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(date.ends_with(" GMT"), "{date}");
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("secondary rate limit")
    );
    assert_eq!(client.get("/user").await.status(), 403);
}

#[tokio::test]
async fn too_many_requests_at_the_same_time_are_a_secondary_limit() {
    let (simulator, client) = serve(payments(0));
    simulator.configure(|settings| {
        settings.limits.concurrent = 1;
        settings.latency_milliseconds = 50;
    });
    let (first, second) = tokio::join!(client.get("/user"), client.get("/user"));
    let statuses = [first.status().as_u16(), second.status().as_u16()];
    assert!(statuses.contains(&403), "{statuses:?}");
}

#[tokio::test]
async fn time_that_answers_take_is_limited_too() {
    for (graphql, all, path) in [(Some(0), None, "/graphql"), (None, Some(0), "/user")] {
        let (simulator, client) = serve(payments(0));
        simulator.configure(|settings| {
            settings.limits.graphql_seconds = graphql;
            settings.limits.seconds = all;
            settings.latency_milliseconds = 5;
            settings.limits.minute_milliseconds = 400;
            settings.limits.penalty_milliseconds = 200;
        });
        let ask = || client.post("/graphql", json!({ "query": VIEWER }));
        assert_eq!(ask().await.status(), 200);
        let refused = match path {
            "/graphql" => ask().await,
            path => client.get(path).await,
        };
        assert_eq!(refused.status(), 403, "{path}");
        let body: Value = refused.json().await.unwrap();
        let words = body["message"].as_str().unwrap();
        assert!(words.contains("secondary rate limit"), "{words}");
        wait(620).await;
        assert_eq!(ask().await.status(), 200);
    }
}

#[tokio::test]
async fn a_heavy_query_never_gets_through_and_costs_points_besides() {
    let (simulator, client) = serve(payments(3));
    simulator.configure(|settings| {
        settings.heaviest_query = Some(5000);
        settings.timeout_points = 9;
    });
    let ask = |page: u32| {
        let variables = json!({ "q": "org:acme is:pr is:merged", "n": page });
        client.post(
            "/graphql",
            json!({ "query": MERGED, "variables": variables }),
        )
    };
    for _ in 0..4 {
        let status = ask(50).await.status().as_u16();
        assert!(matches!(status, 502 | 504), "{status}");
    }
    let response = ask(25).await;
    assert_eq!(response.status(), 200);
    // Four times 3 for the query and 9 for the time, and 1 for the smaller page.
    assert_eq!(response.headers()["x-ratelimit-used"], "49");
    assert_eq!(simulator.usage().points, 49);
}

#[tokio::test]
async fn failed_logins_lock_good_tokens_out_for_a_while() {
    let (simulator, client) = serve(payments(0));
    simulator.configure(|settings| {
        settings.lockout = Some(Lockout {
            failures: 3,
            milliseconds: 200,
        });
    });
    let stranger = Client::new(&client.url, "ghp_wrong");
    for _ in 0..3 {
        assert_eq!(stranger.get("/user").await.status(), 401);
    }
    let (status, body) = client.get_json("/user").await;
    assert_eq!(status, 403, "{TOKEN}");
    assert!(body["message"].as_str().unwrap().contains("login attempts"));
    wait(210).await;
    assert_eq!(client.get("/user").await.status(), 200);
}
