//! Who owns what, and how bad what is.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema;
use crate::audit::verdict::Severity;

/// The owner of some repositories.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct OwnerOfRepositories {
    /// Globs on the names of repositories, as they are at the time of the scan.
    #[schemars(
        length(min = 1, max = 100),
        inner(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9._*?\[\]{},!-]+$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub repositories: Vec<String>,

    /// Who owns them, such as a team: a label's value.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$")
    )]
    pub owner: String,
}

/// A severity instead of the default one.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("has(self.reasons) || has(self.repositories)")
        .message("an override names reasons, repositories or both")
)]
#[serde(rename_all = "camelCase")]
pub struct SeverityOverride {
    /// It holds for a change all of whose reasons are among these. Without it: for any reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(min = 1, max = 45),
        inner(
            length(min = 1, max = 68),
            regex(pattern = r"^(Approval(Missing|AfterMerge|Stale|ByAuthor|ByContributor|ByBot|Dismissed)|ApproverWithoutWrite|ChangesRequested|DirectPush|ForcePush|ProtectionBypassed|MatchedSearchQuery|Rule/[a-z0-9]([-a-z0-9]*[a-z0-9])?)$")
        ),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub reasons: Vec<String>,

    /// Globs on the names, at the time of the scan, of the repositories it holds for. Without it: for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(min = 1, max = 100),
        inner(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9._*?\[\]{},!-]+$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub repositories: Vec<String>,

    /// The severity.
    #[schemars(schema_with = "schema::severity")]
    pub severity: Severity,
}
