//! A world of five thousand merges is served fast enough for tests to go through it many times.
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use mergeaudit_test_github::{SeedOptions, World, time};
use serde_json::{Value, json};

use crate::{
    client::serve,
    documents::{MERGED, PUSHES},
};

/// Far above what an idle machine takes without optimization (tens of milliseconds), far below an accidental square.
const PATIENCE: Duration = Duration::from_millis(1500);

fn world() -> World {
    let until = time("2026-11-21T12:00:00Z");
    World::seeded(
        5,
        &SeedOptions {
            organizations: vec!["acme".to_owned()],
            repositories: 8,
            pull_requests: 5000,
            until,
            span: SignedDuration::from_hours(240),
            ..SeedOptions::default()
        },
    )
}

#[tokio::test]
async fn pages_of_five_thousand_merges_come_quickly() {
    let (simulator, client) = serve(world());
    let variables = json!({ "q": "org:acme is:pr is:merged sort:created-asc", "n": 50 });
    client.data(MERGED, variables.clone()).await;
    let begin = Instant::now();
    let data = client.data(MERGED, variables).await;
    let search = begin.elapsed();
    let nodes = data["search"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 50);

    let small = json!({ "q": "org:acme is:pr is:merged sort:created-asc", "n": 1 });
    let begin = Instant::now();
    client.data(MERGED, small).await;
    let one = begin.elapsed();

    let ids: Vec<&Value> = nodes.iter().map(|node| &node["id"]).collect();
    let begin = Instant::now();
    let query = "query N($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest { number } } }";
    client.data(query, json!({ "ids": ids })).await;
    let by_id = begin.elapsed();

    let name = simulator.world().organizations[0].repositories[0]
        .name
        .clone();
    let variables = json!({ "owner": "acme", "name": name, "since": "2020-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z" });
    let begin = Instant::now();
    client.data(PUSHES, variables).await;
    let history = begin.elapsed();
    let times = [
        ("search", search),
        ("one", one),
        ("ids", by_id),
        ("history", history),
    ];
    for (what, took) in times {
        assert!(took < PATIENCE, "{what} took {took:?}");
    }
}
