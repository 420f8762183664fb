//! Twenty organizations: ten that GitHub serves as it should, ten under faults and with an index that lags behind; and four by
//! a policy that uses what the smallest does not.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use jiff::{SignedDuration, Timestamp};
use mergeaudit_test_github::FaultPlan;
use serde_json::Value;

use crate::judged::Policy;
use crate::place::Place;
use crate::setup::Setup;

/// Organizations at once: more than processors, since who meets a limit waits.
const SIDE_BY_SIDE: usize = 4;
/// Less than the policy's overlap, which is an hour.
const LATE_BY: SignedDuration = SignedDuration::from_mins(50);
/// A regression that asks once per merge, or more, breaks it. Long stories need pages of their own, of which a small
/// organization has as many as a large one.
const MOST_REQUESTS_BY_THOUSAND: usize = 80;
/// For as many requests besides, whatever the size: long stories, and the runs themselves.
const REQUESTS_BESIDES: usize = 60;
/// How many of a hundred requests fail, in all the ways that a second attempt gets over.
const FAILING_PERCENT: f64 = 5.0;
/// The first scan, in minutes after the last merge; and the time between two.
const FIRST_SCAN: i64 = -150;
const BETWEEN: usize = 35;
/// How often it is scanned again after everything is visible, until nothing is owed.
const MOST_RUNS_AT_END: usize = 8;

#[test]
fn ten_organizations_are_judged_as_declared() {
    let setup = Setup::from_environment();
    side_by_side(setup.of(1..=10), |seed| {
        let mut place = Place::new(seed, &setup, SignedDuration::ZERO, Policy::Default);
        place.set_clock(90);
        let result = place.scan().unwrap();
        place.check(&result);
        let (requests, _) = place.usage();
        let most = place.truths().len() * MOST_REQUESTS_BY_THOUSAND / 1000 + REQUESTS_BESIDES;
        assert!(requests < most, "{requests} requests");
        place.tell()
    });
}

#[test]
fn ten_more_are_judged_the_same_under_faults_and_late_indexes_in_several_runs() {
    let setup = Setup::from_environment();
    side_by_side(setup.of(11..=20), |seed| {
        let mut place = Place::new(seed, &setup, LATE_BY, Policy::Default);
        place
            .github
            .fail_at_random(FaultPlan::new(seed, FAILING_PERCENT));
        let mut late = 0;
        for minutes in (FIRST_SCAN..=LATE_BY.as_mins()).step_by(BETWEEN) {
            late += late_at(&place, place.time(minutes));
            place.set_clock(minutes);
            let _ = place.scan();
        }
        assert!(late > 0, "nothing was late: the seed proves too little");
        let result = scan_until_nothing_is_owed(&mut place);
        place.check(&result);
        place.tell()
    });
}

#[test]
fn emergencies_exemptions_rules_and_release_branches_are_judged_as_declared() {
    let setup = Setup::from_environment();
    side_by_side(setup.of(1..=4), |seed| {
        let mut place = Place::new(seed, &setup, SignedDuration::ZERO, Policy::Extended);
        place.set_clock(90);
        let result = place.scan().unwrap();
        place.check(&result);
        place.tell()
    });
}

/// How many merges the index does not have yet though they happened.
fn late_at(place: &Place, time: Timestamp) -> usize {
    let truths = place.truths();
    let late = truths.iter().filter(|truth| {
        let merged = truth.merged_at.is_some_and(|merged_at| merged_at < time);
        merged && truth.searchable_at.is_some_and(|from| from > time)
    });
    late.count()
}

/// Everything is visible by now; what failed is read again.
fn scan_until_nothing_is_owed(place: &mut Place) -> Value {
    let mut last = None;
    let times = (LATE_BY.as_mins() + 1..).step_by(BETWEEN);
    for minutes in times.take(MOST_RUNS_AT_END) {
        place.set_clock(minutes);
        last = place.scan().or(last);
        let owed = last
            .as_ref()
            .map(|result| &result["organizations"][0]["debts"]);
        if owed.is_some_and(|debts| debts.as_array().unwrap().is_empty()) {
            break;
        }
    }
    last.unwrap()
}

/// Works all seeds off, some at once; each says a line, and one that fails does not keep the others from being seen.
fn side_by_side(seeds: Vec<u64>, work: impl Fn(u64) -> String + Sync) {
    let waiting = Mutex::new(seeds.into_iter());
    let failed = Mutex::new(Vec::new());
    let next = || waiting.lock().unwrap().next();
    let labour = || {
        while let Some(seed) = next() {
            let done = catch_unwind(AssertUnwindSafe(|| work(seed)));
            let line = done.unwrap_or_else(|_| {
                failed.lock().unwrap().push(seed);
                format!("seed {seed}: failed")
            });
            // Past the harness, which would keep it for itself.
            let mut terminal = std::io::stderr().lock();
            writeln!(terminal, "{line}").unwrap();
        }
    };
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(labour);
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "these seeds failed: {failed:?}");
}
