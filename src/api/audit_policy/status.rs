//! What the operator says about a policy: a projection of the archive, which can be deleted and comes back equal.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema;
use crate::audit::record::ChangeKind;
use crate::audit::verdict::Severity;
use crate::digest::Digest;

/// What the operator says about the policy. It is read from the archive: deleted, it comes back.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct AuditPolicyStatus {
    /// The generation of the spec that this status speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub observed_generation: Option<i64>,

    /// Ready: the control runs. Compliant: no finding is open, undetermined or withheld, and every organization was checked lately.
    /// CoverageComplete: the credentials prove that every repository is seen. Reconciling and Stalled are there only while True.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,

    /// Everything in scope is audited up to here: the oldest of organizations[].lastCheckedTime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_checked_time: Option<Time>,

    /// The slot of the schedule that ran last: when it was due, not when it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_schedule_time: Option<Time>,

    /// The next slot of the schedule; none while suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_schedule_time: Option<Time>,

    /// When a scan last succeeded for every organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_successful_time: Option<Time>,

    /// The latest slot that passed without a scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_missed_time: Option<Time>,

    /// The value of the annotation mergeaudit.io/requested-at that was last answered with a scan; its first 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub last_handled_request: Option<String>,

    /// How each organization stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub organizations: Vec<OrganizationStatus>,

    /// When the credentials expire, as far as GitHub tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_expiration_time: Option<Time>,

    /// Changes of all organizations by verdict, each change once, from the beginning on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<ChangeTotals>,

    /// Findings by state, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingCounts>,
}

/// How an organization stands.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[x_kube(
    validation = Rule::new(
        "!has(oldSelf.entry) || (has(self.entry) && (self.entry.genesis != oldSelf.entry.genesis || self.entry.sequence >= oldSelf.entry.sequence))"
    ).message("within one genesis the published entry never goes back").field_path(".entry")
)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationStatus {
    /// The organization's login, as in the spec.
    #[schemars(length(min = 1, max = 39))]
    pub name: String,

    /// The organization's id on GitHub, which survives a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub id: Option<i64>,

    /// Everything of the organization is audited up to here: the oldest debt or pending change, else the end of the last window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_checked_time: Option<Time>,

    /// When a scan of the organization last succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_successful_time: Option<Time>,

    /// The last entry of the organization's chain that is published, in findings and here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<PublishedEntry>,

    /// The value of the annotation mergeaudit.io/adopt-archive for which the organization's archive was last adopted; the same
    /// value adopts nothing again. Its first 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub adopted_archive: Option<String>,

    /// When the organization's chain was last verified from end to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive_verified_time: Option<Time>,

    /// What could not be audited and is owed, oldest first; the first 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
    pub debts: Vec<DebtStatus>,

    /// How many debts there are, listed or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub debt_count: Option<i64>,

    /// The organization's changes by verdict, each change once, from the beginning of its chain on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<ChangeTotals>,

    /// How many changes are undetermined, now; without those that are only pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub undetermined: Option<i64>,

    /// How many of the organization's repositories the last scan looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repositories: Option<RepositoryCounts>,
}

/// An entry of an organization's chain.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PublishedEntry {
    /// The digest of the chain's first entry, which tells chains apart.
    #[schemars(schema_with = "schema::digest")]
    pub genesis: Digest,

    /// The entry's number in the chain.
    #[schemars(range(min = 0))]
    pub sequence: i64,

    /// The entry's digest.
    #[schemars(schema_with = "schema::digest")]
    pub digest: Digest,
}

/// Something that could not be audited and is owed.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DebtStatus {
    /// The repository; none where it is the whole organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub repository: Option<String>,

    /// From when on it is owed.
    pub since: Time,

    /// What failed, why, and what to do.
    #[schemars(length(max = 512))]
    pub reason: String,
}

/// Changes by verdict, each change once.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ChangeTotals {
    /// All changes that were judged.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub changes: i64,

    /// Compliant ones.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub compliant: i64,

    /// Exempt ones.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub exempt: i64,

    /// Non-compliant ones that landed before the chain began; not in nonCompliant.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub baseline: i64,

    /// Non-compliant ones, by kind and severity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 6), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["kind", "severity"]))]
    pub non_compliant: Vec<NonCompliantTotal>,
}

/// Non-compliant changes of one kind and severity.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NonCompliantTotal {
    /// The kind of change.
    #[schemars(schema_with = "schema::change_kind")]
    pub kind: ChangeKind,

    /// The severity.
    #[schemars(schema_with = "schema::severity")]
    pub severity: Severity,

    /// How many.
    #[schemars(range(min = 0))]
    pub count: i64,
}

/// Findings by state.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct FindingCounts {
    /// Open ones: non-compliant, and nobody has reviewed or acknowledged them.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub open: i64,

    /// Undetermined ones: the evidence does not suffice to say.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub undetermined: i64,

    /// Withheld ones: beyond findings.maxOpen, in the archive only.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub withheld: i64,

    /// Baseline ones: from before the policy's time.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub baseline: i64,
}

/// How many repositories a scan looked at.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryCounts {
    /// Audited ones.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub audited: i64,

    /// Skipped ones: archived, excluded or not included.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub skipped: i64,
}
