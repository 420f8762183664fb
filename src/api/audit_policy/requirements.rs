//! What a change must show.

use kube::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::api::schema::one_of;
use crate::audit::requirements::{ApprovedCommit, IndependentOf, Permission};

/// What a change must show to be compliant.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RequirementsSpec {
    /// How many distinct people must have approved a pull request as of its merge.
    #[serde(default = "default_approvals")]
    #[schemars(range(min = 0, max = 10))]
    pub approvals: i32,

    /// Which commit an approval must be of. Head: the merged head; a pure update from the base branch keeps the approval. Any: any
    /// commit of the pull request.
    #[serde(default = "default_approved_commit")]
    #[schemars(schema_with = "approved_commit")]
    pub approved_commit: ApprovedCommit,

    /// Whose approval counts.
    #[serde(default)]
    pub approver: ApproverSpec,

    /// Whether commits may land without a pull request. Forbidden: each such push is non-compliant. Allowed: pushes are not looked
    /// at, and forced ones still are.
    #[serde(default)]
    pub direct_pushes: DirectPushes,
}

/// Whose approval counts: never that of the pull request's author.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ApproverSpec {
    /// The permission that the approver needs on the repository. Write: write, maintain or admin. Any: none. GitHub tells it as of the
    /// scan only: who may write then is taken to have been able to at the merge; that somebody may not is held against the change
    /// within 24 hours of the merge, and later leaves it undetermined.
    #[serde(default = "default_permission")]
    #[schemars(schema_with = "permission")]
    pub permission: Permission,

    /// Whom the approver must not be one of. CommitAuthors: everyone who authored, committed, co-authored or pushed a commit of the
    /// pull request, and its author. PullRequestAuthor: its author only.
    #[serde(default = "default_independent_of")]
    #[schemars(schema_with = "independent_of")]
    pub independent_of: IndependentOf,

    /// GitHub Apps whose approval counts, by their slug, as in its page's address: without app/ in front, without the bot suffix; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 50),
        inner(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub bots: Vec<String>,
}

/// Whether commits may land without a pull request.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectPushes {
    /// Each is non-compliant.
    #[default]
    Forbidden,
    /// They are not looked at.
    Allowed,
}

impl Default for RequirementsSpec {
    fn default() -> Self {
        Self {
            approvals: default_approvals(),
            approved_commit: default_approved_commit(),
            approver: ApproverSpec::default(),
            direct_pushes: DirectPushes::default(),
        }
    }
}

impl Default for ApproverSpec {
    fn default() -> Self {
        Self {
            permission: default_permission(),
            independent_of: default_independent_of(),
            bots: Vec::new(),
        }
    }
}

fn default_approvals() -> i32 {
    1
}

fn default_approved_commit() -> ApprovedCommit {
    ApprovedCommit::Head
}

fn default_permission() -> Permission {
    Permission::Write
}

fn default_independent_of() -> IndependentOf {
    IndependentOf::CommitAuthors
}

fn approved_commit(_: &mut SchemaGenerator) -> Schema {
    one_of(&["Head", "Any"])
}

fn permission(_: &mut SchemaGenerator) -> Schema {
    one_of(&["Write", "Any"])
}

fn independent_of(_: &mut SchemaGenerator) -> Schema {
    one_of(&["CommitAuthors", "PullRequestAuthor"])
}
