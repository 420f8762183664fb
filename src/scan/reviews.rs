//! Reviews after the merge: a run reads the reviews of findings that wait for a person again, and records an approval that
//! counts. On the first day every run does, from the second on one an hour; what GitHub did not answer about, the next run asks.
//!
//! It is read before the run is committed, whose entry counts the requests; and recorded after it, since the finding may be in that
//! very run. Nothing here makes a run fail or wait for long: what could not be read is named by the entry and read by the next.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::append::append;
use super::reread::Known;
use super::segment::Segment;
use super::{Assignment, Opened};
use crate::audit::facts::{Actor, PullRequest};
use crate::audit::finding::Finding;
use crate::audit::identity::finding_name;
use crate::audit::late_review::late_review;
use crate::audit::record::{ChangeIdentity, Record};
use crate::audit::verdict::Verdict;
use crate::clock::Clock;
use crate::evidence::ChainState;
use crate::evidence::entry::{self, Body};

/// How many changes are read in one go.
const BATCH: usize = 100;
/// As long as a finding is younger, every run reads it again.
const FIRST: SignedDuration = SignedDuration::from_hours(24);
/// From then on it is read again once in this time.
const LATER: SignedDuration = SignedDuration::from_hours(1);
/// The longest that a run, with what it has found, waits for one batch: GitHub's limits may ask for an hour.
const LONGEST: Duration = Duration::from_mins(2);

/// An approval after the merge that counts.
#[derive(Debug)]
pub(super) struct Review {
    change: ChangeIdentity,
    by: Actor,
    at: Timestamp,
    node_id: String,
    commit: String,
}

/// The changes whose reviews are due to be read again, with their node ids.
pub(super) type Due = Vec<Known>;

/// What is due now, by GitHub's clock: of what a run finds itself, it sees the reviews at once.
pub(super) fn due(state: &ChainState, now: Timestamp) -> Due {
    let is_due = |finding: &&Finding| {
        let is_owed = state.unread.contains(&finding.identity);
        let is_due = is_owed || is_due(finding.first_detected, state.window_until, now);
        is_due && awaits_review(finding, now)
    };
    let due = state.findings().values().filter(is_due);
    due.map(|finding| (finding.identity.clone(), finding.node_id.clone()))
        .collect()
}

/// Whether a review would change what has become of it: not of what is closed for good.
fn awaits_review(finding: &Finding, now: Timestamp) -> bool {
    let determined = finding.severity.is_some() && !finding.resolved && !finding.baseline;
    let for_good = finding.is_acknowledged(now) && finding.changes_at(now).is_none();
    determined && finding.review.is_none() && !for_good
}

/// Whether what was detected at a time, and was due at every moment up to `last`, is due again.
fn is_due(detected: Timestamp, last: Option<Timestamp>, now: Timestamp) -> bool {
    let age = |at: Timestamp| at.duration_since(detected);
    let hours = |at: Timestamp| age(at).as_secs() / LATER.as_secs();
    age(now) < FIRST || last.is_none_or(|last| hours(now) > hours(last))
}

// === impl Review ===

impl Review {
    /// The one of a change that has just been judged, if that needs one and has it already.
    pub(super) fn after(record: &Record) -> Option<Self> {
        let is_needed = matches!(record.verdict, Verdict::NonCompliant { .. }) && !record.baseline;
        let pull = Some(&record.pull_request).filter(|_| is_needed)?;
        Self::of(&record.identity, pull)
    }

    fn of(change: &ChangeIdentity, pull: &PullRequest) -> Option<Self> {
        let found = late_review(pull).filter(|_| pull.repository.id == change.repository_id)?;
        Some(Self {
            change: change.clone(),
            by: found.by.clone(),
            at: found.at,
            node_id: found.review.to_owned(),
            commit: found.commit.to_owned(),
        })
    }

    fn entry(&self, policy: &str, finding: &Finding) -> entry::Review {
        entry::Review {
            change: self.change.clone(),
            finding: finding_name(policy, finding),
            by: self.by.clone(),
            at: self.at,
            review: self.node_id.clone(),
            commit: self.commit.clone(),
        }
    }
}

// === impl Segment ===

impl Segment<'_> {
    /// Reads the reviews of what is due.
    pub(super) async fn read_reviews(&mut self, due: &Due) {
        let mut batches = due.chunks(BATCH);
        for batch in batches.by_ref() {
            let answers = Box::pin(self.read_known(batch));
            let Ok(answers) = tokio::time::timeout(LONGEST, answers).await else {
                tracing::warn!("reading reviews again takes long; the next run goes on with it");
                self.leave_all_unread(batch);
                break;
            };
            for ((change, id), answer) in batch.iter().zip(answers) {
                match answer {
                    Ok(Some(pull)) => self.found.reviews.extend(Review::of(change, &pull)),
                    Ok(None) => tracing::debug!(node = id, "GitHub does not show it any more"),
                    Err(error) => {
                        tracing::warn!(node = id, error = %error, "the reviews of a finding could not be read again; the next run does");
                        self.leave_unread(change, &error);
                    }
                }
            }
        }
        batches.for_each(|batch| self.leave_all_unread(batch));
    }

    fn leave_all_unread(&mut self, batch: &[Known]) {
        let unread = batch.iter().map(|(change, _)| change.clone());
        self.found.unread.extend(unread);
    }
}

/// Records what was found, each once; `opened.state` then includes it.
pub(super) async fn record(
    assignment: &Assignment,
    opened: &mut Opened,
    found: &[Review],
    clock: Clock,
) {
    for review in found {
        let decide = |state: &ChainState| {
            let finding = state.findings().get(&review.change)?;
            let is_new = finding.review.is_none();
            is_new.then(|| Body::Review(review.entry(&assignment.policy, finding)))
        };
        let Opened { chain, state, .. } = &mut *opened;
        let by = &review.by.login;
        match append(chain, state, clock, decide).await {
            Ok(None) => {}
            Ok(Some(head)) => tracing::info!(
                review = review.node_id,
                entry = head.sequence,
                by,
                "the finding was reviewed after the merge"
            ),
            Err(error) => {
                tracing::warn!(review = review.node_id, error = %error, "a review after the merge could not be recorded; a later run tries again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_read_by_every_run_of_its_first_day_and_then_hourly() {
        let at = |hours: i64, minutes: i64| {
            let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
            start + SignedDuration::from_mins(60 * hours + minutes)
        };
        // A run every quarter of an hour, for two days.
        let runs: Vec<Timestamp> = (0..4 * 48).map(|run| at(0, 15 * run + 1)).collect();
        let due = |from: usize, to: usize| {
            let pairs = (from..to).map(|run| (runs[run - 1], runs[run]));
            pairs
                .filter(|(last, now)| is_due(at(0, 0), Some(*last), *now))
                .count()
        };
        assert_eq!(due(1, 96), 95);
        assert_eq!(due(97, 192), 23);
        assert!(is_due(at(0, 0), None, at(40, 0)));
        // What runs once a day reads it once a day.
        assert!(is_due(at(0, 0), Some(at(24, 30)), at(48, 30)));
    }
}
