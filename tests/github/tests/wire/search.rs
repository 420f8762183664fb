//! The search's grammar, the same over REST and GraphQL.
use mergeaudit_test_github::{Backend, Simulator, UnknownQualifiers, Visibility, World, time};
use serde_json::{Value, json};

use crate::client::{Client, TOKEN, serve};

/// Four pull requests: 1 merged at midnight, 2 merged at ten, 3 open, 4 closed; and one in an archived repository.
fn world() -> World {
    let mut world = World::new(3);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    let midnight = time("2026-10-01T00:00:00Z");
    payments
        .merged_pull_request("First")
        .author("alice")
        .approved_by("bob")
        .merged_at(midnight)
        .compliant();
    payments
        .merged_pull_request("Second thing")
        .author("dependabot[bot]")
        .base("release/1")
        .labeled_by("bob", "emergency")
        .merged_at(time("2026-10-01T10:00:00Z"))
        .non_compliant(&["ApprovalMissing"]);
    payments
        .pull_request("Third")
        .author("bob")
        .draft()
        .merged_at(time("2026-10-02T00:00:00Z"))
        .open();
    payments
        .pull_request("Fourth")
        .author("bob")
        .changes_requested_by("alice")
        .merged_at(time("2026-10-03T00:00:00Z"))
        .closed();
    let mut old = acme
        .repository("old")
        .visibility(Visibility::Public)
        .archived();
    old.merged_pull_request("Old")
        .author("alice")
        .merged_at(time("2025-01-01T00:00:00Z"))
        .non_compliant(&["ApprovalMissing"]);
    world
}

async fn found(client: &Client, query: &str) -> Vec<String> {
    let graphql = "query S($q: String!) { search(type: ISSUE_ADVANCED, query: $q, first: 50) { nodes { ... on PullRequest { title } } } }";
    let text = format!("{query} sort:created-asc");
    let data = client.data(graphql, json!({ "q": text })).await;
    let titles = |items: &Value| -> Vec<String> {
        items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let request = client
        .request("GET", "/search/issues")
        .query(&[("q", text.as_str())]);
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    let by_graphql = titles(&data["search"]["nodes"]);
    assert_eq!(
        by_graphql,
        titles(&body["items"]),
        "REST and GraphQL disagree on {query}"
    );
    by_graphql
}

#[tokio::test]
async fn each_qualifier_finds_what_it_says() {
    let (_simulator, client) = serve(world());
    let all = ["First", "Second thing", "Third", "Fourth"];
    for (query, expected) in [
        ("repo:acme/payments is:pr", &all[..]),
        ("repo:acme/payments is:merged", &all[..2]),
        ("repo:acme/payments type:pr is:unmerged", &all[2..]),
        ("repo:acme/payments is:open", &["Third"]),
        ("repo:acme/payments is:closed is:unmerged", &["Fourth"]),
        ("org:acme base:release/1", &["Second thing"]),
        ("user:acme author:app/dependabot", &["Second thing"]),
        ("org:acme author:alice", &["Old", "First"]),
        ("org:acme archived:true", &["Old"]),
        ("org:acme archived:false is:merged", &all[..2]),
        ("org:acme draft:true", &["Third"]),
        ("org:acme label:emergency", &["Second thing"]),
        (
            "org:acme -label:emergency is:merged archived:false",
            &["First"],
        ),
        ("org:acme review:approved", &["First"]),
        ("org:acme review:changes_requested", &["Fourth"]),
        ("org:acme review:none", &["Old", "Second thing", "Third"]),
        ("org:acme is:public", &["Old"]),
        ("org:acme \"second thing\"", &["Second thing"]),
        ("org:acme is:issue", &[]),
    ] {
        assert_eq!(found(&client, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn dates_include_both_ends() {
    let (_simulator, client) = serve(world());
    for (range, expected) in [
        (
            "2026-10-01T00:00:00Z..2026-10-01T10:00:00Z",
            &["First", "Second thing"][..],
        ),
        (
            "2026-10-01T00:00:01Z..2026-10-01T10:00:00Z",
            &["Second thing"],
        ),
        ("2026-10-01T00:00:00Z..2026-10-01T09:59:59Z", &["First"]),
        ("2026-10-01T02:00:00+02:00", &["First"]),
        ("2026-10-01", &["First", "Second thing"]),
        (">2026-10-01T00:00:00Z", &["Second thing"]),
        (">=2026-10-01T10:00:00Z", &["Second thing"]),
        ("<2026-10-01T00:00:00Z", &["Old"]),
        ("<=2026-10-01T00:00:00Z", &["Old", "First"]),
        ("*..2026-09-30", &["Old"]),
        ("2026-10-01..*", &["First", "Second thing"]),
        (">2026-10-01", &[]),
    ] {
        assert_eq!(
            found(&client, &format!("org:acme merged:{range}")).await,
            expected,
            "{range}"
        );
    }
    assert_eq!(
        found(&client, "org:acme closed:2026-10-03").await,
        ["Fourth"]
    );
    assert_eq!(
        found(&client, "org:acme created:2026-10-02").await,
        ["Fourth"]
    );
    assert_eq!(
        found(&client, "org:acme updated:2026-10-03").await,
        ["Fourth"]
    );
}

#[tokio::test]
async fn what_is_not_understood_fails_over_both_ways() {
    let (_simulator, client) = serve(world());
    for query in [
        "org:acme mergd:2026-10-01",
        "org:acme merged:yesterday",
        "org:acme merged-by:alice",
        "org:acme is:mergd",
        "org:acme review:maybe",
        "org:acme -merged:2026-10-01",
        "org:acme draft:perhaps",
        "org:acme sort:merged-asc",
        "org:acme base:",
        "org:acme \"open",
        "org:acme (is:merged",
        "org:acme is:merged)",
        "org:acme OR NOT",
        "org:acme NOT merged:2026-10-01",
        "org:acme is:merged AND is:pr OR is:open NOT is:draft AND is:private OR is:public OR is:internal",
        "org:acme ((((((is:merged))))))",
    ] {
        refused(&client, query).await;
    }
    refused(&client, &format!("org:acme {}", "x".repeat(257))).await;
}

#[tokio::test]
async fn the_advanced_search_has_operators_and_takes_neighbours_together() {
    let (_simulator, client) = serve(world());
    for (query, expected) in [
        (
            "org:acme (is:open OR is:unmerged)",
            &["Third", "Fourth"][..],
        ),
        ("org:acme is:merged AND base:release/1", &["Second thing"]),
        ("org:acme is:open NOT draft:true", &[]),
        ("org:acme -(is:merged OR is:open)", &["Fourth"]),
        ("org:acme ((((is:open))))", &["Third"]),
        ("org:acme \"OR\"", &[]),
        // Without brackets it is not `org:acme` that the second half is about.
        (
            "org:acme is:open OR is:closed archived:true",
            &["Old", "Third"],
        ),
        ("org:acme repo:acme/payments is:open", &["Third"]),
        ("repo:acme/payments repo:acme/old", &[]),
    ] {
        assert_eq!(found(&client, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn the_older_search_takes_several_owners_as_alternatives_and_knows_no_operators() {
    let (simulator, client) = serve(world());
    simulator.configure(|settings| settings.search.plain = Backend::Legacy);
    let count = async |kind: &str, query: &str| {
        let text = format!(
            "query S($q: String!) {{ search(type: {kind}, query: $q, first: 1) {{ issueCount }} }}"
        );
        let data = client.data(&text, json!({ "q": query })).await;
        data["search"]["issueCount"].clone()
    };
    let both = "repo:acme/payments repo:acme/old is:pr";
    assert_eq!(count("ISSUE", both).await, 5);
    assert_eq!(count("ISSUE_ADVANCED", both).await, 0);
    let path = "/search/issues?q=repo:acme/payments+repo:acme/old+is:pr";
    assert_eq!(client.get_json(path).await.1["total_count"], 5);
    let advanced = format!("{path}&advanced_search=true");
    assert_eq!(client.get_json(&advanced).await.1["total_count"], 0);
    refused(&client, "org:acme is:open OR is:closed").await;
}

#[tokio::test]
async fn what_is_beyond_the_repositories_that_are_searched_is_left_out_silently() {
    let (simulator, client) = serve(world());
    simulator.configure(|settings| settings.search.repositories = 1);
    let all = ["First", "Second thing", "Third", "Fourth"];
    assert_eq!(found(&client, "org:acme is:pr").await, all);
    // Only the repositories that match the query count.
    assert_eq!(found(&client, "org:acme archived:true").await, ["Old"]);
    assert_eq!(found(&client, "org:acme -archived:false").await, ["Old"]);
}

#[tokio::test]
async fn an_unknown_qualifier_may_find_nothing_and_say_nothing() {
    let (simulator, client) = serve(world());
    simulator.configure(|settings| {
        settings.search.unknown_qualifiers = UnknownQualifiers::FindNothing;
    });
    assert_eq!(
        found(&client, "org:acme merged-by:alice").await,
        Vec::<String>::new()
    );
    refused(&client, "org:acme merged:yesterday").await;
}

#[tokio::test]
async fn an_author_who_is_nobody_fails() {
    let (_simulator, client) = serve(world());
    for author in ["nobody", "app/nothing", "app/alice"] {
        let words = refused(&client, &format!("org:acme author:{author}")).await;
        assert!(words.starts_with("The listed users cannot be searched"));
    }
}

async fn refused(client: &Client, query: &str) -> String {
    let request = client
        .request("GET", "/search/issues")
        .query(&[("q", query)]);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 422, "{query}");
    let rest: Value = response.json().await.unwrap();
    assert_eq!(rest["message"], "Validation Failed");
    let graphql =
        "query S($q: String!) { search(type: ISSUE, query: $q, first: 1) { issueCount } }";
    let body = client.graphql(graphql, json!({ "q": query })).await;
    assert_eq!(body["data"], Value::Null, "{query}");
    assert_eq!(body["errors"][0]["message"], rest["errors"][0]["message"]);
    rest["errors"][0]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_organization_that_cannot_be_seen_fails_and_private_repositories_are_left_out() {
    let mut world = world();
    let _ = world.organization("secret").repository("plans");
    world.token("ghp_public");
    let simulator = Simulator::start(world).unwrap();
    let outsider = Client::new(&simulator.url(), "ghp_public");
    let invisible = "The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.";
    assert_eq!(refused(&outsider, "org:secret is:pr").await, invisible);
    assert_eq!(refused(&outsider, "org:nobody is:pr").await, invisible);
    assert_eq!(refused(&outsider, "repo:acme/payments").await, invisible);
    assert_eq!(found(&outsider, "org:acme is:pr").await, ["Old"]);
    // Of several, those that it cannot see are left out silently.
    assert_eq!(found(&outsider, "(org:acme OR org:secret)").await, ["Old"]);
    simulator.configure(|settings| settings.search.silent_in_graphql = true);
    let graphql = "{ search(type: ISSUE, query: \"org:secret is:pr\", first: 1) { issueCount } }";
    let data = outsider.data(graphql, json!({})).await;
    assert_eq!(data["search"]["issueCount"], 0);
    assert_eq!(
        Client::new(&simulator.url(), TOKEN)
            .get("/user")
            .await
            .status(),
        401
    );
}
