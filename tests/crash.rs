//! SIGKILL at every place between the scan, the commit, the publishing and the status, ten times at each: afterwards each change
//! is found, counted and published once, and the chain proves it.

#[path = "crash/places.rs"]
mod places;
#[path = "crash/story.rs"]
mod story;

/// The operator.
const PROGRAM: &str = env!("CARGO_BIN_EXE_mergeaudit");

/// The name of the policies in these tests.
const POLICY: &str = "soc2";

/// How often the operator is killed at each place.
const RUNS: usize = 10;
