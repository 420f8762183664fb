//! What is to be done for a policy now, and when to look again: pure, from the schedule, the chains and the failures.

use jiff::{SignedDuration, Timestamp};

use super::progress::{OrganizationProgress, PolicyProgress};
use super::validate::Plan;
use crate::evidence::entry::Trigger;
use crate::scan::Occasion;

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
    let organizations = plan
        .assignments
        .iter()
        .map(|assignment| assignment.organization.as_str());
    let work = organizations.filter_map(|organization| {
        let known = progress.organizations.get(organization);
        due_for(plan, progress, known, now).map(|occasion| OrganizationWork {
            organization: organization.to_owned(),
            occasion,
        })
    });
    work.collect()
}

/// Some, where the organization is to be worked on; with an occasion, where a run is due.
fn due_for(
    plan: &Plan,
    progress: &PolicyProgress,
    known: Option<&OrganizationProgress>,
    now: Timestamp,
) -> Option<Option<Occasion>> {
    let edited = progress.generation != plan.generation;
    let chain = known.and_then(|known| known.chain.as_deref());
    if let Some(failure) = known.and_then(|known| known.failure.as_ref())
        && failure.retry_at > now
        && !edited
        && failure.request == plan.request
    {
        return None;
    }
    let Some(chain) = chain.filter(|_| !edited) else {
        return Some(None);
    };
    if plan.suspended {
        return None;
    }
    if plan.request.is_some() && plan.request != chain.handled_request {
        return Some(Some(requested(plan)));
    }
    let due = plan.schedule.due(plan.earliest(chain), now, plan.deadline);
    let slot = due.slot.filter(|_| !due.too_late)?;
    let trigger = if due.missed > 0 {
        Trigger::CatchUp
    } else {
        Trigger::Schedule
    };
    Some(Some(Occasion {
        trigger,
        slot: Some(slot),
        missed_slots: due.missed,
        request: plan.request.clone(),
    }))
}

fn requested(plan: &Plan) -> Occasion {
    Occasion {
        trigger: Trigger::Request,
        slot: None,
        missed_slots: 0,
        request: plan.request.clone(),
    }
}

/// The last slot that came too late to be run.
pub(super) fn missed(plan: &Plan, progress: &PolicyProgress, now: Timestamp) -> Option<Timestamp> {
    let chains = progress
        .organizations
        .values()
        .filter_map(|known| known.chain.as_deref());
    let too_late = chains.filter_map(|chain| {
        let due = plan.schedule.due(plan.earliest(chain), now, plan.deadline);
        due.slot.filter(|_| due.too_late)
    });
    too_late.max()
}

/// How long until the policy is to be looked at again.
pub(super) fn wait(plan: &Plan, progress: &PolicyProgress, now: Timestamp) -> SignedDuration {
    let slot = if plan.suspended {
        None
    } else {
        plan.schedule.next_after(now)
    };
    let retries = progress
        .organizations
        .values()
        .filter_map(|known| known.failure.as_ref().map(|f| f.retry_at));
    let next = slot.into_iter().chain(retries).min();
    let wait = next.map_or(LONGEST, |next| {
        next.duration_since(now).saturating_add(SLACK)
    });
    wait.clamp(SLACK, LONGEST)
}
