//! The conditions of a policy. `Ready` says whether the control runs, `Compliant` what it found, `CoverageComplete` what it cannot
//! see; `Reconciling` and `Stalled` are there only while True, as kstatus expects.

use jiff::Timestamp;

use super::{Observed, failures, is_stale};
use crate::api::AuditPolicyStatus;
use crate::api::condition::{
    ConditionReason as Reason, ConditionStatus as Status, ConditionType as Type, NewCondition,
    find_condition, remove_condition, set_condition,
};
use crate::controller::retry::Failure;
use crate::controller::validate::Invalid;

/// From this many failures in a row on, a failure that may pass by itself makes `Ready` False.
const PATIENCE: u32 = 3;

/// A condition's status, reason and message.
type Says = (Status, Reason, String);

/// Sets all conditions of a policy that is obeyed.
pub(super) fn set(status: &mut AuditPolicyStatus, observed: &Observed<'_>) {
    let failures = failures(observed);
    let ready = ready(status, observed, &failures);
    put(status, observed, Type::Ready, Some(ready));
    let compliant = compliant(status, observed);
    put(status, observed, Type::Compliant, Some(compliant));
    put(
        status,
        observed,
        Type::CoverageComplete,
        Some(coverage(observed)),
    );
    put(
        status,
        observed,
        Type::Reconciling,
        reconciling(observed, &failures),
    );
    put(status, observed, Type::Stalled, stalled(&failures));
}

/// Sets the conditions of a policy that cannot be obeyed until it is edited.
pub(super) fn set_stalled(
    status: &mut AuditPolicyStatus,
    invalid: &Invalid,
    generation: Option<i64>,
    now: Timestamp,
) {
    let mut say = |kind, says: Says| set_one(status, kind, says, generation, now);
    say(
        Type::Ready,
        (Status::False, invalid.reason, invalid.message.clone()),
    );
    say(
        Type::Stalled,
        (Status::True, invalid.reason, invalid.message.clone()),
    );
    let unknown = "the policy cannot be obeyed as it is; nothing new is audited until it is edited"
        .to_owned();
    say(Type::Compliant, (Status::Unknown, invalid.reason, unknown));
    remove_condition(&mut status.conditions, Type::Reconciling);
}

fn put(status: &mut AuditPolicyStatus, observed: &Observed<'_>, kind: Type, says: Option<Says>) {
    match says {
        Some(says) => set_one(status, kind, says, observed.plan.generation, observed.now),
        None => remove_condition(&mut status.conditions, kind),
    }
}

fn set_one(
    status: &mut AuditPolicyStatus,
    kind: Type,
    says: Says,
    generation: Option<i64>,
    now: Timestamp,
) {
    let (holds, reason, message) = says;
    let new = NewCondition {
        kind,
        status: holds,
        reason,
        message,
        observed_generation: generation,
    };
    set_condition(&mut status.conditions, new, now);
}

fn ready(
    status: &AuditPolicyStatus,
    observed: &Observed<'_>,
    failures: &[(&str, &Failure)],
) -> Says {
    let counting: Vec<_> = failures
        .iter()
        .filter(|(_, failure)| counts(failure))
        .collect();
    if let Some((_, first)) = counting.first() {
        let all = counting.len() == observed.plan.assignments.len();
        let same = counting
            .iter()
            .all(|(_, failure)| failure.reason == first.reason);
        let reason = if all && same {
            first.reason
        } else {
            Reason::PartiallyFailed
        };
        return (
            Status::False,
            reason,
            messages(counting.iter().map(|(_, failure)| *failure)),
        );
    }
    if observed.plan.suspended {
        return (
            Status::True,
            Reason::Suspended,
            "no scan starts while spec.suspend is true".to_owned(),
        );
    }
    if !failures.is_empty()
        && let Some(before) = find_condition(&status.conditions, Type::Ready)
    {
        // It may pass by itself: Reconciling says so, Ready stays what it was.
        let held = if before.status == "True" {
            Status::True
        } else {
            Status::False
        };
        let reason = if held == Status::True {
            Reason::Succeeded
        } else {
            failures[0].1.reason
        };
        return (held, reason, before.message.clone());
    }
    match (&status.last_successful_time, &status.next_schedule_time) {
        (Some(_), _) => (
            Status::True,
            Reason::Succeeded,
            "every organization was scanned when it was last due".to_owned(),
        ),
        (None, Some(next)) => (
            Status::True,
            Reason::NotYetChecked,
            format!("the first scan is due at {}", next.0),
        ),
        (None, None) => (
            Status::True,
            Reason::NotYetChecked,
            "no scan has been due yet".to_owned(),
        ),
    }
}

/// Whether a failure makes `Ready` False: one that a person must mend, or one that does not pass.
fn counts(failure: &Failure) -> bool {
    match failure.reason {
        Reason::RateLimited => false,
        Reason::GitHubUnavailable => failure.attempts >= PATIENCE,
        _ => true,
    }
}

fn compliant(status: &AuditPolicyStatus, observed: &Observed<'_>) -> Says {
    let counts = observed.counts;
    if observed.plan.suspended {
        return (
            Status::Unknown,
            Reason::Suspended,
            "no scan starts while spec.suspend is true".to_owned(),
        );
    }
    let Some(oldest) = &status.last_successful_time else {
        return (
            Status::Unknown,
            Reason::NotYetChecked,
            "not every organization has been scanned yet".to_owned(),
        );
    };
    if is_stale(observed, oldest.0) {
        let message = format!(
            "an organization was last scanned at {}, two slots ago or more",
            oldest.0
        );
        return (Status::Unknown, Reason::Stale, message);
    }
    if counts.open > 0 {
        let message = counted(
            counts.open,
            "non-compliant change is neither reviewed nor acknowledged",
            "non-compliant changes are neither reviewed nor acknowledged",
        );
        return (Status::False, Reason::FindingsOpen, message);
    }
    if counts.undetermined > 0 {
        return (
            Status::False,
            Reason::Undetermined,
            counted(
                counts.undetermined,
                "change is undetermined",
                "changes are undetermined",
            ),
        );
    }
    if counts.withheld + counts.refused > 0 {
        let message = counted(
            counts.withheld + counts.refused,
            "finding is not published",
            "findings are not published",
        );
        return (Status::False, Reason::FindingsWithheld, message);
    }
    (
        Status::True,
        Reason::NoFindings,
        "no finding is open".to_owned(),
    )
}

fn coverage(observed: &Observed<'_>) -> Says {
    if observed.plan.direct_pushes_forbidden {
        let message = "spec.requirements.directPushes is Forbidden, but this version audits merged pull requests only: a direct push is not noticed";
        return (Status::False, Reason::PullRequestsOnly, message.to_owned());
    }
    let message =
        "this version cannot prove that the credentials see every repository of the organizations";
    (
        Status::Unknown,
        Reason::VisibilityLimited,
        message.to_owned(),
    )
}

fn reconciling(observed: &Observed<'_>, failures: &[(&str, &Failure)]) -> Option<Says> {
    let passing: Vec<_> = failures
        .iter()
        .map(|(_, failure)| *failure)
        .filter(|failure| may_pass(failure))
        .collect();
    if let Some(first) = passing.first() {
        let reason = if first.reason == Reason::RateLimited {
            first.reason
        } else {
            Reason::ProgressingWithRetry
        };
        return Some((Status::True, reason, messages(passing.into_iter())));
    }
    if observed.progress.generation == observed.plan.generation {
        return None;
    }
    Some((
        Status::True,
        Reason::Progressing,
        "the policy is being taken up".to_owned(),
    ))
}

fn may_pass(failure: &Failure) -> bool {
    matches!(
        failure.reason,
        Reason::RateLimited | Reason::GitHubUnavailable | Reason::EvidenceNotStored
    )
}

fn stalled(failures: &[(&str, &Failure)]) -> Option<Says> {
    let mismatch = failures
        .iter()
        .find(|(_, failure)| failure.reason == Reason::ArchiveMismatch)?;
    Some((
        Status::True,
        Reason::ArchiveMismatch,
        mismatch.1.message.clone(),
    ))
}

fn messages<'a>(failures: impl Iterator<Item = &'a Failure>) -> String {
    let messages: Vec<&str> = failures.map(|failure| failure.message.as_str()).collect();
    messages.join("; ")
}

fn counted(count: i64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
