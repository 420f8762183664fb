//! The whole population: organizations with every kind of merge, and everything that a scan of them says held against what their
//! authors declared.
//!
//! Each seed prints a line: its merges, what they cost, how long they took, and the most memory that the command used.
//! `MERGEAUDIT_POPULATION=5000` grows organizations of so many merges instead of the usual size;
//! `MERGEAUDIT_POPULATION_LATENCY=50` lets each answer take so many milliseconds more;
//! `MERGEAUDIT_POPULATION_SEEDS=3,14` leaves all other seeds out.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by a panic, in its helpers too"
)]

#[path = "population/child.rs"]
mod child;
#[path = "population/judged.rs"]
mod judged;
#[path = "population/place.rs"]
mod place;
#[path = "population/seeds.rs"]
mod seeds;
#[path = "population/setup.rs"]
mod setup;
