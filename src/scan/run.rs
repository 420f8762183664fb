//! Step three: cover the next window and commit it; where another writer was faster, start again from the new head.

use jiff::Timestamp;

use super::gather::{Gathered, gather};
use super::{Assignment, Error, Occasion, Opened, Outcome, Result, evidence};
use crate::audit::EVALUATOR_VERSION;
use crate::clock::Clock;
use crate::evidence::entry::{Body, Principal, Run};
use crate::evidence::{AppendError, ChainState};
use crate::github::Client;
use crate::schedule::window::Window;

/// What the record says where GitHub does not tell whose credentials were used.
const UNKNOWN: &str = "Unknown";
/// How often a run starts again because another writer was faster.
const TRIES: u32 = 3;

/// Covers the organization's next window and commits it; `opened.state` then includes it.
///
/// # Errors
///
/// Whatever kept the run from being committed. The window stays open, and the next run covers it.
pub async fn run(
    client: &Client,
    assignment: &Assignment,
    opened: &mut Opened,
    occasion: &Occasion,
    clock: Clock,
) -> Result<Outcome> {
    for _ in 0..TRIES {
        let window = window(&opened.state, assignment, opened.organization.github_time);
        let found = gather(client, assignment, opened, window).await?;
        let (records, judged) = (found.records.clone(), found.judged);
        let body = describe(opened, assignment, window, found, occasion);
        match opened
            .chain
            .append(
                Some(opened.state.position()),
                Body::Run(Box::new(body)),
                clock.now(),
            )
            .await
        {
            Ok(entry) => {
                catch_up(opened).await?;
                return Ok(Outcome {
                    entry,
                    window,
                    records,
                    judged,
                });
            }
            Err(AppendError::Lost { .. }) => catch_up(opened).await?,
            Err(AppendError::Archive(source)) => {
                return Err(evidence("committing the run")(source));
            }
        }
    }
    Err(Error::Contended(TRIES))
}

async fn catch_up(opened: &mut Opened) -> Result<()> {
    let Opened { chain, state, .. } = opened;
    chain
        .catch_up(state)
        .await
        .map_err(evidence("reading what was added to the chain"))?;
    Ok(())
}

/// From where the last window closed, or from the oldest debt, less the overlap, to now by GitHub's clock.
fn window(state: &ChainState, assignment: &Assignment, now: Timestamp) -> Window {
    let (genesis, reach) = (state.genesis.time, assignment.reach);
    Window::next(state.window_until, genesis, reach, now).with_debt(
        state.oldest_debt(),
        genesis,
        reach,
    )
}

fn describe(
    opened: &Opened,
    assignment: &Assignment,
    window: Window,
    found: Gathered,
    occasion: &Occasion,
) -> Run {
    let Gathered {
        queries,
        audited,
        skipped,
        debts,
        records,
        totals,
        undetermined,
        judged: _,
        finished_at,
    } = found;
    let started_at = opened.organization.github_time;
    Run {
        window,
        closes_window: true,
        segment_until: None,
        slot: occasion.slot,
        missed_slots: occasion.missed_slots,
        last_missed_slot: occasion.last_missed_slot,
        trigger: occasion.trigger,
        request: occasion.request.clone(),
        queries,
        requests: 0,
        points: 0,
        repositories_audited: audited,
        repositories_skipped: skipped,
        heads: std::collections::BTreeMap::new(),
        debts,
        records,
        totals,
        undetermined,
        policy_digest: assignment.version.digest,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        evaluator_version: EVALUATOR_VERSION,
        executor: assignment.executor.to_owned(),
        principal: principal(opened),
        started_at,
        finished_at: finished_at.unwrap_or(started_at).max(started_at),
    }
}

fn principal(opened: &Opened) -> Principal {
    match &opened.principal {
        Some(known) => Principal {
            login: known.login.clone(),
            kind: known.kind.as_str().to_owned(),
            visibility: known.visibility.clone(),
        },
        None => Principal {
            login: UNKNOWN.to_owned(),
            kind: UNKNOWN.to_owned(),
            visibility: None,
        },
    }
}
