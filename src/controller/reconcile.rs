//! The driver: `validate → start what is due → publish findings → update status`, level-based: everything is computed from the
//! policy, the chains and the clock, so that a lost event or a restart changes nothing.

use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt as _;
use kube_runtime::controller::Action;
use kube_runtime::events::EventType;

use super::context::Context;
use super::raw::Raw;
use super::validate::{Plan, Surroundings, validate};
use super::{publish, retirement, scans, status, uids, unreadable, verification, work};
use crate::api::condition::{ConditionReason, ConditionType, find_condition};
use crate::api::{AuditPolicy, AuditPolicyStatus};
use crate::scan;

/// How long a policy that cannot be obeyed waits, unless it is edited: time can mend an exemption that ends too late, and nothing
/// else.
const STALLED: Duration = Duration::from_hours(1);

/// Why a reconciliation failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The namespace's uid could not be read.
    #[error("namespace {namespace} could not be read")]
    Namespace {
        /// The namespace.
        namespace: String,
        /// Why.
        #[source]
        source: kube::Error,
    },
    /// The archive could not be told which findings are published.
    #[error("which findings are published could not be recorded; those that are new stay withheld")]
    Publication(#[source] scan::Error),
    /// Findings could not be published.
    #[error("findings could not be published")]
    Findings(#[source] kube::Error),
    /// The status could not be published.
    #[error("the status could not be published")]
    Status(#[source] kube::Error),
}

// === impl Error ===

impl Error {
    /// Whether only somebody else's write came first, which is no failure: the policy is looked at again.
    pub(super) fn is_conflict(&self) -> bool {
        match self {
            Self::Status(kube::Error::Api(status)) => status.is_conflict(),
            Self::Namespace { .. } | Self::Publication(_) | Self::Findings(_) | Self::Status(_) => {
                false
            }
        }
    }
}

/// Brings one policy to what it should be.
///
/// # Errors
///
/// The API server's; it is tried again with a growing wait.
pub(super) async fn reconcile(
    raw: Arc<Raw<AuditPolicy>>,
    context: Arc<Context>,
) -> Result<Action, Error> {
    match raw.read() {
        Ok(policy) => obey(&policy, &context).await,
        Err(error) => {
            unreadable::stall(&context, &raw, &error)
                .await
                .map_err(Error::Status)?;
            Ok(Action::await_change())
        }
    }
}

async fn obey(policy: &AuditPolicy, context: &Arc<Context>) -> Result<Action, Error> {
    let namespace_uid = uids::namespace_uid(context, policy)
        .await
        .map_err(|source| Error::Namespace {
            namespace: policy.namespace().unwrap_or_default(),
            source,
        })?;
    let surroundings = Surroundings {
        allowed_hosts: &context.allowed_github_hosts,
        cluster_uid: context.cluster_uid.as_deref(),
        namespace_uid: namespace_uid.as_deref(),
        executor: "controller",
        now: context.now(),
    };
    match validate(policy, &surroundings) {
        Ok(plan) => pursue(policy, context, plan).await,
        Err(invalid) => {
            let (before, generation) = (policy.status.as_ref(), policy.metadata.generation);
            let status = status::stalled(before, generation, &invalid, context.now());
            update_status(policy, context, &status, &[]).await?;
            Ok(Action::requeue(STALLED))
        }
    }
}

async fn pursue(policy: &AuditPolicy, context: &Arc<Context>, plan: Plan) -> Result<Action, Error> {
    let now = context.now();
    let progress = context.progress.of(&plan.key);
    let due = work::due(&plan, &progress, now);
    let missed = work::missed(&plan, &progress, now);
    if !due.is_empty() {
        scans::start(context, plan.clone(), due);
    }
    verification::start(context, &plan, policy, &progress);
    retirement::retire(context, &plan, &progress).await;
    let recorded = publish::record(context, &plan).await;
    let progress = context.progress.of(&plan.key);
    let counts = publish::findings(context, &plan, &progress)
        .await
        .map_err(Error::Findings)?;
    let observed = status::Observed {
        plan: &plan,
        progress: &progress,
        counts,
        missed,
        now,
    };
    let (status, withdrawn) = (
        status::compute(policy, &observed),
        status::withdrawn(policy, &observed),
    );
    update_status(policy, context, &status, &withdrawn).await?;
    recorded.map_err(Error::Publication)?;
    // A scan that is under way wakes the policy when it ends.
    let wait = Duration::try_from(work::wait(
        &plan,
        &context.progress.of(&plan.key),
        context.now(),
    ));
    Ok(Action::requeue(wait.unwrap_or(Duration::from_secs(1))))
}

async fn update_status(
    policy: &AuditPolicy,
    context: &Context,
    status: &AuditPolicyStatus,
    withdrawn: &[String],
) -> Result<(), Error> {
    if publish::status(context, policy, status, withdrawn)
        .await
        .map_err(Error::Status)?
    {
        announce(policy, context, status).await;
    }
    Ok(())
}

/// One event for each condition that turned bad, or good again, with the condition's own reason.
async fn announce(policy: &AuditPolicy, context: &Context, status: &AuditPolicyStatus) {
    let before = policy
        .status
        .as_ref()
        .map_or(&[][..], |before| &before.conditions);
    for kind in [ConditionType::Ready, ConditionType::Compliant] {
        let (Some(now), before) = (
            find_condition(&status.conditions, kind),
            find_condition(before, kind),
        ) else {
            continue;
        };
        if before.is_some_and(|before| before.status == now.status && before.reason == now.reason) {
            continue;
        }
        let event = if now.status == "False" {
            EventType::Warning
        } else {
            EventType::Normal
        };
        context
            .event(
                policy,
                event,
                &now.reason,
                &format!("{}: {}", kind.as_str(), now.message),
            )
            .await;
    }
    if status.last_missed_time
        != policy
            .status
            .as_ref()
            .and_then(|before| before.last_missed_time.clone())
        && let Some(missed) = &status.last_missed_time
    {
        let note = format!("the scan due at {} came too late to be started", missed.0);
        context
            .event(
                policy,
                EventType::Warning,
                ConditionReason::MissedSchedule.as_str(),
                &note,
            )
            .await;
    }
}

/// When to try again after a failure to talk to the API server.
pub(super) fn error_policy(
    _policy: Arc<Raw<AuditPolicy>>,
    error: &Error,
    _context: Arc<Context>,
) -> Action {
    let wait = match error {
        conflict if conflict.is_conflict() => Duration::from_millis(200),
        // Of another archive: a person has to look.
        Error::Publication(scan::Error::Mismatch(_)) => Duration::from_mins(1),
        _ => Duration::from_secs(5),
    };
    Action::requeue(wait)
}
