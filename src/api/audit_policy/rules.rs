//! What a policy adds to the requirements, and what it lets pass: rules, exemptions, emergencies.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema;
use crate::audit::verdict::Severity;

/// A rule in CEL over the variable change.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CelRule {
    /// The rule's name; its reason is Rule/NAME.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub name: String,

    /// True for a change that keeps the rule, such as change.title.matches('^[A-Z]+-[0-9]+').
    #[schemars(length(min = 1, max = 2048))]
    pub expression: String,

    /// What a finding says of a change that breaks the rule; by default, the rule's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub message: Option<String>,

    /// How bad it is to break the rule.
    #[serde(default = "default_severity")]
    #[schemars(schema_with = "schema::severity")]
    pub severity: Severity,
}

/// Changes that need not meet the requirements, for a term of at most a year.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[x_kube(
    validation = Rule::new("has(self.authors) || has(self.repositories)")
        .message("an exemption names authors, repositories or both; without either it would exempt everything")
)]
#[serde(rename_all = "camelCase")]
pub struct Exemption {
    /// The exemption's name, which the records of exempt changes carry.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub name: String,

    /// The logins it holds for, a GitHub App's as app/SLUG. It holds only for a change all of whose commits are theirs and
    /// verified. Without it: everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(min = 1, max = 50),
        inner(length(min = 1, max = 72), regex(pattern = r"^(app/)?[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub authors: Vec<String>,

    /// Globs on the names of the repositories it holds for. Without it: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(min = 1, max = 50),
        inner(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9._*?\[\]{},!-]+$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub repositories: Vec<String>,

    /// Why, for the auditor.
    #[schemars(length(min = 1, max = 512))]
    pub reason: String,

    /// Who approved the exemption.
    #[schemars(length(min = 1, max = 256))]
    pub approved_by: String,

    /// When it ends: at most a year from its beginning.
    pub expiration_time: Time,
}

/// How people mark a change that could not wait for review.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Emergency {
    /// Labels of a pull request, one of which says that it is an emergency.
    #[schemars(
        length(min = 1, max = 20),
        inner(length(min = 1, max = 50)),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub labels: Vec<String>,

    /// A regular expression (RE2) that the pull request's description must match, too; its first group is the justification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub justification_pattern: Option<String>,

    /// Within how many seconds after the merge somebody must have reviewed it.
    #[serde(default = "default_review_within_seconds")]
    #[schemars(range(min = 60, max = 2_592_000))]
    pub review_within_seconds: i64,
}

fn default_severity() -> Severity {
    Severity::Warning
}

fn default_review_within_seconds() -> i64 {
    86_400
}

/// Qualifiers of a list only, each `name:value` or `name:"a value"`.
/// <https://docs.github.com/en/search-github/searching-on-github/searching-issues-and-pull-requests>
pub(super) fn search_query() -> String {
    let names = "review|reviewed-by|label|author|assignee|commenter|involves|milestone|base|head|status|comments|draft|linked";
    let qualifier = format!(r#"-?({names}):("[^"]*"|[^\s"()]+)"#);
    format!(r"self.matches(r'^{qualifier}(\s+{qualifier})*$')")
}
