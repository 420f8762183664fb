//! What `/metrics` shows of policies and findings: a fold over the watch caches, the same on every replica, so that a restart or a
//! failover changes no series.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt as _;
use kube_runtime::reflector::Store;

use super::progress::PolicyKey;
use crate::api::audit_policy::Paging;
use crate::api::audit_policy::status::OrganizationStatus;
use crate::api::condition::{ConditionType, find_condition};
use crate::api::finding::FindingState as Stated;
use crate::api::{AuditFinding, AuditPolicy};
use crate::audit::totals::Totals;
use crate::clock::Clock;
use crate::metrics::{FindingFigures, FindingState, OrganizationFigures, PolicyFigures};
use crate::schedule::cron::Schedule;

/// The figures of every policy in the cache.
pub(super) fn collect(
    policies: &Store<AuditPolicy>,
    findings: &Store<AuditFinding>,
    clock: Clock,
) -> Vec<PolicyFigures> {
    let findings = findings.state();
    let figures = |policy: &AuditPolicy| {
        let own = findings
            .iter()
            .filter(|finding| is_of(finding, policy))
            .map(|finding| finding_figures(finding, clock.now()));
        policy_figures(policy, own.collect(), clock.now())
    };
    policies
        .state()
        .iter()
        .map(|policy| figures(policy))
        .collect()
}

fn is_of(finding: &AuditFinding, policy: &AuditPolicy) -> bool {
    PolicyKey::of_finding(finding) == PolicyKey::of(policy)
}

fn policy_figures(
    policy: &AuditPolicy,
    findings: Vec<FindingFigures>,
    now: Timestamp,
) -> PolicyFigures {
    let status = policy.status.clone().unwrap_or_default();
    let schedule = Schedule::parse(&policy.spec.schedule, &policy.spec.time_zone).ok();
    let created = policy.creation_timestamp().map(|time| seconds(time.0));
    PolicyFigures {
        policy_namespace: policy.namespace().unwrap_or_default(),
        policy: policy.name_any(),
        suspended: policy.spec.suspend,
        expected_interval_seconds: schedule.map(|schedule| schedule.interval_at(now).as_secs_f64()),
        credentials_expiry: status
            .credentials_expiration_time
            .map(|time| seconds(time.0)),
        paging: policy.spec.findings.paging == Paging::Enabled,
        stalled: reason(&status.conditions, ConditionType::Stalled, "True"),
        not_ready: reason(&status.conditions, ConditionType::Ready, "False"),
        last_missed: status.last_missed_time.map(|time| seconds(time.0)),
        withheld: status.findings.as_ref().map(|findings| findings.withheld),
        organizations: organizations(policy, &status.organizations, created),
        findings,
    }
}

/// One per organization of the spec, also where nothing is known of it yet: a scan that never succeeds must alert.
fn organizations(
    policy: &AuditPolicy,
    known: &[OrganizationStatus],
    created: Option<f64>,
) -> Vec<OrganizationFigures> {
    let figures = |name: &str| {
        let status = known.iter().find(|status| status.name == name);
        OrganizationFigures {
            organization: name.to_owned(),
            chain_read: status.is_some_and(|status| status.entry.is_some()),
            totals: status
                .and_then(|status| status.totals.as_ref())
                .map(Totals::from)
                .unwrap_or_default(),
            undetermined: status.and_then(|status| status.undetermined).unwrap_or(0),
            last_success: status
                .and_then(|status| status.last_successful_time.as_ref())
                .map(|time| seconds(time.0)),
            audited_since: created,
            archive_verified: status
                .and_then(|status| status.archive_verified_time.as_ref())
                .map(|time| seconds(time.0)),
        }
    };
    policy
        .spec
        .organizations
        .iter()
        .map(|organization| figures(&organization.name))
        .collect()
}

fn finding_figures(finding: &AuditFinding, now: Timestamp) -> FindingFigures {
    let stated = finding
        .status
        .as_ref()
        .map_or(Stated::Undetermined, |status| status.state);
    let state = match stated {
        Stated::Undetermined => FindingState::Undetermined,
        Stated::Open => FindingState::Open,
        Stated::Acknowledged => FindingState::Acknowledged,
        Stated::Reviewed => FindingState::Reviewed,
        Stated::Baseline => FindingState::Baseline,
        Stated::Resolved => FindingState::Resolved,
    };
    FindingFigures {
        organization: finding.spec.change.organization.clone(),
        repository: finding.spec.change.repository.clone(),
        owner: finding.spec.owner.clone().unwrap_or_default(),
        severity: finding.spec.severity,
        state,
        name: finding.name_any(),
        review_overdue: state == FindingState::Open && review_was_due(finding, now),
        pages: state == FindingState::Open,
    }
}

/// The reason of a condition that has this status.
fn reason(conditions: &[Condition], kind: ConditionType, status: &str) -> Option<String> {
    let condition = find_condition(conditions, kind)?;
    (condition.status == status).then(|| condition.reason.clone())
}

fn review_was_due(finding: &AuditFinding, now: Timestamp) -> bool {
    let emergency = finding.spec.emergency.as_ref();
    let due = emergency.and_then(|emergency| emergency.review_due_time.as_ref());
    due.is_some_and(|due| due.0 < now)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since 1970 are exact in a double for millions of years"
)]
fn seconds(time: Timestamp) -> f64 {
    time.as_second() as f64
}
