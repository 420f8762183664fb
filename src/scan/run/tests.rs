//! What a run reads and owes when segments of one that was cut off are in the chain.

use jiff::SignedDuration;

use super::*;
use crate::digest::Digest;
use crate::evidence::entry::{Body, Entry, FORMAT, Genesis};
use crate::evidence::state::OpenRun;

fn at(time: &str) -> Timestamp {
    format!("2026-11-22T{time}:00Z").parse().unwrap()
}

fn debt(reason: &str) -> Debt {
    Debt {
        repository: None,
        since: at("10:00"),
        reason: reason.to_owned(),
    }
}

const REACH: Reach = Reach {
    lookback: SignedDuration::from_hours(24),
    overlap: SignedDuration::from_hours(1),
};

/// A chain whose last window ended at 10:00, and whose next run was cut off after it had read up to 11:30.
fn cut_off() -> ChainState {
    let genesis = Genesis {
        host: "github.com".to_owned(),
        organization_id: 42,
        organization: "acme".to_owned(),
        cluster_uid: None,
        namespace_uid: None,
        time: at("08:00"),
    };
    let entry = Entry {
        format: FORMAT,
        sequence: 0,
        previous: None,
        written_at: at("08:00"),
        snapshot: None,
        body: Body::Genesis(genesis),
    };
    let mut state = ChainState::genesis(&entry, Digest::of(b"genesis")).unwrap();
    state.window_until = Some(at("10:00"));
    state.open = Some(OpenRun {
        since: at("09:00"),
        read_until: at("11:30"),
        debts: vec![debt("one is missing")],
    });
    state
}

fn window(since: &str, until: &str) -> Window {
    Window {
        since: at(since),
        until: at(until),
    }
}

#[test]
fn it_covers_the_whole_window_and_reads_what_is_left_and_the_overlap() {
    let reading = Reading::next(&cut_off(), REACH, at("13:00"));
    assert_eq!(reading.window, window("09:00", "13:00"));
    assert_eq!(reading.rest, window("10:30", "13:00"));
}

#[test]
fn where_nothing_was_cut_off_it_reads_the_whole_window() {
    let mut state = cut_off();
    state.open = None;
    let reading = Reading::next(&state, REACH, at("13:00"));
    assert_eq!(reading.window, window("09:00", "13:00"));
    assert_eq!(reading.rest, reading.window);
}

#[test]
fn where_the_policy_reaches_further_back_by_now_all_is_read_again() {
    let further = Reach {
        overlap: SignedDuration::from_hours(2),
        ..REACH
    };
    let reading = Reading::next(&cut_off(), further, at("13:00"));
    assert_eq!(reading.window, window("08:00", "13:00"));
    assert_eq!(reading.rest, reading.window);
}

#[test]
fn the_last_entry_owes_what_the_segments_owe_and_each_thing_once() {
    let last = vec![debt("one is missing"), debt("two are missing")];
    let owed = carried(&cut_off(), last);
    assert_eq!(owed, [debt("one is missing"), debt("two are missing")]);
}

#[test]
fn more_repositories_than_a_search_covers_are_a_debt() {
    let of = |audited: i64, skipped: usize| Repositories {
        audited,
        skipped: vec![
            SkippedRepository {
                id: 1,
                name: "old".to_owned(),
                reason: "Archived".to_owned(),
            };
            skipped
        ],
    };
    assert_eq!(of(3999, 1).beyond_search(at("10:00")), None);
    let debt = of(3999, 2).beyond_search(at("10:00")).unwrap();
    assert_eq!(debt.since, at("10:00"));
    assert!(debt.reason.contains("4000 repositories"), "{}", debt.reason);
    assert!(debt.reason.contains("shows 4001"), "{}", debt.reason);
}
