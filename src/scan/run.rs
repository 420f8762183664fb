//! Step two: cover the next window and commit it, a long one in segments; where another run was faster, start again from the new
//! head.

use std::pin::pin;

use jiff::Timestamp;

use super::commit::commit;
use super::repositories::Repositories;
use super::segment::{Gathered, Segment};
use super::unclear::Rereads;
use super::{Assignment, Error, Occasion, Opened, Outcome, Result, reviews};
use crate::audit::EVALUATOR_VERSION;
use crate::clock::Clock;
use crate::evidence::ChainState;
use crate::evidence::entry::{Debt, Principal, RecordsReference, Run};
use crate::github::Client;
use crate::schedule::window::{Reach, Window};

#[cfg(test)]
mod tests;

/// What the record says where GitHub does not tell whose credentials were used.
const UNKNOWN: &str = "Unknown";
/// How often a run starts again because another run was faster.
const TRIES: u32 = 3;

/// A run's fixed inputs.
pub(super) struct Task<'a> {
    /// Asks GitHub for this organization.
    pub(super) client: Client,
    /// What the policy asks for.
    pub(super) assignment: &'a Assignment,
    occasion: &'a Occasion,
    clock: Clock,
}

/// What a run reads, and what it thereby covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    /// What it covers, with what segments of a run that was cut off have read.
    window: Window,
    /// What of it is left to read.
    rest: Window,
}

/// What a run has committed so far.
#[derive(Debug, Default)]
struct Committed {
    records: Vec<RecordsReference>,
    judged: i64,
}

/// Covers the organization's next window and commits it; `opened.state` then includes it.
///
/// A long run commits in segments, and one that was cut off goes on where its last segment ended.
///
/// # Errors
///
/// Whatever kept the run from being committed. The window stays open, and the next run covers what is left of it.
pub async fn run(
    client: &Client,
    assignment: &Assignment,
    opened: &mut Opened,
    occasion: &Occasion,
    clock: Clock,
) -> Result<Outcome> {
    let task = Task {
        client: client.for_organization(&assignment.organization),
        assignment,
        occasion,
        clock,
    };
    let mut committed = Committed::default();
    for _ in 0..TRIES {
        if let Some(outcome) = Box::pin(task.attempt(opened, &mut committed)).await? {
            return Ok(outcome);
        }
    }
    Err(Error::Contended(TRIES))
}

// === impl Task ===

impl Task<'_> {
    /// Reads and commits what is left of the window; none where another run was faster.
    async fn attempt(
        &self,
        opened: &mut Opened,
        committed: &mut Committed,
    ) -> Result<Option<Outcome>> {
        let now = opened.organization.github_time;
        let Reading { window, rest } = Reading::next(&opened.state, self.assignment.reach, now);
        let organization = opened.organization.to_fact();
        let scope = &self.assignment.scope;
        let repositories = Repositories::read(&self.client, &organization, scope).await?;
        let mut rereads = Rereads::due(&opened.state, now);
        let due = reviews::due(&opened.state, now);
        let mut pages = pin!(self.client.merged_pull_requests(&organization, rest));
        loop {
            let mut segment = Segment::begin(self, opened, window);
            let read_until = segment.read(&mut pages, rest, &mut rereads).await?;
            if read_until.is_none() {
                segment.read_again(&mut rereads).await?;
                segment.read_reviews(&due).await;
            }
            let mut found = segment.finish().await?;
            let (records, judged) = (found.records.clone(), found.judged);
            let reviews = std::mem::take(&mut found.reviews);
            let run = self.describe(opened, (window, read_until), found, &repositories);
            let usage = self.client.usage();
            let Some(entry) = commit(opened, run, self.clock).await? else {
                return Ok(None);
            };
            opened.usage = usage;
            reviews::record(self.assignment, opened, &reviews, self.clock).await;
            committed.records.extend(records);
            committed.judged += judged;
            if read_until.is_none() {
                let Committed { records, judged } = std::mem::take(committed);
                return Ok(Some(Outcome {
                    entry,
                    window,
                    records,
                    judged,
                }));
            }
        }
    }

    /// The entry of a segment that ends at a time, or of the last one, which says of slots, skipped repositories and debts what
    /// holds for the whole run.
    fn describe(
        &self,
        opened: &Opened,
        (window, segment_until): (Window, Option<Timestamp>),
        found: Gathered,
        repositories: &Repositories,
    ) -> Run {
        let Gathered {
            queries,
            debts,
            records,
            totals,
            undetermined,
            unread,
            reviews: _,
            judged: _,
            finished_at,
        } = found;
        let started_at = opened.organization.github_time;
        let occasion = self.occasion;
        let asked = self.client.usage().since(opened.usage);
        let closes_window = segment_until.is_none();
        let mut run = Run {
            window,
            closes_window,
            segment_until,
            slot: occasion.slot,
            missed_slots: 0,
            last_missed_slot: None,
            trigger: occasion.trigger,
            request: occasion.request.clone(),
            queries,
            requests: asked.requests,
            points: asked.points,
            repositories_audited: repositories.audited,
            repositories_skipped: Vec::new(),
            heads: std::collections::BTreeMap::new(),
            debts,
            unread,
            records,
            totals,
            undetermined,
            policy_digest: self.assignment.version.digest,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            evaluator_version: EVALUATOR_VERSION,
            executor: self.assignment.executor.to_owned(),
            principal: principal(opened),
            started_at,
            finished_at: finished_at.unwrap_or(started_at).max(started_at),
        };
        if closes_window {
            run.missed_slots = occasion.missed_slots;
            run.last_missed_slot = occasion.last_missed_slot;
            run.repositories_skipped.clone_from(&repositories.skipped);
            let state = &opened.state;
            let since = window.owed_since(state.oldest_debt(), state.window_until);
            run.debts.extend(repositories.debts(since));
            run.debts = carried(&opened.state, run.debts);
        }
        run
    }
}

// === impl Reading ===

impl Reading {
    /// From where the last window closed, or from the oldest debt, less the overlap, to now by GitHub's clock. Of that, what
    /// segments have read already is left out, but for the overlap.
    fn next(state: &ChainState, reach: Reach, now: Timestamp) -> Self {
        let genesis = state.genesis.time;
        let window = Window::next(state.window_until, genesis, reach, now).with_debt(
            state.oldest_debt(),
            genesis,
            reach,
        );
        // Where the policy reaches further back by now, nothing of the longer window counts as read.
        let open = state
            .open
            .as_ref()
            .filter(|open| open.since <= window.since);
        let Some(open) = open else {
            return Self {
                window,
                rest: window,
            };
        };
        let covered = Window {
            since: open.since,
            ..window
        };
        Self {
            window: covered,
            rest: covered.after(open.read_until, reach.overlap),
        }
    }
}

/// The debts of a whole run: those of its segments, and these of the last one.
fn carried(state: &ChainState, last: Vec<Debt>) -> Vec<Debt> {
    let open = state.open.iter().flat_map(|open| &open.debts);
    let mut debts: Vec<Debt> = open.cloned().collect();
    for debt in last {
        if !debts.contains(&debt) {
            debts.push(debt);
        }
    }
    debts
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
