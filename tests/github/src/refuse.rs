//! Answers of GitHub when it does not answer: limits, timeouts and broken bodies, in its words.
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    budget::Resource,
    clock::{http_date, next_second},
    exchange::{Ask, Delivery, Reply},
    graphql::Rate,
    settings::{Limits, PointsShape, RetryAfter, Settings},
    tokens::{Token, TokenKind},
};

const SECONDARY: &str = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID";
const ABUSE: &str = "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.";
const SECONDARY_PAGE: &str = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits";
/// What GitHub's proxies show.
const UNICORN: &str =
    "<html><body><h1>Unicorn!</h1><p>This page is taking too long to load.</p></body></html>";

/// 401 counts against what everybody may ask without credentials, and its headers tell that budget, not the token's.
pub(crate) fn bad_credentials(ask: &Ask, settings: &Settings, now: Timestamp) -> Reply {
    let words = match ask.header("authorization") {
        Some(_) => "Bad credentials",
        None => "Requires authentication",
    };
    let reply = Reply::error(401, words);
    if !settings.has_limits() {
        return reply;
    }
    let rate = Rate {
        limit: 60,
        remaining: 0,
        used: 60,
        reset: next_second(now),
    };
    with_rate(reply, rate, Resource::Core)
}

/// How a secondary limit is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Secondary {
    pub(crate) status: u16,
    pub(crate) seconds: u64,
    pub(crate) retry_after: RetryAfter,
    pub(crate) former_words: bool,
}

/// A secondary limit.
pub(crate) fn secondary(limit: Secondary, request: &str, now: Timestamp) -> Reply {
    let words = if limit.former_words {
        ABUSE.to_owned()
    } else {
        format!("{SECONDARY} {request}.")
    };
    let mut body = json!({ "message": words, "documentation_url": SECONDARY_PAGE });
    if limit.status == 200 {
        body = json!({ "data": null, "errors": [{ "message": words }] });
    }
    let reply = Reply::json(limit.status, &body);
    let seconds = i64::try_from(limit.seconds).unwrap_or(i64::MAX);
    let end = now
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(now);
    match limit.retry_after {
        RetryAfter::Seconds => reply.with("retry-after", seconds.to_string()),
        RetryAfter::Date => reply.with("retry-after", http_date(end)),
        RetryAfter::Missing => reply,
    }
}

/// Whose limit it is, as GitHub names it.
fn owner(token: &Token) -> String {
    match token.kind {
        TokenKind::Installation(id) => format!("installation ID {id}"),
        TokenKind::Classic | TokenKind::FineGrained => format!("user ID {}", token.owner),
    }
}

/// A primary limit; its headers are added where they are for every answer.
pub(crate) fn primary(resource: Resource, token: &Token, limits: &Limits) -> Reply {
    let owner = owner(token);
    let exceeded = format!("API rate limit exceeded for {owner}.");
    match (resource, limits.points_shape) {
        (Resource::Core | Resource::Search, _) => Reply::error(limits.primary_status, &exceeded),
        (Resource::Graphql, PointsShape::RateLimited) => Reply::json(
            200,
            &json!({ "errors": [{ "type": "RATE_LIMITED", "message": exceeded }] }),
        ),
        (Resource::Graphql, PointsShape::RateLimit) => {
            let already = format!("API rate limit already exceeded for {owner}.");
            let error =
                json!({ "type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": already });
            Reply::json(200, &json!({ "data": null, "errors": [error] }))
        }
    }
}

/// The headers of a budget.
pub(crate) fn with_rate(reply: Reply, rate: Rate, resource: Resource) -> Reply {
    reply
        .with("x-ratelimit-limit", rate.limit.to_string())
        .with("x-ratelimit-remaining", rate.remaining.to_string())
        .with("x-ratelimit-used", rate.used.to_string())
        .with("x-ratelimit-reset", rate.reset.as_second().to_string())
        .with("x-ratelimit-resource", resource.as_str())
}

/// A page of a proxy, in place of the API's answer.
pub(crate) fn unicorn(status: u16) -> Reply {
    Reply::html(status, UNICORN)
}

/// Nothing but a status.
pub(crate) fn empty(status: u16) -> Reply {
    Reply::html(status, "")
}

/// The beginning of a JSON body under status 200.
pub(crate) fn garbage() -> Reply {
    Reply {
        status: 200,
        headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
        body: Bytes::from_static(b"{\"data\": {\"sea"),
        delivery: Delivery::Whole,
    }
}

/// GraphQL gave up in the middle.
pub(crate) fn something_went_wrong(request: &str) -> String {
    format!(
        "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `{request}` when reporting this issue."
    )
}

/// GraphQL's timeout, with status 502 or 200.
pub(crate) fn graphql_timeout(status: u16, request: &str) -> Reply {
    let body: Value =
        json!({ "data": null, "errors": [{ "message": something_went_wrong(request) }] });
    Reply::json(status, &body)
}

/// The documented words of the time limit.
/// <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#timeouts>
pub(crate) fn gateway_timeout() -> Reply {
    let message = "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.";
    Reply::json(504, &json!({ "message": message }))
}
