//! Which change a finding is about.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::api::schema;
use crate::audit::facts::ActorKind;
use crate::audit::record::ChangeKind;

/// A change: a merged pull request, a direct push or a force push. What makes it the same change are host, organizationId,
/// repositoryId and number, or of a push branch, before and after; the names may change.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[x_kube(
    validation = Rule::new(
        "self.kind == 'PullRequest' ? has(self.number) && has(self.headCommit) && !has(self.before) && !has(self.after) && !has(self.commits) && !has(self.pusher) : true"
    ).message("a change of kind PullRequest has number and headCommit, and no before, after, commits and pusher"),
    validation = Rule::new(
        "self.kind != 'PullRequest' ? has(self.before) && has(self.after) && !has(self.number) && !has(self.title) && !has(self.author) && !has(self.mergedBy) && !has(self.headCommit) && !has(self.mergeCommit) : true"
    ).message("a change of kind DirectPush or ForcePush has before and after, and nothing of a pull request"),
    validation = Rule::new("self.kind != 'ForcePush' || !has(self.commits)")
        .message("a change of kind ForcePush has no commits").field_path(".commits"),
    validation = Rule::new(
        "self.kind == oldSelf.kind && self.host == oldSelf.host && self.organizationId == oldSelf.organizationId && self.repositoryId == oldSelf.repositoryId && (self.kind == 'PullRequest' ? has(self.number) && self.number == oldSelf.number : self.branch == oldSelf.branch && has(self.before) && self.before == oldSelf.before && has(self.after) && self.after == oldSelf.after)"
    ).message("the identity of a change is immutable: kind, host, organizationId, repositoryId, and number or branch, before and after")
)]
#[serde(rename_all = "camelCase")]
pub struct AuditedChange {
    /// PullRequest: a merged one. DirectPush: commits that landed without one. ForcePush: history that was rewritten.
    #[schemars(schema_with = "schema::change_kind")]
    pub kind: ChangeKind,

    /// GitHub's host, such as github.com.
    #[schemars(length(min = 1, max = 253))]
    pub host: String,

    /// The organization's login.
    #[schemars(length(min = 1, max = 39))]
    pub organization: String,

    /// The organization's id on GitHub.
    #[schemars(range(min = 0))]
    pub organization_id: i64,

    /// The repository's name, without the organization.
    #[schemars(length(min = 1, max = 128))]
    pub repository: String,

    /// The repository's id on GitHub.
    #[schemars(range(min = 0))]
    pub repository_id: i64,

    /// The pull request's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub number: Option<i64>,

    /// Its page on GitHub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub url: Option<String>,

    /// The pull request's title as of the merge; where GitHub's timeline does not tell that, the one when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub title: Option<String>,

    /// Who opened the pull request; none for a deleted account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Account>,

    /// Who merged the pull request; none where GitHub does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_by: Option<Account>,

    /// When it landed, by GitHub's clock.
    pub merged_time: Time,

    /// The branch it landed on.
    #[schemars(length(min = 1, max = 255))]
    pub branch: String,

    /// The head of the pull request that was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "commit")]
    pub head_commit: Option<String>,

    /// The commit that the merge made on the branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "commit")]
    pub merge_commit: Option<String>,

    /// The branch's head before the push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "commit")]
    pub before: Option<String>,

    /// The branch's head after the push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "commit")]
    pub after: Option<String>,

    /// What the push brought; the first 20 commits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "commits")]
    pub commits: Vec<String>,

    /// Who pushed; none where GitHub does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pusher: Option<Account>,
}

/// An account on GitHub.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The account's id, which survives a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub id: Option<i64>,

    /// The login; of an App, without the bot suffix.
    #[schemars(length(min = 1, max = 100))]
    pub login: String,

    /// What kind of account it is.
    #[schemars(schema_with = "account_kind")]
    pub kind: ActorKind,
}

fn account_kind(_: &mut SchemaGenerator) -> Schema {
    schema::one_of(&[
        "User",
        "Bot",
        "Mannequin",
        "Organization",
        "EnterpriseUserAccount",
        "Other",
    ])
}

/// A commit's object id: SHA-1 or SHA-256.
fn commit(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "string", "maxLength": 64, "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"})
}

fn commits(generator: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "array", "items": commit(generator), "maxItems": 20, "x-kubernetes-list-type": "set",
    })
}
