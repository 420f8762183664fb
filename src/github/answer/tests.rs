//! Which answers are data, which pass, which are final, and that nothing secret is quoted.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;

use super::super::query;
use super::*;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn graphql() -> Call {
    Call::query(
        query::ORGANIZATION,
        &json!({}),
        "organization acme".to_owned(),
    )
}

fn rest() -> Call {
    Call::get("User", "/user".to_owned(), "the token's user".to_owned())
}

fn raw(status: u16, body: &(impl ToString + ?Sized)) -> RawAnswer {
    let status = StatusCode::from_u16(status).unwrap();
    let body = Bytes::from(body.to_string());
    RawAnswer {
        status,
        headers: HeaderMap::new(),
        body,
    }
}

fn read(call: &Call, status: u16, body: &(impl ToString + ?Sized)) -> Result<Answer, Failure> {
    Answer::read(raw(status, body), call, now())
}

/// The failure in one word.
fn word(result: &Result<Answer, Failure>) -> &'static str {
    match result {
        Ok(answer) if answer.gaps.is_empty() => "data",
        Ok(_) => "data with gaps",
        Err(Failure::Limited(..)) => "limited",
        Err(Failure::Transient {
            too_much: false, ..
        }) => "again",
        Err(Failure::Transient { too_much: true, .. }) => "again for less",
        Err(Failure::Incomplete {
            too_much: false, ..
        }) => "partial, again",
        Err(Failure::Incomplete { too_much: true, .. }) => "partial, again for less",
        Err(Failure::Unauthorized(_)) => "unauthorized",
        Err(Failure::Final(error)) => error.kind().as_str(),
    }
}

#[test]
fn every_known_body_of_graphql_means_what_it_should() {
    let limits = "Resource limits for this query exceeded.";
    let timeout =
        "Something went wrong while executing your query. This may be the result of a timeout.";
    for (body, expected) in [
        (json!({"data": {"organization": {}}}), "data"),
        (
            json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}),
            "limited",
        ),
        (
            json!({"data": null, "errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "x"}]}),
            "limited",
        ),
        (
            json!({"errors": [{"message": "You have exceeded a secondary rate limit."}]}),
            "limited",
        ),
        (
            json!({"data": {"x": null}, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "path": ["x"], "message": limits}]}),
            "partial, again for less",
        ),
        (
            json!({"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "x"}]}),
            "again for less",
        ),
        (
            json!({"data": null, "errors": [{"message": timeout}]}),
            "again for less",
        ),
        (
            json!({"data": {"x": null}, "errors": [{"type": "FORBIDDEN", "path": ["x"], "message": "x"}]}),
            "data with gaps",
        ),
        (
            json!({"data": {"x": null}, "errors": [{"type": "NOT_FOUND", "path": ["x"], "message": "x"}]}),
            "data with gaps",
        ),
        (
            json!({"data": {"x": null}, "errors": [{"type": "ODD", "path": ["x"], "message": "x"}]}),
            "partial, again",
        ),
        (
            json!({"data": null, "errors": [{"type": "NOT_FOUND", "message": "x"}]}),
            "NotFound",
        ),
        (
            json!({"errors": [{"type": "INSUFFICIENT_SCOPES", "message": "x"}]}),
            "Denied",
        ),
        (
            json!({"errors": [{"message": "Field 'x' doesn't exist on type 'Query'"}]}),
            "Invalid",
        ),
    ] {
        assert_eq!(word(&read(&graphql(), 200, &body)), expected, "{body}");
    }
}

#[test]
fn odd_bodies_of_graphql_are_limits_partial_or_asked_again() {
    for (body, expected) in [
        (
            json!({"data": {"x": null}, "errors": [{"type": "EXCESSIVE_PAGINATION", "path": ["x"], "message": "x"}]}),
            "partial, again for less",
        ),
        (
            json!({"data": null, "errors": [{"type": "INTERNAL", "message": "x"}]}),
            "again",
        ),
        (
            json!({"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}),
            "limited",
        ),
        (json!({"data": {"x": 1}, "errors": null}), "data"),
        // A server without limits.
        (
            json!({"data": {"x": 1, "rateLimit": null}, "errors": [{"path": ["rateLimit"], "message": "Rate limiting is not enabled."}]}),
            "data",
        ),
        (json!({"data": {"x": 1}, "errors": [7]}), "partial, again"),
        (json!({"data": {"x": 1}, "errors": "odd"}), "partial, again"),
        (json!({"data": null}), "again"),
        (json!({}), "again"),
        (json!([]), "again"),
        (json!(null), "again"),
    ] {
        assert_eq!(word(&read(&graphql(), 200, &body)), expected, "{body}");
    }
}

#[test]
fn every_known_status_means_what_it_should() {
    for (status, body, of_rest, of_graphql) in [
        (200, "<html>", "again", "again"),
        (200, r#"{"login": "oct"#, "again", "again"),
        (
            401,
            r#"{"message": "Bad credentials"}"#,
            "unauthorized",
            "unauthorized",
        ),
        (
            403,
            r#"{"message": "Resource not accessible by integration"}"#,
            "Denied",
            "Denied",
        ),
        (
            403,
            r#"{"message": "API rate limit exceeded for user ID 1."}"#,
            "limited",
            "limited",
        ),
        (404, r#"{"message": "Not Found"}"#, "NotFound", "Invalid"),
        (409, "{}", "again", "again"),
        (410, "{}", "Invalid", "Invalid"),
        (
            422,
            r#"{"message": "Validation Failed"}"#,
            "Invalid",
            "Invalid",
        ),
        (429, "", "limited", "limited"),
        (302, "", "Invalid", "Invalid"),
        (451, "", "Denied", "Denied"),
        (500, "", "again", "again"),
        (502, "<html>502</html>", "again", "again for less"),
        (503, r#"{"message": "unavailable"}"#, "again", "again"),
    ] {
        assert_eq!(
            word(&read(&rest(), status, body)),
            of_rest,
            "{status} {body}"
        );
        assert_eq!(
            word(&read(&graphql(), status, body)),
            of_graphql,
            "{status} {body}"
        );
    }
}

#[test]
fn a_refusal_says_what_to_do_without_the_secret_part_of_its_page() {
    let mut raw = raw(
        403,
        r#"{"message": "Resource protected by organization SAML enforcement."}"#,
    );
    let page = "required; url=https://github.com/orgs/acme/sso?authorization_request=s3cr3t";
    raw.headers.insert("x-github-sso", page.parse().unwrap());
    raw.headers.insert(
        "x-accepted-github-permissions",
        "pull_requests=read".parse().unwrap(),
    );
    let Err(Failure::Final(error)) = Answer::read(raw, &rest(), now()) else {
        panic!()
    };
    assert_eq!(
        error.to_string(),
        "GitHub denied User for the token's user: 403 Resource protected by organization SAML enforcement.; accepted \
         permissions: pull_requests=read; authorize the token for single sign-on at github.com/orgs/acme/sso"
    );
}

#[test]
fn the_words_of_a_refusal_include_those_of_its_errors() {
    let body = r#"{"message": "Validation Failed", "errors": [{"message": "no such user", "code": "invalid"}]}"#;
    let Err(Failure::Final(error)) = read(&rest(), 422, body) else {
        panic!()
    };
    assert_eq!(
        error.to_string(),
        "User for the token's user: GitHub refuses the question with 422 Validation Failed: no such user"
    );
}

#[test]
fn quoted_words_are_one_short_line_without_tokens() {
    let text = "bad\ntoken ghp_abc and github_pat_x,\tyes";
    assert_eq!(quote(text), "bad token [redacted] and [redacted] yes");
    assert_eq!(quote(&"ü".repeat(1000)).chars().count(), MAX_MESSAGE_CHARS);
}

#[test]
fn the_time_of_an_answer_is_github_s() {
    let mut raw = raw(200, "{}");
    raw.headers
        .insert("date", "Sun, 22 Nov 2026 11:59:58 GMT".parse().unwrap());
    let answer = Answer::read(raw, &rest(), now()).unwrap();
    assert_eq!(answer.observed_at, "2026-11-22T11:59:58Z".parse().unwrap());
}

#[test]
fn a_gap_knows_which_item_it_is_in() {
    let gap: Gap =
        serde_json::from_value(json!({"path": ["search", "nodes", 3, "reviews"], "message": "x"}))
            .unwrap();
    assert_eq!(gap.index_under(&["search", "nodes"]), Some(3));
    assert_eq!(gap.index_under(&["nodes"]), None);
    assert_eq!(gap.describe(), "search.nodes.3.reviews x");
}

#[test]
fn pauses_are_one_four_and_nine_units_and_up_to_a_quarter_more() {
    let unit = Duration::from_secs(1);
    for (attempt, seconds) in [(1, 1), (2, 4), (3, 9), (4, 9)] {
        for random in [0, 1, u64::MAX] {
            let least = Duration::from_secs(seconds);
            let pause = pause(attempt, unit, random);
            assert!(
                pause >= least && pause <= least + least / 4,
                "{attempt} {random} {pause:?}"
            );
        }
    }
}

#[test]
fn a_refusal_of_graphql_says_where_the_token_is_authorized() {
    let body = json!({"data": {"organization": null}, "errors": [{"type": "FORBIDDEN", "path": ["organization"],
        "extensions": {"saml_failure": true}, "message": "Resource protected by organization SAML enforcement."}]});
    for body in [
        body.clone(),
        json!({"data": null, "errors": body["errors"]}),
    ] {
        let mut raw = raw(200, &body);
        let page = "required; url=https://github.com/orgs/acme/sso?authorization_request=s3cr3t";
        raw.headers.insert("x-github-sso", page.parse().unwrap());
        let error = match Answer::read(raw, &graphql(), now()) {
            Ok(answer) => answer
                .parse_whole::<serde_json::Value>(&graphql())
                .unwrap_err(),
            Err(Failure::Final(error)) => error,
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(
            error.to_string(),
            "GitHub denied Organization for organization acme: 200 Resource protected by organization SAML enforcement.; \
             authorize the token for single sign-on at github.com/orgs/acme/sso"
        );
    }
}

#[test]
fn single_sign_on_hides_what_belongs_to_the_organizations_that_it_names() {
    for (header, expected) in [
        ("partial-results; organizations=3,4", true),
        ("partial-results; organizations=4, 3", true),
        ("partial-results; organizations=4,5", false),
        ("partial-results; organizations=", true),
        ("partial-results", true),
        ("required; url=https://github.com/orgs/acme/sso", false),
    ] {
        let mut raw = raw(200, &json!({"data": {}}));
        raw.headers.insert("x-github-sso", header.parse().unwrap());
        let answer = Answer::read(raw, &graphql(), now()).unwrap();
        assert_eq!(answer.hidden(3).is_some(), expected, "{header}");
    }
}
