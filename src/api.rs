//! The resources `AuditPolicy` and `AuditFinding`, and every name that crosses the API server.
//!
//! The types are the single source of `crds/*.yaml` (`mergeaudit crd` prints them, `tests/generated.rs` holds them equal).
//! Their doc comments are what `kubectl explain` shows, so they are written for the people who write policies. What the core
//! understands of a policy is made in [`convert`], and nowhere else.

#![expect(
    unreachable_pub,
    reason = "KubeSchema repeats each type, with its visibility, inside a function"
)]

pub mod audit_policy;
pub mod condition;
pub mod convert;
pub mod finding;
mod label;
mod schema;

use kube::CustomResourceExt;

pub use audit_policy::{AuditPolicy, AuditPolicyStatus};
pub use finding::AuditFinding;
pub use label::label_value;

/// The API group of both resources.
pub const GROUP: &str = "mergeaudit.io";
/// The version of both resources.
pub const VERSION: &str = "v1alpha1";

/// Label of a finding: the name of its policy.
pub const LABEL_POLICY: &str = "mergeaudit.io/policy";
/// Label of a finding: the organization's login, as a [`label_value`].
pub const LABEL_ORGANIZATION: &str = "mergeaudit.io/organization";
/// Label of a finding: the repository's name, as a [`label_value`].
pub const LABEL_REPOSITORY: &str = "mergeaudit.io/repository";
/// Label of a finding: the owner that the policy names; absent where it names none.
pub const LABEL_OWNER: &str = "mergeaudit.io/owner";

/// Annotation of a policy: any new value runs a scan now; echoed in `status.lastHandledRequest`.
pub const ANNOTATION_REQUESTED_AT: &str = "mergeaudit.io/requested-at";
/// Annotation of a policy: the reason for which a chain that does not match is adopted.
pub const ANNOTATION_ADOPT_ARCHIVE: &str = "mergeaudit.io/adopt-archive";

/// Field manager of what the operator states in specs: the facts of findings.
pub const MANAGER_FACTS: &str = "mergeaudit";
/// Field manager of what the operator states in statuses.
pub const MANAGER_STATUS: &str = "mergeaudit-status";
/// Field manager of an acknowledgement that the operator restored from the archive, so that facts and a person's words stay
/// apart.
pub const MANAGER_RESTORE: &str = "mergeaudit-restore";
/// Field manager of an acknowledgement that a person writes by `mergeaudit acknowledge`.
pub const MANAGER_ACKNOWLEDGE: &str = "mergeaudit-acknowledge";

/// The `ConfigMap`, in the operator's namespace, that tells which user of the cluster is which account on GitHub: its keys are the
/// accounts' ids, its values the users' names. It may be absent.
pub const CONFIG_MAP_IDENTITIES: &str = "mergeaudit-identities";

/// The type of Secret that holds GitHub credentials; no other type is read.
pub const SECRET_TYPE: &str = "mergeaudit.io/github";
/// Key of the Secret: a token.
pub const SECRET_TOKEN: &str = "token";
/// Key of the Secret: the id of a GitHub App.
pub const SECRET_APP_ID: &str = "appId";
/// Key of the Secret: the App's private key, PEM.
pub const SECRET_PRIVATE_KEY: &str = "privateKey";
/// Key of the Secret: the id of the App's installation; found by organization when absent.
pub const SECRET_INSTALLATION_ID: &str = "installationId";
/// Key of the Secret: certificate authorities to trust besides the system's, PEM.
pub const SECRET_CA: &str = "ca.crt";

/// The most characters of [`ANNOTATION_REQUESTED_AT`] and [`ANNOTATION_ADOPT_ARCHIVE`] that are compared and echoed: the bound of
/// `status.lastHandledRequest`.
pub const REQUEST_MAX_LENGTH: usize = 256;
/// The most debts that `status.organizations[].debts` lists; `debtCount` tells how many there are.
pub const DEBTS_SHOWN: usize = 20;

/// The value of [`ANNOTATION_REQUESTED_AT`] as far as it counts: its first [`REQUEST_MAX_LENGTH`] characters.
pub fn requested_at(policy: &AuditPolicy) -> Option<String> {
    annotation(policy, ANNOTATION_REQUESTED_AT)
}

/// The value of [`ANNOTATION_ADOPT_ARCHIVE`] as far as it counts: its first [`REQUEST_MAX_LENGTH`] characters; none where it gives
/// no reason.
pub fn adopt_archive(policy: &AuditPolicy) -> Option<String> {
    annotation(policy, ANNOTATION_ADOPT_ARCHIVE).filter(|reason| !reason.trim().is_empty())
}

fn annotation(policy: &AuditPolicy, key: &str) -> Option<String> {
    let value = policy.metadata.annotations.as_ref()?.get(key)?;
    Some(value.chars().take(REQUEST_MAX_LENGTH).collect())
}

/// Both definitions as YAML, each with the name of its file in `crds/`.
///
/// # Errors
///
/// When a definition cannot be written as YAML: a mistake in this crate, which the tests would show.
pub fn crds() -> Result<Vec<(String, String)>, serde_json::Error> {
    [AuditPolicy::crd(), AuditFinding::crd()]
        .iter()
        .map(schema::to_yaml)
        .collect()
}
