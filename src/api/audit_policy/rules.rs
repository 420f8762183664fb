//! What a policy adds to the requirements, and what it lets pass: rules, exemptions, emergencies.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema;
use crate::audit::verdict::Severity;

/// A rule in CEL over the variable change. A change that breaks it is non-compliant with the reason Rule/NAME, whether it was reviewed
/// or exempt from review. One for which it gives no answer (an error, or something that is not true or false) is undetermined,
/// with RuleNotEvaluated. Of rules that do not compile the policy is Stalled.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CelRule {
    /// The rule's name; its reason is Rule/NAME.
    #[schemars(
        length(min = 1, max = 63),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    )]
    pub name: String,

    /// True for a change that keeps the rule, such as change.title.matches('^[A-Z]+-[0-9]+') or
    /// change.approvals.exists(a, a.login == 'alice').
    ///
    /// It reads the variable change, as of the merge: kind, organization, repository, branch (it was merged into), number, url, title,
    /// body (the first 4096 characters of the description), author and mergedBy (login and kind:
    /// User, Bot, Mannequin, Organization, EnterpriseUserAccount, Other; Deleted, with login ghost), createdTime, mergedTime
    /// (timestamps), labels (names), commits (how many), headCommit, approvals (login, kind, time, commit, counts: whether it meets the
    /// requirements), reviewers (logins), emergency (label, labeledBy, justification, reviewDueTime; only on an emergency, so ask
    /// has(change.emergency) first).
    ///
    /// What changed after the merge does not count: a rule reads the title and the labels that were merged, as GitHub's timeline
    /// tells them. What the timeline does not tell is not known, and a rule that reads it gives no answer: a description that was
    /// edited after the merge, a title to which the timeline does not lead. Of names of organizations, repositories and accounts
    /// GitHub keeps no history: they are those at the time of the scan; a label goes by its name in the timeline.
    ///
    /// There are the functions and macros of the standard (github.com/google/cel-spec): size, contains, startsWith, endsWith, matches
    /// (with a pattern in quotes, RE2), string, int, uint, double, bool, bytes, type, timestamp, duration, those of timestamps; has; and
    /// all, exists, exists_one, filter and map over lists, of which two may be nested. A rule that could take too long on the largest
    /// change is refused.
    #[schemars(length(min = 1, max = 2048))]
    pub expression: String,

    /// What a finding says of a change that breaks the rule; by default, the rule's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub message: Option<String>,

    /// How bad it is to break the rule. Of several reasons the worst counts.
    #[serde(default = "default_severity")]
    #[schemars(schema_with = "schema::severity")]
    pub severity: Severity,
}

/// Changes of which no review is demanded, for a term of at most a year. Requests for changes are waived with it; rules are not. A
/// change that was reviewed as demanded is compliant, not exempt.
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

    /// The logins it holds for, a GitHub App's as app/SLUG. It holds only for a pull request of theirs all of whose commits have a
    /// signature that GitHub shows as verified, and no author, co-author or committer but them and GitHub itself; an update from
    /// the base branch counts by who asked for it. Logins are those at the time of the scan. Without it: everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(min = 1, max = 50),
        inner(length(min = 1, max = 72), regex(pattern = r"^(app/)?[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub authors: Vec<String>,

    /// Globs on the names, at the time of the scan, of the repositories it holds for. Without it: all.
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

    /// When it ends. It holds for what was merged before, and in the year before that only: its term is at most a year.
    pub expiration_time: Time,
}

/// How people mark a change that could not wait for review. With label and justification as of the merge, a non-compliant change is
/// a Warning, whatever its reasons.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Emergency {
    /// Labels of a pull request, one of which says that it is an emergency. It counts if it was on at the merge, under the name that
    /// GitHub's timeline gives it; upper and lower case are the same.
    #[schemars(
        length(min = 1, max = 20),
        inner(length(min = 1, max = 50)),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub labels: Vec<String>,

    /// A regular expression (RE2) that the pull request's description must match, too; its first group is the justification. What is
    /// in HTML comments does not count, and neither does a description that was edited after the merge. Without it: the label
    /// suffices.
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
