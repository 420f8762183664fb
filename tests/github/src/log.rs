//! What was asked and answered, for tests to look at.
use serde::Serialize;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// Method.
    pub method: String,
    /// Path with the query string.
    pub path: String,
    /// Name of the GraphQL operation.
    pub operation: Option<String>,
    /// GraphQL points, or requests, that it cost.
    pub cost: u64,
    /// Status of the answer; 0 where the connection was dropped.
    pub status: u16,
    /// Bytes of the answer's body.
    pub bytes: u64,
}

/// Everything that was asked so far, in sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Requests, dropped ones too.
    pub requests: u64,
    /// Of them GraphQL's.
    pub graphql_requests: u64,
    /// GraphQL points.
    pub points: u64,
    /// Bytes of bodies.
    pub bytes: u64,
}

impl Usage {
    /// The sum of a log.
    pub(crate) fn of(log: &[RequestRecord]) -> Self {
        log.iter().fold(Self::default(), |mut sum, record| {
            let graphql = record.path.ends_with("/graphql");
            sum.requests += 1;
            sum.graphql_requests += u64::from(graphql);
            sum.points += if graphql { record.cost } else { 0 };
            sum.bytes += record.bytes;
            sum
        })
    }
}
