//! Conversations with GitHub: single broken answers from a scripted server, whole ones with the simulator.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper that fails fails its test, and what a scan costs is printed"
)]

#[path = "github_conversations/scripted.rs"]
mod scripted;

#[path = "github_conversations/failures.rs"]
mod failures;

#[path = "github_conversations/pages.rs"]
mod pages;

#[path = "github_conversations/simulator.rs"]
mod simulator;

#[path = "github_conversations/history.rs"]
mod history;

#[path = "github_conversations/hostile.rs"]
mod hostile;

#[path = "github_conversations/shapes.rs"]
mod shapes;

#[path = "github_conversations/slices.rs"]
mod slices;

#[path = "github_conversations/apps.rs"]
mod apps;

#[path = "github_conversations/limits.rs"]
mod limits;

#[path = "github_conversations/nulls.rs"]
mod nulls;

#[path = "github_conversations/wire.rs"]
mod wire;
