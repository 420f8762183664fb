//! Every metric of ours as data: registered, documented and checked against the alert rules from this one table.

/// A metric's name, type, labels and meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The name.
    pub name: &'static str,
    /// The type.
    pub kind: Kind,
    /// The labels, in the order in which values are given.
    pub labels: &'static [&'static str],
    /// What it says, as in the exposition.
    pub help: &'static str,
}

/// The types of metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only ever grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Buckets of observations.
    Histogram,
}

// === impl Kind ===

impl Kind {
    /// The name of the type in the exposition format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

const POLICY: &[&str] = &["policy_namespace", "policy"];
const ORGANIZATION: &[&str] = &["policy_namespace", "policy", "organization"];

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        labels,
        help,
    }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        labels,
        help,
    }
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Histogram,
        labels,
        help,
    }
}

/// Non-compliant changes, each once.
pub const NONCOMPLIANT_MERGES: Metric = counter(
    "mergeaudit_noncompliant_merges_total",
    &[
        "policy_namespace",
        "policy",
        "organization",
        "kind",
        "severity",
    ],
    "Changes that landed without the required review since auditing began, each once. Absent until the archive is read.",
);
/// Findings that page.
pub const FINDING_OPEN: Metric = gauge(
    "mergeaudit_finding_open",
    &[
        "policy_namespace",
        "policy",
        "organization",
        "repository",
        "owner",
        "severity",
        "finding",
    ],
    "1 for each finding that waits for a person and pages; absent otherwise.",
);
/// Findings by state.
pub const FINDINGS: Metric = gauge(
    "mergeaudit_findings",
    &[
        "policy_namespace",
        "policy",
        "organization",
        "state",
        "severity",
    ],
    "Findings by state and severity (none while undetermined).",
);
/// Audited changes by verdict.
pub const CHANGES_AUDITED: Metric = counter(
    "mergeaudit_changes_audited_total",
    &["policy_namespace", "policy", "organization", "verdict"],
    "Changes with a determined verdict since auditing began, each once. Absent until the archive is read.",
);
/// When an organization was last audited.
pub const LAST_SUCCESS: Metric = gauge(
    "mergeaudit_last_success_timestamp_seconds",
    ORGANIZATION,
    "When a scan of the organization last succeeded. Absent before the first.",
);
/// Since when an organization ought to be audited.
pub const AUDITED_SINCE: Metric = gauge(
    "mergeaudit_audited_since_timestamp_seconds",
    ORGANIZATION,
    "Since when the organization ought to be audited: the policy's creation, a moment before its chain's genesis.",
);
/// When an archive was last verified.
pub const ARCHIVE_VERIFIED: Metric = gauge(
    "mergeaudit_archive_verified_timestamp_seconds",
    ORGANIZATION,
    "When the organization's chain was last verified from end to end. Absent before the first time.",
);
/// Undetermined changes.
pub const UNDETERMINED_CHANGES: Metric = gauge(
    "mergeaudit_undetermined_changes",
    ORGANIZATION,
    "Changes for whose verdict evidence is missing, without those that are only pending.",
);
/// The interval of a policy's schedule.
pub const EXPECTED_INTERVAL: Metric = gauge(
    "mergeaudit_expected_interval_seconds",
    POLICY,
    "Time from the schedule's last due slot to its next.",
);
/// Whether a policy is suspended.
pub const POLICY_SUSPENDED: Metric = gauge(
    "mergeaudit_policy_suspended",
    POLICY,
    "1 while the policy is suspended, else 0.",
);
/// Whether a policy's findings page.
pub const POLICY_PAGING: Metric = gauge(
    "mergeaudit_policy_paging",
    POLICY,
    "1 while the policy's findings page, 0 while its paging is disabled.",
);
/// Whether a policy is stalled.
pub const POLICY_STALLED: Metric = gauge(
    "mergeaudit_policy_stalled",
    &["policy_namespace", "policy", "reason"],
    "1 while the policy is Stalled, by reason; absent otherwise.",
);
/// Whether a policy is not ready.
pub const POLICY_NOT_READY: Metric = gauge(
    "mergeaudit_policy_not_ready",
    &["policy_namespace", "policy", "reason"],
    "1 while the policy's Ready is False, by reason; absent otherwise.",
);
/// When a policy last missed a slot.
pub const LAST_MISSED: Metric = gauge(
    "mergeaudit_last_missed_timestamp_seconds",
    POLICY,
    "The last slot of the schedule that passed without a run. Absent where none was missed.",
);
/// Findings that are not published.
pub const FINDINGS_WITHHELD: Metric = gauge(
    "mergeaudit_findings_withheld",
    POLICY,
    "Findings beyond findings.maxOpen, in the archive and counted, not published until others close.",
);
/// Emergencies whose review is overdue.
pub const REVIEWS_OVERDUE: Metric = gauge(
    "mergeaudit_emergency_reviews_overdue",
    ORGANIZATION,
    "Open findings of declared emergencies whose review was due.",
);
/// When a policy's credentials end.
pub const CREDENTIALS_EXPIRY: Metric = gauge(
    "mergeaudit_credentials_expiry_timestamp_seconds",
    POLICY,
    "When the policy's GitHub credentials expire. Absent where GitHub names no time.",
);
/// Scans by result.
pub const SCANS: Metric = counter(
    "mergeaudit_scans_total",
    &["result"],
    "Scans of one organization that this process finished, by result.",
);
/// How long scans take.
pub const SCAN_DURATION: Metric = histogram(
    "mergeaudit_scan_duration_seconds",
    &[],
    "How long scans of one organization took in this process.",
);
/// How late findings are.
pub const DETECTION_LATENCY: Metric = histogram(
    "mergeaudit_detection_latency_seconds",
    &[],
    "Time from a non-compliant change's landing to its detection by this process, baseline apart.",
);
/// Requests to GitHub.
pub const GITHUB_REQUESTS: Metric = counter(
    "mergeaudit_github_requests_total",
    &["operation", "outcome"],
    "Requests of this process to GitHub, by operation and outcome.",
);
/// What is left of GitHub's budget.
pub const GITHUB_RATE_LIMIT_REMAINING: Metric = gauge(
    "mergeaudit_github_rate_limit_remaining",
    &["resource"],
    "Requests or points left in GitHub's current budget, as last told to this process.",
);
/// Whether this replica leads.
pub const LEADER: Metric = gauge(
    "mergeaudit_leader",
    &[],
    "1 while this process holds the lease and scans, else 0.",
);
/// Which build this is.
pub const BUILD_INFO: Metric = gauge(
    "mergeaudit_build_info",
    &["version"],
    "Always 1; the labels say which build this is.",
);

/// The metrics that are projections of the archive: computed at scrape, the same on every replica.
pub const DOMAIN: &[Metric] = &[
    NONCOMPLIANT_MERGES,
    FINDING_OPEN,
    FINDINGS,
    CHANGES_AUDITED,
    LAST_SUCCESS,
    AUDITED_SINCE,
    ARCHIVE_VERIFIED,
    UNDETERMINED_CHANGES,
    EXPECTED_INTERVAL,
    POLICY_SUSPENDED,
    POLICY_PAGING,
    CREDENTIALS_EXPIRY,
    POLICY_STALLED,
    POLICY_NOT_READY,
    LAST_MISSED,
    FINDINGS_WITHHELD,
    REVIEWS_OVERDUE,
];

/// The metrics of one process.
pub const PROCESS: &[Metric] = &[
    SCANS,
    SCAN_DURATION,
    DETECTION_LATENCY,
    GITHUB_REQUESTS,
    GITHUB_RATE_LIMIT_REMAINING,
    LEADER,
    BUILD_INFO,
];
