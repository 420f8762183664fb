//! The conditions of a policy. `Ready` says whether the control runs, `Compliant` what it found, `CoverageComplete` what it cannot
//! see; `Reconciling` and `Stalled` are there only while True, as kstatus expects.

use jiff::Timestamp;

use super::{Observed, chains, failures, stale_since};
use crate::api::AuditPolicyStatus;
use crate::api::audit_policy::status::FindingCounts;
use crate::api::condition::{
    ConditionReason as Reason, ConditionStatus as Status, ConditionType as Type, NewCondition,
    find_condition, remove_condition, set_condition,
};
use crate::controller::retry::Failure;
use crate::controller::validate::Invalid;
use crate::controller::verification::Said;
use crate::evidence::state::ChainState;

/// From this many failures in a row on, a failure that may pass by itself makes `Ready` False.
const PATIENCE: u32 = 3;

/// A condition's status, reason and message.
type Says = (Status, Reason, String);

/// Sets all conditions of a policy that is obeyed.
pub(super) fn set(status: &mut AuditPolicyStatus, observed: &Observed<'_>) {
    let failures = failures(observed);
    if let Some(ready) = ready(status, observed, &failures) {
        put(status, observed, Type::Ready, Some(ready));
    }
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

/// What `Ready` says; none where it stays what it was.
fn ready(
    status: &AuditPolicyStatus,
    observed: &Observed<'_>,
    failures: &[&Failure],
) -> Option<Says> {
    let before = find_condition(&status.conditions, Type::Ready);
    if let Some(failed) = failed(observed, failures) {
        return Some(failed);
    }
    let was_ready = before.is_some_and(|before| before.status == Status::True.as_str());
    if observed.is_new() {
        // After a restart, or an edit of what was obeyed, it was and is what it says until the policy has been looked at.
        let is_current =
            before.is_some_and(|before| before.observed_generation == observed.plan.generation);
        return (!was_ready && !is_current).then(|| {
            let message = "credentials and archive are being looked at";
            (Status::Unknown, Reason::Progressing, message.to_owned())
        });
    }
    if let Some(first) = failures.first() {
        // It may pass by itself: Reconciling says so, and what was ready stays it.
        let was_failed = before.is_some_and(|before| before.status == Status::False.as_str());
        let holds = if was_failed {
            Status::False
        } else {
            Status::Unknown
        };
        return (!was_ready).then(|| (holds, first.reason, messages(failures.iter().copied())));
    }
    if observed.plan.suspended {
        return Some(suspended(Status::True));
    }
    Some(succeeded(status))
}

/// `Ready` is False where an organization fails, or where a run left a debt.
fn failed(observed: &Observed<'_>, failures: &[&Failure]) -> Option<Says> {
    let failures: Vec<&Failure> = failures.iter().copied().filter(|one| counts(one)).collect();
    if let Some(first) = failures.first() {
        let all = failures.len() == observed.plan.assignments.len();
        let same = failures.iter().all(|one| one.reason == first.reason);
        let reason = if all && same {
            first.reason
        } else {
            Reason::PartiallyFailed
        };
        return Some((Status::False, reason, messages(failures.into_iter())));
    }
    if let Some(damaged) = damaged(observed) {
        return Some(damaged);
    }
    let debts = debts(observed);
    (!debts.is_empty()).then(|| (Status::False, Reason::PartiallyFailed, debts.join("; ")))
}

/// What the verification of the archive found wrong.
fn damaged(observed: &Observed<'_>) -> Option<Says> {
    let damage = observed.plan.assignments.iter().filter_map(|assignment| {
        let organization = &assignment.organization;
        let known = observed.progress.organizations.get(organization)?;
        let Said::Damaged { first, problems } = &known.verified.as_ref()?.said else {
            return None;
        };
        Some(format!(
            "organization {organization}: {problems} problems in the archive, the first: {first}"
        ))
    });
    let damage: Vec<String> = damage.collect();
    let todo =
        "run mergeaudit verify, find out who altered the storage, and restore it from a backup";
    (!damage.is_empty()).then(|| {
        let message = format!("{}; {todo}", damage.join("; "));
        (Status::False, Reason::ArchiveDamaged, message)
    })
}

/// What the last runs could not audit, although they succeeded.
fn debts(observed: &Observed<'_>) -> Vec<String> {
    let chains = chains(observed);
    let debts = chains.flat_map(|chain| {
        let organization = &chain.genesis.organization;
        chain.debts.iter().map(move |debt| match &debt.repository {
            Some(repository) => format!("repository {organization}/{repository}: {}", debt.reason),
            None => format!("organization {organization}: {}", debt.reason),
        })
    });
    debts.collect()
}

fn suspended(holds: Status) -> Says {
    let message = "no scan starts while spec.suspend is true";
    (holds, Reason::Suspended, message.to_owned())
}

fn succeeded(status: &AuditPolicyStatus) -> Says {
    if status.last_successful_time.is_some() {
        let message = "every organization was scanned when it was last due";
        return (Status::True, Reason::Succeeded, message.to_owned());
    }
    let message = match &status.next_schedule_time {
        Some(next) => format!("the first scan is due at {}", next.0),
        None => "no scan has been due yet".to_owned(),
    };
    (Status::True, Reason::NotYetChecked, message)
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
    if observed.plan.suspended {
        return suspended(Status::Unknown);
    }
    let against = not_clear(&status.findings.clone().unwrap_or_default());
    if status.last_successful_time.is_none() {
        let message = "not every organization has been scanned yet";
        let unknown = (Status::Unknown, Reason::NotYetChecked, message.to_owned());
        // What was found in one organization is not hidden by another that cannot be scanned.
        let some = status.organizations.iter();
        let mut some = some.filter(|organization| organization.last_successful_time.is_some());
        return against.filter(|_| some.next().is_some()).unwrap_or(unknown);
    }
    if let Some(last) = stale_since(status, observed) {
        let message =
            format!("an organization was last scanned at {last}, and two slots have passed since");
        return (Status::Unknown, Reason::Stale, message);
    }
    if let Some(says) = against {
        return says;
    }
    let debts = debts(observed);
    if !debts.is_empty() {
        let message = format!("not everything could be audited: {}", debts.join("; "));
        return (Status::Unknown, Reason::PartiallyFailed, message);
    }
    if let Some(message) = nothing_audited(observed) {
        return (Status::Unknown, Reason::NothingAudited, message);
    }
    let message = "no finding is open";
    (Status::True, Reason::NoFindings, message.to_owned())
}

/// Why findings keep a policy from being compliant.
fn not_clear(findings: &FindingCounts) -> Option<Says> {
    let FindingCounts {
        open,
        undetermined,
        withheld,
        baseline: _, // from before the audit began
    } = findings;
    let (reason, message) = if *open > 0 {
        let message = counted(
            *open,
            "non-compliant change is neither reviewed nor acknowledged",
            "non-compliant changes are neither reviewed nor acknowledged",
        );
        (Reason::FindingsOpen, message)
    } else if *undetermined > 0 {
        let message = counted(
            *undetermined,
            "change is undetermined",
            "changes are undetermined",
        );
        (Reason::Undetermined, message)
    } else if *withheld > 0 {
        let message = counted(
            *withheld,
            "finding is not published",
            "findings are not published",
        );
        (Reason::FindingsWithheld, message)
    } else {
        return None;
    };
    Some((Status::False, reason, message))
}

/// Organizations of which nothing is audited, although their scans succeed: an empty answer proves nothing.
fn nothing_audited(observed: &Observed<'_>) -> Option<String> {
    let empty =
        |chain: &&ChainState| chain.last_success.is_some() && chain.repositories_audited == 0;
    let said: Vec<String> = chains(observed)
        .filter(empty)
        .map(|chain| {
            let name = &chain.genesis.organization;
            match chain.repositories_skipped.len() {
                0 => format!(
                    "organization {name}: GitHub shows none of its repositories; give the token or app access to them"
                ),
                skipped => format!(
                    "organization {name}: all {skipped} repositories are archived, excluded or not included; check include and \
                     exclude of its entry in spec.organizations"
                ),
            }
        })
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn coverage(observed: &Observed<'_>) -> Says {
    if let Some(message) = nothing_audited(observed) {
        return (Status::False, Reason::NothingAudited, message);
    }
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

fn reconciling(observed: &Observed<'_>, failures: &[&Failure]) -> Option<Says> {
    let passing = failures.iter().copied().filter(|one| may_pass(one));
    let passing: Vec<&Failure> = passing.collect();
    if let Some(first) = passing.first() {
        let reason = if first.reason == Reason::RateLimited {
            first.reason
        } else {
            Reason::ProgressingWithRetry
        };
        return Some((Status::True, reason, messages(passing.into_iter())));
    }
    let message = "the policy is being taken up";
    let says = (Status::True, Reason::Progressing, message.to_owned());
    observed.is_new().then_some(says)
}

fn may_pass(failure: &Failure) -> bool {
    matches!(
        failure.reason,
        Reason::RateLimited | Reason::GitHubUnavailable | Reason::EvidenceNotStored
    )
}

fn stalled(failures: &[&Failure]) -> Option<Says> {
    let mismatch = failures
        .iter()
        .find(|failure| failure.reason == Reason::ArchiveMismatch)?;
    let message = mismatch.message.clone();
    Some((Status::True, Reason::ArchiveMismatch, message))
}

fn messages<'a>(failures: impl Iterator<Item = &'a Failure>) -> String {
    let messages: Vec<&str> = failures.map(|failure| failure.message.as_str()).collect();
    messages.join("; ")
}

fn counted(count: i64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
