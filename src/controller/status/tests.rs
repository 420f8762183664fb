//! The status, as situations: what was observed, and what it says.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use serde_json::{Value, json};

use super::*;
use crate::api::audit_policy::status::PublishedEntry;
use crate::api::condition::{ConditionReason as Reason, ConditionType, find_condition};
use crate::controller::fixtures::{
    at, chain, failure, plan, policy, progress, scanned, unknown, validated,
};
use crate::controller::progress::OrganizationProgress;
use crate::digest::Digest;
use crate::evidence::entry::Debt;
use crate::evidence::state::{Adopted, Mismatch};

/// One policy over time: each observation builds on the status of the one before.
struct Case {
    policy: AuditPolicy,
    plan: Plan,
    progress: PolicyProgress,
    counts: Counts,
}

// === impl Case ===

impl Case {
    fn new<const N: usize>(spec: Value, organizations: [(&str, OrganizationProgress); N]) -> Self {
        Self {
            policy: policy(spec.clone()),
            plan: plan(spec),
            progress: progress(organizations),
            counts: Counts::default(),
        }
    }

    /// A policy on `acme`.
    fn acme(known: OrganizationProgress) -> Self {
        Self::new(json!({}), [("acme", known)])
    }

    fn counting(mut self, counts: Counts) -> Self {
        self.counts = counts;
        self
    }

    fn with_request(mut self, request: &str) -> Self {
        self.plan.request = Some(request.to_owned());
        self
    }

    /// This process has just started and has read nothing.
    fn restarted(mut self) -> Self {
        self.progress = PolicyProgress::default();
        self.counts = Counts::default();
        self
    }

    fn knowing<const N: usize>(mut self, organizations: [(&str, OrganizationProgress); N]) -> Self {
        self.progress = progress(organizations);
        self
    }

    /// Observes, and keeps what the status says.
    fn seen(&mut self, time: &str) -> AuditPolicyStatus {
        let observed = Observed {
            plan: &self.plan,
            progress: &self.progress,
            counts: self.counts,
            missed: None,
            now: at(time),
        };
        let status = compute(&self.policy, &observed);
        self.policy.status = Some(status.clone());
        status
    }
}

fn condition(status: &AuditPolicyStatus, kind: ConditionType) -> Option<&Condition> {
    find_condition(&status.conditions, kind)
}

/// `status/reason` of a condition; empty where it is absent.
fn says(status: &AuditPolicyStatus, kind: ConditionType) -> String {
    condition(status, kind).map_or_else(String::new, |condition| {
        format!("{}/{}", condition.status, condition.reason)
    })
}

fn ready(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Ready)
}

fn compliant(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Compliant)
}

fn reconciling(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Reconciling)
}

fn stalled_says(status: &AuditPolicyStatus) -> String {
    says(status, ConditionType::Stalled)
}

fn message(status: &AuditPolicyStatus, kind: ConditionType) -> &str {
    condition(status, kind).map_or("", |condition| &condition.message)
}

fn done() -> OrganizationProgress {
    unknown().with(scanned(at("12:15")))
}

/// Done, and failing at the next try.
fn failing(reason: Reason) -> OrganizationProgress {
    done().failing(failure(reason, at("12:40")))
}

fn failing_for_long(reason: Reason, attempts: u32) -> OrganizationProgress {
    let mut failure = failure(reason, at("12:40"));
    failure.attempts = attempts;
    done().failing(failure)
}

fn owing(repository: Option<&str>, since: &str) -> OrganizationProgress {
    let mut chain = scanned(at("12:15"));
    chain.debts.push(Debt {
        repository: repository.map(str::to_owned),
        since: at(since),
        reason: "GitHub left out part of its answer".to_owned(),
    });
    unknown().with(chain)
}

// --- Ready, Reconciling, Stalled

#[test]
fn a_policy_that_nobody_has_looked_at_is_being_taken_up_and_neither_ready_nor_not() {
    let status = Case::acme(unknown()).restarted().seen("12:01");
    assert_eq!(ready(&status), "Unknown/Progressing");
    assert_eq!(reconciling(&status), "True/Progressing");
    assert_eq!(compliant(&status), "Unknown/NotYetChecked");
    assert_eq!(stalled_says(&status), "");
}

#[test]
fn an_opened_policy_is_ready_and_says_when_its_first_scan_is_due() {
    let status = Case::acme(unknown().with(chain())).seen("12:01");
    assert_eq!(ready(&status), "True/NotYetChecked");
    assert!(message(&status, ConditionType::Ready).contains("2026-11-22T12:15:00Z"));
    assert_eq!(compliant(&status), "Unknown/NotYetChecked");
    assert_eq!(reconciling(&status), "");
}

#[test]
fn a_scanned_policy_without_findings_is_ready_and_compliant() {
    let status = Case::acme(done()).seen("12:16");
    assert_eq!(ready(&status), "True/Succeeded");
    assert_eq!(compliant(&status), "True/NoFindings");
    assert_eq!(
        (reconciling(&status), stalled_says(&status)),
        (String::new(), String::new())
    );
    assert_eq!(status.observed_generation, Some(1));
}

#[test]
fn what_a_person_must_mend_makes_a_policy_not_ready_at_once() {
    for reason in [
        Reason::CredentialsMissing,
        Reason::CredentialsWrongType,
        Reason::CredentialsRejected,
        Reason::OrganizationNotFound,
        Reason::EvidenceNotStored,
        Reason::ArchiveMismatch,
    ] {
        let status = Case::acme(failing(reason)).seen("12:16");
        assert_eq!(ready(&status), format!("False/{}", reason.as_str()));
        assert_eq!(
            message(&status, ConditionType::Ready),
            format!("organization acme: {}", reason.as_str())
        );
        // One failure within two intervals does not undo what was found.
        assert_eq!(compliant(&status), "True/NoFindings", "{reason:?}");
    }
}

#[test]
fn what_may_pass_leaves_a_ready_policy_ready_and_says_that_it_is_tried_again() {
    let mut case = Case::acme(done());
    let before = case.seen("12:16");
    for (reason, retrying) in [
        (Reason::GitHubUnavailable, "True/ProgressingWithRetry"),
        (Reason::RateLimited, "True/RateLimited"),
    ] {
        case = case.knowing([("acme", failing(reason))]);
        let status = case.seen("12:31");
        assert_eq!(
            condition(&status, ConditionType::Ready),
            condition(&before, ConditionType::Ready)
        );
        assert_eq!(reconciling(&status), retrying);
    }
    case = case.knowing([("acme", done())]);
    assert_eq!(reconciling(&case.seen("12:32")), "");
}

#[test]
fn a_policy_that_was_never_ready_is_not_made_so_by_a_failure_that_may_pass() {
    let first = unknown().failing(failure(Reason::GitHubUnavailable, at("12:02")));
    let mut case = Case::acme(unknown()).restarted();
    case.seen("12:01");
    let status = case.knowing([("acme", first)]).seen("12:01:30");
    assert_eq!(ready(&status), "Unknown/GitHubUnavailable");
    assert_eq!(reconciling(&status), "True/ProgressingWithRetry");
}

#[test]
fn a_mended_secret_behind_a_silent_github_no_longer_says_that_the_secret_is_missing() {
    let mut case = Case::acme(failing(Reason::CredentialsMissing));
    case.seen("12:16");
    let status = case
        .knowing([("acme", failing(Reason::GitHubUnavailable))])
        .seen("12:17");
    assert_eq!(ready(&status), "False/GitHubUnavailable");
    assert_eq!(
        message(&status, ConditionType::Ready),
        "organization acme: GitHubUnavailable"
    );
}

#[test]
fn what_does_not_pass_makes_a_policy_not_ready_at_the_third_time() {
    let second = Case::acme(failing_for_long(Reason::GitHubUnavailable, 2)).seen("12:31");
    assert_ne!(ready(&second), "False/GitHubUnavailable");
    let third = Case::acme(failing_for_long(Reason::GitHubUnavailable, 3)).seen("12:31");
    assert_eq!(ready(&third), "False/GitHubUnavailable");
    assert_eq!(reconciling(&third), "True/ProgressingWithRetry");
    let limited = Case::acme(failing_for_long(Reason::RateLimited, 9)).seen("12:31");
    assert_ne!(ready(&limited), "False/RateLimited");
}

#[test]
fn evidence_that_is_not_stored_is_not_ready_and_tried_again() {
    let status = Case::acme(failing(Reason::EvidenceNotStored)).seen("12:16");
    assert_eq!(ready(&status), "False/EvidenceNotStored");
    assert_eq!(reconciling(&status), "True/ProgressingWithRetry");
    assert_eq!(stalled_says(&status), "");
}

#[test]
fn a_mismatched_archive_stalls_the_policy_and_keeps_what_was_published() {
    let mut case = Case::acme(done());
    let before = case.seen("12:16");
    let status = case
        .knowing([("acme", failing(Reason::ArchiveMismatch))])
        .seen("12:31");
    assert_eq!(ready(&status), "False/ArchiveMismatch");
    assert_eq!(stalled_says(&status), "True/ArchiveMismatch");
    assert_eq!(reconciling(&status), "");
    assert_eq!(status.totals, before.totals);
    assert_eq!(status.last_checked_time, before.last_checked_time);
}

#[test]
fn one_failing_organization_of_two_is_named_and_leaves_the_others_figures() {
    let two = json!({"organizations": [{"name": "acme"}, {"name": "gone"}]});
    let gone = unknown().failing(failure(Reason::OrganizationNotFound, at("12:40")));
    let status = Case::new(two, [("acme", done()), ("gone", gone)]).seen("12:16");
    assert_eq!(ready(&status), "False/PartiallyFailed");
    assert_eq!(
        message(&status, ConditionType::Ready),
        "organization acme: OrganizationNotFound"
    );
    assert_eq!(compliant(&status), "Unknown/NotYetChecked");
    assert_eq!(status.last_checked_time, None);
    let [acme, gone] = &status.organizations[..] else {
        panic!("{status:?}")
    };
    assert_eq!(acme.last_checked_time, Some(whole_seconds(at("12:15"))));
    assert_eq!(acme.debts, []);
    assert_eq!(gone.debts.len(), 1);
    assert_eq!(
        gone.debts[0].since,
        whole_seconds(at("12:00")),
        "since the policy's creation"
    );
    assert!(
        gone.debts[0].reason.starts_with("OrganizationNotFound: "),
        "{:?}",
        gone.debts
    );
    assert_eq!(gone.last_checked_time, None);
}

#[test]
fn two_organizations_that_fail_alike_give_their_own_reason_and_unlike_ones_the_common_one() {
    let two = || json!({"organizations": [{"name": "acme"}, {"name": "beta"}]});
    let alike = [
        ("acme", failing(Reason::CredentialsMissing)),
        ("beta", failing(Reason::CredentialsMissing)),
    ];
    assert_eq!(
        ready(&Case::new(two(), alike).seen("12:16")),
        "False/CredentialsMissing"
    );
    let unlike = [
        ("acme", failing(Reason::CredentialsRejected)),
        ("beta", failing(Reason::OrganizationNotFound)),
    ];
    assert_eq!(
        ready(&Case::new(two(), unlike).seen("12:16")),
        "False/PartiallyFailed"
    );
}

#[test]
fn a_run_that_left_a_debt_is_partially_failed_and_proves_no_compliance() {
    let status = Case::acme(owing(Some("payments"), "12:05")).seen("12:16");
    assert_eq!(ready(&status), "False/PartiallyFailed");
    assert!(
        message(&status, ConditionType::Ready)
            .contains("repository acme/payments: GitHub left out")
    );
    assert_eq!(compliant(&status), "Unknown/PartiallyFailed");
    assert_eq!(status.last_checked_time, Some(whole_seconds(at("12:05"))));
    assert_eq!(
        status.organizations[0].debts[0].repository.as_deref(),
        Some("payments")
    );
    assert_eq!(status.organizations[0].debt_count, Some(1));
}

#[test]
fn a_suspended_policy_is_ready_and_its_compliance_unknown() {
    let status = Case::new(json!({"suspend": true}), [("acme", done())]).seen("12:16");
    assert_eq!(ready(&status), "True/Suspended");
    assert_eq!(compliant(&status), "Unknown/Suspended");
    assert_eq!(status.next_schedule_time, None);
}

#[test]
fn a_policy_that_cannot_be_obeyed_is_stalled_until_it_is_edited() {
    let mut case = Case::acme(done());
    let before = case.seen("12:16");
    let mut broken = policy(json!({"schedule": "0 0 31 2 *"}));
    broken.metadata.generation = Some(2);
    broken.status = Some(before.clone());
    let invalid = validated(&broken).unwrap_err();
    let status = stalled(&broken, &invalid, at("12:20"));
    assert_eq!(ready(&status), "False/InvalidSchedule");
    assert_eq!(stalled_says(&status), "True/InvalidSchedule");
    assert_eq!(compliant(&status), "Unknown/InvalidSchedule");
    assert_eq!(message(&status, ConditionType::Stalled), invalid.message);
    assert_eq!(status.observed_generation, Some(2));
    assert_eq!(status.next_schedule_time, None);
    assert_eq!(status.last_checked_time, before.last_checked_time);
    assert_eq!(status.totals, before.totals);

    // Mended: first taken up, then what it was.
    case.policy.status = Some(status);
    case.plan.generation = Some(3);
    let taken_up = case.seen("12:21");
    assert_eq!(ready(&taken_up), "Unknown/Progressing");
    assert_eq!(stalled_says(&taken_up), "");
    case.progress.generation = Some(3);
    assert_eq!(ready(&case.seen("12:22")), "True/Succeeded");
}

#[test]
fn an_edit_leaves_a_ready_policy_ready_but_of_the_generation_before_until_it_is_taken_up() {
    let mut case = Case::acme(done());
    case.seen("12:16");
    case.plan.generation = Some(2);
    let status = case.seen("12:17");
    let before = condition(&status, ConditionType::Ready).unwrap();
    assert_eq!(
        (before.status.as_str(), before.observed_generation),
        ("True", Some(1))
    );
    assert_eq!(reconciling(&status), "True/Progressing");
    case.progress.generation = Some(2);
    let status = case.seen("12:18");
    assert_eq!(
        condition(&status, ConditionType::Ready)
            .unwrap()
            .observed_generation,
        Some(2)
    );
}

#[test]
fn a_transition_time_moves_with_the_status_and_not_with_the_reason() {
    let transition = |status: &AuditPolicyStatus| {
        condition(status, ConditionType::Ready)
            .unwrap()
            .last_transition_time
            .0
    };
    let mut case = Case::acme(unknown().with(chain()));
    assert_eq!(transition(&case.seen("12:01")), at("12:01"));
    case = case.knowing([("acme", done())]);
    assert_eq!(transition(&case.seen("12:16")), at("12:01"));
    case = case.knowing([("acme", failing(Reason::CredentialsRejected))]);
    assert_eq!(transition(&case.seen("12:31")), at("12:31"));
    case = case.knowing([("acme", failing(Reason::OrganizationNotFound))]);
    assert_eq!(transition(&case.seen("12:32")), at("12:31"));
}

// --- Compliant

#[test]
fn compliance_names_the_first_of_what_stands_against_it() {
    let cases = [
        (
            Counts {
                open: 2,
                undetermined: 1,
                withheld: 1,
                ..Counts::default()
            },
            "False/FindingsOpen",
        ),
        (
            Counts {
                undetermined: 1,
                withheld: 1,
                ..Counts::default()
            },
            "False/Undetermined",
        ),
        (
            Counts {
                withheld: 1,
                ..Counts::default()
            },
            "False/FindingsWithheld",
        ),
        (
            Counts {
                refused: 1,
                ..Counts::default()
            },
            "False/FindingsWithheld",
        ),
        (
            Counts {
                baseline: 9,
                ..Counts::default()
            },
            "True/NoFindings",
        ),
    ];
    for (counts, expected) in cases {
        let status = Case::acme(done()).counting(counts).seen("12:16");
        assert_eq!(compliant(&status), expected);
        assert_eq!(
            ready(&status),
            "True/Succeeded",
            "findings never make a policy not ready"
        );
    }
}

#[test]
fn a_finding_that_the_api_server_refused_counts_as_withheld() {
    let counts = Counts {
        open: 3,
        withheld: 1,
        refused: 1,
        baseline: 4,
        ..Counts::default()
    };
    let findings = Case::acme(done())
        .counting(counts)
        .seen("12:16")
        .findings
        .unwrap();
    assert_eq!(
        (findings.open, findings.withheld, findings.baseline),
        (3, 2, 4)
    );
}

#[test]
fn compliance_is_unknown_from_the_second_slot_without_a_success_on() {
    let mut case = Case::acme(done());
    assert_eq!(compliant(&case.seen("12:30:30")), "True/NoFindings");
    assert_eq!(compliant(&case.seen("12:44:59")), "True/NoFindings");
    let status = case.seen("12:45");
    assert_eq!(compliant(&status), "Unknown/Stale");
    assert!(
        message(&status, ConditionType::Compliant).contains("12:15:02"),
        "{status:?}"
    );
}

#[test]
fn a_success_dated_by_a_github_whose_clock_is_behind_ours_is_not_stale_too_early() {
    let mut chain = scanned(at("12:15"));
    chain.last_success = Some(at("12:14:58"));
    let mut case = Case::acme(unknown().with(chain));
    assert_eq!(compliant(&case.seen("12:30:01")), "True/NoFindings");
    assert_eq!(compliant(&case.seen("12:45")), "Unknown/Stale");
}

#[test]
fn one_stale_organization_makes_all_stale() {
    let two = json!({"organizations": [{"name": "acme"}, {"name": "beta"}]});
    let fresh = unknown().with(scanned(at("12:45")));
    let status = Case::new(two, [("acme", fresh), ("beta", done())]).seen("12:46");
    assert_eq!(compliant(&status), "Unknown/Stale");
    assert_eq!(status.last_checked_time, Some(whole_seconds(at("12:15"))));
    assert_eq!(
        status.last_successful_time,
        Some(whole_seconds(at("12:15:02")))
    );
}

#[test]
fn coverage_is_what_this_version_can_prove() {
    let status = Case::acme(done()).seen("12:16");
    assert_eq!(
        says(&status, ConditionType::CoverageComplete),
        "Unknown/VisibilityLimited"
    );
    let forbidden = json!({"requirements": {"directPushes": "Forbidden"}});
    let status = Case::new(forbidden, [("acme", done())]).seen("12:16");
    assert_eq!(
        says(&status, ConditionType::CoverageComplete),
        "False/PullRequestsOnly"
    );
}

// --- What outlives a restart

#[test]
fn a_restart_claims_nothing_that_was_not_so_before() {
    let counts = Counts {
        open: 2,
        baseline: 3,
        ..Counts::default()
    };
    let mut case = Case::acme(failing(Reason::CredentialsMissing)).counting(counts);
    let before = case.seen("12:16");
    let mut case = case.restarted();
    let status = case.seen("12:17");
    assert_eq!(
        compliant(&status),
        "False/FindingsOpen",
        "unread is not clean"
    );
    assert_eq!(
        ready(&status),
        "False/CredentialsMissing",
        "nothing is mended by a restart"
    );
    assert_eq!(status.findings, before.findings);
    assert_eq!(status.organizations, before.organizations);
    assert_eq!(status.last_checked_time, before.last_checked_time);

    // Still failing: what was counted stands, and the debt goes on from where the last window ended.
    let unread = unknown().failing(failure(Reason::CredentialsMissing, at("12:40")));
    let status = case.knowing([("acme", unread)]).seen("12:18");
    assert_eq!(compliant(&status), "False/FindingsOpen");
    assert_eq!(status.findings, before.findings);
    assert_eq!(
        status.organizations[0].debts[0].since,
        whole_seconds(at("12:15"))
    );
}

#[test]
fn once_the_chains_are_read_their_counts_are_the_only_ones() {
    let two = json!({"organizations": [{"name": "acme"}, {"name": "gone"}]});
    let gone = || unknown().failing(failure(Reason::OrganizationNotFound, at("12:40")));
    let counts = Counts {
        open: 2,
        ..Counts::default()
    };
    let mut case = Case::new(two, [("acme", done()), ("gone", gone())]).counting(counts);
    case.seen("12:16");
    // An organization that never had a chain has no findings to be counted.
    let status = case.counting(Counts::default()).seen("12:17");
    assert_eq!(status.findings, Some(FindingCounts::default()));
}

#[test]
fn a_status_that_was_deleted_comes_back() {
    let mut case = Case::acme(done()).counting(Counts {
        open: 1,
        ..Counts::default()
    });
    let before = case.seen("12:16");
    case.policy.status = None;
    assert_eq!(case.seen("12:16"), before);
}

// --- Requests, slots, debts

#[test]
fn a_request_is_echoed_when_every_organization_has_answered_or_failed_to() {
    let two = || json!({"organizations": [{"name": "acme"}, {"name": "beta"}]});
    let answered = || {
        let mut chain = scanned(at("12:15"));
        chain.handled_request = Some("now".to_owned());
        unknown().with(chain)
    };
    let failed = || {
        let mut failure = failure(Reason::CredentialsRejected, at("12:40"));
        failure.request = Some("now".to_owned());
        done().failing(failure)
    };
    let echo = |acme, beta| {
        let mut case = Case::new(two(), [("acme", acme), ("beta", beta)]).with_request("now");
        case.seen("12:16").last_handled_request
    };
    assert_eq!(echo(answered(), answered()).as_deref(), Some("now"));
    assert_eq!(echo(answered(), failed()).as_deref(), Some("now"));
    assert_eq!(echo(answered(), done()), None);
    assert_eq!(echo(answered(), unknown()), None);
}

#[test]
fn the_next_of_equal_distances_stays_the_same_however_often_one_looks() {
    let mut case = Case::new(json!({"schedule": "@every 7m"}), [("acme", done())]);
    for time in ["12:15", "12:18", "12:21:59"] {
        let next = case.seen(time).next_schedule_time;
        assert_eq!(next, Some(whole_seconds(at("12:22"))), "{time}");
    }
}

#[test]
fn the_slots_that_ran_last_and_come_next_are_told() {
    let mut case = Case::acme(done());
    let status = case.seen("12:16");
    assert_eq!(status.last_schedule_time, Some(whole_seconds(at("12:15"))));
    assert_eq!(status.next_schedule_time, Some(whole_seconds(at("12:30"))));
    let chain = case.restarted().seen("12:17");
    assert_eq!(chain.last_schedule_time, Some(whole_seconds(at("12:15"))));
}

#[test]
fn the_latest_missed_slot_is_told_and_kept() {
    let mut case = Case::acme(done());
    let observed = Observed {
        plan: &case.plan,
        progress: &case.progress,
        counts: case.counts,
        missed: Some(at("12:30")),
        now: at("12:35"),
    };
    case.policy.status = Some(compute(&case.policy, &observed));
    assert_eq!(
        case.seen("12:46").last_missed_time,
        Some(whole_seconds(at("12:30")))
    );
}

#[test]
fn debts_are_listed_oldest_first_and_counted_beyond_what_is_listed() {
    let mut chain = scanned(at("12:15"));
    for minute in 0..25 {
        chain.debts.push(Debt {
            repository: Some(format!("repository-{minute}")),
            since: at("12:14") - jiff::SignedDuration::from_mins(minute),
            reason: "x".repeat(1000),
        });
    }
    let status = Case::acme(unknown().with(chain)).seen("12:16");
    let acme = &status.organizations[0];
    assert_eq!((acme.debts.len(), acme.debt_count), (20, Some(25)));
    assert_eq!(acme.debts[0].repository.as_deref(), Some("repository-24"));
    assert_eq!(acme.debts[0].reason.len(), 512);
}

#[test]
fn a_failing_organization_owes_from_the_end_of_its_last_window() {
    let status = Case::acme(failing(Reason::GitHubUnavailable)).seen("12:31");
    let debts = &status.organizations[0].debts;
    assert_eq!(debts[0].since, whole_seconds(at("12:15")));
    assert_eq!(
        debts[0].reason,
        "GitHubUnavailable: organization acme: GitHubUnavailable"
    );
    assert_eq!(
        status.last_checked_time,
        Some(whole_seconds(at("12:15"))),
        "it does not move"
    );
}

#[test]
fn an_organization_that_left_the_policy_leaves_its_status() {
    let left = unknown()
        .with(scanned(at("12:45")))
        .failing(failure(Reason::OrganizationNotFound, at("12:50")));
    let status = Case::acme(done())
        .knowing([("acme", done()), ("gone", left)])
        .seen("12:46");
    assert_eq!(status.organizations.len(), 1);
    assert_eq!(ready(&status), "True/Succeeded");
    assert_eq!(status.last_schedule_time, Some(whole_seconds(at("12:15"))));
}

#[test]
fn credentials_expire_when_the_first_of_them_does() {
    let expiring = |time: &str| {
        let mut known = done();
        known.credentials_expiration = Some(at(time));
        known
    };
    let two = json!({"organizations": [{"name": "acme"}, {"name": "beta"}]});
    let mut case = Case::new(
        two,
        [("acme", expiring("18:00")), ("beta", expiring("17:00"))],
    );
    assert_eq!(
        case.seen("12:16").credentials_expiration_time,
        Some(whole_seconds(at("17:00")))
    );
    assert_eq!(
        case.restarted().seen("12:17").credentials_expiration_time,
        Some(whole_seconds(at("17:00")))
    );
}

#[test]
fn an_entry_goes_back_only_where_a_person_adopted_an_archive_that_lacks_it() {
    let mut chain = scanned(at("12:15"));
    let lost = PublishedEntry {
        genesis: chain.genesis_digest,
        sequence: 9,
        digest: Digest::of(b"lost"),
    };
    assert!(!organization::goes_back(&chain, &lost), "nobody decided it");
    let mismatch = Mismatch::Entry {
        sequence: 9,
        archived: None,
        claimed: lost.digest,
    };
    chain.adopted = Some(Adopted {
        sequence: 2,
        at: at("12:16"),
        reason: Some("restored".to_owned()),
        expected: mismatch.expected(),
    });
    assert!(organization::goes_back(&chain, &lost));
    let other = PublishedEntry {
        digest: Digest::of(b"another"),
        ..lost.clone()
    };
    assert!(
        !organization::goes_back(&chain, &other),
        "it was about another entry"
    );
    let before = PublishedEntry {
        sequence: 1,
        ..lost
    };
    assert!(
        !organization::goes_back(&chain, &before),
        "that is no way back"
    );
}
