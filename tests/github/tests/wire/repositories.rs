//! Repositories, commits and pull requests over REST.
use mergeaudit_test_github::{MergeMethod, World, time};
use serde_json::{Value, json};

use crate::client::{Client, payments, serve};

const PAYMENTS: &str = "/repos/acme/payments";

async fn get(client: &Client, path: &str) -> Value {
    let (status, body) = client.get_json(&format!("{PAYMENTS}{path}")).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

#[tokio::test]
async fn a_pull_request_its_reviews_and_commits_can_be_read() {
    let (_simulator, client) = serve(payments(2));
    let one = get(&client, "/pulls/2").await;
    assert_eq!(
        (&one["merged"], &one["merged_by"]["login"]),
        (&json!(true), &json!("alice"))
    );
    let reviews = get(&client, "/pulls/2/reviews").await;
    assert_eq!(
        (&reviews[0]["state"], &reviews[0]["user"]["login"]),
        (&json!("APPROVED"), &json!("bob"))
    );
    assert_eq!(reviews[0]["commit_id"], one["head"]["sha"]);
    let commits = get(&client, "/pulls/2/commits").await;
    assert_eq!(commits[0]["sha"], one["head"]["sha"]);
    let brought = one["merge_commit_sha"].as_str().unwrap();
    let of_commit = get(&client, &format!("/commits/{brought}/pulls")).await;
    assert_eq!(of_commit[0]["number"], 2);
    assert_eq!(
        client.get(&format!("{PAYMENTS}/pulls/9")).await.status(),
        404
    );

    let newer = client
        .request("GET", &format!("{PAYMENTS}/pulls/2"))
        .header("x-github-api-version", "2026-03-10");
    let newer: Value = newer.send().await.unwrap().json().await.unwrap();
    assert_eq!(newer.get("merge_commit_sha"), None);
}

#[tokio::test]
async fn closed_pull_requests_are_listed_by_their_update() {
    let (_simulator, client) = serve(payments(3));
    let listed = get(
        &client,
        "/pulls?state=closed&sort=updated&direction=desc&per_page=2",
    )
    .await;
    let numbers: Vec<&Value> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["number"])
        .collect();
    assert_eq!(numbers, [&json!(3), &json!(2)]);
    assert_eq!(get(&client, "/pulls").await, json!([]));
}

#[tokio::test]
async fn a_comparison_holds_what_the_head_has_and_the_base_has_not() {
    let mut world = World::new(1);
    let mut acme = world.organization("acme");
    let mut repository = acme.repository("payments").writers(&["alice", "bob"]);
    for (title, hour) in [("One", 10), ("Two", 11)] {
        repository
            .merged_pull_request(title)
            .author("alice")
            .method(MergeMethod::Squash)
            .merged_at(time(&format!("2026-11-20T{hour}:00:00Z")))
            .non_compliant(&["ApprovalMissing"]);
    }
    let (_simulator, client) = serve(world);
    let branch = get(&client, "/branches/main").await;
    let head = branch["commit"]["sha"].as_str().unwrap().to_owned();
    let history = get(&client, "/commits?sha=main").await;
    assert_eq!(history[0]["sha"], json!(head));
    let oldest = history.as_array().unwrap().last().unwrap()["sha"]
        .as_str()
        .unwrap();
    let ahead = get(&client, &format!("/compare/{oldest}...main")).await;
    assert_eq!(
        (&ahead["status"], &ahead["total_commits"]),
        (&json!("ahead"), &json!(2))
    );
    assert_eq!(ahead["commits"][1]["sha"], json!(head));
    let back = get(&client, &format!("/compare/main...{oldest}")).await;
    assert_eq!(
        (&back["status"], &back["behind_by"]),
        (&json!("behind"), &json!(2))
    );
    let same = get(&client, "/compare/main...main").await;
    assert_eq!(same["status"], "identical");
    let paged = get(
        &client,
        &format!("/compare/{oldest}...main?per_page=1&page=2"),
    )
    .await;
    assert_eq!(paged["commits"].as_array().unwrap().len(), 1);
    assert_eq!(paged["commits"][0]["sha"], json!(head));
    let unknown = client
        .get(&format!("{PAYMENTS}/compare/main...nothing"))
        .await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn branches_have_no_rules_and_links_lead_to_the_repositorys_id() {
    let (simulator, client) = serve(payments(3));
    assert_eq!(get(&client, "/branches").await[0]["name"], "main");
    assert_eq!(get(&client, "/rules/branches/main").await, json!([]));
    let (status, body) = client
        .get_json(&format!("{PAYMENTS}/branches/main/protection"))
        .await;
    assert_eq!(
        (status, &body["message"]),
        (404, &json!("Branch not protected"))
    );
    let id = simulator
        .world()
        .find_repository("acme", "payments")
        .unwrap()
        .id;
    let response = client.get(&format!("{PAYMENTS}/commits?per_page=1")).await;
    let link = response.headers()["link"].to_str().unwrap().to_owned();
    let next = link.split(['<', '>']).nth(1).unwrap();
    assert!(
        next.contains(&format!("/repositories/{id}/commits?")),
        "{link}"
    );
    let path = next.strip_prefix(client.url.as_str()).unwrap();
    assert_eq!(client.get(path).await.status(), 200);
    assert_eq!(client.get("/repos/acme/nothing").await.status(), 404);
    assert_eq!(get(&client, "").await["full_name"], "acme/payments");
}
