//! Publish step (I/O): makes findings and status equal to what the chains say. Idempotent: whatever is already so is not written,
//! whatever was deleted comes back, and a process that is killed in between is simply followed by the next.

mod finding;
mod places;
mod record;
mod status;
mod write;

use std::sync::Arc;

use jiff::Timestamp;
use kube_runtime::reflector::ObjectRef;

use super::context::Context;
use super::progress::PolicyProgress;
use super::validate::Plan;
use crate::api::AuditFinding;
use crate::api::finding::FindingState;
use crate::audit::finding::Finding;
use crate::audit::identity::finding_name;
use crate::evidence::ChainState;

pub(super) use finding::decided;
pub(super) use record::record;
pub(super) use status::status;
pub(super) use write::status as write_status;

/// How many findings of a policy stand in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Published, non-compliant, and nobody has dealt with them.
    pub(super) open: i64,
    /// The evidence does not suffice.
    pub(super) undetermined: i64,
    /// Open or undetermined, and beyond the policy's bound: in the archive only.
    pub(super) withheld: i64,
    /// From before the chain began, published or not.
    pub(super) baseline: i64,
    /// Refused by the API server.
    pub(super) refused: i64,
}

/// One finding as it should be.
struct Wanted<'a> {
    /// Whether its chain was adopted: then it may have been published from a chain that is lost.
    adopted: bool,
    name: String,
    finding: &'a Finding,
    state: FindingState,
}

/// Publishes the findings of all chains of a policy that the archive says are published: see [`places`].
///
/// # Errors
///
/// The first failure that may pass by itself. A finding that the API server refuses is counted and stops nothing.
pub(super) async fn findings(
    context: &Context,
    plan: &Plan,
    progress: &PolicyProgress,
) -> kube::Result<Counts> {
    let chains: Vec<_> = progress
        .of_plan(plan)
        .filter_map(|known| known.chain.clone())
        .collect();
    let now = context.now();
    let all = chains.iter().flat_map(|chain| {
        let adopted = chain.adopted.is_some();
        chain
            .findings()
            .values()
            .map(move |finding| (adopted, finding))
    });
    let wanted = wanted(&plan.key.name, all, now);
    let is_published = |wanted: &Wanted<'_>| {
        // Or an entry has still to say so.
        wanted.finding.published.is_some() || stored(context, plan, &wanted.name).is_some()
    };
    let (published, withheld): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_published);
    let mut accepted = Vec::with_capacity(published.len());
    let mut refused = 0;
    for wanted in published {
        match finding::publish(context, plan, &wanted).await {
            Ok(()) => accepted.push(wanted),
            // Somebody wrote it in between, which wakes the policy.
            Err(kube::Error::Api(status)) if status.is_conflict() => accepted.push(wanted),
            Err(kube::Error::Api(status)) if status.is_invalid() || status.is_forbidden() => {
                tracing::error!(finding = wanted.name, reason = %status.message, "the API server refuses a finding; it is in the archive only");
                refused += 1;
            }
            Err(error) => return Err(error),
        }
    }
    let beyond = count(&withheld);
    let counts = count(&accepted);
    Ok(Counts {
        withheld: beyond.open + beyond.undetermined,
        baseline: counts.baseline + beyond.baseline,
        refused,
        ..counts
    })
}

/// What should be there, the most urgent first.
fn wanted<'a>(
    policy: &str,
    findings: impl Iterator<Item = (bool, &'a Finding)>,
    now: Timestamp,
) -> Vec<Wanted<'a>> {
    let mut wanted: Vec<_> = findings
        .map(|(adopted, finding)| Wanted {
            adopted,
            name: finding_name(policy, finding),
            finding,
            state: finding.state(now).into(),
        })
        .collect();
    wanted.sort_by_cached_key(|wanted| (places::urgency(wanted.finding), wanted.name.clone()));
    wanted
}

fn count(published: &[Wanted<'_>]) -> Counts {
    let mut counts = Counts::default();
    for wanted in published {
        match wanted.state {
            FindingState::Open => counts.open += 1,
            FindingState::Undetermined => counts.undetermined += 1,
            FindingState::Baseline => counts.baseline += 1,
            FindingState::Acknowledged | FindingState::Reviewed | FindingState::Resolved => {}
        }
    }
    counts
}

/// The chains of the policy's organizations, as far as this process has read them.
fn chains(context: &Context, plan: &Plan) -> Vec<Arc<ChainState>> {
    let progress = context.progress.of(&plan.key);
    let known = progress.of_plan(plan);
    known.filter_map(|known| known.chain.clone()).collect()
}

fn stored(context: &Context, plan: &Plan, name: &str) -> Option<Arc<AuditFinding>> {
    context
        .findings
        .get(&ObjectRef::new(name).within(&plan.key.namespace))
}
