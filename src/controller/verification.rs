//! Once a day each chain is verified from its genesis to its end, beside everything else and one at a time. What is damaged is
//! said by the policy's status, an event and the log; scans go on, since an old wound is no reason to stop looking.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kube_runtime::events::EventType;

use super::context::Context;
use super::progress::PolicyProgress;
use super::validate::Plan;
use crate::api::AuditPolicy;
use crate::api::condition::ConditionReason;
use crate::evidence::{ChainState, Verification};

/// How long a verification lasts.
const EVERY: SignedDuration = SignedDuration::from_hours(24);

/// When to try again where the archive could not be read.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The last verification of a chain by this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verified {
    /// When it ended.
    pub(super) at: Timestamp,
    /// What it said.
    pub(super) said: Said,
}

/// What a verification said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing is missing, altered or out of order.
    Whole,
    /// Something is: the first problem, and how many there are.
    Damaged {
        /// The first.
        first: String,
        /// How many, this one included.
        problems: u64,
    },
    /// The archive could not be read, which proves nothing.
    Unread,
}

// === impl Verified ===

impl Verified {
    fn of(verification: Option<&Verification>, known: &ChainState, at: Timestamp) -> Self {
        let problem = |first: &str, problems| Said::Damaged {
            first: first.to_owned(),
            problems,
        };
        let said = match verification {
            None => problem("the chain is gone", 1),
            Some(found) if !found.holds() => {
                let listed = u64::try_from(found.problems.len()).unwrap_or(u64::MAX);
                let first = found.problems.first().map_or("", String::as_str);
                problem(first, listed + found.more_problems)
            }
            Some(found)
                if found
                    .head
                    .is_none_or(|head| head.sequence < known.head.sequence) =>
            {
                problem("the end of the chain is missing", 1)
            }
            Some(_) => Said::Whole,
        };
        Self { at, said }
    }

    fn next(&self) -> Timestamp {
        let wait = match self.said {
            Said::Unread => AGAIN,
            Said::Whole | Said::Damaged { .. } => EVERY,
        };
        self.at.saturating_add(wait).unwrap_or(self.at)
    }
}

/// Starts verifying the chains of a policy whose last verification is a day old; the policy is reconciled when one ends.
pub(super) fn start(
    context: &Arc<Context>,
    plan: &Plan,
    policy: &AuditPolicy,
    progress: &PolicyProgress,
) {
    let now = context.now();
    for assignment in &plan.assignments {
        let organization = &assignment.organization;
        let known = progress.organizations.get(organization);
        let Some(chain) = known.and_then(|known| known.chain.clone()) else {
            continue;
        };
        let verified = known.and_then(|known| known.verified.as_ref());
        let due = verified.map(Verified::next).or_else(|| {
            let at = published(policy, organization)?;
            at.saturating_add(EVERY).ok()
        });
        // A chain that no run has closed a window of has nothing yet that could be lost.
        let is_due = due.is_none_or(|due| due <= now) && chain.last_success.is_some();
        if is_due && context.progress.begin_verification(&plan.key, organization) {
            let (context, plan) = (context.clone(), plan.clone());
            let organization = organization.clone();
            tokio::spawn(async move { verify(&context, &plan, &organization, &chain).await });
        }
    }
}

/// When the status says that the chain was last verified.
fn published(policy: &AuditPolicy, organization: &str) -> Option<Timestamp> {
    let status = policy.status.as_ref()?;
    let known = status
        .organizations
        .iter()
        .find(|it| it.name == organization)?;
    known.archive_verified_time.as_ref().map(|time| time.0)
}

async fn verify(context: &Context, plan: &Plan, organization: &str, known: &ChainState) {
    // A closed semaphore would mean that the process is ending.
    let Ok(_permit) = context.verifications.acquire().await else {
        return;
    };
    let id = plan.key.chain(known.genesis.organization_id);
    let found = context.archive.chain(&id).verify().await;
    let at = context.now();
    let verified = match &found {
        Ok(found) => Verified::of(found.as_ref(), known, at),
        Err(error) => {
            tracing::warn!(organization, error = %error, "the archive could not be verified");
            let said = Said::Unread;
            Verified { at, said }
        }
    };
    announce(context, plan, organization, &verified).await;
    context.progress.update(&plan.key, organization, |known| {
        known.verified = Some(verified);
        known.verifying = false;
    });
    context.wake(&plan.key).await;
}

async fn announce(context: &Context, plan: &Plan, organization: &str, verified: &Verified) {
    let policy = format!("{}/{}", plan.key.namespace, plan.key.name);
    match &verified.said {
        Said::Unread => {}
        Said::Whole => tracing::info!(policy, organization, "the archive was verified"),
        Said::Damaged { first, problems } => {
            tracing::error!(
                policy,
                organization,
                problems,
                "the archive is damaged: {first}"
            );
            if let Some(policy) = context.policy(&plan.key) {
                let reason = ConditionReason::ArchiveDamaged.as_str();
                let note = format!("organization {organization}: {first}");
                context
                    .event(&*policy, EventType::Warning, reason, &note)
                    .await;
            }
        }
    }
}
