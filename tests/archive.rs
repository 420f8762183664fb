//! The archive on a real disk: its format, its commits under competition, and what it says of damage.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by a panic, in its helpers too"
)]

#[path = "archive/appending.rs"]
mod appending;
#[path = "archive/damage.rs"]
mod damage;
#[path = "archive/decisions.rs"]
mod decisions;
#[path = "archive/fixtures.rs"]
mod fixtures;
#[path = "archive/folded.rs"]
mod folded;
#[path = "archive/format.rs"]
mod format;
#[path = "archive/heads.rs"]
mod heads;
#[path = "archive/inherited.rs"]
mod inherited;
#[path = "archive/lookup.rs"]
mod lookup;
#[path = "archive/records.rs"]
mod records;
#[path = "archive/segments.rs"]
mod segments;
#[path = "archive/snapshots.rs"]
mod snapshots;
#[path = "archive/state.rs"]
mod state;
#[path = "archive/storage.rs"]
mod storage;
#[path = "archive/verify.rs"]
mod verify;
