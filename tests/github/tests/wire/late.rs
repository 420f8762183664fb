//! A search index that lags behind, by the simulator's clock.
use jiff::{SignedDuration, Timestamp};
use mergeaudit_test_github::{Simulator, World, now, time};
use serde_json::{Value, json};

use crate::client::{Client, serve};

const COUNT: &str = "query C($q: String!) { search(type: ISSUE, query: $q, first: 100) { issueCount nodes { ... on PullRequest { number } } } }";
const BY_LIST: &str = "query L { repository(owner: \"acme\", name: \"payments\") { pullRequests(states: [MERGED], first: 10) { totalCount nodes { id number } } } }";
const BY_NODE: &str =
    "query N($id: ID!) { node(id: $id) { ... on PullRequest { number mergedAt } } }";

/// Two merges at noon; the index has the first at once and the second twenty minutes later.
fn world() -> World {
    let mut world = World::new(3);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    let noon = time("2026-10-01T12:00:00Z");
    let prompt = payments.pull_request("Prompt").merged_at(noon);
    prompt.non_compliant(&["ApprovalMissing"]);
    let late = payments.pull_request("Late").merged_at(noon);
    late.searchable_at(noon + SignedDuration::from_mins(20))
        .non_compliant(&["ApprovalMissing"]);
    world
}

/// Sets the simulator's clock; the second it stands at passes slowly enough.
fn set_clock(simulator: &Simulator, to: Timestamp) {
    let offset = to.duration_since(now());
    simulator.set_clock_offset(SignedDuration::from_secs(offset.as_secs()));
}

async fn numbers(client: &Client) -> (Value, usize) {
    let q = "org:acme is:pr is:merged merged:2026-10-01";
    let found = client.data(COUNT, json!({ "q": q })).await["search"].clone();
    let nodes = found["nodes"].as_array().unwrap().len();
    let request = client.request("GET", "/search/issues").query(&[("q", q)]);
    let rest: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(rest["total_count"], found["issueCount"]);
    (found["issueCount"].clone(), nodes)
}

#[tokio::test]
async fn what_merged_appears_in_search_later_and_elsewhere_at_once() {
    let (simulator, client) = serve(world());
    set_clock(&simulator, time("2026-10-01T12:19:00Z"));
    assert_eq!(numbers(&client).await, (json!(1), 1));
    let list = client.data(BY_LIST, json!({})).await["repository"]["pullRequests"].clone();
    assert_eq!(list["totalCount"], 2);
    let node = client
        .data(BY_NODE, json!({ "id": list["nodes"][1]["id"] }))
        .await;
    assert_eq!(node["node"]["mergedAt"], "2026-10-01T12:00:00Z");
    set_clock(&simulator, time("2026-10-01T12:20:00Z"));
    assert_eq!(numbers(&client).await, (json!(2), 2));
}

#[tokio::test]
async fn what_is_just_becoming_visible_comes_and_goes() {
    let mut world = world();
    world.index.replica_lag = SignedDuration::from_mins(5);
    let (simulator, client) = serve(world);
    let counts = async || {
        let mut counts = [0, 0];
        for _ in 0..20 {
            let data = client
                .data(COUNT, json!({ "q": "org:acme is:merged" }))
                .await;
            counts[usize::from(data["search"]["issueCount"] == 2)] += 1;
        }
        counts
    };
    set_clock(&simulator, time("2026-10-01T12:22:30Z"));
    let [before, after] = counts().await;
    assert!(before > 2 && after > 2, "{before} {after}");
    set_clock(&simulator, time("2026-10-01T12:25:00Z"));
    assert_eq!(counts().await, [0, 20]);
}

#[tokio::test]
async fn the_truth_tells_when_and_what_an_extended_policy_would_say() {
    let (_simulator, client) = serve(world());
    let (status, truth) = client.get_json("/_sim/truth").await;
    assert_eq!(status, 200);
    assert_eq!(truth[1]["searchableAt"], "2026-10-01T12:20:00Z");
    assert_eq!(truth[1]["kind"], "Late");
    assert_eq!(truth[1]["extended"]["verdict"], "NonCompliant");
    assert_eq!(truth[1]["extended"]["emergency"], false);
}
