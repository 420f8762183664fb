//! The one way to ask GitHub: waits for limits, asks, retries what may pass, and tells the observer.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Client;
use super::answer::{Answer, Failure, pause};
use super::error::{Error, ErrorKind, Result};
use super::limits::{Bucket, Budget, Limited};
use super::observer;
use super::page_size::PageSize;
use super::query::Query;
use super::transport::{GRAPHQL, RawAnswer};

/// After the first attempt this many more, as GitHub's own client does.
const RETRIES: u32 = 3;

/// How often a token that was just minted is tried again when it is refused: after 1 and 4 seconds, as GitHub's own client
/// does for 5.
const REFUSALS: u32 = 2;

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) operation: &'static str,
    /// What it is about, for errors.
    pub(super) subject: String,
    method: Method,
    path: String,
    body: Option<Value>,
    by_app: bool,
}

/// How one question fares over its attempts.
#[derive(Debug)]
struct Course<'a> {
    page: &'a mut PageSize,
    attempts: u32,
    retries: u32,
    refusals: u32,
    limits: u32,
    waited: Duration,
    signed_anew: bool,
}

enum Next {
    Done(Result<Answer>),
    AskAgain,
}

// === impl Call ===

impl Call {
    pub(super) fn get(operation: &'static str, path: String, subject: String) -> Self {
        Self {
            operation,
            subject,
            method: Method::GET,
            path,
            body: None,
            by_app: false,
        }
    }

    pub(super) fn post(operation: &'static str, path: String, subject: String) -> Self {
        let body = Some(json!({}));
        Self {
            method: Method::POST,
            body,
            ..Self::get(operation, path, subject)
        }
    }

    /// A GraphQL query; where `variables` has an `n`, it becomes the size of the page, and of `ids` at most so many are sent.
    pub(super) fn query(query: Query, variables: &Value, subject: String) -> Self {
        let body = Some(json!({ "query": query.text, "variables": variables }));
        Self {
            body,
            ..Self::post(query.name, GRAPHQL.to_owned(), subject)
        }
    }

    /// Signed by the App itself instead of its installation.
    pub(super) fn by_app(self) -> Self {
        Self {
            by_app: true,
            ..self
        }
    }

    pub(super) fn is_graphql(&self) -> bool {
        self.path == GRAPHQL
    }

    pub(super) fn not_found(&self) -> Error {
        let subject = self.subject.clone();
        Error::NotFound { subject }
    }

    pub(super) fn partial(&self, missing: Vec<String>) -> Error {
        let subject = self.subject.clone();
        Error::Partial { subject, missing }
    }

    pub(super) fn unreadable(&self, error: &serde_json::Error) -> Error {
        self.invalid(format!("GitHub's answer does not parse: {error}"))
    }

    pub(super) fn invalid(&self, message: String) -> Error {
        let (operation, subject) = (self.operation, self.subject.clone());
        Error::Invalid {
            operation,
            subject,
            message,
        }
    }

    fn unavailable(&self, reason: String, attempts: u32) -> Error {
        let (operation, subject) = (self.operation, self.subject.clone());
        Error::Unavailable {
            operation,
            subject,
            reason,
            attempts,
        }
    }

    fn bucket(&self) -> Bucket {
        if self.is_graphql() {
            Bucket::Graphql
        } else {
            Bucket::Rest
        }
    }

    /// How many items there are to ask for, where that is known.
    fn available(&self) -> usize {
        let ids = self
            .body
            .as_ref()
            .and_then(|body| body.pointer("/variables/ids"));
        ids.and_then(Value::as_array).map_or(usize::MAX, Vec::len)
    }

    fn body(&self, page: PageSize) -> Option<Value> {
        let mut body = self.body.clone();
        if let Some(n) = body
            .as_mut()
            .and_then(|body| body.pointer_mut("/variables/n"))
        {
            *n = page.get().into();
        }
        let ids = body
            .as_mut()
            .and_then(|body| body.pointer_mut("/variables/ids"));
        if let Some(Value::Array(ids)) = ids {
            ids.truncate(usize::try_from(page.get()).unwrap_or(usize::MAX));
        }
        body
    }
}

// === impl Course ===

impl<'a> Course<'a> {
    fn new(page: &'a mut PageSize) -> Self {
        Self {
            page,
            attempts: 0,
            retries: 0,
            refusals: 0,
            limits: 0,
            waited: Duration::ZERO,
            signed_anew: false,
        }
    }
}

// === impl Client ===

impl Client {
    /// Asks a question that has no page to make smaller.
    pub(super) async fn perform_unpaged(&self, call: &Call) -> Result<Answer> {
        self.perform(call, &mut PageSize::new(1)).await
    }

    /// Asks until there is an answer, or no hope for one.
    pub(super) async fn perform(&self, call: &Call, page: &mut PageSize) -> Result<Answer> {
        let mut course = Course::new(page);
        loop {
            let bearer = self.bearer(call.by_app).await?;
            course.attempts += 1;
            match self.attempt(call, &bearer, *course.page).await? {
                Ok(answer) => {
                    course.page.grow();
                    self.shared.retries.earn();
                    return Ok(answer);
                }
                Err(Failure::Unauthorized(error)) => {
                    if !self.may_sign(call, &bearer, &mut course).await {
                        return Err(error);
                    }
                }
                Err(failure) => {
                    if let Next::Done(result) = self.follow(call, failure, &mut course).await {
                        return result;
                    }
                }
            }
        }
    }

    /// Whether a refused signature is tried again. A token that was just minted may not be known everywhere yet: it is tried
    /// again for some seconds. Any other may have been revoked, and a clock may be wrong: the App signs anew, once.
    async fn may_sign(&self, call: &Call, bearer: &SecretString, course: &mut Course<'_>) -> bool {
        if !call.by_app && course.refusals < REFUSALS && self.is_fresh(bearer).await {
            course.refusals += 1;
            let unit = self.shared.options.backoff;
            tokio::time::sleep(pause(course.refusals, unit, random())).await;
            return true;
        }
        !std::mem::replace(&mut course.signed_anew, true)
            && self.may_sign_anew(call.by_app, bearer).await
    }

    /// What follows from a failure: the waiting is done here.
    async fn follow(&self, call: &Call, failure: Failure, course: &mut Course<'_>) -> Next {
        match failure {
            Failure::Final(error) | Failure::Unauthorized(error) => Next::Done(Err(error)),
            Failure::Limited(limited, now) => self.wait_out(call, limited, now, course),
            Failure::Transient { reason, too_much } => {
                tracing::debug!(operation = call.operation, reason, "GitHub did not answer");
                if self.may_retry(call, course, too_much).await {
                    return Next::AskAgain;
                }
                Next::Done(Err(call.unavailable(reason, course.attempts)))
            }
            Failure::Incomplete { answer, too_much } => {
                if self.may_retry(call, course, too_much).await {
                    return Next::AskAgain;
                }
                // It was a single item in the end: what is missing of it is named, and the others are not to suffer for it.
                course.page.restore();
                Next::Done(Ok(*answer))
            }
        }
    }

    /// Holds all requests back; the next attempt waits with them. Gives up when this question has waited for long enough.
    fn wait_out(
        &self,
        call: &Call,
        limited: Limited,
        now: Timestamp,
        course: &mut Course<'_>,
    ) -> Next {
        let limit = limited.limit;
        // GitHub may say 0, or a time that is over: never a reason to ask in a busy loop.
        let wait = limited.wait(course.limits).max(Duration::from_secs(1));
        tracing::warn!(operation = call.operation, %limit, ?wait, "GitHub's rate limit is hit");
        self.limiter.block(call.bucket(), limit, wait, now);
        course.limits += 1;
        course.waited += wait;
        if course.waited <= self.shared.options.patience {
            return Next::AskAgain;
        }
        let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        Next::Done(Err(Error::Throttled { until, limit }))
    }

    /// Waits before a retry, unless there were enough. Halving a page is no retry of the same question.
    async fn may_retry(&self, call: &Call, course: &mut Course<'_>, too_much: bool) -> bool {
        if too_much && course.page.narrow(call.available()) {
            tracing::debug!(
                operation = call.operation,
                size = course.page.get(),
                "a smaller page is asked for"
            );
        } else if course.retries == RETRIES || !self.shared.retries.take() {
            return false;
        } else {
            course.retries += 1;
        }
        let unit = self.shared.options.backoff;
        tokio::time::sleep(pause(course.retries, unit, random())).await;
        true
    }

    async fn attempt(
        &self,
        call: &Call,
        bearer: &SecretString,
        page: PageSize,
    ) -> Result<Result<Answer, Failure>> {
        let shared = &self.shared;
        let patience = shared.options.patience;
        let _permit = self.limiter.ready(call.bucket(), patience).await?;
        let body = call.body(page);
        let started = Instant::now();
        let sent = shared
            .transport
            .send(bearer, &call.method, &call.path, body.as_ref())
            .await;
        self.limiter.worked(call.bucket(), started.elapsed());
        let (status, budget) = match &sent {
            Ok(RawAnswer {
                status, headers, ..
            }) => (Some(status.as_u16()), Budget::of(headers)),
            Err(_) => (None, Budget::default()),
        };
        let now = shared.options.clock.now();
        if let Some(github) = sent.as_ref().ok().and_then(RawAnswer::date) {
            shared.signer.learn(github, now);
        }
        let outcome = match sent {
            Ok(raw) => Answer::read(raw, call, now),
            Err(unanswered) => Err(Failure::unanswered(unanswered)),
        };
        if let Ok(answer) = &outcome {
            self.spare(call, &budget, answer);
        }
        let points = self.charge(call, &budget, &outcome);
        shared.options.observer.observe(&observer::Request {
            operation: call.operation,
            status,
            failure: outcome.as_ref().err().map(Failure::kind),
            resource: budget.resource.as_deref(),
            remaining: budget.remaining,
            points,
            duration: started.elapsed(),
        });
        Ok(outcome)
    }

    /// Counts a request, and what GitHub charged for it.
    fn charge(&self, call: &Call, budget: &Budget, outcome: &Result<Answer, Failure>) -> i64 {
        let cost = match outcome {
            Ok(answer) => answer.cost,
            Err(Failure::Incomplete { answer, .. }) => answer.cost,
            Err(_) => None,
        };
        let ledger = &self.shared.ledger;
        let points = match call.bucket() {
            Bucket::Graphql => ledger.points(cost, budget),
            Bucket::Rest => 0,
        };
        self.usage.add(points);
        if self.organization.is_some() {
            ledger.total.add(points);
        }
        points
    }

    /// Holds further requests back when this one took the last of the budget.
    fn spare(&self, call: &Call, budget: &Budget, answer: &Answer) {
        if let Some(wait) = budget.exhausted_for(answer.observed_at) {
            let limit = super::error::Limit::Primary;
            self.limiter
                .block(call.bucket(), limit, wait, answer.observed_at);
        }
    }
}

// === impl Failure ===

impl Failure {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Limited(..) => ErrorKind::Throttled,
            Self::Transient { .. } => ErrorKind::Unavailable,
            Self::Incomplete { .. } => ErrorKind::Partial,
            Self::Unauthorized(error) | Self::Final(error) => error.kind(),
        }
    }
}

/// A number that no other process has: the standard library keys each hasher at random.
fn random() -> u64 {
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests;
