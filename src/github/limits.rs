//! GitHub's rate limits: recognised in an answer (pure), and waited for by all requests of a client together.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::error::{Error, Limit, Result};
use super::pace::Pace;

/// How long to wait where GitHub does not say: at least a minute, then twice as long each time.
///
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>
const UNTOLD_WAIT: Duration = Duration::from_mins(1);

/// A limit that GitHub says was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limited {
    pub(super) limit: Limit,
    /// How long to wait, by GitHub's own clock; none where it does not say.
    pub(super) wait: Option<Duration>,
}

/// Which of GitHub's hourly budgets a request draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucket {
    Rest,
    Graphql,
}

/// What an answer's headers say of the budget; GitHub Enterprise Server says nothing where limits are off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Budget {
    pub(super) resource: Option<String>,
    pub(super) remaining: Option<i64>,
    pub(super) used: Option<i64>,
    pub(super) reset: Option<Timestamp>,
}

/// The longest wait that is believed: whatever GitHub says, it is asked again after a week.
const LONGEST_WAIT: Duration = Duration::from_hours(7 * 24);

/// What the requests of the same credentials share: how many may run, and until when none may.
#[derive(Debug)]
pub(super) struct Limiter {
    permits: Semaphore,
    holds: Mutex<[Option<Hold>; 2]>,
    pace: Mutex<Pace>,
}

#[derive(Debug, Clone, Copy)]
struct Hold {
    until: Instant,
    /// The same, by GitHub's clock.
    time: Timestamp,
    limit: Limit,
}

// === impl Budget ===

impl Budget {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let number = |name| header(headers, name).and_then(|text| text.parse::<i64>().ok());
        Self {
            resource: header(headers, "x-ratelimit-resource").map(str::to_owned),
            remaining: number("x-ratelimit-remaining"),
            used: number("x-ratelimit-used"),
            reset: number("x-ratelimit-reset").and_then(|s| Timestamp::from_second(s).ok()),
        }
    }

    /// How long the budget stays used up; none where something is left or GitHub does not say.
    pub(super) fn exhausted_for(&self, now: Timestamp) -> Option<Duration> {
        (self.remaining == Some(0))
            .then(|| self.resets_in(now))
            .flatten()
    }

    fn resets_in(&self, now: Timestamp) -> Option<Duration> {
        let second = Duration::from_secs(1);
        self.reset
            .map(|reset| (until(now, reset) + second).min(LONGEST_WAIT))
    }
}

// === impl Limited ===

impl Limited {
    /// Whether this answer of HTTP status 403 or 429 is a limit, and not a refusal.
    pub(super) fn of_status(
        status: StatusCode,
        headers: &HeaderMap,
        message: &str,
        now: Timestamp,
    ) -> Option<Self> {
        if status != StatusCode::FORBIDDEN && status != StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        let budget = Budget::of(headers);
        let told = retry_after(headers, now);
        if let Some(limited) = Self::of_message(headers, message, now) {
            return Some(limited);
        }
        if budget.remaining == Some(0) {
            return Some(Self::primary(told.or_else(|| budget.resets_in(now))));
        }
        (told.is_some() || status == StatusCode::TOO_MANY_REQUESTS).then_some(Self::secondary(told))
    }

    /// Whether these words, of an HTTP body or a GraphQL error, say that a limit was hit.
    pub(super) fn of_message(headers: &HeaderMap, message: &str, now: Timestamp) -> Option<Self> {
        const SECONDARY: [&str; 3] = [
            "secondary rate",
            "please wait a few minutes before you try again",
            "abuse detection mechanism",
        ];
        let message = message.to_ascii_lowercase();
        if SECONDARY.iter().any(|words| message.contains(words)) {
            return Some(Self::secondary(retry_after(headers, now)));
        }
        let is_primary = message.starts_with("api rate limit exceeded")
            || message.starts_with("api rate limit already exceeded");
        is_primary.then(|| Self::graphql(headers, now))
    }

    /// The limit behind a GraphQL error of type `RATE_LIMITED` or `RATE_LIMIT`.
    pub(super) fn graphql(headers: &HeaderMap, now: Timestamp) -> Self {
        let told = retry_after(headers, now);
        Self::primary(told.or_else(|| Budget::of(headers).resets_in(now)))
    }

    /// How long to wait when it was hit `before` times in a row already.
    pub(super) fn wait(self, before: u32) -> Duration {
        self.wait
            .unwrap_or_else(|| UNTOLD_WAIT.saturating_mul(2_u32.saturating_pow(before)))
            .min(LONGEST_WAIT)
    }

    fn primary(wait: Option<Duration>) -> Self {
        let limit = Limit::Primary;
        Self { limit, wait }
    }

    fn secondary(wait: Option<Duration>) -> Self {
        let limit = Limit::Secondary;
        Self { limit, wait }
    }
}

// === impl Limiter ===

impl Limiter {
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            permits: Semaphore::new(concurrency.max(1)),
            holds: Mutex::new([None; 2]),
            pace: Mutex::default(),
        }
    }

    /// Waits for a place and for the end of every limit, unless that takes longer than the patience; and, at most a minute, for
    /// the pace that GitHub allows.
    pub(super) async fn ready(
        &self,
        bucket: Bucket,
        patience: Duration,
    ) -> Result<SemaphorePermit<'_>> {
        loop {
            let Some(hold) = self.hold(bucket) else {
                let permit = self.permits.acquire().await;
                // A limit may have been hit while this request waited for its place.
                match (permit, self.hold(bucket), self.paced(bucket)) {
                    (Ok(permit), None, None) => return Ok(permit),
                    (Ok(permit), None, Some(wait)) => {
                        drop(permit);
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                    (Ok(_), Some(_), _) => continue,
                    (Err(_), ..) => std::future::pending().await,
                }
            };
            if hold.until.saturating_duration_since(Instant::now()) > patience {
                let (until, limit) = (hold.time, hold.limit);
                return Err(Error::Throttled { until, limit });
            }
            tokio::time::sleep_until(hold.until).await;
        }
    }

    /// Holds requests back: of the bucket for a primary limit, all for a secondary one.
    pub(super) fn block(&self, bucket: Bucket, limit: Limit, wait: Duration, now: Timestamp) {
        let hold = Hold {
            until: Instant::now() + wait,
            time: now.saturating_add(wait).unwrap_or(Timestamp::MAX),
            limit,
        };
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        for (slot, of) in holds.iter_mut().zip([Bucket::Rest, Bucket::Graphql]) {
            let concerned = limit == Limit::Secondary || of == bucket;
            if concerned && slot.is_none_or(|old| old.until < hold.until) {
                *slot = Some(hold);
            }
        }
    }

    /// Whether a limit holds.
    pub(super) fn is_held(&self) -> bool {
        self.hold(Bucket::Rest).is_some() || self.hold(Bucket::Graphql).is_some()
    }

    /// Notes how long an answer took.
    pub(super) fn worked(&self, bucket: Bucket, took: Duration) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.note(bucket, took, Instant::now());
    }

    /// How many requests the pace knows of.
    #[cfg(test)]
    pub(super) fn answered(&self) -> usize {
        let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.len()
    }

    fn paced(&self, bucket: Bucket) -> Option<Duration> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.wait(bucket, Instant::now())
    }

    fn hold(&self, bucket: Bucket) -> Option<Hold> {
        let holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let hold = match bucket {
            Bucket::Rest => holds[0],
            Bucket::Graphql => holds[1],
        };
        hold.filter(|hold| hold.until > Instant::now())
    }
}

/// A header's text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A time as HTTP writes it, such as `Sun, 22 Nov 2026 12:00:00 GMT` (RFC 9110, 5.6.7).
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = header(headers, "retry-after")?.trim();
    match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => http_date(text).map(|time| until(now, time)),
    }
}

fn until(now: Timestamp, time: Timestamp) -> Duration {
    Duration::try_from(time.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
