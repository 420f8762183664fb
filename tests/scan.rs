//! The middle that controller and command line share, without a cluster: runs of one chain against the simulator, however they
//! are cut off, overtaken, or spread over time.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by a panic, in its helpers too"
)]

#[path = "scan/hidden.rs"]
mod hidden;
#[path = "scan/overtaken.rs"]
mod overtaken;
#[path = "scan/place.rs"]
mod place;
#[path = "scan/reach.rs"]
mod reach;
#[path = "scan/reviews.rs"]
mod reviews;
#[path = "scan/segments.rs"]
mod segments;
#[path = "scan/splits.rs"]
mod splits;
#[path = "scan/unclear.rs"]
mod unclear;
