//! GitHub's limits: waited out, and told where the patience ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mergeaudit::github::{Error, ErrorKind, Limit, Options};
use serde_json::json;

use crate::failures::{Seen, acme};
use crate::scripted::{Reply, Scripted, client, options};

#[tokio::test]
async fn a_secondary_limit_is_waited_out() {
    let limit =
        Reply::message(403, "You have exceeded a secondary rate limit.").with("retry-after", "1");
    let server = Scripted::start([limit, acme()]).await;
    let started = Instant::now();
    server.client().organization("acme").await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn while_one_request_waits_for_a_limit_the_others_of_the_client_wait_too() {
    let limit = Reply::message(429, "slow down").with("retry-after", "1");
    let server = Scripted::start([limit, acme()]).await;
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen);
    let client = client(
        &server.url,
        Options {
            observer,
            ..options()
        },
    );
    let second = async {
        // Both are polled by one task: when the observer is told, the limit holds.
        while seen.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        let started = Instant::now();
        client.organization("acme").await.unwrap();
        started.elapsed()
    };
    let (first, waited) = tokio::join!(client.organization("acme"), second);
    assert!(first.is_ok());
    assert!(waited >= Duration::from_millis(900), "{waited:?}");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_primary_limit_beyond_the_patience_says_until_when_and_spares_github() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let exceeded = json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]});
    let limit = Reply::json(&exceeded)
        .with("date", "Sun, 22 Nov 2026 12:00:00 GMT")
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset", (now.as_second() + 3600).to_string());
    let server = Scripted::start([limit]).await;
    let client = server.client();
    let until = "2026-11-22T13:00:01Z".parse().unwrap();
    let throttled = Error::Throttled {
        until,
        limit: Limit::Primary,
    };
    assert_eq!(client.organization("acme").await.unwrap_err(), throttled);
    assert_eq!(client.organization("acme").await.unwrap_err(), throttled);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_secondary_limit_without_a_header_lasts_a_minute_and_is_told_beyond_the_patience() {
    let words =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let in_errors = json!({"errors": [{"message": words}]});
    let in_message = json!({"documentation_url": "https://docs.github.com", "message": words});
    for limit in [
        Reply::message(403, words),
        Reply::message(429, words),
        Reply::json(&in_errors),
        Reply::json(&in_message),
    ] {
        let limit = limit.with("date", "Sun, 22 Nov 2026 12:00:00 GMT");
        let server = Scripted::start([limit]).await;
        let patience = Duration::from_secs(59);
        let options = Options {
            patience,
            ..options()
        };
        let error = client(&server.url, options).organization("acme").await;
        let throttled = Error::Throttled {
            until: "2026-11-22T12:01:00Z".parse().unwrap(),
            limit: Limit::Secondary,
        };
        assert_eq!(error.unwrap_err(), throttled);
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_limit_of_graphql_does_not_hold_rest_back() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let exceeded = json!({"data": null, "errors": [{"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "x"}]});
    let limit = Reply::json(&exceeded)
        .with("date", "Sun, 22 Nov 2026 12:00:00 GMT")
        .with("x-ratelimit-reset", (now.as_second() + 3600).to_string());
    let server = Scripted::start([limit, Reply::json(&json!({"login": "ci"}))]).await;
    let client = server.client();
    let error = client.organization("acme").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(client.principal().await.unwrap().login, "ci");
}
