//! The way of a request: control, faults, headers, credentials, budget, answer, log.
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    budget::Resource,
    clock::http_date,
    control,
    exchange::{Ask, Reply},
    fault::FaultKind,
    graphql::{Prepared, Rate, View},
    handle::Handle,
    log::RequestRecord,
    rest,
    tokens::{Token, TokenKind, jwt},
    world::World,
};

/// API versions that are answered; the first is the default.
/// <https://docs.github.com/rest/about-the-rest-api/api-versions>
pub(crate) const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// What is known about a request besides its words.
struct Answered {
    reply: Reply,
    operation: Option<String>,
    cost: u64,
}

impl From<Reply> for Answered {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            operation: None,
            cost: 0,
        }
    }
}

/// The answer to a request; none where the connection is to be dropped.
pub(crate) async fn respond(handle: &Handle, ask: &Ask) -> Option<Reply> {
    if ask.path.starts_with("/_sim/") {
        return Some(control::respond(handle, ask));
    }
    let operation = operation_name(ask);
    let fault = handle.faults().take(&ask.path, operation.as_deref());
    if let Some(FaultKind::Slow { milliseconds }) = fault {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let answered = match fault.map(|fault| broken(handle, &fault)) {
        Some(Broken::Dropped) => None,
        Some(Broken::Reply(reply)) => Some(Answered {
            reply,
            operation: operation.clone(),
            cost: 0,
        }),
        Some(Broken::Late) | None => Some(answer(handle, ask)),
    };
    let (cost, status) = answered
        .as_ref()
        .map_or((0, 0), |answered| (answered.cost, answered.reply.status));
    let operation = answered
        .as_ref()
        .and_then(|answered| answered.operation.clone())
        .or(operation);
    handle.record(RequestRecord {
        method: ask.method.clone(),
        path: full_path(ask),
        operation,
        cost,
        status,
    });
    answered.map(|answered| finish(handle, ask, answered.reply))
}

fn full_path(ask: &Ask) -> String {
    if ask.query.is_empty() {
        return ask.path.clone();
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&ask.query)
        .finish();
    format!("{}?{query}", ask.path)
}

fn operation_name(ask: &Ask) -> Option<String> {
    let request: Value = serde_json::from_slice(&ask.body).ok()?;
    request["operationName"].as_str().map(str::to_owned)
}

enum Broken {
    Reply(Reply),
    Dropped,
    Late,
}

fn broken(handle: &Handle, fault: &FaultKind) -> Broken {
    let reply = match fault {
        FaultKind::Drop => return Broken::Dropped,
        FaultKind::Slow { .. } => return Broken::Late,
        FaultKind::Status { status } => Reply {
            status: *status,
            headers: vec![("content-type", "text/html; charset=utf-8".to_owned())],
            body: Bytes::from_static(b"<html><body><h1>Unicorn!</h1></body></html>"),
        },
        FaultKind::SecondaryLimit { retry_after } => {
            let reply = Reply::error(
                403,
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            );
            match retry_after {
                Some(seconds) => reply.with("retry-after", seconds.to_string()),
                None => reply,
            }
        }
        FaultKind::Garbage => Reply {
            status: 200,
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body: Bytes::from_static(b"{\"data\": {\"sea"),
        },
        FaultKind::GraphqlTimeout => {
            let id = request_id(handle.next_request());
            let message = format!(
                "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `{id}` when reporting this issue."
            );
            Reply::json(
                502,
                &json!({ "data": null, "errors": [{ "message": message }] }),
            )
        }
    };
    Broken::Reply(reply)
}

fn request_id(number: u64) -> String {
    format!(
        "5A1D:{:05X}:{number:06X}:{:06X}",
        0x1_0000 + number % 0xFFFF,
        number * 7919 % 0xFF_FFFF
    )
}

/// Headers that every answer carries.
fn finish(handle: &Handle, ask: &Ask, reply: Reply) -> Reply {
    let version = version(ask).unwrap_or(VERSIONS[0]);
    let reply = reply
        .with("date", http_date(handle.now()))
        .with("server", "github.com")
        .with("x-github-request-id", request_id(handle.next_request()))
        .with("x-github-api-version-selected", version);
    if version == VERSIONS[0] {
        return reply
            .with("deprecation", "Tue, 10 Mar 2026 00:00:00 GMT")
            .with("sunset", "Fri, 10 Mar 2028 00:00:00 GMT");
    }
    reply
}

/// The API version of a request, unless it names an unknown one.
pub(crate) fn version(ask: &Ask) -> Option<&'static str> {
    match ask.header("x-github-api-version") {
        None => Some(VERSIONS[0]),
        Some(named) => VERSIONS.into_iter().find(|version| *version == named),
    }
}

fn answer(handle: &Handle, ask: &Ask) -> Answered {
    if ask.header("user-agent").is_none_or(str::is_empty) {
        let message = "Missing or invalid User Agent string. See https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent";
        return Reply::error(403, message).into();
    }
    if version(ask).is_none() {
        let named = ask.header("x-github-api-version").unwrap_or_default();
        return Reply::error(400, &format!("The API version {named:?} is not supported.")).into();
    }
    let (route, enterprise) = ask.route();
    if route == "/meta" {
        return rest::meta(enterprise).into();
    }
    let now = handle.now();
    let mut world = handle.world();
    if rest::app::wants_jwt(&ask.method, route) {
        return match jwt::verify(&world, ask.credentials().unwrap_or_default(), now)
            .map(|app| app.id)
        {
            Ok(app) => rest::app::respond(&mut world, app, ask, now).into(),
            Err(message) => Reply::error(401, message).into(),
        };
    }
    let token = ask
        .credentials()
        .and_then(|text| world.tokens.iter().find(|token| token.text == text))
        .cloned();
    match token.filter(|token| token.is_valid(now)) {
        Some(token) => authenticated(handle, &world, &token, ask),
        None => Reply::error(401, "Bad credentials").into(),
    }
}

fn authenticated(handle: &Handle, world: &World, token: &Token, ask: &Ask) -> Answered {
    let (route, _) = ask.route();
    let mut answered = if route == "/graphql" && ask.method == "POST" {
        graphql(handle, world, token, ask)
    } else {
        rest(handle, world, token, ask)
    };
    if token.kind == TokenKind::Classic {
        answered.reply = answered.reply.with("x-oauth-scopes", "read:org, repo");
    }
    if let Some(expiry) = token.expires_at {
        let text = expiry.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        answered.reply = answered
            .reply
            .with("github-authentication-token-expiration", text);
    }
    answered
}

fn rest(handle: &Handle, world: &World, token: &Token, ask: &Ask) -> Answered {
    let (route, _) = ask.route();
    let resource = if route.starts_with("/search/") {
        Resource::Search
    } else {
        Resource::Core
    };
    let points = u64::from(route != "/rate_limit");
    match spend(handle, token, resource, points) {
        Ok(rate) => {
            let reply = with_rate(rest::respond(handle, world, token, ask), rate, resource);
            Answered {
                reply,
                operation: None,
                cost: points,
            }
        }
        Err(rate) => {
            let message = format!("API rate limit exceeded for user ID {}.", token.owner);
            with_rate(Reply::error(403, &message), rate, resource).into()
        }
    }
}

fn graphql(handle: &Handle, world: &World, token: &Token, ask: &Ask) -> Answered {
    let Ok(request) = serde_json::from_slice::<Value>(&ask.body) else {
        return Reply::error(400, "Problems parsing JSON").into();
    };
    let engine = handle.engine();
    let prepared = match engine.prepare(&request) {
        Ok(prepared) => prepared,
        Err(body) => return refused(handle, token, &body),
    };
    let operation = prepared.operation_name();
    match spend(handle, token, Resource::Graphql, prepared.weight.points) {
        Ok(rate) => {
            let view = View {
                world,
                token,
                rate,
                weight: prepared.weight,
            };
            let body = engine.execute(&prepared, view);
            let reply = with_rate(Reply::json(200, &body), rate, Resource::Graphql);
            Answered {
                reply,
                operation,
                cost: prepared.weight.points,
            }
        }
        Err(rate) => exhausted(token, &prepared, rate),
    }
}

/// A query that is not executed still shows the budget.
fn refused(handle: &Handle, token: &Token, body: &Value) -> Answered {
    let reply = Reply::json(200, body);
    match spend(handle, token, Resource::Graphql, 1) {
        Ok(rate) | Err(rate) => Answered {
            reply: with_rate(reply, rate, Resource::Graphql),
            operation: None,
            cost: 1,
        },
    }
}

fn exhausted(token: &Token, prepared: &Prepared, rate: Rate) -> Answered {
    let message = format!("API rate limit exceeded for user ID {}.", token.owner);
    let body = json!({ "errors": [{ "type": "RATE_LIMITED", "message": message }] });
    let reply = with_rate(Reply::json(200, &body), rate, Resource::Graphql);
    Answered {
        reply,
        operation: prepared.operation_name(),
        cost: 0,
    }
}

fn spend(handle: &Handle, token: &Token, resource: Resource, points: u64) -> Result<Rate, Rate> {
    let now: Timestamp = handle.now();
    handle
        .budgets()
        .spend((&token.text, resource), token.hourly_limit, points, now)
}

fn with_rate(reply: Reply, rate: Rate, resource: Resource) -> Reply {
    reply
        .with("x-ratelimit-limit", rate.limit.to_string())
        .with("x-ratelimit-remaining", rate.remaining.to_string())
        .with("x-ratelimit-used", rate.used.to_string())
        .with("x-ratelimit-reset", rate.reset.as_second().to_string())
        .with("x-ratelimit-resource", resource.as_str())
}
