//! When a policy is ready, reconciling or stalled, and what it says of why.

use super::*;

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
    let status = stalled(
        broken.status.as_ref(),
        broken.metadata.generation,
        &invalid,
        at("12:20"),
    );
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
