//! Which time a scan covers, and what becomes of findings.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which time a scan covers.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct WindowSpec {
    /// How many seconds before its own beginning the first scan of an organization looks back. What it finds there is baseline:
    /// counted apart, and nobody is paged.
    #[serde(default = "default_initial_lookback_seconds")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub initial_lookback_seconds: i64,

    /// By how many seconds a scan reaches back into the window before it, for what GitHub's indexes show late. What is younger and
    /// not yet clear is pending, not a finding.
    #[serde(default = "default_overlap_seconds")]
    #[schemars(range(min = 60, max = 86_400))]
    pub overlap_seconds: i64,
}

/// What becomes of findings.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct FindingsSpec {
    /// Enabled: open findings page on-call. Disabled: everything but the page, for the first week.
    #[serde(default)]
    pub paging: Paging,

    /// How many findings may be open or undetermined at a time; as many more may be baseline. Further ones are withheld: in the
    /// archive, counted and alerted, and published, Critical first, as others close. One that is acknowledged for a term is not
    /// closed: it keeps its place, since it opens again. What is published stays, also where this is lowered.
    #[serde(default = "default_max_open")]
    #[schemars(range(min = 1, max = 5000))]
    pub max_open: i64,

    /// For how many days a finding is kept after it closed. Its evidence stays in the archive.
    #[serde(default = "default_retention_days")]
    #[schemars(range(min = 1, max = 3650))]
    pub retention_days: i64,
}

/// Whether open findings page.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paging {
    /// They do.
    #[default]
    Enabled,
    /// They do not.
    Disabled,
}

impl Default for WindowSpec {
    fn default() -> Self {
        Self {
            initial_lookback_seconds: default_initial_lookback_seconds(),
            overlap_seconds: default_overlap_seconds(),
        }
    }
}

impl Default for FindingsSpec {
    fn default() -> Self {
        Self {
            paging: Paging::default(),
            max_open: default_max_open(),
            retention_days: default_retention_days(),
        }
    }
}

fn default_initial_lookback_seconds() -> i64 {
    86_400
}

fn default_overlap_seconds() -> i64 {
    3600
}

fn default_max_open() -> i64 {
    500
}

fn default_retention_days() -> i64 {
    400
}
