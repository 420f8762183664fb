//! The text of a search, and the slices of time that keep each search below GitHub's 1000 results: pure.

use jiff::Timestamp;

use crate::schedule::window::Window;

/// How many results GitHub gives of one search, whatever it counts.
///
/// <https://docs.github.com/en/rest/search/search#about-search>
pub(super) const MAX_RESULTS: i64 = 1000;

/// How many results a search is planned with: below the most, since the index may grow until it is read.
const COMFORTABLE: i64 = 950;

/// Into how many parts a slice is cut at once: as many as `counts.graphql` counts in one request.
pub(super) const PARTS: i64 = 12;

/// Whole seconds from `first` to `last`, both included: GitHub's times have no finer unit, and its ranges include their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    first: i64,
    last: i64,
}

/// A slice that is to be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) slice: Slice,
    /// How many results it had when they were counted.
    pub(super) count: Option<i64>,
}

// === impl Slice ===

impl Slice {
    /// The whole seconds in a half-open window; none where it holds none.
    pub(super) fn of(window: Window) -> Option<Self> {
        let first = ceiling(window.since);
        let last = ceiling(window.until) - 1;
        (first <= last).then_some(Self { first, last })
    }

    /// At most [`PARTS`] of about the same length, in the order of time, that touch; one where it is a single second.
    pub(super) fn parts(self) -> Vec<Self> {
        let seconds = self.last - self.first + 1;
        let count = PARTS.min(seconds);
        let start = |part: i64| self.first + seconds * part / count;
        let parts = (0..count).map(|part| Self {
            first: start(part),
            last: start(part + 1) - 1,
        });
        parts.collect()
    }

    /// The first moment after it.
    pub(super) fn end(self) -> Timestamp {
        second(self.last + 1)
    }

    /// The search for what was merged in it. Exactly one `org:` and no free text: GitHub's old and new search agree on it.
    pub(super) fn query(self, organization: &str) -> String {
        let (first, last) = (second(self.first), second(self.last));
        format!("org:{organization} is:pr is:merged merged:{first}..{last} sort:created-asc")
    }
}

// === impl Planned ===

impl Planned {
    pub(super) fn uncounted(slice: Slice) -> Self {
        Self { slice, count: None }
    }

    /// Puts neighbours together as long as their results fit into one search, in the order of time.
    pub(super) fn pack(parts: impl IntoIterator<Item = (Slice, i64)>) -> Vec<Self> {
        let mut plan: Vec<(Slice, i64)> = Vec::new();
        for (slice, count) in parts {
            match plan.last_mut() {
                Some((last, sum)) if *sum + count <= COMFORTABLE => {
                    last.last = slice.last;
                    *sum += count;
                }
                _ => plan.push((slice, count)),
            }
        }
        let planned = |(slice, count)| Self {
            slice,
            count: Some(count),
        };
        plan.into_iter().map(planned).collect()
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

fn second(second: i64) -> Timestamp {
    let clamped = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(clamped).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(since: &str, until: &str) -> Window {
        let (since, until) = (since.parse().unwrap(), until.parse().unwrap());
        Window { since, until }
    }

    /// The single seconds that cutting to the end arrives at.
    fn seconds(slice: Slice) -> Vec<i64> {
        match slice.parts().as_slice() {
            [second] => vec![second.first],
            parts => parts.iter().copied().flat_map(seconds).collect(),
        }
    }

    #[test]
    fn five_thousand_evenly_spread_make_six_slices_in_the_order_of_time() {
        let week = Slice::of(window("2026-10-01T00:00:00Z", "2026-10-08T00:00:00Z")).unwrap();
        let plan = Planned::pack(week.parts().into_iter().map(|part| (part, 417)));
        assert_eq!(plan.len(), 6);
        let counts = [0, 1200, 0, 0, 0, 1300, 900, 0, 800, 800, 0, 0];
        let plan = Planned::pack(week.parts().into_iter().zip(counts));
        let counts: Vec<Option<i64>> = plan.iter().map(|planned| planned.count).collect();
        assert_eq!(counts, [0, 1200, 0, 1300, 900, 800, 800].map(Some));
        assert_eq!(plan[0].slice.first, week.first);
        assert!(
            plan.windows(2)
                .all(|pair| pair[0].slice.last + 1 == pair[1].slice.first)
        );
        assert_eq!(plan[6].slice.last, week.last);
        assert_eq!(plan[6].slice.end(), "2026-10-08T00:00:00Z".parse().unwrap());
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
        fn parts_of_parts_tile_the_window_exactly(since in 0..2_000_000_000_i64, length in 1..500_i64) {
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
