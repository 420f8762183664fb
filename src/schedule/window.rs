//! Half-open windows of time, and how a chain's windows touch.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The time from `since` (inclusive) to `until` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The first moment in it.
    pub since: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}
