//! Runs that are committed in segments.

use mergeaudit::evidence::ChainState;
use mergeaudit::evidence::entry::{Debt, Run};
use mergeaudit::evidence::state::OpenRun;
use proptest::prelude::*;

use crate::fixtures::{compliant, minute, pending};
use crate::folded::Folded;

fn debt(repository: &str, since: i64) -> Debt {
    Debt {
        repository: Some(repository.into()),
        since: minute(since),
        reason: "Denied".into(),
    }
}

/// A segment of the window from `since` to 100 that has read everything up to `until`.
fn segment(since: i64, until: i64, debts: Vec<Debt>) -> impl FnOnce(&mut Run) {
    move |run| {
        run.window.since = minute(since);
        run.window.until = minute(100);
        run.closes_window = false;
        run.segment_until = Some(minute(until));
        run.debts = debts;
    }
}

fn open(state: &ChainState) -> (i64, i64, usize) {
    let OpenRun {
        since,
        read_until,
        debts,
    } = state.open.as_ref().unwrap();
    let minutes = |time: &jiff::Timestamp| time.duration_since(minute(0)).as_mins();
    (minutes(since), minutes(read_until), debts.len())
}

#[test]
fn segments_add_up_until_a_run_closes_the_window() {
    let folded = Folded::new()
        .run_with(100, &[compliant(10)], segment(0, 20, vec![debt("a", 5)]))
        .run_with(
            100,
            &[compliant(30)],
            segment(0, 40, vec![debt("b", 25), debt("a", 7)]),
        );
    assert_eq!(open(&folded.0), (0, 40, 2));
    assert_eq!(folded.0.window_until, None);
    assert_eq!(folded.0.oldest_debt(), Some(minute(5)));
    assert_eq!(folded.0.checked_until(), None, "nothing was closed yet");
    assert_eq!(folded.0.totals.changes, 2);

    let Folded(state) = folded.run_with(100, &[], |run| {
        run.debts = vec![debt("a", 5), debt("b", 25)];
    });
    assert_eq!(state.open, None);
    assert_eq!(state.window_until, Some(minute(100)));
    assert_eq!(state.debts.len(), 2);
    assert_eq!(state.checked_until(), Some(minute(5)));
}

#[test]
fn debts_of_an_open_run_hold_back_what_is_checked() {
    let folded = Folded::new().run(50, &[]);
    assert_eq!(folded.0.checked_until(), Some(minute(50)));
    let folded = folded.run_with(100, &[pending(48)], segment(40, 60, Vec::new()));
    assert_eq!(folded.0.checked_until(), Some(minute(48)));
    let Folded(state) = folded.run_with(100, &[], segment(40, 70, vec![debt("a", 45)]));
    assert_eq!(state.checked_until(), Some(minute(45)));
    assert_eq!(state.oldest_debt(), Some(minute(45)));
}

#[test]
fn a_run_that_replaces_an_open_one_claims_nothing_that_was_not_read() {
    let read = |segments: &[(i64, i64)]| {
        let fold = |folded: Folded, (since, until): &(i64, i64)| {
            folded.run_with(100, &[], segment(*since, *until, Vec::new()))
        };
        let Folded(state) = segments.iter().fold(Folded::new(), fold);
        let (since, until, _) = open(&state);
        (since, until)
    };
    assert_eq!(read(&[(0, 20), (15, 40)]), (0, 40), "it goes on");
    assert_eq!(read(&[(0, 40), (0, 20)]), (0, 40), "it begins anew");
    assert_eq!(read(&[(20, 40), (0, 10)]), (0, 10), "it reaches back");
    assert_eq!(read(&[(20, 40), (0, 20)]), (0, 40), "and touches");
    assert_eq!(read(&[(0, 20), (30, 40)]), (0, 20), "it leaves a gap");
}

#[test]
fn a_segment_that_says_nothing_of_its_end_has_read_nothing_for_sure() {
    let Folded(state) = Folded::new().run_with(100, &[], |run| {
        run.window.since = minute(3);
        run.closes_window = false;
    });
    assert_eq!(open(&state), (3, 3, 0));
}

proptest! {
    #[test]
    fn an_open_run_claims_only_time_that_segments_read(
        segments in prop::collection::vec((0_i64..50, 0_i64..50), 1..8),
    ) {
        let mut covered = [false; 100];
        let mut folded = Folded::new();
        for (since, length) in segments {
            let until = since + length;
            for minute in since..until {
                covered[usize::try_from(minute).unwrap()] = true;
            }
            folded = folded.run_with(100, &[], segment(since, until, Vec::new()));
        }
        let (since, until, _) = open(&folded.0);
        for minute in since..until {
            prop_assert!(covered[usize::try_from(minute).unwrap()], "{minute} of {since}..{until}");
        }
    }
}
