//! Status step (pure): what a policy's status should say, from the plan, the chains, the failures and the clock.

mod conditions;
mod organization;

use jiff::Timestamp;

use super::progress::PolicyProgress;
use super::publish::Counts;
use super::retry::Failure;
use super::validate::{Invalid, Plan};
use crate::api::audit_policy::status::{FindingCounts, OrganizationStatus};
use crate::api::condition::whole_seconds;
use crate::api::{AuditPolicy, AuditPolicyStatus};
use crate::audit::totals::Totals;
use crate::evidence::state::ChainState;

#[cfg(test)]
mod tests;

/// Everything that a status is computed from, besides the one before.
pub(super) struct Observed<'a> {
    /// What is to be done.
    pub(super) plan: &'a Plan,
    /// Chains and failures.
    pub(super) progress: &'a PolicyProgress,
    /// Findings by state.
    pub(super) counts: Counts,
    /// The last slot that came too late.
    pub(super) missed: Option<Timestamp>,
    /// The time.
    pub(super) now: Timestamp,
}

// === impl Observed ===

impl Observed<'_> {
    /// The chain of an organization, once this process has read it.
    fn chain(&self, organization: &str) -> Option<&ChainState> {
        let known = self.progress.organizations.get(organization)?;
        known.chain.as_deref()
    }

    /// Whether this generation of the policy has not been looked at by this process.
    fn is_new(&self) -> bool {
        self.progress.generation != self.plan.generation
    }
}

/// The status of a policy that is obeyed.
pub(super) fn compute(policy: &AuditPolicy, observed: &Observed<'_>) -> AuditPolicyStatus {
    let mut status = policy.status.clone().unwrap_or_default();
    let Observed { plan, .. } = observed;
    status.observed_generation = plan.generation;
    status.findings = Some(finding_counts(&status, observed));
    status.organizations = organizations(&status.organizations, observed);
    let times = |time: fn(&OrganizationStatus) -> Option<Timestamp>| {
        let times: Option<Vec<Timestamp>> = status.organizations.iter().map(time).collect();
        times
            .and_then(|times| times.into_iter().min())
            .map(whole_seconds)
    };
    status.last_checked_time = times(|status| status.last_checked_time.as_ref().map(|time| time.0));
    status.last_successful_time =
        times(|status| status.last_successful_time.as_ref().map(|time| time.0));
    status.next_schedule_time = next_slot(observed).map(whole_seconds);
    status.last_schedule_time = last_slot(observed)
        .map(whole_seconds)
        .or(status.last_schedule_time);
    status.last_missed_time = last_missed(observed)
        .map(whole_seconds)
        .or(status.last_missed_time);
    status.last_handled_request = handled_request(observed).or(status.last_handled_request);
    if chains(observed).next().is_some() {
        status.credentials_expiration_time = credentials_expiration(observed).map(whole_seconds);
    }
    status.totals = Some((&sum(&status.organizations)).into());
    conditions::set(&mut status, observed);
    status
}

/// The organizations whose published entry goes back within its chain, because a person adopted an archive that lacks it.
pub(super) fn withdrawn(policy: &AuditPolicy, observed: &Observed<'_>) -> Vec<String> {
    let published = policy
        .status
        .iter()
        .flat_map(|status| &status.organizations);
    let goes_back = |published: &&OrganizationStatus| {
        let chain = observed.chain(&published.name);
        chain
            .zip(published.entry.as_ref())
            .is_some_and(|(chain, entry)| organization::goes_back(chain, entry))
    };
    published
        .filter(goes_back)
        .map(|organization| organization.name.clone())
        .collect()
}

/// The status of a policy that cannot be obeyed until it is edited; what was known before stays.
pub(super) fn stalled(
    policy: &AuditPolicy,
    invalid: &Invalid,
    now: Timestamp,
) -> AuditPolicyStatus {
    let mut status = policy.status.clone().unwrap_or_default();
    status.observed_generation = policy.metadata.generation;
    status.next_schedule_time = None;
    conditions::set_stalled(&mut status, invalid, policy.metadata.generation, now);
    status
}

/// The counts of findings. A chain that was published and has not been read again since this process started cannot be counted:
/// until then nothing is said to have become less.
fn finding_counts(before: &AuditPolicyStatus, observed: &Observed<'_>) -> FindingCounts {
    let Counts {
        open,
        undetermined,
        withheld,
        baseline,
        refused,
    } = observed.counts;
    let least = if has_unread_chain(before, observed) {
        before.findings.clone().unwrap_or_default()
    } else {
        FindingCounts::default()
    };
    FindingCounts {
        open: open.max(least.open),
        undetermined: undetermined.max(least.undetermined),
        withheld: (withheld + refused).max(least.withheld),
        baseline: baseline.max(least.baseline),
    }
}

fn has_unread_chain(before: &AuditPolicyStatus, observed: &Observed<'_>) -> bool {
    let is_published = |name: &str| {
        let published = before.organizations.iter();
        published
            .filter(|status| status.name == name)
            .any(|status| status.entry.is_some())
    };
    let organizations = observed.plan.assignments.iter();
    organizations
        .map(|assignment| assignment.organization.as_str())
        .any(|name| observed.chain(name).is_none() && is_published(name))
}

fn organizations(
    before: &[OrganizationStatus],
    observed: &Observed<'_>,
) -> Vec<OrganizationStatus> {
    let one = |name: &str| {
        let known = observed.progress.organizations.get(name);
        let before = before.iter().find(|status| status.name == name);
        organization::compute(name, known, before, observed.plan.created)
    };
    observed
        .plan
        .assignments
        .iter()
        .map(|assignment| one(&assignment.organization))
        .collect()
}

/// The organizations' totals, of those whose chain has been read; the status keeps the last known ones of the others.
fn sum(organizations: &[OrganizationStatus]) -> Totals {
    let mut sum = Totals::default();
    for totals in organizations
        .iter()
        .filter_map(|status| status.totals.as_ref())
    {
        sum.add(&Totals::from(totals));
    }
    sum
}

fn last_slot(observed: &Observed<'_>) -> Option<Timestamp> {
    chains(observed).filter_map(|chain| chain.last_slot).max()
}

/// The first slot that is still to come for an organization; none while suspended.
fn next_slot(observed: &Observed<'_>) -> Option<Timestamp> {
    let Observed { plan, now, .. } = observed;
    let organizations = plan.assignments.iter().filter(|_| !plan.suspended);
    let next = organizations.filter_map(|assignment| {
        let chain = observed.chain(&assignment.organization);
        let earliest = chain.map_or(plan.created, |chain| plan.earliest(chain));
        plan.schedule.next_from(earliest, *now)
    });
    next.min()
}

fn last_missed(observed: &Observed<'_>) -> Option<Timestamp> {
    chains(observed)
        .filter_map(|chain| chain.last_missed)
        .chain(observed.missed)
        .max()
}

fn credentials_expiration(observed: &Observed<'_>) -> Option<Timestamp> {
    observed
        .progress
        .of_plan(observed.plan)
        .filter_map(|known| known.credentials_expiration)
        .min()
}

/// The request that every organization has answered, or failed to answer.
fn handled_request(observed: &Observed<'_>) -> Option<String> {
    let request = observed.plan.request.as_ref()?;
    let handled = |name: &str| {
        let Some(known) = observed.progress.organizations.get(name) else {
            return false;
        };
        let answered = known
            .chain
            .as_ref()
            .is_some_and(|chain| chain.handled_request.as_ref() == Some(request));
        let failed = known
            .failure
            .as_ref()
            .is_some_and(|failure| failure.request.as_ref() == Some(request));
        answered || failed
    };
    let all = observed
        .plan
        .assignments
        .iter()
        .all(|assignment| handled(&assignment.organization));
    all.then(|| request.clone())
}

fn chains<'a>(observed: &'a Observed<'_>) -> impl Iterator<Item = &'a ChainState> {
    observed
        .progress
        .of_plan(observed.plan)
        .filter_map(|known| known.chain.as_deref())
}

/// The failures of the plan's organizations.
fn failures<'a>(observed: &'a Observed<'_>) -> Vec<&'a Failure> {
    observed
        .progress
        .of_plan(observed.plan)
        .filter_map(|known| known.failure.as_ref())
        .collect()
}

/// The last success of the organization that has gone without one for the longest, where two more slots have passed since.
fn stale_since(status: &AuditPolicyStatus, observed: &Observed<'_>) -> Option<Timestamp> {
    let stale = |organization: &OrganizationStatus| {
        let success = organization.last_successful_time.as_ref()?.0;
        // GitHub's clock dates a success and ours a slot: a success is no earlier than the slot it was for.
        let slot = observed
            .chain(&organization.name)
            .and_then(|chain| chain.last_slot);
        let last = slot.map_or(success, |slot| slot.max(success));
        let is_stale = observed.plan.schedule.is_stale(last, observed.now);
        is_stale.then_some(success)
    };
    status.organizations.iter().filter_map(stale).min()
}
