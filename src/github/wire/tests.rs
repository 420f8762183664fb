//! From GitHub's shapes to facts.

use serde_json::{Value, json};

use super::*;
use crate::audit::facts::ReviewState;

fn connection(nodes: &Value) -> Value {
    json!({"totalCount": nodes.as_array().map(Vec::len), "pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": nodes})
}

fn commit(headline: &str, committer: &Value, signature: &Value) -> Value {
    json!({"commit": {
        "id": "C_1", "oid": "c1", "messageHeadline": headline, "committer": committer, "signature": signature,
        "authors": connection(&json!([])), "parents": {"totalCount": 1, "nodes": [{"oid": "p"}]}
    }})
}

fn by_alice() -> Value {
    commit(
        "fix",
        &json!({"name": "Alice", "user": {"__typename": "User", "login": "alice", "databaseId": 1}}),
        &Value::Null,
    )
}

fn pull_request(changes: &Value) -> PullRequest {
    let mut shape = json!({
        "id": "PR_1", "number": 7, "url": "https://github.com/acme/pay/pull/7", "title": "A title",
        "createdAt": "2026-11-20T00:00:00Z", "mergedAt": "2026-11-21T00:00:00Z",
        "baseRefName": "main", "headRefOid": "c1", "mergeCommit": {"oid": "m1"},
        "author": {"__typename": "Bot", "login": "dependabot", "databaseId": 49_699_333},
        "mergedBy": null,
        "repository": {
            "databaseId": 5, "name": "pay", "isArchived": false, "defaultBranchRef": {"name": "main"},
            "owner": {"login": "acme", "databaseId": 3}
        },
        "reviews": connection(&json!([])), "timelineItems": connection(&json!([])), "commits": connection(&json!([by_alice()])),
    });
    for (name, value) in changes.as_object().unwrap() {
        shape[name] = value.clone();
    }
    serde_json::from_value(shape).unwrap()
}

fn facts_with(changes: &Value, authors: &Value) -> Result<facts::PullRequest, Unusable> {
    let mut pull_request = pull_request(changes);
    let commits = pull_request.commits.take().unwrap();
    let events = pull_request.timeline_items.take().unwrap();
    let authors = || serde_json::from_value(authors.clone()).unwrap();
    let lists = Lists {
        commits_total: commits.total_count.unwrap(),
        reviews: pull_request.reviews.take().unwrap().open("reviews")?.0,
        events: events.open("timelineItems")?.0,
        commits: commits
            .open("commits")?
            .0
            .into_iter()
            .map(|item| (item.commit, authors()))
            .collect(),
    };
    let observed_at = "2026-11-22T00:00:00Z".parse().unwrap();
    pull_request.into_facts(lists, observed_at)
}

fn facts(changes: &Value) -> facts::PullRequest {
    facts_with(changes, &json!([{"name": "Alice", "user": null}])).unwrap()
}

#[test]
fn a_pull_request_keeps_who_what_where_and_when() {
    let facts = facts(&json!({}));
    assert_eq!(
        (facts.organization.id, facts.organization.login.as_str()),
        (3, "acme")
    );
    assert_eq!(
        (facts.repository.id, facts.repository.name.as_str()),
        (5, "pay")
    );
    assert_eq!(facts.repository.default_branch.as_deref(), Some("main"));
    assert_eq!(
        (
            facts.number,
            facts.base_branch.as_str(),
            facts.head_commit.as_str()
        ),
        (7, "main", "c1")
    );
    assert_eq!(facts.merge_commit.as_deref(), Some("m1"));
    assert_eq!(facts.merged_at, "2026-11-21T00:00:00Z".parse().unwrap());
    assert_eq!(facts.commits_total, 1);
    let author = facts.author.unwrap();
    assert_eq!(
        (author.kind, author.login.as_str(), author.id),
        (ActorKind::Bot, "dependabot", Some(49_699_333))
    );
    assert_eq!(facts.merged_by, None);
}

#[test]
fn a_deleted_account_is_nobody_and_a_new_kind_of_account_is_no_human() {
    let facts = facts(&json!({"author": null, "mergedBy": {"__typename": "Robot", "login": "r2"}}));
    assert_eq!(facts.author, None);
    let merger = facts.merged_by.unwrap();
    assert_eq!(
        (merger.kind, merger.id, merger.is_human()),
        (ActorKind::Other, None, false)
    );
}

#[test]
fn a_title_is_cut_between_characters() {
    let facts = facts(&json!({"title": "é".repeat(300)}));
    assert_eq!(facts.title, "é".repeat(MAX_TITLE_CHARS));
}

#[test]
fn a_description_is_cut_without_addresses_and_an_empty_one_is_none() {
    let edited = "2026-11-20T12:00:00Z";
    let long = "x".repeat(5000);
    for (body, expected) in [
        (
            json!("Justification: bob@example.com is on call"),
            Some("Justification: [e-mail] is on call".to_owned()),
        ),
        (json!(long), Some("x".repeat(BODY_LIMIT))),
        (json!(""), None),
        (Value::Null, None),
    ] {
        let facts = facts(&json!({"body": body, "lastEditedAt": edited}));
        assert_eq!(facts.body, expected);
        assert_eq!(facts.body_edited_at, Some(edited.parse().unwrap()));
    }
    assert_eq!(facts(&json!({})).body_edited_at, None);
}

#[test]
fn labels_come_and_go_in_the_order_of_github() {
    let event = |kind: &str, at: &str, label: &str| json!({"__typename": kind, "createdAt": at, "actor": null, "label": {"name": label}});
    let facts = facts(&json!({"timelineItems": connection(&json!([
        event("LabeledEvent", "2026-11-20T12:00:00Z", "emergency"),
        event("UnlabeledEvent", "2026-11-20T13:00:00Z", "emergency"),
    ]))}));
    let labels: Vec<(&str, bool)> = facts
        .labels
        .iter()
        .map(|event| (event.name.as_str(), event.added))
        .collect();
    assert_eq!(labels, [("emergency", true), ("emergency", false)]);
}

#[test]
fn a_title_keeps_its_changes_cut_and_without_addresses() {
    let long = format!("ask bob@example.com {}", "é".repeat(300));
    let event = json!({
        "__typename": "RenamedTitleEvent", "createdAt": "2026-11-21T12:00:00Z", "previousTitle": long, "currentTitle": "A title",
        "actor": {"__typename": "User", "login": "bob", "databaseId": 2}
    });
    let facts = facts(&json!({"timelineItems": connection(&json!([event]))}));
    let [rename] = facts.title_renames.as_slice() else {
        panic!("{:?}", facts.title_renames)
    };
    assert!(rename.previous_title.starts_with("ask [e-mail] é"));
    assert_eq!(rename.previous_title.chars().count(), MAX_TITLE_CHARS);
    assert_eq!(rename.current_title, "A title");
    assert_eq!(rename.by.as_ref().and_then(|by| by.id), Some(2));
    assert_eq!(facts.title_as_of_merge(), Some(&*rename.previous_title));
}

#[test]
fn what_did_not_exist_when_this_was_written_is_a_gap() {
    let review = json!({"id": "R_1", "state": "APPLAUDED", "submittedAt": null, "author": null, "commit": null});
    let event = json!({"__typename": "ReviewForgottenEvent"});
    let dismissal = json!({
        "__typename": "ReviewDismissedEvent", "createdAt": "2026-11-20T12:00:00Z", "previousReviewState": "APPLAUDED"
    });
    let rename = json!({
        "__typename": "RenamedTitleEvent", "createdAt": "2026-11-20T12:00:00Z", "previousTitle": null, "currentTitle": "x"
    });
    let authors = json!([{"name": "Alice", "user": null}]);
    for (changes, expected) in [
        (
            json!({"timelineItems": connection(&json!([rename]))}),
            "RenamedTitleEvent: no title",
        ),
        (
            json!({"reviews": connection(&json!([review]))}),
            "review R_1: unknown state \"APPLAUDED\"",
        ),
        (
            json!({"timelineItems": connection(&json!([event]))}),
            "timelineItems: unknown event \"ReviewForgottenEvent\"",
        ),
        (
            json!({"timelineItems": connection(&json!([dismissal]))}),
            "a dismissal: unknown review state \"APPLAUDED\"",
        ),
    ] {
        assert_eq!(facts_with(&changes, &authors).unwrap_err(), expected);
    }
}

#[test]
fn a_review_keeps_its_state() {
    for (text, state) in [
        ("APPROVED", ReviewState::Approved),
        ("CHANGES_REQUESTED", ReviewState::ChangesRequested),
        ("COMMENTED", ReviewState::Commented),
        ("DISMISSED", ReviewState::Dismissed),
        ("PENDING", ReviewState::Pending),
    ] {
        let review = json!({"id": "R_1", "state": text, "submittedAt": "2026-11-20T12:00:00Z", "author": null, "commit": null, "authorCanPushToRepository": true});
        let facts = facts(&json!({"reviews": connection(&json!([review]))}));
        assert_eq!(facts.reviews[0].state, state, "{text}");
        assert_eq!(facts.reviews[0].author_can_push, Some(true));
        // While it is written it has no time; any other without one has no place in the order of opinions.
        let mut timeless = review;
        timeless["submittedAt"] = json!(null);
        let changes = json!({"reviews": connection(&json!([timeless]))});
        let read = facts_with(&changes, &json!([{"name": "Alice", "user": null}]));
        match read {
            Ok(_) => assert_eq!(state, ReviewState::Pending),
            Err(gap) => assert_eq!(gap, "review R_1: no time of submission", "{text}"),
        }
    }
}

#[test]
fn a_dismissal_keeps_what_the_review_was() {
    let event = json!({
        "__typename": "ReviewDismissedEvent", "createdAt": "2026-11-20T12:00:00Z",
        "previousReviewState": "CHANGES_REQUESTED", "review": {"id": "R_1"},
        "actor": {"__typename": "User", "login": "bob", "databaseId": 2}
    });
    let facts = facts(&json!({"timelineItems": connection(&json!([event]))}));
    let [dismissal] = facts.dismissals.as_slice() else {
        panic!()
    };
    assert_eq!(dismissal.review.as_deref(), Some("R_1"));
    assert_eq!(dismissal.previous_state, ReviewState::ChangesRequested);
    assert_eq!(
        dismissal.by.as_ref().map(|by| by.login.as_str()),
        Some("bob")
    );
}

#[test]
fn only_github_s_own_valid_signature_makes_a_commit_github_s() {
    let github = json!({"name": "GitHub", "user": null});
    let web_flow = json!({"name": "GitHub", "user": {"__typename": "User", "login": "web-flow", "databaseId": 19_864_447}});
    let app = json!({"name": "renovate[bot]", "user": null});
    let impostor = json!({"name": "GitHub", "user": {"__typename": "User", "login": "mallory", "databaseId": 9}});
    let signature = |valid, by_github| json!({"isValid": valid, "wasSignedByGitHub": by_github});
    for (committer, signature, expected) in [
        (&github, signature(true, true), true),
        (&web_flow, signature(true, true), true),
        (&app, signature(true, true), false),
        (&impostor, signature(true, true), false),
        (&github, signature(false, true), false),
        (&github, signature(true, false), false),
        (&github, Value::Null, false),
        (&Value::Null, signature(true, true), false),
    ] {
        let facts =
            facts(&json!({"commits": connection(&json!([commit("fix", committer, &signature)]))}));
        let [fact] = facts.commits.as_slice() else {
            panic!()
        };
        assert_eq!(fact.made_by_github, expected, "{committer} {signature}");
        assert_eq!(
            fact.committer.is_none(),
            expected || committer.is_null(),
            "{committer} {signature}"
        );
    }
}

#[test]
fn an_accepted_suggestion_is_github_s_commit_with_its_headline_and_two_authors() {
    let github = json!({"name": "GitHub", "user": null});
    let signed = json!({"isValid": true, "wasSignedByGitHub": true});
    let one = json!([{"name": "Alice", "user": null}]);
    let two = json!([{"name": "Alice", "user": null}, {"name": "Bob", "user": {"__typename": "User", "login": "bob", "databaseId": 2}}]);
    for (headline, signature, authors, expected) in [
        ("Apply suggestions from code review", &signed, &two, true),
        ("Apply suggestion from @bob", &signed, &two, true),
        ("Apply suggestions from code review", &signed, &one, false),
        (
            "Apply suggestions from code review",
            &Value::Null,
            &two,
            false,
        ),
        ("Fix", &signed, &two, false),
    ] {
        let commits = connection(&json!([commit(headline, &github, signature)]));
        let facts = facts_with(&json!({"commits": commits}), authors).unwrap();
        assert_eq!(
            facts.commits[0].accepted_suggestion, expected,
            "{headline} {signature} {authors}"
        );
        assert_eq!(
            facts.commits[0].authors.len(),
            authors.as_array().unwrap().len()
        );
    }
}

#[test]
fn what_github_left_out_is_never_nothing() {
    let authors = json!([{"name": "Alice", "user": null}]);
    for (changes, expected) in [
        (
            json!({"reviews": connection(&json!([null]))}),
            "reviews: an item is null",
        ),
        (
            json!({"commits": {"totalCount": 1, "pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": null}}),
            "commits: no list",
        ),
        (
            json!({"commits": {"totalCount": 1, "pageInfo": {"hasNextPage": true, "endCursor": null}, "nodes": []}}),
            "commits: a next page without a cursor",
        ),
        (
            json!({"mergedAt": null}),
            "mergedAt: the pull request is not merged",
        ),
    ] {
        assert_eq!(facts_with(&changes, &authors).unwrap_err(), expected);
    }
}

#[test]
fn a_commit_without_known_authors_is_somebody_unknown_s() {
    let nobody = facts::Contributor {
        user: None,
        name: None,
    };
    for nodes in [json!([]), json!([null])] {
        let authors: Connection<GitActor> = serde_json::from_value(connection(&nodes)).unwrap();
        let (authors, _) = authors.open("authors").unwrap();
        let commit: PullRequestCommit = serde_json::from_value(by_alice()).unwrap();
        let commit = commit.commit.into_fact(authors).unwrap();
        assert_eq!(
            commit.authors.as_slice(),
            std::slice::from_ref(&nobody),
            "{nodes}"
        );
    }
}
