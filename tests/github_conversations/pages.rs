//! Pages that are not whole, or too heavy: nothing is silently lost.

use futures::StreamExt;
use mergeaudit::github::{Error, ErrorKind, MergedPage, NumberedPullRequest, Options};
use mergeaudit::schedule::window::Window;
use serde_json::{Value, json};

use crate::scripted::{Reply, Scripted, client, options};
use crate::shapes::{
    acme, commit, errors, found, list, more, nodes, numbers, pull_request, rest, review, scan,
};

#[tokio::test]
async fn what_github_left_out_is_named_and_the_rest_is_kept() {
    let forbidden =
        json!([{"type": "FORBIDDEN", "path": ["search", "nodes", 1], "message": "SAML"}]);
    let nulled = json!([
        {"type": "FORBIDDEN", "path": ["search", "nodes", 0, "mergeCommit"], "message": "SAML"}
    ]);
    let first = found(
        4,
        &json!([pull_request(1), null, null]),
        Some("c1"),
        &forbidden,
    );
    let second = found(4, &json!([pull_request(4)]), None, &nulled);
    let server = Scripted::start([first, second]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(numbers(&items), [1]);
    let texts: Vec<String> = errors(&items).iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts[0].ends_with("search.nodes.1 FORBIDDEN: SAML; search.nodes.2 is null"),
        "{texts:?}"
    );
    assert!(
        texts[1].ends_with("https://github.com/acme/pay/pull/1: mergeCommit FORBIDDEN: SAML"),
        "{texts:?}"
    );
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn what_single_sign_on_hides_is_named() {
    let page = found(1, &json!([pull_request(1)]), None, &json!([]));
    let page = page.with("x-github-sso", "partial-results; organizations=3,4");
    let server = Scripted::start([page]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(numbers(&items), [1]);
    let [error] = errors(&items)[..] else {
        panic!("{items:?}")
    };
    assert!(
        error
            .to_string()
            .ends_with("what single sign-on hides from the token (organizations=3,4)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_commit_that_nobody_known_wrote_is_a_fact_on_every_page_of_authors() {
    let mut nobody = commit("c1");
    nobody["commit"]["authors"] = list(&json!([null]));
    let mut some = commit("c2");
    some["commit"]["authors"] = more("a", &json!([null]));
    let mut whole = pull_request(1);
    whole["commits"] = list(&json!([nobody, some]));
    let server = Scripted::start([
        found(1, &json!([whole]), None, &json!([])),
        rest(&json!([null, {"name": "Bob", "user": null}])),
    ])
    .await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(errors(&items).len(), 0, "{items:?}");
    let commits = &items[0].as_ref().unwrap().pull_requests[0].commits;
    let names: Vec<Vec<Option<&str>>> = commits
        .iter()
        .map(|commit| commit.authors.iter().map(|it| it.name.as_deref()).collect())
        .collect();
    assert_eq!(names, [vec![None], vec![None, None, Some("Bob")]]);
}

#[tokio::test]
async fn long_pull_requests_are_read_together_and_then_to_their_end() {
    let mut first = pull_request(1);
    first["reviews"] = more("r", &json!([review("R_1")]));
    let mut second = pull_request(3);
    second["commits"] = more("c", &json!([commit("C_1")]));
    let mut longer = pull_request(3);
    let mut by_many = commit("C_1");
    by_many["commit"]["authors"] = more("a", &json!([{"name": "Alice", "user": null}]));
    longer["commits"] = more("c", &json!([by_many]));
    longer["commits"]["totalCount"] = json!(2);
    let mut whole = pull_request(1);
    whole["reviews"] = list(&json!([review("R_1"), review("R_2")]));
    let server = Scripted::start([
        found(3, &json!([first, pull_request(2)]), Some("s"), &json!([])),
        found(3, &json!([second]), None, &json!([])),
        nodes(&json!([whole, longer])),
        rest(&json!([commit("C_2")])),
        rest(&json!([{"name": "Bob", "user": null}])),
    ])
    .await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(
        (numbers(&items), errors(&items).len()),
        (vec![2, 1, 3], 0),
        "{items:?}"
    );
    let pages: Vec<&MergedPage> = items.iter().flatten().collect();
    let facts = &pages[1].pull_requests;
    let reviews: Vec<&str> = facts[0]
        .reviews
        .iter()
        .map(|review| review.id.as_str())
        .collect();
    assert_eq!(reviews, ["R_1", "R_2"]);
    let commits: Vec<(&str, usize)> = facts[1]
        .commits
        .iter()
        .map(|commit| (commit.oid.as_str(), commit.authors.len()))
        .collect();
    assert_eq!(commits, [("C_1", 2), ("C_2", 1)]);
    let asked = server.asked();
    let variables = |index: usize, name: &str| asked[index].body["variables"][name].clone();
    assert_eq!(variables(2, "ids"), json!(["PR_1", "PR_3"]));
    assert_eq!(
        (variables(0, "commits"), variables(2, "commits")),
        (json!(10), json!(100))
    );
    assert_eq!(
        (variables(3, "after"), variables(4, "after")),
        (json!("c"), json!("a"))
    );
}

#[tokio::test]
async fn nested_pages_without_an_end_spoil_one_pull_request_only() {
    let circle = more("r", &json!([review("R_1")]));
    let empty = more("s", &json!([]));
    for (following, words) in [
        (circle, "MoreReviews: GitHub repeats a cursor"),
        (empty, "MoreReviews: a page is empty and not the last"),
    ] {
        let mut whole = pull_request(1);
        whole["reviews"] = more("r", &json!([review("R_1")]));
        let server = Scripted::start([
            found(2, &json!([whole, pull_request(2)]), None, &json!([])),
            nodes(&json!([whole])),
            Reply::json(&json!({"data": {"node": {"connection": following}}})),
        ])
        .await;
        let items = scan(&server, "2026-11-22T00:00:00Z").await;
        assert_eq!(numbers(&items), [2]);
        let [error] = errors(&items)[..] else {
            panic!("{items:?}")
        };
        assert!(error.to_string().contains(words), "{error}");
        assert!(
            error
                .to_string()
                .contains("https://github.com/acme/pay/pull/1"),
            "{error}"
        );
        assert_eq!(server.asked().len(), 3);
    }
}

#[tokio::test]
async fn a_pull_request_that_github_cannot_serve_is_named_and_the_others_are_read() {
    let names = json!([{"id": "PR_1", "url": "https://github.com/acme/pay/pull/1"},
        {"id": "PR_2", "url": "https://github.com/acme/pay/pull/2"}]);
    let broken = || Reply::status(500);
    let server = Scripted::start([
        broken(),
        broken(),
        broken(),
        broken(),
        found(3, &names, Some("c"), &json!([])),
        // Both, then each alone: the first cannot be served.
        broken(),
        broken(),
        broken(),
        broken(),
        broken(),
        broken(),
        broken(),
        broken(),
        nodes(&json!([pull_request(2)])),
        found(3, &json!([pull_request(3)]), None, &json!([])),
    ])
    .await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(numbers(&items), [2, 3], "{items:?}");
    let [error @ Error::Partial { .. }] = errors(&items)[..] else {
        panic!("{items:?}")
    };
    assert!(error.to_string().contains("acme/pay/pull/1"), "{error}");
    assert_eq!(server.asked().len(), 15);
}

#[tokio::test]
async fn a_pull_request_that_does_not_parse_hides_no_other() {
    let mut odd = pull_request(2);
    odd["createdAt"] = json!("yesterday");
    let server = Scripted::start([found(
        3,
        &json!([pull_request(1), odd, pull_request(3)]),
        None,
        &json!([]),
    )])
    .await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(numbers(&items), [1, 3]);
    let [error] = errors(&items)[..] else {
        panic!("{items:?}")
    };
    assert_eq!(error.kind(), ErrorKind::Partial);
    assert!(
        error
            .to_string()
            .contains("https://github.com/acme/pay/pull/1 does not parse"),
        "{error}"
    );
}

#[tokio::test]
async fn a_page_that_is_too_much_for_github_is_asked_for_in_halves() {
    let limits = json!([{"type": "RESOURCE_LIMITS_EXCEEDED", "path": ["search", "nodes", 0, "reviews"], "message": "too much"}]);
    let server = Scripted::start([
        Reply::status(502),
        found(1, &json!([pull_request(1)]), None, &limits),
        found(1, &json!([pull_request(1)]), None, &json!([])),
    ])
    .await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!((numbers(&items), errors(&items).len()), (vec![1], 0));
    let sizes: Vec<Value> = server
        .asked()
        .iter()
        .map(|asked| asked.body["variables"]["n"].clone())
        .collect();
    assert_eq!(sizes, [50, 25, 12]);
}

#[tokio::test]
async fn a_server_that_is_down_is_not_asked_for_ever_smaller_pages() {
    let server = Scripted::start([Reply::Close]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert!(
        matches!(errors(&items)[..], [Error::Unavailable { attempts: 4, .. }]),
        "{items:?}"
    );
    // The page, and then which pull requests are on it.
    let asked = server.asked();
    assert_eq!(asked.len(), 8);
    assert!(asked.iter().all(|asked| asked.body["variables"]["n"] == 50));
}

#[tokio::test]
async fn a_gap_that_does_not_close_is_reported_after_retries() {
    let odd = json!([{"type": "INTERNAL", "path": ["search", "nodes", 1], "message": "oops"}]);
    let server = Scripted::start([found(2, &json!([pull_request(1), null]), None, &odd)]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(numbers(&items), [1]);
    assert!(
        matches!(errors(&items)[..], [Error::Partial { .. }]),
        "{items:?}"
    );
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn an_error_of_the_whole_ends_the_stream() {
    let first = found(2, &json!([pull_request(1)]), Some("c1"), &json!([]));
    let server = Scripted::start([first, Reply::message(401, "Bad credentials")]).await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!(numbers(&items), [1]);
    assert_eq!(
        items.last().unwrap().as_ref().unwrap_err().kind(),
        ErrorKind::Denied
    );
}

#[tokio::test]
async fn pull_requests_read_again_fail_each_by_itself() {
    let nodes = json!([pull_request(1), null, {"__typename": "Issue"}, null]);
    let gaps = json!([
        {"type": "NOT_FOUND", "path": ["nodes", 1], "message": "Could not resolve to a node"},
        {"type": "FORBIDDEN", "path": ["nodes", 3], "message": "SAML"}
    ]);
    let server = Scripted::start([Reply::json(
        &json!({"data": {"nodes": nodes}, "errors": gaps}),
    )])
    .await;
    let ids = ["PR_1", "PR_2", "I_3", "PR_4"].map(str::to_owned);
    let results = server.client().pull_requests(&ids).await;
    let (asked, results): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    assert_eq!(asked, ids);
    assert_eq!(
        results[0]
            .as_ref()
            .unwrap()
            .as_ref()
            .map(|facts| facts.number),
        Some(1)
    );
    assert_eq!(results[1], Ok(None));
    for result in &results[2..] {
        assert_eq!(result.as_ref().unwrap_err().kind(), ErrorKind::Partial);
    }
}

#[tokio::test]
async fn an_answer_beyond_all_measure_is_not_kept_but_asked_for_in_halves() {
    let endless = Reply::Http(200, Vec::new(), " ".repeat(33 * 1024 * 1024));
    let server = Scripted::start([
        endless,
        found(1, &json!([pull_request(1)]), None, &json!([])),
    ])
    .await;
    let items = scan(&server, "2026-11-22T00:00:00Z").await;
    assert_eq!((numbers(&items), errors(&items).len()), (vec![1], 0));
    assert_eq!(server.asked()[1].body["variables"]["n"], 25);
}

#[tokio::test]
async fn descriptions_are_asked_for_only_where_they_are_wanted() {
    let server = Scripted::start([found(0, &json!([]), None, &json!([]))]).await;
    for descriptions in [true, false] {
        let options = Options {
            descriptions,
            ..options()
        };
        let client = client(&server.url, options);
        let organization = acme();
        let window = Window {
            since: "2026-11-21T00:00:00Z".parse().unwrap(),
            until: "2026-11-22T00:00:00Z".parse().unwrap(),
        };
        let pages = client.merged_pull_requests(&organization, window);
        assert_eq!(pages.count().await, 1);
    }
    let asked = server.asked();
    let wanted: Vec<&Value> = asked
        .iter()
        .map(|asked| &asked.body["variables"]["descriptions"])
        .collect();
    assert_eq!(wanted, [&json!(true), &json!(false)]);
}

#[tokio::test]
async fn a_pull_request_that_is_not_merged_is_told_apart() {
    let open = |merged_at: Value| {
        let mut shape = pull_request(7);
        shape["mergedAt"] = merged_at;
        Reply::json(&json!({"data": {"repository": {"pullRequest": shape}}}))
    };
    let hidden = json!({"data": {"repository": null}, "errors": [
        {"type": "NOT_FOUND", "path": ["repository"], "message": "Could not resolve to a Repository with the name 'acme/pay'."}
    ]});
    let server = Scripted::start([
        open(Value::Null),
        open(json!("2026-11-21T00:00:00Z")),
        Reply::json(&hidden),
    ])
    .await;
    let client = server.client();
    let shown = client.pull_request("acme", "pay", 7).await.unwrap();
    let url = "https://github.com/acme/pay/pull/1".to_owned();
    assert_eq!(shown, Some(NumberedPullRequest::NotMerged { url }));
    let shown = client.pull_request("acme", "pay", 7).await.unwrap();
    assert!(matches!(shown, Some(NumberedPullRequest::Merged(facts)) if facts.number == 7));
    assert_eq!(client.pull_request("acme", "pay", 7).await, Ok(None));
}

#[tokio::test]
async fn a_part_that_is_not_found_is_missing_and_not_the_pull_request() {
    let gap = |path: &Value| json!([{"type": "NOT_FOUND", "path": path, "message": "gone"}]);
    let node = json!({"data": {"nodes": [pull_request(1)]}, "errors": gap(&json!(["nodes", 0, "mergeCommit"]))});
    let single = json!({"data": {"repository": {"pullRequest": pull_request(1)}},
        "errors": gap(&json!(["repository", "pullRequest", "mergeCommit"]))});
    let server = Scripted::start([Reply::json(&node), Reply::json(&single)]).await;
    let client = server.client();
    let mut again = client.pull_requests(&["PR_1".to_owned()]).await;
    let again = again.pop().unwrap().1.unwrap_err();
    let shown = client.pull_request("acme", "pay", 1).await.unwrap_err();
    for error in [again, shown] {
        assert_eq!(error.kind(), ErrorKind::Partial);
        assert!(
            error.to_string().contains("mergeCommit NOT_FOUND: gone"),
            "{error}"
        );
    }
}
