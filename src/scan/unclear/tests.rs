//! When an undetermined change is read again, and what it lacks in the end.

use super::*;

const HOUR: i64 = 3600;

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

/// When runs that come every so often look at a change that landed at 0, in seconds.
fn looked_at(every: i64, until: i64) -> Vec<i64> {
    let runs = (1..=until / every).map(|run| run * every);
    let is_due = |run: &i64| {
        let last = Some(after(run - every));
        is_due(after(0), last, after(*run))
    };
    runs.filter(is_due).collect()
}

#[test]
fn in_its_first_hour_every_run_reads_it_again_then_ever_fewer_up_to_one_a_day() {
    let looks = looked_at(900, 100 * HOUR);
    let expected = [900, 1800, 2700]
        .into_iter()
        .chain([1, 2, 4, 8, 16, 32, 56, 80].map(|hours| hours * HOUR));
    assert_eq!(looks, expected.collect::<Vec<_>>());
}

#[test]
fn whatever_the_distance_of_runs_no_look_is_left_out_for_longer_than_that() {
    for every in [60, 7 * 60, HOUR, 5 * HOUR, 30 * HOUR] {
        let looks = looked_at(every, 1000 * HOUR);
        let gaps = looks.windows(2).map(|pair| pair[1] - pair[0]);
        let longest = gaps.max().unwrap();
        assert!(longest <= 24 * HOUR + every, "{every}: {longest}");
    }
}

#[test]
fn a_run_after_a_long_pause_reads_it_once() {
    let (landed, last, now) = (after(0), after(3 * HOUR), after(1000 * HOUR));
    assert!(is_due(landed, Some(last), now));
    assert!(!is_due(landed, Some(now), after(1000 * HOUR + 900)));
}

#[test]
fn before_the_first_window_is_closed_everything_is_due() {
    assert!(is_due(after(0), None, after(3 * HOUR)));
}

#[test]
fn a_clock_that_went_back_makes_nothing_due_twice() {
    assert!(!is_due(after(0), Some(after(5 * HOUR)), after(4 * HOUR)));
}

#[test]
fn what_was_missing_before_is_still_missing_and_each_type_is_named_once() {
    let lacks = |kind, message: &str| Missing {
        kind,
        message: message.to_owned(),
    };
    let before = Verdict::Undetermined {
        missing: vec![
            lacks(MissingType::Commits, "250 of 300"),
            lacks(MissingType::NotVisible, "earlier"),
        ],
    };
    let missing = vec![
        lacks(MissingType::Commits, "250 of 300"),
        lacks(MissingType::NotVisible, "now"),
    ];
    let after = with_missing(before, lacks(MissingType::NotVisible, "now"));
    assert_eq!(after, Verdict::Undetermined { missing });
}
