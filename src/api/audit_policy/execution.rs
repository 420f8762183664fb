//! Where scans run.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where scans run.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("!has(self.shards) || self.mode == 'CronJob'")
        .message("shards are for mode CronJob; the operator itself scans organization after organization").field_path(".shards")
)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// InProcess: the operator scans in its own process. CronJob: the operator owns a CronJob whose pods scan, which needs an
    /// object store as the archive.
    #[serde(default)]
    pub mode: ExecutionMode,

    /// How many pods share the organizations of a scan; with mode CronJob only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub shards: Option<i32>,
}

/// Who scans.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExecutionMode {
    /// The operator, in its own process.
    #[default]
    InProcess,
    /// Pods of a `CronJob` that the operator owns.
    CronJob,
}
