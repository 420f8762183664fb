//! The way of a request: control, faults, headers, credentials, log. What is asked is answered in [`answer`].
mod answer;

use std::time::Duration;

use jiff::Timestamp;

use self::answer::Answered;
use crate::{
    clock::http_date,
    control,
    exchange::{Ask, Delivery, Reply},
    fault::FaultKind,
    graphql::Flaw,
    handle::Handle,
    log::RequestRecord,
    operation, refuse,
    refuse::Secondary,
    rest::ENTERPRISE_VERSION,
    settings::{Edition, RetryAfter},
};

/// API versions that are answered; the first is the default.
/// <https://docs.github.com/rest/about-the-rest-api/api-versions>
pub(crate) const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];
/// Where the headers of a deprecated version lead.
const DEPRECATION: &str = "<https://docs.github.com/rest/about-the-rest-api/api-versions>; rel=\"deprecation\"; type=\"text/html\"";

/// What an answer depends on besides the world.
pub(crate) struct Moment {
    /// Now, with fractions of a second.
    pub(crate) now: Timestamp,
    /// `x-github-request-id`.
    pub(crate) request: String,
    /// More requests are under way than are allowed.
    pub(crate) crowded: bool,
    /// A part of the answer that is to fail.
    pub(crate) flaw: Option<Flaw>,
    /// What GraphQL's answer is to have null, without a word about it.
    pub(crate) null: Option<String>,
    /// A search over REST is to run out of time.
    pub(crate) incomplete: bool,
    /// The primary limit is to be used up until then.
    pub(crate) exhausted_until: Option<Timestamp>,
}

/// The answer to a request; none where the connection is to be dropped.
pub(crate) async fn respond(handle: &Handle, ask: &Ask) -> Option<Reply> {
    if ask.path.starts_with("/_sim/") {
        return Some(control::respond(handle, ask));
    }
    let settings = handle.settings();
    let under_way = handle.enter();
    let begun = handle.precise_now();
    if settings.latency_milliseconds > 0 {
        tokio::time::sleep(settings.latency()).await;
    }
    let operation = operation::name(&ask.body);
    let fault = handle.faults().take(&ask.path, operation.as_deref());
    if let Some(FaultKind::Slow { milliseconds }) = fault {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let moment = Moment {
        now: handle.precise_now(),
        request: request_id(handle.next_request()),
        crowded: settings.has_limits() && under_way.count > settings.limits.concurrent,
        flaw: fault.as_ref().and_then(Flaw::of),
        null: match &fault {
            Some(FaultKind::Null { path }) => Some(path.clone()),
            _ => None,
        },
        incomplete: fault == Some(FaultKind::IncompleteResults),
        exhausted_until: exhausted(fault.as_ref(), handle.precise_now()),
    };
    let answered = match fault.and_then(|fault| Broken::by(&fault, &moment)) {
        Some(Broken::Dropped) => None,
        Some(Broken::Reply(reply)) => Some(Answered::from(reply)),
        Some(Broken::Delivered(delivery)) => {
            let mut answered = answer::answer(handle, ask, &moment);
            answered.reply.delivery = delivery;
            Some(answered)
        }
        None => Some(answer::answer(handle, ask, &moment)),
    };
    let answered = answered.map(|answered| Answered {
        reply: finish(ask, answered.reply, &moment),
        ..answered
    });
    if let Some((caller, resource)) = answered.as_ref().and_then(|it| it.account.as_ref()) {
        let took = handle.precise_now().duration_since(begun).as_millis();
        let took = u64::try_from(took).unwrap_or(0);
        handle.throttle().worked(caller, *resource, took);
    }
    log(handle, ask, operation, answered.as_ref());
    answered.map(|answered| answered.reply)
}

fn log(handle: &Handle, ask: &Ask, operation: Option<String>, answered: Option<&Answered>) {
    handle.record(RequestRecord {
        method: ask.method.clone(),
        path: full_path(ask),
        operation,
        cost: answered.map_or(0, |answered| answered.cost),
        status: answered.map_or(0, |answered| answered.reply.status),
        bytes: answered.map_or(0, |answered| answered.reply.length()),
    });
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

/// What a fault does to an answer.
enum Broken {
    Reply(Reply),
    Delivered(Delivery),
    Dropped,
}

impl Broken {
    fn by(fault: &FaultKind, moment: &Moment) -> Option<Self> {
        Some(Self::Reply(match fault {
            FaultKind::Drop => return Some(Self::Dropped),
            FaultKind::Truncated => return Some(Self::Delivered(Delivery::Truncated)),
            FaultKind::Bomb { megabytes } => {
                return Some(Self::Delivered(Delivery::Bomb(megabytes << 20)));
            }
            FaultKind::Oversized { megabytes } => {
                return Some(Self::Delivered(Delivery::Oversized(megabytes << 20)));
            }
            FaultKind::Slow { .. }
            | FaultKind::MissingNode
            | FaultKind::HiddenRepository
            | FaultKind::MissingConnection
            | FaultKind::Null { .. }
            | FaultKind::ResourceLimits
            | FaultKind::IncompleteResults
            | FaultKind::PrimaryLimit { .. } => return None,
            FaultKind::Status { status } => refuse::unicorn(*status),
            FaultKind::Refused { status, message } => Reply::error(*status, message),
            FaultKind::Empty { status } => refuse::empty(*status),
            FaultKind::SecondaryLimit { .. } | FaultKind::Throttled { .. } => {
                refuse::secondary(secondary(fault), &moment.request, moment.now)
            }
            FaultKind::Garbage => refuse::garbage(),
            FaultKind::GraphqlTimeout => refuse::graphql_timeout(502, &moment.request),
            FaultKind::GraphqlTimeoutInside => refuse::graphql_timeout(200, &moment.request),
            FaultKind::GatewayTimeout => refuse::gateway_timeout(),
            FaultKind::BadCredentials => Reply::error(401, "Bad credentials"),
        }))
    }
}

fn secondary(fault: &FaultKind) -> Secondary {
    match *fault {
        FaultKind::Throttled {
            status,
            seconds,
            retry_after,
            former_words,
        } => Secondary {
            status,
            seconds,
            retry_after,
            former_words,
        },
        FaultKind::SecondaryLimit {
            retry_after: Some(seconds),
        } => Secondary {
            status: 403,
            seconds,
            retry_after: RetryAfter::Seconds,
            former_words: false,
        },
        _ => Secondary {
            status: 403,
            seconds: 0,
            retry_after: RetryAfter::Missing,
            former_words: false,
        },
    }
}

fn exhausted(fault: Option<&FaultKind>, now: Timestamp) -> Option<Timestamp> {
    let Some(FaultKind::PrimaryLimit { reset_after }) = fault else {
        return None;
    };
    let seconds = i64::try_from(*reset_after).ok()?;
    now.checked_add(jiff::SignedDuration::from_secs(seconds))
        .ok()
}

fn request_id(number: u64) -> String {
    format!(
        "5A1D:{:05X}:{number:06X}:{:06X}",
        0x1_0000 + number % 0xFFFF,
        number * 7919 % 0xFF_FFFF
    )
}

/// Headers that every answer carries.
fn finish(ask: &Ask, reply: Reply, moment: &Moment) -> Reply {
    let mut reply = reply
        .with("date", http_date(moment.now))
        .with("server", "github.com")
        .with(
            "vary",
            "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With",
        )
        .with("x-github-media-type", "github.v3; format=json")
        .with("x-github-request-id", moment.request.clone());
    if ask.edition == Edition::EnterpriseServer {
        return reply.with("x-github-enterprise-version", ENTERPRISE_VERSION);
    }
    let version = version(ask).unwrap_or(VERSIONS[0]);
    reply = reply.with("x-github-api-version-selected", version);
    if version == VERSIONS[0] {
        reply = reply
            .with("deprecation", "Tue, 10 Mar 2026 00:00:00 GMT")
            .with("sunset", "Fri, 10 Mar 2028 00:00:00 GMT");
        match reply.headers.iter_mut().find(|(name, _)| *name == "link") {
            Some((_, links)) => *links = format!("{links}, {DEPRECATION}"),
            None => reply = reply.with("link", DEPRECATION),
        }
    }
    reply
}

/// The API version of a request, unless it names one that is not there.
pub(crate) fn version(ask: &Ask) -> Option<&'static str> {
    // 3.17 to 3.20 know the older version only.
    let known = match ask.edition {
        Edition::Cloud => &VERSIONS[..],
        Edition::EnterpriseServer => &VERSIONS[..1],
    };
    match ask.header("x-github-api-version") {
        None => Some(VERSIONS[0]),
        Some(named) => known.iter().copied().find(|version| *version == named),
    }
}
