//! The life of a finding on a real API server: what people decide, what the archive keeps of it, and what pages.

#[path = "life/adopted.rs"]
mod adopted;
#[path = "life/command.rs"]
mod command;
#[path = "life/everyday.rs"]
mod everyday;
#[path = "life/kill.rs"]
mod kill;
#[path = "life/page.rs"]
mod page;
#[path = "life/places.rs"]
mod places;
#[path = "life/rebuild.rs"]
mod rebuild;
#[path = "life/story.rs"]
mod story;
#[path = "life/walk.rs"]
mod walk;
#[path = "life/withheld.rs"]
mod withheld;

/// The operator.
const PROGRAM: &str = env!("CARGO_BIN_EXE_mergeaudit");

/// The name of the policies in these tests.
const POLICY: &str = "soc2";
