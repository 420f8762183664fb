//! How large the organizations are, and which seeds: by the environment.

use std::str::FromStr;

/// Merges in each organization, where nothing else is asked for: few enough for a debug build.
const MERGES: usize = 400;

/// How many merges, which seeds, how slow a GitHub.
pub(crate) struct Setup {
    pub(crate) merges: usize,
    /// None for all.
    seeds: Option<Vec<u64>>,
    pub(crate) latency_milliseconds: u32,
}

// === impl Setup ===

impl Setup {
    pub(crate) fn from_environment() -> Self {
        let seeds = variable("MERGEAUDIT_POPULATION_SEEDS");
        Self {
            merges: number("MERGEAUDIT_POPULATION").unwrap_or(MERGES),
            seeds: seeds.map(|text| text.split(',').map(|seed| seed.parse().unwrap()).collect()),
            latency_milliseconds: number("MERGEAUDIT_POPULATION_LATENCY").unwrap_or(0),
        }
    }

    /// Those of these seeds that are asked for.
    pub(crate) fn of(&self, seeds: impl Iterator<Item = u64>) -> Vec<u64> {
        let asked = |seed: &u64| self.seeds.as_ref().is_none_or(|asked| asked.contains(seed));
        seeds.filter(asked).collect()
    }
}

fn number<T: FromStr<Err: std::fmt::Debug>>(name: &str) -> Option<T> {
    variable(name).map(|text| text.parse().unwrap())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a suite has no command line of its own"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
