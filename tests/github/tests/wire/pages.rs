//! Paging: every item once, in order, and a thousand results of a search at most.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Client, payments, serve};

const SEARCH: &str = "query S($q: String!, $n: Int!, $after: String) { search(type: ISSUE, query: $q, first: $n, after: $after) {
    issueCount pageInfo { hasNextPage endCursor } nodes { ... on PullRequest { number } } } }";

async fn walk(client: &Client, query: &str, page: u32) -> (Value, Vec<i64>) {
    let mut numbers = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = client
            .data(SEARCH, json!({ "q": query, "n": page, "after": after }))
            .await;
        let search = &data["search"];
        numbers.extend(
            search["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["number"].as_i64().unwrap()),
        );
        if search["pageInfo"]["hasNextPage"] == json!(false) {
            return (search["issueCount"].clone(), numbers);
        }
        after = search["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn pages_hold_every_result_once_and_in_order() {
    let (_simulator, client) = serve(payments(23));
    let (count, numbers) = walk(&client, "org:acme is:pr is:merged sort:created-asc", 5).await;
    assert_eq!(count, 23);
    assert_eq!(numbers, (1..=23).collect::<Vec<_>>());
    let (_, backwards) = walk(&client, "org:acme is:pr is:merged sort:created-desc", 7).await;
    assert_eq!(backwards, (1..=23).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_search_ends_after_a_thousand_results_but_counts_them_all() {
    let (_simulator, client) = serve(payments(1012));
    let (count, numbers) = walk(&client, "org:acme is:pr is:merged", 100).await;
    assert_eq!(count, 1012);
    assert_eq!(numbers.len(), 1000);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 1000);

    let path = "/search/issues?q=org:acme+is:pr&per_page=100&page=";
    let (status, last) = client.get_json(&format!("{path}10")).await;
    assert_eq!((status, last["total_count"].clone()), (200, json!(1012)));
    assert_eq!(last["items"].as_array().unwrap().len(), 100);
    let (status, past) = client.get_json(&format!("{path}11")).await;
    assert_eq!(status, 422);
    assert_eq!(
        past["message"],
        "Only the first 1000 search results are available"
    );
    // With 30 a page, page 34 begins at result 991.
    assert_eq!(
        client
            .get("/search/issues?q=org:acme+is:pr&page=34")
            .await
            .status(),
        200
    );
    assert_eq!(
        client
            .get("/search/issues?q=org:acme+is:pr&page=35")
            .await
            .status(),
        422
    );
}

#[tokio::test]
async fn last_and_before_page_backwards() {
    let (_simulator, client) = serve(payments(5));
    let query = "query L($before: String) { repository(owner: \"acme\", name: \"payments\") {
        pullRequests(last: 2, before: $before) { pageInfo { hasPreviousPage hasNextPage startCursor } nodes { number } } } }";
    let last = client.data(query, json!({})).await["repository"]["pullRequests"].clone();
    assert_eq!(last["nodes"], json!([{ "number": 4 }, { "number": 5 }]));
    assert_eq!(last["pageInfo"]["hasPreviousPage"], true);
    let data = client
        .data(query, json!({ "before": last["pageInfo"]["startCursor"] }))
        .await;
    assert_eq!(
        data["repository"]["pullRequests"]["nodes"],
        json!([{ "number": 2 }, { "number": 3 }])
    );
}

#[tokio::test]
async fn rest_pages_are_linked_and_the_links_lead_on() {
    let mut world = payments(0);
    let mut acme = world.organization("acme");
    for index in 0..6 {
        let _ = acme.repository(&format!("service-{index}"));
    }
    let (_simulator, client) = serve(world);
    let mut next = Some("/orgs/acme/repos?per_page=3".to_owned());
    let mut names = BTreeSet::new();
    let mut pages = 0;
    while let Some(path) = next {
        let response = client.get(&path).await;
        let link = response
            .headers()
            .get("link")
            .map(|value| value.to_str().unwrap().to_owned());
        let items: Vec<Value> = response.json().await.unwrap();
        for item in &items {
            assert!(
                names.insert(item["name"].as_str().unwrap().to_owned()),
                "{item} came twice"
            );
        }
        pages += 1;
        next = link.and_then(|link| {
            let next = link
                .split(", ")
                .find(|part| part.ends_with("rel=\"next\""))?
                .to_owned();
            let address = next.split(['<', '>']).nth(1)?.to_owned();
            Some(address.strip_prefix(&client.url)?.to_owned())
        });
    }
    assert_eq!((pages, names.len()), (3, 7));
}
