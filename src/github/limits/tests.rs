//! Every way in which GitHub is known to say that a limit was hit.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    pairs.collect()
}

const PATIENCE: Duration = Duration::from_mins(15);

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// Seconds since the epoch, so many seconds from [`now`].
fn in_seconds(seconds: i64) -> String {
    (now().as_second() + seconds).to_string()
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn limited(
    status: u16,
    pairs: &[(&str, &str)],
    message: &str,
) -> Option<(Limit, Option<Duration>)> {
    let status = StatusCode::from_u16(status).unwrap();
    let limited = Limited::of_status(status, &headers(pairs), message, now())?;
    Some((limited.limit, limited.wait))
}

const EXCEEDED: &str = "API rate limit exceeded for user ID 1.";
const BURST: &str =
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

#[test]
fn the_primary_limit_is_waited_for_until_its_reset() {
    let reset = in_seconds(90);
    let used_up = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    for (status, message) in [(403, EXCEEDED), (429, EXCEEDED), (403, ""), (429, "")] {
        let expected = (Limit::Primary, Some(seconds(91)));
        assert_eq!(
            limited(status, &used_up, message),
            Some(expected),
            "{status} {message}"
        );
    }
    assert_eq!(limited(403, &[], EXCEEDED), Some((Limit::Primary, None)));
}

#[test]
fn the_secondary_limit_is_known_by_its_header_its_words_or_its_status() {
    let abuse = "You have triggered an abuse detection mechanism.";
    let date = "Sun, 22 Nov 2026 12:00:30 GMT";
    let past = "Sun, 22 Nov 2026 11:00:00 GMT";
    for (status, retry_after, message, wait) in [
        (403, Some("60"), "", Some(60)),
        (429, Some(date), "", Some(30)),
        (429, Some(past), "", Some(0)),
        (403, Some("7"), BURST, Some(7)),
        (403, None, BURST, None),
        (403, None, abuse, None),
        (429, None, "", None),
    ] {
        let pairs: Vec<_> = retry_after
            .map(|value| ("retry-after", value))
            .into_iter()
            .collect();
        let expected = (Limit::Secondary, wait.map(seconds));
        assert_eq!(
            limited(status, &pairs, message),
            Some(expected),
            "{status} {retry_after:?} {message}"
        );
    }
}

#[test]
fn a_refusal_is_no_limit() {
    let left = [("x-ratelimit-remaining", "4999")];
    let used_up = [("x-ratelimit-remaining", "0")];
    assert_eq!(
        limited(403, &left, "Resource not accessible by integration"),
        None
    );
    assert_eq!(
        limited(403, &[], "Resource not accessible by personal access token"),
        None
    );
    assert_eq!(limited(401, &used_up, "Bad credentials"), None);
}

#[test]
fn missing_headers_never_mean_that_nothing_is_left() {
    let budget = Budget::of(&HeaderMap::new());
    assert_eq!(budget, Budget::default());
    assert_eq!(budget.exhausted_for(now()), None);
    let garbled = headers(&[
        ("x-ratelimit-remaining", "some"),
        ("x-ratelimit-reset", "soon"),
    ]);
    assert_eq!(Budget::of(&garbled), Budget::default());
}

#[test]
fn a_budget_that_is_used_up_stays_so_until_its_reset_by_github_s_clock() {
    let reset = in_seconds(10);
    let pairs = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    assert_eq!(
        Budget::of(&headers(&pairs)).exhausted_for(now()),
        Some(seconds(11))
    );
    let pairs = [
        ("x-ratelimit-remaining", "1"),
        ("x-ratelimit-reset", reset.as_str()),
    ];
    assert_eq!(Budget::of(&headers(&pairs)).exhausted_for(now()), None);
}

#[test]
fn where_github_does_not_say_the_wait_doubles_from_a_minute() {
    let limited = Limited {
        limit: Limit::Secondary,
        wait: None,
    };
    let waits: Vec<u64> = (0..4)
        .map(|before| limited.wait(before).as_secs())
        .collect();
    assert_eq!(waits, [60, 120, 240, 480]);
    let told = Limited {
        limit: Limit::Secondary,
        wait: Some(seconds(3)),
    };
    assert_eq!(told.wait(5), Duration::from_secs(3));
}

#[tokio::test]
async fn a_primary_limit_holds_back_its_own_budget_and_a_secondary_one_all() {
    let limiter = Limiter::new(1);
    let (short, long) = (Duration::from_millis(20), Duration::from_millis(60));
    let started = Instant::now();
    limiter.block(Bucket::Graphql, Limit::Primary, long, now());
    assert!(futures::poll!(std::pin::pin!(limiter.ready(Bucket::Graphql, PATIENCE))).is_pending());
    assert!(futures::poll!(std::pin::pin!(limiter.ready(Bucket::Rest, PATIENCE))).is_ready());
    limiter.block(Bucket::Graphql, Limit::Secondary, short, now());
    assert!(futures::poll!(std::pin::pin!(limiter.ready(Bucket::Rest, PATIENCE))).is_pending());
    drop(limiter.ready(Bucket::Rest, PATIENCE).await.unwrap());
    assert!(started.elapsed() >= short);
    // The shorter limit does not end the longer one.
    drop(limiter.ready(Bucket::Graphql, PATIENCE).await.unwrap());
    assert!(started.elapsed() >= long);
}

#[tokio::test]
async fn a_wait_beyond_the_patience_is_an_error_that_says_until_when() {
    let limiter = Limiter::new(1);
    limiter.block(
        Bucket::Graphql,
        Limit::Primary,
        Duration::from_hours(1),
        now(),
    );
    let until = "2026-11-22T13:00:00Z".parse().unwrap();
    let limit = Limit::Primary;
    assert_eq!(
        limiter.ready(Bucket::Graphql, PATIENCE).await.err(),
        Some(Error::Throttled { until, limit })
    );
}

#[tokio::test]
async fn no_more_requests_run_at_once_than_allowed() {
    let limiter = Limiter::new(2);
    let _first = limiter.ready(Bucket::Rest, PATIENCE).await.unwrap();
    let second = limiter.ready(Bucket::Rest, PATIENCE).await.unwrap();
    let third = limiter.ready(Bucket::Rest, PATIENCE);
    tokio::pin!(third);
    assert!(futures::poll!(&mut third).is_pending());
    drop(second);
    assert!(futures::poll!(&mut third).is_ready());
}

#[test]
fn no_wait_is_too_long_to_be_counted() {
    let endless = u64::MAX.to_string();
    let (_, wait) = limited(429, &[("retry-after", endless.as_str())], BURST).unwrap();
    let limit = Limit::Secondary;
    let waits = [wait, None].map(|wait| Limited { limit, wait }.wait(u32::MAX));
    assert_eq!(waits, [LONGEST_WAIT; 2]);
    Limiter::new(1).block(Bucket::Rest, limit, waits[0], now());
}

#[tokio::test]
async fn a_request_waits_for_the_pace_once_answers_took_too_long_together() {
    let limiter = Limiter::new(4);
    let ready = async || {
        let ready = limiter.ready(Bucket::Graphql, Duration::ZERO);
        tokio::time::timeout(Duration::from_millis(20), ready).await
    };
    limiter.worked(Bucket::Graphql, seconds(20));
    assert!(ready().await.is_ok());
    limiter.worked(Bucket::Graphql, seconds(20));
    assert!(ready().await.is_err(), "it does not wait");
}
