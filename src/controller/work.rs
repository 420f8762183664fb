//! What is to be done for a policy now, and when to look again: pure, from the schedule, the chains and the failures.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::progress::PolicyProgress;
use super::retry::Failure;
use super::validate::Plan;
use crate::evidence::entry::Trigger;
use crate::evidence::state::ChainState;
use crate::scan::Occasion;

#[cfg(test)]
mod tests;

/// Network time differs a little between machines: a slot is looked at this much after it, as `CronJob` does.
const SLACK: SignedDuration = SignedDuration::from_millis(100);
/// The longest that a policy is not looked at, so that conditions that depend on time become true.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// What to do for one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OrganizationWork {
    /// The organization's login, as in the policy.
    pub(super) organization: String,
    /// The run that is due; none where only its chain is to be read or the policy's text to be recorded.
    pub(super) occasion: Option<Occasion>,
}

/// What is to be done now; empty where nothing is.
pub(super) fn due(plan: &Plan, progress: &PolicyProgress, now: Timestamp) -> Vec<OrganizationWork> {
    let organizations = plan.assignments.iter();
    organizations
        .filter_map(|assignment| due_for(plan, progress, &assignment.organization, now))
        .collect()
}

/// Some, where the organization is to be worked on.
fn due_for(
    plan: &Plan,
    progress: &PolicyProgress,
    organization: &str,
    now: Timestamp,
) -> Option<OrganizationWork> {
    let work = |occasion| {
        let organization = organization.to_owned();
        Some(OrganizationWork {
            organization,
            occasion,
        })
    };
    let known = progress.organizations.get(organization);
    let edited = progress.generation != plan.generation;
    let failure = known.and_then(|known| known.failure.as_ref());
    let asked = |failure: &Failure| failure.request != plan.request || failure.adopt != plan.adopt;
    let waits = |failure: &Failure| failure.retry_at > now && !edited && !asked(failure);
    if failure.is_some_and(waits) {
        return None;
    }
    let chain = known.and_then(|known| known.chain.as_deref());
    let Some(chain) = chain.filter(|_| !edited) else {
        return work(None);
    };
    match occasion(plan, chain, now) {
        Some(occasion) => work(Some(occasion)),
        // What failed may have been to record the policy's text; and whether it still fails is to be known before the next slot.
        None => failure.and_then(|_| work(None)),
    }
}

/// The run that is due on a chain.
fn occasion(plan: &Plan, chain: &ChainState, now: Timestamp) -> Option<Occasion> {
    if plan.suspended {
        return None;
    }
    if plan.request.is_some() && plan.request != chain.handled_request {
        return Some(requested(plan));
    }
    let due = plan.schedule.due(plan.earliest(chain), now, plan.deadline);
    let slot = due.slot.filter(|_| !due.too_late)?;
    if now < plan.start_of(slot) {
        return None;
    }
    let trigger = if due.missed > 0 {
        Trigger::CatchUp
    } else {
        Trigger::Schedule
    };
    Some(Occasion {
        trigger,
        slot: Some(slot),
        missed_slots: due.missed,
        last_missed_slot: due.last_missed,
        request: plan.request.clone(),
    })
}

fn requested(plan: &Plan) -> Occasion {
    Occasion {
        trigger: Trigger::Request,
        slot: None,
        missed_slots: 0,
        last_missed_slot: None,
        request: plan.request.clone(),
    }
}

/// The last slot that came too late to be run.
pub(super) fn missed(plan: &Plan, progress: &PolicyProgress, now: Timestamp) -> Option<Timestamp> {
    let chains = progress
        .of_plan(plan)
        .filter_map(|known| known.chain.as_deref());
    let too_late = chains.filter_map(|chain| {
        let due = plan.schedule.due(plan.earliest(chain), now, plan.deadline);
        due.slot.filter(|_| due.too_late)
    });
    too_late.max()
}

/// How long until the policy is to be looked at again.
pub(super) fn wait(plan: &Plan, progress: &PolicyProgress, now: Timestamp) -> SignedDuration {
    // Became due while the policy was being looked at. Where a task is at work already, it wakes the policy when it ends.
    if !progress.running && !due(plan, progress, now).is_empty() {
        return SLACK;
    }
    let starts = if plan.suspended {
        Vec::new()
    } else {
        starts(plan, progress, now)
    };
    let starts = starts.into_iter().filter(|start| *start > now);
    let next = starts.chain(retries(plan, progress)).min();
    let wait = next.map_or(LONGEST, |next| {
        next.duration_since(now).saturating_add(SLACK)
    });
    wait.clamp(SLACK, LONGEST)
}

/// When scans of the slots around `now` start: that of a slot which has come may be still to come.
fn starts(plan: &Plan, progress: &PolicyProgress, now: Timestamp) -> Vec<Timestamp> {
    let slots = plan.assignments.iter().flat_map(|assignment| {
        let known = progress.organizations.get(&assignment.organization);
        let chain = known.and_then(|known| known.chain.as_deref());
        let earliest = chain.map_or(plan.created, |chain| plan.earliest(chain));
        let due = plan.schedule.due(earliest, now, plan.deadline);
        [due.slot, due.next].into_iter().flatten()
    });
    // Most organizations have the same ones.
    let slots: BTreeSet<Timestamp> = slots.collect();
    slots.into_iter().map(|slot| plan.start_of(slot)).collect()
}

fn retries(plan: &Plan, progress: &PolicyProgress) -> impl Iterator<Item = Timestamp> {
    progress
        .of_plan(plan)
        .filter(|_| !progress.running)
        .filter_map(|known| known.failure.as_ref().map(|failure| failure.retry_at))
}
