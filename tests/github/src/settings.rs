//! What tests set while a world is served: the edition, the limits and how slow GitHub is.
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Which GitHub this is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Edition {
    /// github.com: REST at the root, GraphQL at `/graphql`. Server's paths do not exist.
    #[default]
    Cloud,
    /// GitHub Enterprise Server: REST at `/api/v3`, GraphQL at `/api/graphql`, no rate limits, which are off there by default.
    /// <https://docs.github.com/enterprise-server/admin/configuring-settings/configuring-user-applications-for-your-enterprise/configuring-rate-limits>
    EnterpriseServer,
}

/// How the end of a wait is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RetryAfter {
    /// `Retry-After` in seconds.
    #[default]
    Seconds,
    /// `Retry-After` as an HTTP date.
    Date,
    /// No header.
    Missing,
}

/// How GraphQL says that its points are used up: two shapes were seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointsShape {
    /// `RATE_LIMITED`, no `data`.
    #[default]
    RateLimited,
    /// `RATE_LIMIT` with the code `graphql_rate_limit`, and `data` null.
    RateLimit,
}

/// GitHub has two searches for issues and pull requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Backend {
    /// The older one: all words must hold, and several `org:`, `user:` or `repo:` are alternatives.
    Legacy,
    /// The one that `ISSUE_ADVANCED` and `advanced_search=true` ask for: operators, brackets, and everything side by side must
    /// hold.
    #[default]
    Advanced,
}

/// What becomes of `word:word` that is no qualifier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownQualifiers {
    /// 422: a typing error in a test's query must not silently find too little.
    #[default]
    Refused,
    /// It finds nothing and says nothing, as was seen of GitHub.
    FindNothing,
}

/// How searches are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct SearchSettings {
    /// Which search answers `ISSUE`, and REST without `advanced_search`: GitHub does not say which it is today.
    pub plain: Backend,
    /// How many repositories are searched; the rest is left out silently.
    /// <https://docs.github.com/rest/search/search#limits-on-query-length>
    pub repositories: usize,
    /// What becomes of a qualifier that does not exist.
    pub unknown_qualifiers: UnknownQualifiers,
    /// GraphQL says nothing of an organization that cannot be seen, and finds nothing, where REST answers 422.
    pub silent_in_graphql: bool,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            plain: Backend::default(),
            repositories: 4000,
            unknown_qualifiers: UnknownQualifiers::default(),
            silent_in_graphql: false,
        }
    }
}

/// Limits and how their answers look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Length of the primary limits' hour, in milliseconds.
    pub hour_milliseconds: u32,
    /// Length of a minute: of the search's limit and of the secondary limits, in milliseconds.
    pub minute_milliseconds: u32,
    /// Searches over REST in a minute.
    pub searches: u64,
    /// Requests at the same time, from everybody together.
    pub concurrent: u64,
    /// REST requests of one caller in a minute; none for no limit.
    pub rest_points: Option<u64>,
    /// GraphQL queries of one caller in a minute; none for no limit.
    pub graphql_points: Option<u64>,
    /// Seconds of a minute that GraphQL may work for one caller, by the time that its answers take; none for no limit.
    pub graphql_seconds: Option<u64>,
    /// The same of REST and GraphQL together.
    pub seconds: Option<u64>,
    /// How long a secondary limit lasts, in milliseconds.
    pub penalty_milliseconds: u32,
    /// Asking while a secondary limit lasts starts it anew.
    pub asking_prolongs: bool,
    /// Status of a secondary limit: 403 or 429, or 200, with which GraphQL hides it in the body.
    pub secondary_status: u16,
    /// How the secondary limit's end is told.
    pub retry_after: RetryAfter,
    /// Status of REST's primary limit: 403 or 429.
    pub primary_status: u16,
    /// Shape of GraphQL's primary limit.
    pub points_shape: PointsShape,
}

/// When wrong credentials lock everybody out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lockout {
    /// After how many 401.
    pub failures: u32,
    /// For how long, in milliseconds.
    pub milliseconds: u32,
}

/// Everything that can be set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// Which GitHub this is.
    pub edition: Edition,
    /// How much later every answer comes, in milliseconds.
    pub latency_milliseconds: u32,
    /// Limits.
    pub limits: Limits,
    /// A query of more nodes than this (as `rateLimit.nodeCount` counts) runs into GraphQL's time limit; none for no limit.
    pub heaviest_query: Option<u64>,
    /// Points that running into the time limit costs besides the query's own.
    pub timeout_points: u64,
    /// How long a fresh installation token is still answered 401, in milliseconds.
    pub fresh_token_milliseconds: u32,
    /// How searches are answered.
    pub search: SearchSettings,
    /// The oldest API version is answered 410.
    pub oldest_version_retired: bool,
    /// Lock-out after failed logins; none for never, since all callers share one address here.
    pub lockout: Option<Lockout>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hour_milliseconds: 3_600_000,
            minute_milliseconds: 60_000,
            searches: 30,
            concurrent: 100,
            rest_points: Some(900),
            graphql_points: Some(2000),
            graphql_seconds: Some(60),
            seconds: Some(90),
            penalty_milliseconds: 60_000,
            asking_prolongs: true,
            secondary_status: 403,
            retry_after: RetryAfter::Seconds,
            primary_status: 403,
            points_shape: PointsShape::RateLimited,
        }
    }
}

impl Settings {
    pub(crate) fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_milliseconds.into())
    }

    /// Whether anything is counted at all.
    pub(crate) fn has_limits(&self) -> bool {
        self.edition == Edition::Cloud
    }
}
