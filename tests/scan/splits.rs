//! However time is split into runs, by processes that remember the chain or read it again, that reach their commit or do not:
//! the sum is what happened.

use jiff::SignedDuration;

use crate::place::{Place, empty};

/// How many splits are tried.
const SPLITS: u64 = 8;

/// A small, repeatable source of numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        // Xorshift, by Marsaglia: https://www.jstatsoft.org/article/view/v008i14
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Event {
    Merge { reviewed: bool },
    Run { remembers: bool, fails: bool },
}

/// Seconds from the start, in order: merges and runs over four days, the first run within the first hours.
fn story(random: &mut Random) -> Vec<(u64, Event)> {
    const DAYS: u64 = 4 * 86_400;
    let (merges, runs) = (20 + random.below(30), 1 + random.below(20));
    let mut story = vec![(random.below(20 * 3600), run(false, random))];
    for _ in 0..merges {
        // Some come in the same second, or right before and after a run.
        let reviewed = random.below(2) == 0;
        let times = u64::try_from(story.len()).unwrap();
        let at = match random.below(3) {
            0 => story[usize::try_from(random.below(times)).unwrap()].0 + random.below(3),
            _ => random.below(DAYS),
        };
        story.push((at, Event::Merge { reviewed }));
    }
    for _ in 0..runs {
        story.push((random.below(DAYS), run(random.below(4) == 0, random)));
    }
    story.sort_by_key(|(at, _)| *at);
    story
}

fn run(fails: bool, random: &mut Random) -> Event {
    let remembers = random.below(2) == 0;
    Event::Run { remembers, fails }
}

async fn live(place: &Place, story: &[(u64, Event)]) {
    let mut state = None;
    for (at, event) in story {
        place.set_time(SignedDuration::from_secs(i64::try_from(*at).unwrap()));
        match *event {
            Event::Merge { reviewed } => {
                place.merge(reviewed);
            }
            Event::Run { remembers, fails } => {
                let known = state.take().filter(|_| remembers);
                let mut opened = place.open(known).await.unwrap();
                place.set_revoked(fails);
                assert_eq!(place.run(&mut opened).await.is_err(), fails);
                place.set_revoked(false);
                state = Some(opened.state);
            }
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "shown when the test fails, which can then be repeated"
)]
#[tokio::test]
async fn the_sum_of_the_runs_is_what_happened_however_time_is_split_into_them() {
    let first = mergeaudit_test_github::now().as_second().unsigned_abs();
    for seed in first..first + SPLITS {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let story = story(&mut random);
        println!("seed {seed}: {story:?}");
        let place = Place::new(empty());
        live(&place, &story).await;
        place.set_time(SignedDuration::from_hours(5 * 24));
        let opened = place.scan().await.unwrap();
        place.assert_true(&opened.state);
        assert_eq!(opened.state.oldest_debt(), None);
    }
}
