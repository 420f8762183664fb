//! The control endpoints of the demo.
use mergeaudit_test_github::MergeNow;
use serde_json::{Value, json};

use crate::client::{TOKEN, payments, serve};

#[tokio::test]
async fn a_merge_now_is_found_by_the_search_and_declared() {
    let (_simulator, client) = serve(payments(1));
    let merge = json!({ "organization": "acme", "repository": "payments", "title": "Hotfix", "author": "alice", "labels": ["emergency"] });
    let response = client.post("/_sim/merge", merge).await;
    assert_eq!(response.status(), 200);
    let merged: Value = response.json().await.unwrap();
    assert_eq!(merged["number"], 2);
    assert_eq!(merged["truth"]["verdict"], "NonCompliant");
    let merged_at = merged["truth"]["mergedAt"].as_str().unwrap();
    let (_, found) = client
        .get_json(&format!(
            "/search/issues?q=org:acme+is:merged+merged:{merged_at}"
        ))
        .await;
    assert_eq!(found["items"][0]["title"], "Hotfix");
    let (_, truth) = client.get_json("/_sim/truth").await;
    assert_eq!(truth[1]["reasons"], json!(["ApprovalMissing"]));
    assert_eq!(truth[1]["mergeCommit"], merged["truth"]["mergeCommit"]);
}

#[tokio::test]
async fn the_handle_does_the_same_and_refuses_what_is_not_there() {
    let (simulator, client) = serve(payments(0));
    let mut what = MergeNow {
        organization: "acme".to_owned(),
        repository: "payments".to_owned(),
        title: "Reviewed".to_owned(),
        author: "alice".to_owned(),
        approved_by: vec!["bob".to_owned()],
        ..MergeNow::default()
    };
    assert_eq!(simulator.merge(&what).unwrap(), 1);
    what.repository = "missing".to_owned();
    assert!(simulator.merge(&what).is_err());
    for (path, body) in [
        ("/_sim/merge", json!({ "organisation": "acme" })),
        ("/_sim/revoke", json!({ "token": "ghp_none" })),
        ("/_sim/faults", json!({ "kind": "earthquake" })),
    ] {
        assert_eq!(client.post(path, body).await.status(), 422, "{path}");
    }
    assert_eq!(client.get("/_sim/nothing").await.status(), 404);
}

#[tokio::test]
async fn faults_revocation_clock_and_log_work_by_hand() {
    let (simulator, client) = serve(payments(0));
    let before = simulator.now();
    let fault =
        json!({ "kind": "secondaryLimit", "retryAfter": 3, "count": 1, "matching": "/user" });
    assert_eq!(client.post("/_sim/faults", fault).await.status(), 200);
    assert_eq!(client.get("/user").await.headers()["retry-after"], "3");
    assert_eq!(
        client
            .post("/_sim/revoke", json!({ "token": TOKEN }))
            .await
            .status(),
        200
    );
    assert_eq!(client.get("/user?x=1").await.status(), 401);
    let clock = client
        .post("/_sim/clock", json!({ "offsetSeconds": 86400 }))
        .await;
    assert_eq!(clock.status(), 200);
    assert!(simulator.now().duration_since(before).as_hours() >= 24);
    let (_, log) = client.get_json("/_sim/requests").await;
    let rows: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["path"].clone(), row["status"].clone()))
        .collect();
    assert_eq!(
        rows,
        [
            (json!("/user"), json!(403)),
            (json!("/user?x=1"), json!(401))
        ]
    );
}
