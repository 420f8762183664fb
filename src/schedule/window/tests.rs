//! Windows touch, whatever the clock does.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reach(lookback: i64, overlap: i64) -> Reach {
    Reach {
        lookback: SignedDuration::from_secs(lookback),
        overlap: SignedDuration::from_secs(overlap),
    }
}

#[test]
fn the_first_window_reaches_back_before_the_genesis() {
    let genesis = at("2026-11-22T12:00:00Z");
    let window = Window::next(
        None,
        genesis,
        reach(86_400, 3600),
        at("2026-11-22T12:00:01.9Z"),
    );
    assert_eq!(window.since, at("2026-11-21T12:00:00Z"));
    assert_eq!(window.until, at("2026-11-22T12:00:01Z"));
}

#[test]
fn a_later_window_reads_the_overlap_again() {
    let genesis = at("2026-11-22T12:00:00Z");
    let last = Some(at("2026-11-22T13:00:00Z"));
    let window = Window::next(
        last,
        genesis,
        reach(86_400, 600),
        at("2026-11-22T13:15:00Z"),
    );
    assert_eq!(window.since, at("2026-11-22T12:50:00Z"));
    assert_eq!(window.until, at("2026-11-22T13:15:00Z"));
}

#[test]
fn a_clock_that_went_back_does_not_take_back_what_is_claimed() {
    let genesis = at("2026-11-22T12:00:00Z");
    let last = Some(at("2026-11-22T13:00:00Z"));
    let window = Window::next(
        last,
        genesis,
        reach(86_400, 600),
        at("2026-11-22T12:30:00Z"),
    );
    assert_eq!(window.until, at("2026-11-22T13:00:00Z"));
    assert!(window.since < window.until);
}

#[test]
fn what_is_owed_is_read_again_with_the_overlap_before_it() {
    // A daily scan with an overlap of an hour left a gap; what it left out may have landed before the window that it follows ended.
    let (genesis, reach) = (at("2026-11-20T12:00:00Z"), reach(86_400, 3600));
    let last = Some(at("2026-11-21T12:00:00Z"));
    let window = Window::next(last, genesis, reach, at("2026-11-22T12:00:00Z"));
    let owed = window.owed_since(None, last);
    assert_eq!(
        owed,
        at("2026-11-21T12:00:00Z"),
        "lastCheckedTime does not go back"
    );
    let next = Window::next(
        Some(window.until),
        genesis,
        reach,
        at("2026-11-23T12:00:00Z"),
    );
    let next = next.with_debt(Some(owed), genesis, reach);
    assert_eq!(next.since, window.since);
    assert_eq!(
        next.owed_since(Some(owed), Some(window.until)),
        owed,
        "still owed"
    );
}

#[test]
fn a_gap_of_the_first_window_is_owed_from_its_start_and_not_from_before() {
    let (genesis, reach) = (at("2026-11-22T12:00:00Z"), reach(86_400, 3600));
    let window = Window::next(None, genesis, reach, genesis);
    let owed = window.owed_since(None, None);
    let next = Window::next(
        Some(window.until),
        genesis,
        reach,
        at("2026-11-22T13:00:00Z"),
    );
    assert_eq!(
        next.with_debt(Some(owed), genesis, reach).since,
        window.since
    );
    assert_eq!(next.with_debt(None, genesis, reach), next);
}

#[test]
fn a_window_contains_its_start_and_not_its_end() {
    let window = Window {
        since: at("2026-11-22T12:00:00Z"),
        until: at("2026-11-22T13:00:00Z"),
    };
    assert!(window.contains(window.since));
    assert!(!window.contains(window.until));
}

#[test]
fn jitter_is_the_same_for_the_same_policy_and_differs_between_policies() {
    let bound = SignedDuration::from_secs(60);
    let one = jitter("9b1f6f0e-6f2c-4ad1-8f0e-2d9a4c1b7e55", bound);
    assert_eq!(one, jitter("9b1f6f0e-6f2c-4ad1-8f0e-2d9a4c1b7e55", bound));
    assert_ne!(one, jitter("9b1f6f0e-6f2c-4ad1-8f0e-2d9a4c1b7e56", bound));
    // Fixed, so that an upgrade moves nobody's runs: FNV-1a of the empty text is its offset basis.
    let millis = SignedDuration::from_millis(1000);
    let expected = i64::try_from(0xcbf2_9ce4_8422_2325_u64 % 1000).unwrap();
    assert_eq!(jitter("", millis), SignedDuration::from_millis(expected));
}

proptest! {
    /// However often a gap stays, and whatever the spacing of the runs, the next window covers all of the one that had it.
    #[test]
    fn no_part_of_a_window_with_a_gap_is_left_out_by_the_next(
        lookback in 0i64..200_000, overlap in 1i64..90_000, steps in prop::collection::vec(1i64..400_000, 1..8), first_gap in 0usize..8,
    ) {
        let (genesis, reach) = (at("2026-01-01T00:00:00Z"), reach(lookback, overlap));
        let (mut now, mut until, mut debt) = (genesis, None, None);
        let mut before: Option<Window> = None;
        for (run, step) in steps.into_iter().enumerate() {
            now += SignedDuration::from_secs(step);
            let window = Window::next(until, genesis, reach, now).with_debt(debt, genesis, reach);
            if let Some(before) = before.filter(|_| debt.is_some()) {
                prop_assert!(window.since <= before.since, "{window:?} after {before:?}");
            }
            debt = (run >= first_gap).then(|| window.owed_since(debt, until));
            until = Some(window.until);
            before = Some(window);
        }
    }

    #[test]
    fn consecutive_windows_leave_no_gap_and_read_the_overlap_again(
        genesis in 0_i64..2_000_000_000,
        lookback in 0_i64..604_800,
        overlap in 0_i64..86_400,
        steps in proptest::collection::vec((0_i64..100_000, 0_i32..1_000_000_000), 1..20),
    ) {
        let reach = reach(lookback, overlap);
        let genesis = Timestamp::from_second(genesis).unwrap();
        let mut now = genesis;
        let mut last: Option<Window> = None;
        for (seconds, nanos) in steps {
            now += SignedDuration::new(seconds, nanos);
            let window = Window::next(last.map(|last| last.until), genesis, reach, now);
            prop_assert!(window.since <= window.until);
            prop_assert!(window.until <= now);
            prop_assert!(now.duration_since(window.until) < SignedDuration::from_secs(1));
            let before = last.map_or(genesis, |last| last.until);
            let back = if last.is_some() { reach.overlap } else { reach.lookback };
            prop_assert_eq!(before.duration_since(window.since), back);
            last = Some(window);
        }
    }

    /// Runs on schedule, late, on request or after a suspension, clocks that jump either way, and edits of the reach in between.
    #[test]
    fn whatever_the_clock_and_the_policy_do_no_moment_is_left_out_and_no_claim_taken_back(
        lookback in 0i64..700_000,
        runs in prop::collection::vec((-4_000_000i64..4_000_000, 0i32..1_000_000_000, 0i64..90_000, prop::option::of(-9_000_000i64..9_000_000)), 1..20),
    ) {
        let genesis = at("2026-01-01T00:00:00.5Z");
        let (mut now, mut last) = (genesis, None::<Window>);
        for (seconds, nanos, overlap, owed) in runs {
            now += SignedDuration::new(seconds, nanos);
            let reach = reach(lookback, overlap);
            let plain = Window::next(last.map(|last| last.until), genesis, reach, now);
            let owed = owed.map(|owed| whole_seconds(genesis) + SignedDuration::from_secs(owed));
            let owed = owed.filter(|owed| *owed <= plain.until);
            let window = plain.with_debt(owed, genesis, reach);
            prop_assert!(window.since <= window.until);
            prop_assert!(window.since <= plain.since && window.until == plain.until, "a debt only reaches back");
            prop_assert!(owed.is_none_or(|owed| window.since <= owed), "{owed:?} is owed: {window:?}");
            prop_assert!(window.until >= whole_seconds(now), "up to now");
            prop_assert_eq!((window.since.subsec_nanosecond(), window.until.subsec_nanosecond()), (0, 0));
            if let Some(last) = last {
                prop_assert!(window.since <= last.until, "a gap: {window:?} after {last:?}");
                prop_assert!(window.until >= last.until, "taken back: {window:?} after {last:?}");
            } else {
                prop_assert!(window.since <= genesis - SignedDuration::from_secs(lookback));
            }
            last = Some(window);
        }
    }

    /// A run that is cut short again and again goes on where it was, and in the end has read all of its window.
    #[test]
    fn what_is_read_and_what_is_left_make_up_the_window(
        length in 0i64..4_000_000, overlap in 0i64..90_000, reads in prop::collection::vec(-100_000i64..1_000_000, 0..20),
    ) {
        let since = at("2026-01-01T00:00:00Z");
        let window = Window { since, until: since + SignedDuration::from_secs(length) };
        let overlap = SignedDuration::from_secs(overlap);
        let (mut read_until, mut left) = (since, window);
        for read in reads {
            read_until = read_until.max(left.since + SignedDuration::from_secs(read)).min(window.until);
            left = window.after(read_until, overlap);
            prop_assert!(left.since <= read_until, "a gap before {left:?}");
            prop_assert!(window.since <= left.since && left.since <= left.until);
            prop_assert_eq!(left.until, window.until);
            prop_assert!(read_until.duration_since(left.since) <= overlap, "read more often than agreed");
        }
    }

    #[test]
    fn jitter_stays_below_its_bound(uid in ".*", bound in -10_i64..100_000) {
        let bound = SignedDuration::from_millis(bound);
        let delay = jitter(&uid, bound);
        prop_assert!(delay >= SignedDuration::ZERO);
        prop_assert!(delay < bound || (delay.is_zero() && bound <= SignedDuration::ZERO));
    }
}

#[test]
fn what_is_left_of_a_window_begins_the_overlap_before_what_was_read_and_never_outside_it() {
    let window = Window {
        since: at("2026-11-22T00:00:00Z"),
        until: at("2026-11-22T12:00:00Z"),
    };
    let overlap = SignedDuration::from_hours(1);
    for (read_until, since) in [
        ("2026-11-22T06:00:00Z", "2026-11-22T05:00:00Z"),
        ("2026-11-22T00:30:00Z", "2026-11-22T00:00:00Z"),
        ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("2026-11-22T18:00:00Z", "2026-11-22T12:00:00Z"),
    ] {
        let left = window.after(at(read_until), overlap);
        assert_eq!(
            (left.since, left.until),
            (at(since), window.until),
            "{read_until}"
        );
    }
}
