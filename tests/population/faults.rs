//! One request in twenty fails, each in one of the ways that GitHub's do: by a seed.

use mergeaudit_test_github::{Fault, FaultKind, Handle};

/// Out of a hundred requests.
const PERCENT: u64 = 5;
/// More requests than all runs of one seed make together.
const REQUESTS: usize = 40_000;

/// A small, repeatable source of numbers (an LCG with Knuth's constants for MMIX, of which the upper half is used).
struct Random(u64);

// === impl Random ===

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Makes requests fail from now on.
pub(crate) fn rain(github: &Handle, seed: u64) {
    let mut random = Random(seed);
    let mut spared = 0;
    for _ in 0..REQUESTS {
        if random.below(100) >= PERCENT {
            spared += 1;
            continue;
        }
        spare(github, std::mem::take(&mut spared));
        github.fail(Fault::next(kind(&mut random)));
    }
}

/// Lets requests through: an answer that is late by nothing.
fn spare(github: &Handle, count: u32) {
    if count > 0 {
        github.fail(Fault::next(FaultKind::Slow { milliseconds: 0 }).times(count));
    }
}

/// All of the simulator's but a secondary limit without `Retry-After`, which is a minute of waiting.
fn kind(random: &mut Random) -> FaultKind {
    match random.below(8) {
        0 => FaultKind::Drop,
        1 => FaultKind::SecondaryLimit {
            retry_after: Some(1),
        },
        2 => FaultKind::Slow { milliseconds: 150 },
        3 => FaultKind::Garbage,
        4 => FaultKind::GraphqlTimeout,
        5 => FaultKind::Status { status: 500 },
        6 => FaultKind::Status { status: 502 },
        _ => FaultKind::Status { status: 503 },
    }
}
