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
}
