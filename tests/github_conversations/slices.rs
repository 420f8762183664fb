//! A search over its pages and slices of time: read to its end, in order, and never in a circle.

use futures::StreamExt;
use mergeaudit::github::Error;
use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted};
use crate::shapes::{
    acme, counts, errors, found, list, more, numbers, pull_request, read_until, scan,
};

#[tokio::test]
async fn pages_follow_the_cursor_and_repeat_nothing() {
    let first = found(
        3,
        &json!([pull_request(1), pull_request(2)]),
        Some("c1"),
        &json!([]),
    );
    let second = found(
        3,
        &json!([pull_request(2), pull_request(3)]),
        None,
        &json!([]),
    );
    let server = Scripted::start([first, second]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!((numbers(&items), errors(&items).len()), (vec![1, 2, 3], 0));
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].body["variables"]["after"], Value::Null);
    assert_eq!(asked[1].body["variables"]["after"], "c1");
    assert_eq!(
        asked[0].body["variables"]["q"],
        "org:acme is:pr is:merged merged:2026-11-21T00:00:00Z..2026-11-21T23:59:59Z sort:created-asc"
    );
}

#[tokio::test]
async fn an_empty_window_asks_nothing() {
    let server = Scripted::start([Reply::status(500)]).await;
    assert!(scan(&server, "2026-11-21T00:00:00Z").await.is_empty());
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_search_that_falls_short_is_asked_once_more() {
    let short = found(2, &json!([pull_request(1)]), None, &json!([]));
    let whole = found(
        2,
        &json!([pull_request(1), pull_request(2)]),
        None,
        &json!([]),
    );
    let server = Scripted::start([short, whole]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!((numbers(&items), errors(&items).len()), (vec![1, 2], 0));
}

#[tokio::test]
async fn a_search_that_stays_short_is_an_error_that_counts() {
    let server = Scripted::start([found(2, &json!([pull_request(1)]), None, &json!([]))]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(numbers(&items), [1]);
    let [
        Error::Short {
            expected: 2,
            received: 1,
            ..
        },
    ] = errors(&items)[..]
    else {
        panic!("{items:?}")
    };
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_search_that_counts_too_many_is_cut_down_to_a_second() {
    // Two seconds, of which the first holds too many by itself.
    let server = Scripted::start([
        found(1002, &json!([pull_request(1)]), Some("c"), &json!([])),
        counts(&[1001, 1]),
        found(1, &json!([pull_request(2)]), None, &json!([])),
    ])
    .await;
    let items = scan(&server, "2026-11-21T00:00:02Z").await;
    assert_eq!(numbers(&items), [2]);
    let [
        Error::TooMany {
            query,
            expected: 1001,
        },
    ] = errors(&items)[..]
    else {
        panic!("{items:?}")
    };
    assert!(
        query.contains("merged:2026-11-21T00:00:00Z..2026-11-21T00:00:00Z"),
        "{query}"
    );
    assert_eq!(
        read_until(&items),
        [
            Some("2026-11-21T00:00:01Z".parse().unwrap()),
            Some("2026-11-21T00:00:02Z".parse().unwrap())
        ]
    );
}

#[tokio::test]
async fn counts_that_contradict_the_search_do_not_lead_in_a_circle() {
    let too_many = || found(1001, &json!([pull_request(1)]), Some("c"), &json!([]));
    let part = |number| found(1, &json!([pull_request(number)]), None, &json!([]));
    let server = Scripted::start([too_many(), counts(&[1, 1]), part(1), part(2)]).await;
    let items = scan(&server, "2026-11-21T00:00:02Z").await;
    assert_eq!((numbers(&items), errors(&items).len()), (vec![1, 2], 0));
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn the_last_page_of_each_slice_says_until_when_all_is_read() {
    let part = |number| found(900, &json!([pull_request(number)]), None, &json!([]));
    let server = Scripted::start([
        found(2700, &json!([pull_request(9)]), Some("c"), &json!([])),
        counts(&[900, 0, 0, 900, 0, 0, 0, 0, 0, 0, 0, 900]),
        found(2, &json!([pull_request(1)]), Some("c1"), &json!([])),
        found(2, &json!([pull_request(2)]), None, &json!([])),
        part(3),
        part(3),
        found(1, &json!([pull_request(4)]), None, &json!([])),
    ])
    .await;
    let items = scan(&server, "2026-11-21T12:00:00.5Z").await;
    assert_eq!(numbers(&items), [1, 2, 3, 4]);
    let hour = |text: &str| Some(format!("2026-11-21T{text}Z").parse().unwrap());
    assert_eq!(
        read_until(&items),
        [
            None,
            hour("03:00:00"),
            None,
            hour("11:00:00"),
            hour("12:00:00.5")
        ]
    );
    // What the second slice is short of is named before its last page.
    let is_short = items
        .iter()
        .position(|item| matches!(item, Err(Error::Short { .. })));
    assert_eq!(is_short, Some(3), "{items:?}");
}

#[tokio::test]
async fn a_search_whose_cursor_repeats_or_whose_pages_are_empty_ends_and_is_named() {
    let endless = found(3, &json!([pull_request(1)]), Some("c"), &json!([]));
    let empty = found(3, &json!([]), Some("c"), &json!([]));
    for (reply, words) in [
        (endless, "GitHub repeats a cursor"),
        (empty, "a page is empty and not the last"),
    ] {
        let server = Scripted::start([reply]).await;
        let items = scan(&server, "2026-11-22T00:00:00Z").await;
        assert!(errors(&items)[0].to_string().contains(words), "{items:?}");
        assert!(
            matches!(errors(&items).last(), Some(Error::Short { .. })),
            "{items:?}"
        );
        assert!(server.asked().len() <= 4);
    }
}

#[tokio::test]
async fn repositories_whose_pages_have_no_end_are_an_error() {
    let page = |nodes: &Value| {
        let repositories = more("c", nodes);
        Reply::json(&json!({"data": {"organization": {"repositories": repositories}}}))
    };
    let repository =
        json!({"databaseId": 5, "name": "pay", "isArchived": false, "defaultBranchRef": null});
    for nodes in [json!([repository]), json!([])] {
        let server = Scripted::start([page(&nodes)]).await;
        let pages: Vec<_> = server.client().repositories(&acme()).collect().await;
        let error = pages.last().unwrap().as_ref().unwrap_err();
        assert!(error.to_string().contains("have no end"), "{error}");
        assert!(server.asked().len() <= 2);
    }
}

#[tokio::test]
async fn a_repository_that_cannot_be_read_hides_no_other() {
    let page = |nodes: &Value, next: Option<&str>, errors: &Value| {
        let mut repositories = list(nodes);
        repositories["pageInfo"] = json!({"hasNextPage": next.is_some(), "endCursor": next});
        Reply::json(
            &json!({"data": {"organization": {"repositories": repositories}}, "errors": errors}),
        )
    };
    let repository =
        json!({"databaseId": 5, "name": "pay", "isArchived": false, "defaultBranchRef": null});
    let mut odd = repository.clone();
    odd["databaseId"] = Value::Null;
    let forbidden = json!([{"type": "FORBIDDEN", "path": ["organization", "repositories", "nodes", 1], "message": "SAML"}]);
    let server = Scripted::start([
        page(&json!([repository, null, odd]), Some("c"), &forbidden),
        page(&json!([repository]), None, &json!([])),
    ])
    .await;
    let items: Vec<_> = server.client().repositories(&acme()).collect().await;
    let lengths: Vec<Option<usize>> = items
        .iter()
        .map(|item| item.as_ref().ok().map(Vec::len))
        .collect();
    assert_eq!(lengths, [Some(1), None, Some(1)]);
    let error = items[1].as_ref().unwrap_err();
    assert!(error.is_partial());
    assert!(
        error.to_string().ends_with(
            "organization.repositories.nodes.1 FORBIDDEN: SAML; organization.repositories.nodes.2: repository.databaseId: null"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_list_of_repositories_that_github_refuses_is_denied_in_its_words() {
    let refused = json!({"data": {"organization": null}, "errors": [{"type": "FORBIDDEN",
        "path": ["organization", "repositories"], "message": "Your IP address is not permitted."}]});
    let server = Scripted::start([Reply::json(&refused)]).await;
    let items: Vec<_> = server.client().repositories(&acme()).collect().await;
    assert_eq!(
        items[0].as_ref().unwrap_err().to_string(),
        "GitHub denied Repositories for organization acme: 200 Your IP address is not permitted."
    );
}
