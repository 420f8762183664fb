//! What a pull request was called as of its merge.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::audit::fixtures::{at, pull_request};

#[test]
fn a_title_is_that_of_the_merge() {
    let p = pull_request;
    let before = || p().retitled("PAY-1", "11:00");
    let cases = [
        ("never retitled", p(), Some("Round up")),
        ("retitled before the merge", before(), Some("PAY-1")),
        (
            "retitled in the second of the merge",
            p().retitled("PAY-1", "12:00"),
            Some("PAY-1"),
        ),
        (
            "retitled after the merge",
            p().retitled("PAY-1", "12:01"),
            Some("Round up"),
        ),
        (
            "retitled before and twice after",
            before().retitled("x", "12:01").retitled("y", "13:00"),
            Some("PAY-1"),
        ),
        (
            "to and fro in one second after the merge",
            p().retitled("PAY-1", "13:00").retitled("Round up", "13:00"),
            Some("Round up"),
        ),
    ];
    for (sentence, pull, expected) in cases {
        assert_eq!(pull.title_as_of_merge(), expected, "{sentence}");
    }
}

#[test]
fn a_title_to_which_the_timeline_does_not_lead_is_not_known() {
    let mut pull = pull_request().retitled("PAY-1", "11:00");
    "PAY-2".clone_into(&mut pull.title);
    assert_eq!(pull.title_as_of_merge(), None, "the last change is missing");
    let mut pull = pull_request()
        .retitled("PAY-1", "11:00")
        .retitled("PAY-2", "12:30")
        .retitled("PAY-3", "13:00");
    pull.title_renames.remove(1);
    assert_eq!(pull.title_as_of_merge(), None, "one in between is missing");
    // What it was called before that matters to nobody.
    let mut pull = pull_request()
        .retitled("PAY-1", "10:00")
        .retitled("PAY-2", "11:00")
        .retitled("PAY-3", "13:00");
    pull.title_renames.remove(0);
    assert_eq!(pull.title_as_of_merge(), Some("PAY-2"));
}

#[test]
fn changes_of_the_title_after_the_merge_are_told_by_their_time() {
    let mut pull = pull_request()
        .retitled("PAY-1", "12:00")
        .retitled("PAY-2", "12:30")
        .retitled("PAY-3", "13:00");
    pull.title_renames.reverse();
    let later = pull.title_renames_after_merge();
    let titles: Vec<&str> = later.iter().map(|it| it.current_title.as_str()).collect();
    assert_eq!(titles, ["PAY-2", "PAY-3"]);
}

const TIMES: [&str; 5] = ["10:00", "11:00", "12:00", "12:01", "13:00"];

proptest! {
    /// Whenever it is read, and however often it is retitled.
    #[test]
    fn no_change_after_the_merge_changes_the_title_as_of_it(mut times in vec(select(TIMES.as_slice()), 0..8)) {
        times.sort_unstable();
        let mut pull = pull_request();
        for (number, time) in times.iter().enumerate() {
            pull = pull.retitled(&format!("title {number}"), time);
        }
        let last = times.iter().rposition(|time| at(time) <= pull.merged_at);
        let expected = last.map_or_else(|| "Round up".to_owned(), |number| format!("title {number}"));
        prop_assert_eq!(pull.title_as_of_merge(), Some(expected.as_str()));
    }
}
