//! The binary as people run it: in a directory of its own, against the simulator.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by a panic, in its helpers too"
)]

#[path = "cli/failures.rs"]
mod failures;
#[path = "cli/place.rs"]
mod place;
#[path = "cli/policy_file.rs"]
mod policy_file;
#[path = "cli/result.rs"]
mod result;
#[path = "cli/truth.rs"]
mod truth;
