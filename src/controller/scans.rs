//! Scans as bounded tasks beside reconciling: a wait for GitHub's limits delays nobody else.
//!
//! One task works on one policy at a time; organizations within it run side by side, and one that fails hides none of the others.

use std::sync::Arc;

use futures::StreamExt as _;

use super::adoption;
use super::announce;
use super::connection::Connection;
use super::context::Context;
use super::progress::OrganizationProgress;
use super::retry::{self, Error, Failure};
use super::validate::Plan;
use super::work::OrganizationWork;
use crate::evidence::{ChainState, Expectation};
use crate::github::Client;
use crate::metrics::ScanResult;
use crate::scan::{self, Assignment, Opened};

/// How many organizations of one policy are worked on at once; over all policies, `--concurrency` bounds them.
const SIDE_BY_SIDE: usize = 4;

/// Starts a task for this work, unless one is at work on the policy already; the policy is reconciled when it ends.
pub(super) fn start(context: &Arc<Context>, plan: Plan, work: Vec<OrganizationWork>) {
    if !context.progress.begin(&plan.key) {
        return;
    }
    let context = context.clone();
    tokio::spawn(async move {
        work_on(&context, &plan, work).await;
        context.progress.end(&plan.key, plan.generation);
        context.wake(&plan.key).await;
    });
}

async fn work_on(context: &Context, plan: &Plan, work: Vec<OrganizationWork>) {
    let connection = match Connection::open(context, plan).await {
        Ok(connection) => connection,
        Err(error) => {
            fail_all(context, plan, &work, &error);
            for OrganizationWork { organization, .. } in &work {
                read_published(context, plan, organization).await;
            }
            return;
        }
    };
    let tasks = work.into_iter().filter_map(|work| {
        let assignment = plan
            .assignments
            .iter()
            .find(|assignment| assignment.organization == work.organization)?;
        Some(work_on_organization(
            context,
            plan,
            &connection,
            assignment,
            work,
        ))
    });
    futures::stream::iter(tasks)
        .buffer_unordered(SIDE_BY_SIDE)
        .for_each(|()| async {})
        .await;
}

async fn work_on_organization(
    context: &Context,
    plan: &Plan,
    connection: &Connection<'_>,
    assignment: &Assignment,
    work: OrganizationWork,
) {
    // A closed semaphore would mean that the process is ending.
    let Ok(_permit) = context.slots.acquire().await else {
        return;
    };
    // Reading a chain is no scan: only a run is measured.
    let timer = work
        .occasion
        .is_some()
        .then(|| context.metrics.start_scan());
    let result = match scan_renewing(context, plan, connection, assignment, &work).await {
        Ok(opened) => succeed(context, plan, &assignment.organization, opened),
        Err(error) => {
            fail(context, plan, &assignment.organization, &error);
            read_published(context, plan, &assignment.organization).await;
            ScanResult::Failed
        }
    };
    if let Some(timer) = timer {
        timer.finish(result);
    }
}

/// Scans, and goes on with the Secret's new credentials where GitHub refuses the old ones meanwhile; what was committed stays.
async fn scan_renewing(
    context: &Context,
    plan: &Plan,
    connection: &Connection<'_>,
    assignment: &Assignment,
    work: &OrganizationWork,
) -> Result<Opened, Error> {
    let mut used = connection.current().await;
    loop {
        let scanned = Box::pin(scan(context, plan, &used.client, assignment, work)).await;
        match scanned {
            Ok(opened) => return Ok(opened),
            Err(error) => used = connection.renew(&used, error).await?,
        }
    }
}

async fn scan(
    context: &Context,
    plan: &Plan,
    client: &Client,
    assignment: &Assignment,
    work: &OrganizationWork,
) -> Result<Opened, Error> {
    let progress = context
        .progress
        .of(&plan.key)
        .organizations
        .remove(&assignment.organization);
    let said = progress.as_ref().and_then(|progress| progress.said);
    let state = progress
        .and_then(|progress| progress.chain)
        .map(Arc::unwrap_or_clone);
    let known = adoption::known(context, plan, &assignment.organization, state);
    let mut announced = announce::announced(said, &known);
    let mut opened = scan::open(client, &context.archive, assignment, known, context.clock).await?;
    if let Some(mismatch) = &opened.adopted {
        adoption::announce(context, plan, &opened.state, mismatch).await;
        // What was said before was said of the archive that is gone.
        announced = Some(opened.state.head.sequence);
    }
    announce::findings(context, plan, &opened.state, announced);
    if let Some(occasion) = &work.occasion {
        let before = Some(opened.state.head.sequence);
        match scan::run(client, assignment, &mut opened, occasion, context.clock).await {
            Ok(outcome) => {
                announce::findings(context, plan, &opened.state, before);
                announce::run(plan, &opened.state, &outcome);
            }
            Err(error) => {
                // What was read of the chain was said, and is not to be said again by the next try.
                let state = Arc::new(opened.state);
                let keep = |known: &mut OrganizationProgress| {
                    known.said = Some(state.head.sequence);
                    known.advance(&state);
                };
                context
                    .progress
                    .update(&plan.key, &assignment.organization, keep);
                return Err(error.into());
            }
        }
    }
    Ok(opened)
}

fn succeed(context: &Context, plan: &Plan, organization: &str, opened: Opened) -> ScanResult {
    let partial = !opened.state.debts.is_empty();
    let expiration = opened
        .principal
        .as_ref()
        .and_then(|principal| principal.credentials_expiration);
    context.progress.update(&plan.key, organization, |known| {
        known.said = Some(opened.state.head.sequence);
        known.advance(&Arc::new(opened.state));
        known.failure = None;
        known.credentials_expiration = expiration;
    });
    if partial {
        ScanResult::PartiallyFailed
    } else {
        ScanResult::Succeeded
    }
}

fn fail(context: &Context, plan: &Plan, organization: &str, error: &Error) {
    let known = context
        .progress
        .of(&plan.key)
        .organizations
        .remove(organization);
    let attempts = known
        .and_then(|known| known.failure)
        .map_or(0, |failure| failure.attempts);
    let mut failure = error.to_failure(organization, attempts, context.clock.now());
    failure.message.push_str(&error.remedy(&plan.secret));
    if let Error::Scan(scan::Error::Mismatch(mismatch)) = error {
        failure.message.push_str(&adoption::hint(plan, mismatch));
    }
    record(context, plan, organization, failure);
}

/// Without credentials no organization can be scanned; each says so.
fn fail_all(context: &Context, plan: &Plan, work: &[OrganizationWork], error: &Error) {
    for OrganizationWork { organization, .. } in work {
        fail(context, plan, organization, error);
    }
}

/// Reads the chain that the status tells of, where GitHub did not answer which organization it is: findings come back whoever fails.
async fn read_published(context: &Context, plan: &Plan, organization: &str) {
    let progress = context.progress.of(&plan.key);
    let known = progress.organizations.get(organization);
    if known.is_some_and(|known| known.chain.is_some()) {
        return;
    }
    let Some(organization_id) = adoption::published_id(context, plan, organization) else {
        return;
    };
    let read = read_chain_of(context, plan, organization, organization_id).await;
    match read {
        Ok(Some(state)) => context
            .progress
            .update(&plan.key, organization, |known| known.advance(&state)),
        Ok(None) => {}
        Err(error) => {
            let policy = format!("{}/{}", plan.key.namespace, plan.key.name);
            tracing::warn!(
                policy,
                organization,
                "the chain that was published could not be read: {}; it is tried again with the next scan",
                retry::chain(&error)
            );
        }
    }
}

async fn read_chain_of(
    context: &Context,
    plan: &Plan,
    organization: &str,
    organization_id: i64,
) -> scan::Result<Option<Arc<ChainState>>> {
    let id = plan.key.chain(organization_id);
    let Some(state) = context.ledger.newest(context, &id).await? else {
        return Ok(None);
    };
    let expected = Expectation {
        host: plan.endpoint.host(),
        organization_id,
        cluster_uid: context.cluster_uid.as_deref(),
    };
    let known = adoption::known(context, plan, organization, None);
    scan::refuse_mismatch(&context.archive.chain(&id), &state, &known, &expected).await?;
    Ok(Some(state))
}

fn record(context: &Context, plan: &Plan, organization: &str, failure: Failure) {
    let key = &plan.key;
    tracing::warn!(
        policy = format!("{}/{}", key.namespace, key.name),
        organization,
        reason = failure.reason.as_str(),
        retry_at = %failure.retry_at,
        "{}",
        failure.message,
    );
    context.progress.update(key, organization, |known| {
        known.failure = Some(Failure {
            request: plan.request.clone(),
            adopt: plan.adopt.clone(),
            ..failure
        });
    });
}
