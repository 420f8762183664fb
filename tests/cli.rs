//! The binary as people run it: in a directory of its own, against the simulator.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by a panic, in its helpers too"
)]

#[path = "cli/archive.rs"]
mod archive;
#[path = "cli/backtest.rs"]
mod backtest;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/failures.rs"]
mod failures;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/kill.rs"]
mod kill;
#[path = "cli/place.rs"]
mod place;
#[path = "cli/policy_file.rs"]
mod policy_file;
#[path = "cli/result.rs"]
mod result;
#[path = "cli/text.rs"]
mod text;
#[path = "cli/truth.rs"]
mod truth;
#[path = "cli/verdicts.rs"]
mod verdicts;
#[path = "cli/verify.rs"]
mod verify;
