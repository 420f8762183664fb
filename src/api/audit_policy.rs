//! `AuditPolicy`: what to audit, when, and what to demand. Field names and meanings follow `batch/v1` `CronJob` where it has the
//! same idea.

#![expect(
    clippy::doc_markdown,
    reason = "kubectl explain shows these comments and knows no Markdown"
)]

pub mod execution;
pub mod github;
pub mod organizations;
pub mod owners;
pub mod requirements;
pub mod rules;
mod schedule;
pub mod status;
pub mod window;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use self::execution::{Execution, ExecutionMode};
pub use self::github::{CredentialsRef, GitHub};
pub use self::organizations::{OrganizationScope, RepositoryGlobs};
pub use self::owners::{OwnerOfRepositories, SeverityOverride};
pub use self::requirements::{ApproverSpec, DirectPushes, RequirementsSpec};
pub use self::rules::{CelRule, Emergency, Exemption};
pub use self::status::AuditPolicyStatus;
pub use self::window::{FindingsSpec, Paging, WindowSpec};

use self::schedule as grammar;

/// What is audited, when, and what is demanded of each change. The smallest useful policy sets schedule,
/// github.credentialsRef and organizations.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "mergeaudit.io",
    version = "v1alpha1",
    kind = "AuditPolicy",
    plural = "auditpolicies",
    singular = "auditpolicy",
    shortname = "auditpol",
    category = "mergeaudit",
    namespaced,
    status = "AuditPolicyStatus",
    derive = "PartialEq",
    doc = "AuditPolicy audits every change that lands in GitHub organizations, on a schedule: it archives evidence of each change, records each that skipped review as an AuditFinding, and keeps lastCheckedTime in its status.",
    validation = Rule::new("self.metadata.name.size() <= 52")
        .message("the name of a policy has at most 52 characters, as a CronJob's"),
    printcolumn(name = "Schedule", type_ = "string", json_path = ".spec.schedule", description = "When scans are due."),
    printcolumn(name = "Time zone", type_ = "string", json_path = ".spec.timeZone", priority = 1, description = "The schedule's time zone."),
    printcolumn(name = "Suspend", type_ = "boolean", json_path = ".spec.suspend", description = "Whether scans are suspended."),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether the control runs."),
    printcolumn(name = "Compliant", type_ = "string", json_path = ".status.conditions[?(@.type==\"Compliant\")].status", description = "Whether no finding is open."),
    printcolumn(name = "Open", type_ = "integer", json_path = ".status.findings.open", description = "Open findings."),
    printcolumn(name = "Last check", type_ = "date", json_path = ".status.lastCheckedTime", description = "Everything in scope is audited up to here."),
    printcolumn(name = "Next", type_ = "string", json_path = ".status.nextScheduleTime", priority = 1, description = "The next slot of the schedule."),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", priority = 1, description = "What Ready says."),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("!has(self.execution.shards) || self.execution.shards <= self.organizations.size()")
        .message("there are more shards than organizations; each shard takes its share of them").field_path(".execution.shards")
)]
#[serde(rename_all = "camelCase")]
pub struct AuditPolicySpec {
    /// When scans are due, in what CronJob accepts: five cron fields (minute, hour, day of month, month, day of week) such as
    /// "*/15 * * * *", or @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, or "@every 90m", counted from the
    /// policy's creation. Also rate(15 minutes), rate(2 hours) or rate(1 day), where cron can say the same. A local time that a
    /// change of the clock leaves out does not run that day, one that comes twice runs twice, as in CronJob. Of missed slots the
    /// latest one is caught up; its scan covers the time of all.
    #[schemars(length(min = 1, max = 256))]
    #[x_kube(
        validation = Rule::new("!self.contains('TZ')").message("schedule names a time zone; use timeZone instead"),
        validation = Rule::new(grammar::shape()).message(grammar::SHAPE_MESSAGE),
        validation = Rule::new(grammar::minute()).message(grammar::MINUTE_MESSAGE),
        validation = Rule::new(grammar::hour()).message(grammar::HOUR_MESSAGE),
        validation = Rule::new(grammar::day_of_month()).message(grammar::DAY_OF_MONTH_MESSAGE),
        validation = Rule::new(grammar::month()).message(grammar::MONTH_MESSAGE),
        validation = Rule::new(grammar::day_of_week()).message(grammar::DAY_OF_WEEK_MESSAGE)
    )]
    pub schedule: String,

    /// The time zone that the schedule is read in, by its name in the tz database, such as Europe/Berlin, in its own upper and
    /// lower case.
    #[serde(default = "default_time_zone")]
    #[schemars(
        length(min = 1, max = 64),
        regex(
            pattern = r"^[A-Za-z0-9._+][A-Za-z0-9._+-]{0,13}(/[A-Za-z0-9._+][A-Za-z0-9._+-]{0,13})*$"
        )
    )]
    #[x_kube(
        validation = Rule::new("self.lowerAscii() != 'local'").message("Local is the operator's own time zone; name the one you mean"),
        validation = Rule::new("!self.matches(r'(^|/)[.][.]?(/|$)')").message("timeZone is a name of the tz database, not a path")
    )]
    pub time_zone: String,

    /// Suspends scans, not the watch over acknowledgements. A scan that is running finishes. While suspended, Compliant is
    /// Unknown, and the archive records who suspended and resumed the policy.
    #[serde(default)]
    pub suspend: bool,

    /// How many seconds after its slot a scan may still start; a slot as old as that is recorded as missed, so that with 0 none
    /// starts. Without it a missed slot is caught up however late, as in CronJob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub starting_deadline_seconds: Option<i64>,

    /// Where scans run.
    #[serde(default)]
    pub execution: Execution,

    /// Which GitHub is asked, and as whom.
    pub github: GitHub,

    /// The organizations that are audited, each with a chain of evidence of its own. One that fails does not stop the others.
    #[schemars(length(min = 1, max = 100), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    #[x_kube(
        validation = Rule::new("self.all(a, self.exists_one(b, b.name.lowerAscii() == a.name.lowerAscii()))")
            .message("two organizations differ only by case; GitHub holds them for the same")
    )]
    pub organizations: Vec<OrganizationScope>,

    /// The branches that are audited, as globs on their names; @default is the repository's default branch at the time of the scan, also
    /// for what was merged shortly before another branch became it.
    #[serde(default = "default_branches")]
    #[schemars(
        length(min = 1, max = 50),
        inner(length(min = 1, max = 255), regex(pattern = r"^[^\s~^:\\]+$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    #[x_kube(
        validation = Rule::new("self.all(branch, !branch.startsWith('@') || branch == '@default')")
            .message("of the names that begin with @ there is only @default")
    )]
    pub branches: Vec<String>,

    /// What a change must show to be compliant.
    #[serde(default)]
    pub requirements: RequirementsSpec,

    /// Further rules in CEL, each a reason of its own. See spec.rules.expression for what they can read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub rules: Vec<CelRule>,

    /// Qualifiers of GitHub's search, such as "review:required": a merged pull request that they match is a finding too, with the
    /// reason MatchedSearchQuery and severity Warning. Allowed are review, reviewed-by, label, author, assignee, commenter,
    /// involves, milestone, base, head, status, comments, draft and linked, each also with a dash in front. What is searched
    /// where follows from organizations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    #[x_kube(
        validation = Rule::new(r"!self.matches(r'(?i)(^|\s)-?(org|repo|user):')")
            .message("searchQuery takes no org:, repo: or user:; the scope follows from organizations"),
        validation = Rule::new(r"!self.matches(r'(^|\s)(OR|AND|NOT)(\s|$)|[()]')")
            .message("searchQuery takes no OR, AND, NOT and no parentheses"),
        validation = Rule::new(rules::search_query())
            .message("searchQuery is qualifiers only, such as review:required label:hotfix; see kubectl explain auditpolicy.spec.searchQuery")
    )]
    pub search_query: Option<String>,

    /// Changes of which no review is demanded. They are recorded and counted as exempt, never dropped. The first that holds decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub exemptions: Vec<Exemption>,

    /// How people mark a change that could not wait for review. It stays non-compliant, as a Warning that must be reviewed in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,

    /// Who owns which repositories: a label of findings and alerts, for routing. The first match decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub owners: Vec<OwnerOfRepositories>,

    /// Overrides of the default severity. The first match decides. By default a change that nobody independent approved is
    /// Critical, and one that somebody approved, but with a defect, is a Warning.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "atomic"))]
    pub severities: Vec<SeverityOverride>,

    /// Which time a scan covers.
    #[serde(default)]
    pub window: WindowSpec,

    /// What becomes of findings.
    #[serde(default)]
    pub findings: FindingsSpec,
}

fn default_time_zone() -> String {
    "Etc/UTC".to_owned()
}

fn default_branches() -> Vec<String> {
    vec!["@default".to_owned()]
}
