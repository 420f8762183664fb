//! The pace that GitHub allows in any minute, kept before it has to be enforced: pure, but for the clock it is handed.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Bucket;

/// What GitHub counts by.
const MINUTE: Duration = Duration::from_mins(1);

/// GraphQL queries in a minute, of 2,000, and REST requests, of 900: each that only reads is one point.
///
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits>
const QUERIES: usize = 1900;
const REQUESTS: usize = 850;

/// Working time in a minute: of 60 seconds of GraphQL, and of 90 in all. GitHub says to estimate it by the time that answers
/// take; a third is left for those under way.
const GRAPHQL_TIME: Duration = Duration::from_secs(40);
const TIME: Duration = Duration::from_mins(1);

/// What was asked in the last minute, and how long the answers took.
#[derive(Debug, Default)]
pub(super) struct Pace(VecDeque<Answered>);

#[derive(Debug, Clone, Copy)]
struct Answered {
    at: Instant,
    bucket: Bucket,
    took: Duration,
}

// === impl Pace ===

impl Pace {
    /// Notes that a request was answered, or given up, after a time.
    pub(super) fn note(&mut self, bucket: Bucket, took: Duration, at: Instant) {
        self.0.push_back(Answered { at, bucket, took });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How long the next request has to wait, so that no minute holds more than GitHub allows; none where it need not.
    pub(super) fn wait(&mut self, bucket: Bucket, now: Instant) -> Option<Duration> {
        self.0
            .retain(|answered| now.saturating_duration_since(answered.at) < MINUTE);
        let is_of = |answered: &&Answered| answered.bucket == bucket;
        let (most, time) = match bucket {
            Bucket::Graphql => (QUERIES, GRAPHQL_TIME),
            Bucket::Rest => (REQUESTS, TIME),
        };
        let until = [
            over(self.0.iter().filter(is_of), most, time),
            over(self.0.iter(), usize::MAX, TIME),
        ];
        let until = until.into_iter().flatten().max()?;
        Some(until.saturating_duration_since(now))
    }
}

/// When enough of these is over a minute old that one more fits; none where it fits now.
fn over<'a>(
    answered: impl DoubleEndedIterator<Item = &'a Answered>,
    most: usize,
    most_time: Duration,
) -> Option<Instant> {
    let (mut count, mut time) = (0, Duration::ZERO);
    for one in answered.rev() {
        count += 1;
        time += one.took;
        if count >= most || time >= most_time {
            return Some(one.at + MINUTE);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pace(start: Instant, bucket: Bucket, answers: &[(u64, u64)]) -> Pace {
        let mut pace = Pace::default();
        for (at, took) in answers {
            pace.note(bucket, seconds(*took), start + seconds(*at));
        }
        pace
    }

    #[test]
    fn answers_that_took_too_long_together_are_waited_for_until_the_minute_lets_them_go() {
        let start = Instant::now();
        let now = start + seconds(30);
        let mut some = pace(start, Bucket::Graphql, &[(0, 19), (10, 10), (20, 10)]);
        assert_eq!(some.wait(Bucket::Graphql, now), None);
        some.note(Bucket::Graphql, seconds(9), now);
        // The last three took 29 seconds, with the first it is too much: until that one is a minute old.
        assert_eq!(some.wait(Bucket::Graphql, now), Some(seconds(30)));
        assert_eq!(some.wait(Bucket::Graphql, start + seconds(60)), None);
    }

    #[test]
    fn both_apis_share_the_time_and_each_has_its_own_number_of_requests() {
        let start = Instant::now();
        let mut slow = pace(start, Bucket::Rest, &[(0, 30), (1, 30)]);
        assert_eq!(
            slow.wait(Bucket::Graphql, start + seconds(1)),
            Some(seconds(59))
        );
        for (bucket, other, most) in [
            (Bucket::Graphql, Bucket::Rest, QUERIES),
            (Bucket::Rest, Bucket::Graphql, REQUESTS),
        ] {
            let mut busy = pace(start, bucket, &vec![(0, 0); most - 1]);
            assert_eq!(busy.wait(bucket, start), None);
            busy.note(bucket, Duration::ZERO, start);
            assert_eq!(busy.wait(bucket, start), Some(MINUTE));
            assert_eq!(busy.wait(other, start), None);
        }
    }
}
