//! What is asked is answered: edition, headers, credentials, limits, and then REST or GraphQL.
use jiff::{SignedDuration, Timestamp, tz::Offset};
use serde_json::Value;

use super::{Moment, VERSIONS, version};
use crate::{
    budget::{Account, Resource},
    exchange::{Ask, Reply},
    graphql::{self, Prepared, Rate, View},
    handle::Handle,
    refuse::{self, Secondary, with_rate},
    rest,
    settings::Settings,
    tokens::{Token, TokenKind, jwt},
    world::World,
};

/// An answer and what it cost.
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) cost: u64,
    /// Whose time it took, and of what.
    pub(super) account: Option<(String, Resource)>,
}

impl Answered {
    fn costing(reply: Reply, cost: u64) -> Self {
        Self {
            reply,
            cost,
            account: None,
        }
    }
}

impl From<Reply> for Answered {
    fn from(reply: Reply) -> Self {
        Self::costing(reply, 0)
    }
}

/// A request whose token holds.
struct Asked<'a> {
    handle: &'a Handle,
    settings: Settings,
    world: &'a World,
    token: &'a Token,
    ask: &'a Ask,
    moment: &'a Moment,
}

/// The answer, as reliable as GitHub's documentation.
pub(super) fn answer(handle: &Handle, ask: &Ask, moment: &Moment) -> Answered {
    if ask.header("user-agent").is_none_or(str::is_empty) {
        let message = "Missing or invalid User Agent string. See https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent";
        return Reply::error(403, message).into();
    }
    let Some(route) = ask.route() else {
        return Reply::not_found().into();
    };
    if version(ask).is_none() {
        let named = ask.header("x-github-api-version").unwrap_or_default();
        return Reply::error(400, &format!("The API version {named:?} is not supported.")).into();
    }
    let settings = handle.settings();
    if settings.oldest_version_retired && version(ask) == Some(VERSIONS[0]) {
        return Reply::error(410, "This version of the API is no longer available.").into();
    }
    if route == "/meta" {
        return rest::meta(ask.edition).into();
    }
    if handle.throttle().is_locked(moment.now) {
        let message = "Maximum number of login attempts exceeded. Please try again later.";
        return Reply::error(403, message).into();
    }
    let answered = identified(handle, ask, moment, settings.clone());
    if answered.reply.status == 401 {
        handle.throttle().login_failed(settings.lockout, moment.now);
    }
    answered
}

fn identified(handle: &Handle, ask: &Ask, moment: &Moment, settings: Settings) -> Answered {
    let now = moment.now;
    let mut world = handle.world();
    let credentials = ask.credentials().unwrap_or_default();
    if rest::app::wants_jwt(&ask.method, &ask.segments()) {
        return match jwt::verify(&world, credentials, now).map(|app| app.id) {
            Ok(app) => rest::app::respond(&mut world, app, ask, now).into(),
            Err(message) => Reply::error(401, message).into(),
        };
    }
    let found = world.tokens.iter().find(|token| token.text == credentials);
    let accepted = |token: &&Token| {
        token.is_valid(now) && token.is_settled(now, settings.fresh_token_milliseconds)
    };
    let Some(token) = found.filter(accepted) else {
        return refuse::bad_credentials(ask, &settings, now).into();
    };
    if let TokenKind::Installation(id) = token.kind {
        match world.installation(id) {
            None => return refuse::bad_credentials(ask, &settings, now).into(),
            Some(installation) if installation.suspended_at.is_some() => {
                return Reply::error(403, "This installation has been suspended").into();
            }
            Some(_) => {}
        }
    }
    let asked = Asked {
        handle,
        settings,
        world: &world,
        token,
        ask,
        moment,
    };
    asked.answer()
}

/// `github-authentication-token-expiration` in one of the two shapes that were seen.
fn expiration(expiry: Timestamp, kind: TokenKind) -> String {
    let zoned = |hours| expiry.to_zoned(Offset::constant(hours).to_time_zone());
    match kind {
        TokenKind::FineGrained => zoned(1).strftime("%Y-%m-%d %H:%M:%S %z").to_string(),
        TokenKind::Classic | TokenKind::Installation(_) => {
            zoned(0).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
        }
    }
}

impl Asked<'_> {
    fn answer(&self) -> Answered {
        let Self { ask, token, .. } = self;
        let route = ask.route().unwrap_or_default();
        let resource = match route {
            "/graphql" => Resource::Graphql,
            route if route.starts_with("/search/") => Resource::Search,
            _ => Resource::Core,
        };
        let mut answered: Answered = match self.throttled(resource) {
            Some(reply) => reply.into(),
            None if resource == Resource::Graphql && ask.method == "POST" => self.graphql(),
            None => self.rest(resource),
        };
        answered.account = Some((token.caller(), resource));
        if token.kind == TokenKind::Classic {
            answered.reply = answered.reply.with("x-oauth-scopes", "read:org, repo");
        }
        if let Some(expiry) = token.expires_at {
            let text = expiration(expiry, token.kind);
            answered.reply = answered
                .reply
                .with("github-authentication-token-expiration", text);
        }
        answered
    }

    /// The secondary limits.
    fn throttled(&self, resource: Resource) -> Option<Reply> {
        if !self.settings.has_limits() || self.ask.route() == Some("/rate_limit") {
            return None;
        }
        let limits = &self.settings.limits;
        let caller = self.token.caller();
        let left = self
            .handle
            .throttle()
            .admit(
                (&caller, resource),
                self.moment.crowded,
                limits,
                self.moment.now,
            )
            .err()?;
        let in_body = limits.secondary_status == 200 && resource != Resource::Graphql;
        let limit = Secondary {
            status: if in_body {
                403
            } else {
                limits.secondary_status
            },
            seconds: u64::try_from(left.as_millis()).unwrap_or(0).div_ceil(1000),
            retry_after: limits.retry_after,
            former_words: false,
        };
        let reply = refuse::secondary(limit, &self.moment.request, self.moment.now);
        let (Ok(rate) | Err(rate)) = self.spend(resource, 0);
        Some(with_rate(reply, rate, resource))
    }

    fn rest(&self, resource: Resource) -> Answered {
        let cost = u64::from(self.ask.route() != Some("/rate_limit"));
        let rate = match self.spend(resource, cost) {
            Ok(rate) => rate,
            Err(rate) => return self.exhausted(rate, resource),
        };
        let mut reply = rest::respond(self.handle, self.world, self.token, self.ask);
        if self.moment.incomplete && resource == Resource::Search {
            reply = rest::search::cut_short(reply);
        }
        let reply = reply.tagged();
        if self.is_known(&reply) {
            return self.unchanged(&reply, resource);
        }
        Answered::costing(self.with_rate(reply, rate, resource), cost)
    }

    /// Whether the client says that it has this answer already.
    fn is_known(&self, reply: &Reply) -> bool {
        let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let known = self.ask.header("if-none-match").map(weak);
        known.is_some() && reply.header("etag").map(weak) == known
    }

    /// 304, which does not count.
    /// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests>
    fn unchanged(&self, reply: &Reply, resource: Resource) -> Answered {
        self.handle.budgets().refund(&self.account(resource), 1);
        let (Ok(rate) | Err(rate)) = self.spend(resource, 0);
        let tag = reply.header("etag").unwrap_or_default().to_owned();
        let reply = Reply::bare(304).with("etag", tag);
        self.with_rate(reply, rate, resource).into()
    }

    fn graphql(&self) -> Answered {
        let Ok(request) = serde_json::from_slice::<Value>(&self.ask.body) else {
            return Reply::error(400, "Problems parsing JSON").into();
        };
        let prepared = match self.handle.engine().prepare(&request) {
            Ok(prepared) => prepared,
            // A query that is not executed still shows the budget.
            Err(body) => {
                let (Ok(rate) | Err(rate)) = self.spend(Resource::Graphql, 1);
                let reply = self.with_rate(Reply::json(200, &body), rate, Resource::Graphql);
                return Answered::costing(reply, 1);
            }
        };
        match self.spend(Resource::Graphql, prepared.weight.points) {
            Ok(rate) => self.execute(&prepared, rate),
            Err(rate) => self.exhausted(rate, Resource::Graphql),
        }
    }

    fn execute(&self, prepared: &Prepared, rate: Rate) -> Answered {
        let cost = prepared.weight.points;
        let heaviest = self.settings.heaviest_query;
        if !prepared.is_dry_run() && heaviest.is_some_and(|most| prepared.weight.nodes > most) {
            return self.timed_out(cost);
        }
        let view = View {
            world: self.world,
            token: self.token,
            rate: self.settings.has_limits().then_some(rate),
            weight: prepared.weight,
            flaw: self.moment.flaw.as_ref(),
            search: self.settings.search,
        };
        let mut body = self.handle.engine().execute(prepared, view);
        if let Some(path) = &self.moment.null {
            body = graphql::with_null(&body, path);
        }
        let mut reply = self.with_rate(Reply::json_text(200, body), rate, Resource::Graphql);
        if let Some(header) = self.token.sso_header(self.world) {
            reply = reply.with("x-github-sso", header);
        }
        Answered::costing(reply, cost)
    }

    /// GraphQL's time limit, which takes points besides. Even and odd milliseconds show its two faces.
    fn timed_out(&self, cost: u64) -> Answered {
        let extra = self.settings.timeout_points;
        self.handle
            .budgets()
            .deduct(&self.account(Resource::Graphql), extra);
        let reply = if self.moment.now.as_millisecond() % 2 == 0 {
            refuse::graphql_timeout(502, &self.moment.request)
        } else {
            refuse::gateway_timeout()
        };
        Answered::costing(reply, cost + extra)
    }

    fn exhausted(&self, rate: Rate, resource: Resource) -> Answered {
        let reply = refuse::primary(resource, self.token, &self.settings.limits);
        with_rate(reply, rate, resource).into()
    }

    fn account(&self, resource: Resource) -> Account {
        Account {
            caller: self.token.caller(),
            resource,
        }
    }

    fn spend(&self, resource: Resource, points: u64) -> Result<Rate, Rate> {
        let hourly = self.token.hourly_limit;
        let now = self.moment.now;
        if !self.settings.has_limits() {
            let reset = now
                .checked_add(SignedDuration::from_hours(1))
                .unwrap_or(now);
            return Ok(Rate {
                limit: hourly,
                remaining: hourly,
                used: 0,
                reset,
            });
        }
        let limits = &self.settings.limits;
        let account = self.account(resource);
        let mut budgets = self.handle.budgets();
        match self.moment.exhausted_until {
            None => budgets.spend(account, (hourly, limits), points, now),
            Some(reset) => Err(Rate {
                limit: hourly,
                remaining: 0,
                used: hourly,
                reset: crate::clock::next_second(reset),
            }),
        }
    }

    fn with_rate(&self, reply: Reply, rate: Rate, resource: Resource) -> Reply {
        if self.settings.has_limits() {
            with_rate(reply, rate, resource)
        } else {
            reply
        }
    }
}
