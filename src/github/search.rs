//! The text of a search, and the slices of time that keep each search below GitHub's 1000 results: pure.

use jiff::Timestamp;

use crate::schedule::window::Window;

/// How many results GitHub gives of one search, whatever it counts.
///
/// <https://docs.github.com/en/rest/search/search#about-search>
pub(super) const MAX_RESULTS: i64 = 1000;

/// Whole seconds from `first` to `last`, both included: GitHub's times have no finer unit, and its ranges include their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    first: i64,
    last: i64,
}

// === impl Slice ===

impl Slice {
    /// The whole seconds in a half-open window; none where it holds none.
    pub(super) fn of(window: Window) -> Option<Self> {
        let first = ceiling(window.since);
        let last = ceiling(window.until) - 1;
        (first <= last).then_some(Self { first, last })
    }

    /// Two halves that touch; none of a single second.
    pub(super) fn halves(self) -> Option<(Self, Self)> {
        let Self { first, last } = self;
        if first == last {
            return None;
        }
        let middle = first + (last - first) / 2;
        let earlier = Self {
            first,
            last: middle,
        };
        let later = Self {
            first: middle + 1,
            last,
        };
        Some((earlier, later))
    }

    /// The search for what was merged in it. Exactly one `org:` and no free text: GitHub's old and new search agree on it.
    pub(super) fn query(self, organization: &str) -> String {
        let (first, last) = (time(self.first), time(self.last));
        format!("org:{organization} is:pr is:merged merged:{first}..{last} sort:created-asc")
    }
}

/// The first whole second at or after a time.
fn ceiling(time: Timestamp) -> i64 {
    let second = time.as_second();
    if time.subsec_nanosecond() > 0 {
        second + 1
    } else {
        second
    }
}

fn time(second: i64) -> String {
    let clamped = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(clamped)
        .unwrap_or_default()
        .to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(since: &str, until: &str) -> Window {
        let (since, until) = (since.parse().unwrap(), until.parse().unwrap());
        Window { since, until }
    }

    /// The single seconds that bisecting to the end arrives at.
    fn seconds(slice: Slice) -> Vec<i64> {
        match slice.halves() {
            Some((earlier, later)) => [seconds(earlier), seconds(later)].concat(),
            None => vec![slice.first],
        }
    }

    #[test]
    fn the_half_open_window_becomes_an_inclusive_range() {
        let slice = Slice::of(window("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z")).unwrap();
        assert_eq!(
            slice.query("acme"),
            "org:acme is:pr is:merged merged:2026-10-01T00:00:00Z..2026-10-01T23:59:59Z sort:created-asc"
        );
    }

    #[test]
    fn a_fraction_of_a_second_moves_to_the_next_whole_one() {
        let slice = Slice::of(window(
            "2026-10-01T00:00:00.000000001Z",
            "2026-10-01T00:00:02.5Z",
        ))
        .unwrap();
        assert_eq!(
            slice.query("acme"),
            "org:acme is:pr is:merged merged:2026-10-01T00:00:01Z..2026-10-01T00:00:02Z sort:created-asc"
        );
    }

    #[test]
    fn a_window_without_a_whole_second_is_empty() {
        for (since, until) in [
            ("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z"),
            ("2026-10-01T00:00:00.1Z", "2026-10-01T00:00:00.9Z"),
            ("2026-10-01T00:00:01Z", "2026-10-01T00:00:00Z"),
        ] {
            assert_eq!(Slice::of(window(since, until)), None, "{since} {until}");
        }
    }

    proptest! {
        #[test]
        fn bisected_slices_tile_the_window_exactly(since in 0..2_000_000_000_i64, length in 1..500_i64) {
            let at = |second| Timestamp::from_second(second).unwrap();
            let window = Window { since: at(since), until: at(since + length) };
            let expected: Vec<i64> = (since..since + length).collect();
            prop_assert_eq!(seconds(Slice::of(window).unwrap()), expected);
        }

        #[test]
        fn windows_that_touch_share_no_second_and_leave_none_out(
            mut cuts in prop::array::uniform3(0..600_000_000_000_i64),
        ) {
            cuts.sort_unstable();
            let at = |nanos: i64| Timestamp::from_nanosecond(i128::from(nanos)).unwrap();
            let tiles = |since, until| Slice::of(Window { since: at(since), until: at(until) }).map_or_else(Vec::new, seconds);
            let joined = [tiles(cuts[0], cuts[1]), tiles(cuts[1], cuts[2])].concat();
            prop_assert_eq!(joined, tiles(cuts[0], cuts[2]));
        }
    }
}
