//! Reviews after the merge: a run reads the reviews of findings that wait for a person again, and records an approval that
//! counts. On the first day every run does, from the second on one an hour.
//!
//! The run is committed before this begins, so nothing here makes it fail: what could not be read is read by a later run.

use jiff::{SignedDuration, Timestamp};

use super::append::append;
use super::{Assignment, Opened};
use crate::audit::facts::PullRequest;
use crate::audit::finding::Finding;
use crate::audit::identity::finding_name;
use crate::audit::late_review::{LateReview, late_review};
use crate::audit::record::ChangeIdentity;
use crate::clock::Clock;
use crate::evidence::ChainState;
use crate::evidence::entry::{Body, Review};
use crate::github::Client;

/// How many changes are read in one go.
const BATCH: usize = 100;
/// As long as a finding is younger, every run reads it again.
const FIRST: SignedDuration = SignedDuration::from_hours(24);
/// From then on it is read again once in this time.
const LATER: SignedDuration = SignedDuration::from_hours(1);

/// Reads the reviews of what is due after a run, the one before which ended at `last`, and records what counts; `opened.state`
/// then includes it.
pub(super) async fn read(
    client: &Client,
    assignment: &Assignment,
    opened: &mut Opened,
    (last, clock): (Option<Timestamp>, Clock),
) {
    let due = due(&opened.state, last, opened.organization.github_time);
    for batch in due.chunks(BATCH) {
        let ids: Vec<String> = batch.iter().map(|(_, id)| id.clone()).collect();
        let answers = client.pull_requests(&ids).await;
        for ((change, id), (_, answer)) in batch.iter().zip(answers) {
            match answer {
                Ok(Some(pull)) => record(assignment, opened, (change, &pull), clock).await,
                Ok(None) => tracing::debug!(node = id, "GitHub does not show it any more"),
                Err(error) => {
                    tracing::warn!(node = id, error = %error, "the reviews of a finding could not be read again; a later run does");
                }
            }
        }
    }
}

/// The changes to read, with their node ids, by GitHub's clock.
fn due(
    state: &ChainState,
    last: Option<Timestamp>,
    now: Timestamp,
) -> Vec<(ChangeIdentity, String)> {
    let due = state
        .findings()
        .values()
        .filter(|finding| awaits_review(finding, now) && is_due(finding.first_detected, last, now));
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

async fn record(
    assignment: &Assignment,
    opened: &mut Opened,
    (change, pull): (&ChangeIdentity, &PullRequest),
    clock: Clock,
) {
    let Some(found) = late_review(pull).filter(|_| pull.repository.id == change.repository_id)
    else {
        return;
    };
    let decide = |state: &ChainState| {
        let finding = state.findings().get(change)?;
        let is_new = finding.review.is_none();
        is_new.then(|| Body::Review(entry(&assignment.policy, finding, found)))
    };
    let Opened { chain, state, .. } = opened;
    match append(chain, state, clock, decide).await {
        Ok(None) => {}
        Ok(Some(head)) => tracing::info!(
            url = pull.url,
            entry = head.sequence,
            by = found.by.login,
            "the finding was reviewed after the merge"
        ),
        Err(error) => {
            tracing::warn!(url = pull.url, error = %error, "a review after the merge could not be recorded; a later run tries again");
        }
    }
}

fn entry(policy: &str, finding: &Finding, found: LateReview<'_>) -> Review {
    Review {
        change: finding.identity.clone(),
        finding: finding_name(policy, finding),
        by: found.by.clone(),
        at: found.at,
        review: found.review.to_owned(),
        commit: found.commit.to_owned(),
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
