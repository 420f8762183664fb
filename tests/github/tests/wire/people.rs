//! Facts about people, reviews and commits as GraphQL shows them.
use mergeaudit_test_github::{MergeMethod, Permission, Simulator, World, time};
use serde_json::{Value, json};

use crate::client::{Client, serve};

const FACTS: &str = "query F($number: Int!) { repository(owner: \"acme\", name: \"payments\") { pullRequest(number: $number) {
    id title body lastEditedAt headRefOid baseRefOid merged mergedAt mergeCommit { oid parents(first: 5) { totalCount } committer { name user { login } } signature { isValid wasSignedByGitHub } }
    author { __typename login resourcePath ... on User { databaseId } ... on Bot { databaseId } }
    mergedBy { login }
    labels(first: 5) { nodes { name } }
    reviews(first: 10) { totalCount nodes { state submittedAt author { login } authorCanPushToRepository commit { oid } } }
    latestOpinionatedReviews(first: 10, writersOnly: true) { nodes { state author { login } } }
    commits(first: 10) { totalCount nodes { commit { oid authors(first: 5) { totalCount nodes { name user { databaseId login } } } committer { user { login } } } } }
    timelineItems(first: 20, itemTypes: [REVIEW_DISMISSED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, LABELED_EVENT, MERGED_EVENT]) { totalCount nodes { __typename
        ... on ReviewDismissedEvent { previousReviewState actor { login } review { author { login } } }
        ... on HeadRefForcePushedEvent { beforeCommit { oid } afterCommit { oid } }
        ... on LabeledEvent { label { name } actor { login } createdAt }
        ... on MergedEvent { mergeRefName commit { oid } } } } } } }";

async fn facts(client: &Client, number: u64) -> Value {
    client.data(FACTS, json!({ "number": number })).await["repository"]["pullRequest"].clone()
}

fn start(tell: impl FnOnce(&mut World) -> u64) -> (Simulator, Client, u64) {
    let mut world = World::new(5);
    let _ = world
        .organization("acme")
        .repository("payments")
        .writers(&["alice", "bob"])
        .readers(&["rita"]);
    let number = tell(&mut world);
    let (simulator, client) = serve(world);
    (simulator, client, number)
}

#[tokio::test]
async fn a_dismissed_approval_keeps_its_row_and_its_past() {
    let (_simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        let mut payments = acme.repository("payments");
        let change = payments
            .merged_pull_request("Change")
            .author("alice")
            .approved_by("bob")
            .dismissed_by("alice", "bob");
        change.non_compliant(&["ApprovalDismissed"])
    });
    let facts = facts(&client, number).await;
    assert_eq!(facts["reviews"]["nodes"][0]["state"], "DISMISSED");
    let event = &facts["timelineItems"]["nodes"][0];
    assert_eq!(event["__typename"], "ReviewDismissedEvent");
    assert_eq!(event["previousReviewState"], "APPROVED");
    assert_eq!(event["review"]["author"]["login"], "bob");
    assert_eq!(facts["timelineItems"]["nodes"][1]["mergeRefName"], "main");
}

#[tokio::test]
async fn a_title_keeps_its_past() {
    const TITLES: &str = "query T($number: Int!) { repository(owner: \"acme\", name: \"payments\") { pullRequest(number: $number) {
        title timelineItems(first: 5, itemTypes: [RENAMED_TITLE_EVENT]) { totalCount nodes { __typename
            ... on RenamedTitleEvent { previousTitle currentTitle createdAt actor { login } } } } } } }";
    let merged_at = time("2026-11-20T12:00:00Z");
    let (_simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        acme.repository("payments")
            .merged_pull_request("Change")
            .author("alice")
            .retitled_by("alice", "PAY-1: Change")
            .retitled_by("bob", "PAY-2: Change")
            .at(time("2026-11-20T13:00:00Z"))
            .merged_at(merged_at)
            .non_compliant(&["ApprovalMissing"])
    });
    let data = client.data(TITLES, json!({ "number": number })).await;
    let facts = &data["repository"]["pullRequest"];
    assert_eq!(facts["title"], "PAY-2: Change");
    let events = &facts["timelineItems"];
    assert_eq!(events["totalCount"], 2);
    assert_eq!(events["nodes"][0]["previousTitle"], "Change");
    assert_eq!(events["nodes"][0]["currentTitle"], "PAY-1: Change");
    assert_eq!(events["nodes"][1]["previousTitle"], "PAY-1: Change");
    assert_eq!(events["nodes"][1]["actor"]["login"], "bob");
    assert_eq!(events["nodes"][1]["createdAt"], "2026-11-20T13:00:00Z");
}

fn promote(simulator: &Simulator, login: &str) {
    let mut world = simulator.world();
    let user = world.user(login).unwrap();
    let payments = world.find_repository_mut("acme", "payments").unwrap();
    payments.permissions.insert(user, Permission::Write);
}

#[tokio::test]
async fn write_permission_is_as_of_now() {
    let (simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        acme.repository("payments")
            .merged_pull_request("Change")
            .author("alice")
            .approved_by("rita")
            .compliant()
    });
    let before = facts(&client, number).await;
    assert_eq!(
        before["reviews"]["nodes"][0]["authorCanPushToRepository"],
        false
    );
    assert_eq!(before["latestOpinionatedReviews"]["nodes"], json!([]));
    promote(&simulator, "rita");
    let after = facts(&client, number).await;
    assert_eq!(
        after["reviews"]["nodes"][0]["authorCanPushToRepository"],
        true
    );
    assert_eq!(
        after["latestOpinionatedReviews"]["nodes"][0]["author"]["login"],
        "rita"
    );
}

#[tokio::test]
async fn a_deleted_account_is_null() {
    let (simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        acme.repository("payments")
            .merged_pull_request("Change")
            .author("alice")
            .approved_by("bob")
            .compliant()
    });
    simulator.world().delete_user("bob");
    simulator.world().delete_user("alice");
    let facts = facts(&client, number).await;
    assert_eq!(facts["author"], Value::Null);
    assert_eq!(facts["mergedBy"], Value::Null);
    assert_eq!(facts["reviews"]["nodes"][0]["author"], Value::Null);
    assert_eq!(
        facts["reviews"]["nodes"][0]["authorCanPushToRepository"],
        false
    );
    assert_eq!(
        facts["commits"]["nodes"][0]["commit"]["authors"]["nodes"][0]["user"],
        Value::Null
    );
}

#[tokio::test]
async fn bots_show_as_apps_and_with_their_suffix_in_commits() {
    let (_simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        acme.repository("payments")
            .merged_pull_request("Update")
            .author("dependabot[bot]")
            .approved_by("bob")
            .compliant()
    });
    let facts = facts(&client, number).await;
    assert_eq!(facts["author"]["__typename"], "Bot");
    assert_eq!(facts["author"]["login"], "dependabot");
    assert_eq!(facts["author"]["resourcePath"], "/apps/dependabot");
    let user = &facts["commits"]["nodes"][0]["commit"]["authors"]["nodes"][0]["user"];
    assert_eq!(user["login"], "dependabot[bot]");
    assert_eq!(user["databaseId"], facts["author"]["databaseId"]);
}

#[tokio::test]
async fn an_approval_names_the_commit_that_was_reviewed() {
    let (_simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        let mut payments = acme.repository("payments");
        payments
            .merged_pull_request("Change")
            .committed_by("alice")
            .co_authored_by("rita")
            .author("alice")
            .approved_by("bob")
            .at(time("2026-10-01T09:00:00Z"))
            .committed_by("bob")
            .labeled_by("bob", "emergency")
            .force_pushed_by("alice")
            .merged_at(time("2026-10-01T10:00:00Z"))
            .non_compliant(&["ApprovalStale"])
    });
    let facts = facts(&client, number).await;
    assert_eq!(facts["commits"]["totalCount"], 2);
    let reviewed = &facts["reviews"]["nodes"][0]["commit"]["oid"];
    assert_eq!(reviewed, &facts["commits"]["nodes"][0]["commit"]["oid"]);
    assert_eq!(
        facts["headRefOid"],
        facts["commits"]["nodes"][1]["commit"]["oid"]
    );
    assert_eq!(
        facts["commits"]["nodes"][0]["commit"]["authors"]["nodes"][1]["user"]["login"],
        "rita"
    );
    let events = facts["timelineItems"]["nodes"].as_array().unwrap();
    let types: Vec<&str> = events
        .iter()
        .map(|event| event["__typename"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        ["LabeledEvent", "HeadRefForcePushedEvent", "MergedEvent"]
    );
    assert_eq!(events[1]["afterCommit"]["oid"], facts["headRefOid"]);
    assert_eq!(facts["labels"]["nodes"][0]["name"], "emergency");
    assert_eq!(
        facts["reviews"]["nodes"][0]["submittedAt"],
        "2026-10-01T09:00:00Z"
    );
}

#[tokio::test]
async fn each_way_to_merge_leaves_its_commits() {
    for (method, parents, committer) in [
        (
            MergeMethod::Merge,
            2,
            json!({ "name": "GitHub", "user": null }),
        ),
        (
            MergeMethod::Squash,
            1,
            json!({ "name": "GitHub", "user": null }),
        ),
        (
            MergeMethod::Rebase,
            1,
            json!({ "name": "bob", "user": { "login": "bob" } }),
        ),
    ] {
        let (_simulator, client, number) = start(|world| {
            let mut acme = world.organization("acme");
            let mut payments = acme.repository("payments");
            let change = payments
                .merged_pull_request("Change")
                .author("alice")
                .committed_by("alice")
                .committed_by("alice");
            change
                .approved_by("bob")
                .merged_by("bob")
                .method(method)
                .compliant()
        });
        let facts = facts(&client, number).await;
        assert_eq!(
            facts["mergeCommit"]["parents"]["totalCount"], parents,
            "{method:?}"
        );
        assert_eq!(facts["mergeCommit"]["committer"], committer, "{method:?}");
        assert_eq!(
            facts["mergeCommit"]["signature"].is_null(),
            method == MergeMethod::Rebase
        );
        assert_eq!(facts["mergedBy"]["login"], "bob");
    }
}

#[tokio::test]
async fn nodes_are_found_by_their_ids() {
    let (_simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        acme.repository("payments")
            .merged_pull_request("Change")
            .author("alice")
            .approved_by("bob")
            .compliant()
    });
    let id = facts(&client, number).await["id"].clone();
    let query = "query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on PullRequest { number } } }";
    let body = client
        .graphql(query, json!({ "ids": [id, "PR_kwMQ"] }))
        .await;
    assert_eq!(
        body["data"]["nodes"][0],
        json!({ "__typename": "PullRequest", "id": id, "number": number })
    );
    assert_eq!(body["data"]["nodes"][1], Value::Null);
    assert_eq!(body["errors"][0]["type"], "NOT_FOUND");
    let body = client.graphql(query, json!({ "ids": vec![id; 101] })).await;
    assert_eq!(body["errors"][0]["type"], "ARGUMENT_LIMIT");
}

#[tokio::test]
async fn an_update_from_the_base_is_a_merge_that_github_signs() {
    let (_simulator, client, number) = start(|world| {
        let mut acme = world.organization("acme");
        let mut payments = acme.repository("payments");
        payments
            .merged_pull_request("Earlier")
            .author("bob")
            .approved_by("alice")
            .compliant();
        let change = payments
            .merged_pull_request("Change")
            .author("alice")
            .approved_by("bob");
        change.updated_from_base_by("alice").compliant()
    });
    let query = "query U($number: Int!) { repository(owner: \"acme\", name: \"payments\") { pullRequest(number: $number) {
        headRefOid baseRefOid commits(last: 2) { nodes { commit { oid parents(first: 2) { nodes { oid } }
        signature { isValid wasSignedByGitHub } } } } } } }";
    let data = client.data(query, json!({ "number": number })).await;
    let pull_request = &data["repository"]["pullRequest"];
    let commits = &pull_request["commits"]["nodes"];
    let update = &commits[1]["commit"];
    assert_eq!(update["oid"], pull_request["headRefOid"]);
    assert_eq!(
        update["signature"],
        json!({ "isValid": true, "wasSignedByGitHub": true })
    );
    let parents = &update["parents"]["nodes"];
    assert_eq!(parents[0]["oid"], commits[0]["commit"]["oid"]);
    assert_eq!(parents[1]["oid"], pull_request["baseRefOid"]);
    assert_ne!(
        commits[0]["commit"]["parents"]["nodes"][0]["oid"],
        pull_request["baseRefOid"]
    );
}
