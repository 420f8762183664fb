//! Changes that earlier runs left pending or undetermined, read again with back-off: what is missing mostly comes soon or never.
//!
//! 1. A pending change is read again by every run: until it is clear, or old enough to be called undetermined, nothing after it
//!    counts as checked.
//! 2. An undetermined one is read again by every run in its first hour, then when it is 1, 2, 4, 8, 16 and 32 hours old, then daily.
//! 3. A look that failed was none: the next run looks. Where GitHub leaves the same thing out twice in a row, that is its answer.
//! 4. A pending change that GitHub shows no more, or not whole, becomes undetermined when it is older than the overlap: the
//!    facts are those that were read before, and what is missing says so.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::reread::Known;
use super::segment::Segment;
use super::{Opened, Result, evidence};
use crate::audit::facts::PullRequest;
use crate::audit::record::{ChangeIdentity, Record};
use crate::audit::verdict::{Missing, MissingType, Verdict};
use crate::evidence::entry::Body;
use crate::evidence::state::UnclearChange;
use crate::evidence::{Chain, ChainState};
use crate::github::{self, ErrorKind};

#[cfg(test)]
mod tests;

/// How many changes are read again in one go.
const BATCH: usize = 100;
/// As long as an undetermined change is younger, every run reads it again.
const FIRST: SignedDuration = SignedDuration::from_hours(1);
/// After that it waits as long as it is old, up to this.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// The most characters of [`Missing::message`].
const MESSAGE_LENGTH: usize = 512;

/// The changes to read again that the run has not come across yet.
#[derive(Debug)]
pub(super) struct Rereads(BTreeMap<ChangeIdentity, UnclearChange>);

// === impl Rereads ===

impl Rereads {
    /// What is due now, by GitHub's clock.
    pub(super) fn due(state: &ChainState, now: Timestamp) -> Self {
        let due = |(change, unclear): &(&ChangeIdentity, &UnclearChange)| {
            let is_owed = unclear.pending || state.unread.contains(change);
            is_owed || is_due(unclear.merged_at, state.window_until, now)
        };
        let due = state.unclear().iter().filter(due);
        Self(
            due.map(|(change, unclear)| (change.clone(), unclear.clone()))
                .collect(),
        )
    }

    /// This change has just been read.
    pub(super) fn remove(&mut self, change: &ChangeIdentity) {
        self.0.remove(change);
    }
}

/// Whether an undetermined change that landed at a time, and was due at every moment up to `last`, is due again.
fn is_due(merged_at: Timestamp, last: Option<Timestamp>, now: Timestamp) -> bool {
    let age = |at: Timestamp| at.duration_since(merged_at);
    let Some(last) = last.map(age) else {
        return true;
    };
    let now = age(now);
    now < FIRST || looks(now) > looks(last)
}

/// How often a change of this age should have been looked at since its first hour.
fn looks(age: SignedDuration) -> i64 {
    let (mut at, mut wait, mut looks) = (FIRST, FIRST, 0);
    while at <= age {
        if wait >= LONGEST {
            return looks + 1 + (age - at).as_secs() / LONGEST.as_secs();
        }
        looks += 1;
        at += wait;
        wait = at.min(LONGEST);
    }
    looks
}

// === impl Segment ===

impl Segment<'_> {
    /// Reads what is left of them. One that cannot be read now stays as it is.
    pub(super) async fn read_again(&mut self, rereads: &mut Rereads) -> Result<()> {
        let all: Vec<_> = std::mem::take(&mut rereads.0).into_iter().collect();
        for batch in all.chunks(BATCH) {
            let known = batch
                .iter()
                .map(|(change, unclear)| (change.clone(), unclear.node_id.clone()));
            let known: Vec<Known> = known.collect();
            let answers = Box::pin(self.read_known(&known)).await;
            for ((change, unclear), answer) in batch.iter().zip(answers) {
                self.take_again(change, unclear, answer).await?;
            }
        }
        Ok(())
    }

    /// It was in scope when it landed: whatever has become of its repository, it is judged.
    async fn take_again(
        &mut self,
        change: &ChangeIdentity,
        unclear: &UnclearChange,
        answer: github::Result<Option<PullRequest>>,
    ) -> Result<()> {
        let missing = match answer {
            Ok(Some(pull)) if self.identify(&pull) == *change => return self.judge(pull).await,
            Ok(Some(_)) => not_visible("its repository belongs to another owner now"),
            Ok(None) => not_visible("GitHub does not show it any more"),
            Err(error) if error.is_partial() => {
                self.leave_unread(change, &error);
                Missing {
                    kind: MissingType::PartialAnswer,
                    message: shortened(&error.to_string()),
                }
            }
            Err(error) if error.kind() == ErrorKind::Denied => {
                return Err(super::github("an undetermined pull request")(error));
            }
            Err(error) => {
                tracing::warn!(node = unclear.node_id, error = %error, "an unclear change could not be read again; the next run does");
                self.leave_unread(change, &error);
                return Ok(());
            }
        };
        tracing::warn!(
            node = unclear.node_id,
            missing = missing.message,
            "an unclear change was not read again"
        );
        self.give_up(change, unclear, missing).await
    }

    /// Calls a pending change undetermined that is too old to become clear by itself.
    async fn give_up(
        &mut self,
        change: &ChangeIdentity,
        unclear: &UnclearChange,
        missing: Missing,
    ) -> Result<()> {
        let judging = self.judging(self.opened.organization.github_time);
        let age = judging.now.duration_since(unclear.merged_at);
        if !unclear.pending || age < judging.overlap {
            return Ok(());
        }
        let Some(before) = last_record(self.opened, change, unclear.merged_at).await? else {
            return Ok(());
        };
        let record = Record {
            verdict: with_missing(before.verdict, missing),
            pending: false,
            policy_digest: judging.policy_digest,
            judged_at: judging.now,
            ..before
        };
        self.record(&record).await
    }
}

fn not_visible(problem: &str) -> Missing {
    Missing {
        kind: MissingType::NotVisible,
        message: format!("{problem}; give the credentials access to it, if it still exists"),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(MESSAGE_LENGTH).collect()
}

/// Undetermined for what was missing before, and this.
fn with_missing(before: Verdict, missing: Missing) -> Verdict {
    let mut all = match before {
        Verdict::Undetermined { missing } => missing,
        Verdict::Compliant | Verdict::NonCompliant { .. } | Verdict::Exempt { .. } => Vec::new(),
    };
    all.retain(|other| other.kind != missing.kind);
    all.push(missing);
    all.sort_by_key(|missing| missing.kind);
    Verdict::Undetermined { missing: all }
}

/// The last record of a change, found from the chain's end backwards. A pending change is young, so that it is near.
async fn last_record(
    opened: &Opened,
    change: &ChangeIdentity,
    merged_at: Timestamp,
) -> Result<Option<Record>> {
    const WHAT: &str = "looking up the record of a pending change";
    let Opened { chain, state, .. } = opened;
    for sequence in (1..=state.head.sequence).rev() {
        let entry = chain.read(sequence).await.map_err(evidence(WHAT))?;
        let Some(Body::Run(run)) = entry.map(|stored| stored.entry.body) else {
            continue;
        };
        let found = in_records(chain, &run.records, (change, merged_at)).await;
        if let Some(record) = found.map_err(evidence(WHAT))? {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

async fn in_records(
    chain: &Chain,
    references: &[crate::evidence::entry::RecordsReference],
    (change, merged_at): (&ChangeIdentity, Timestamp),
) -> crate::evidence::Result<Option<Record>> {
    for reference in references.iter().rev() {
        let landed = reference.landed;
        if landed.is_some_and(|landed| merged_at < landed.first || landed.last < merged_at) {
            continue;
        }
        let mut last = None;
        for record in chain.records(reference).await? {
            let record = record?;
            if record.identity == *change {
                last = Some(record);
            }
        }
        if last.is_some() {
            return Ok(last);
        }
    }
    Ok(None)
}
