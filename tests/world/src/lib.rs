//! The whole local world around one operator process: a control plane, a GitHub, an archive; and the demo.
//!
//! - [`LocalWorld`]: all of it, in a namespace of its own on the control plane that a test binary's tests share.
//! - [`Operator`]: the operator's process: killed, terminated, started again, scraped, its log read.
//! - [`Proxy`]: stops an operator in the middle of a conversation with its API server.
//! - [`eventually`]: waiting with a deadline.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use mergeaudit_test_world::LocalWorld;
//!
//! let mut world = LocalWorld::start("target/debug/mergeaudit").await?; // tests: env!("CARGO_BIN_EXE_mergeaudit")
//! world.apply(&world.policy("soc2")).await?;
//! world.scan("soc2").await?;
//! let number = world.merge_unreviewed("payments", "Hurry").await?;
//! world.scan("soc2").await?;
//! assert_eq!(world.findings("soc2").await?[0]["spec"]["change"]["number"], number);
//! # Ok(()) }
//! ```

mod cluster;
mod exposition;
mod github;
mod operator;
mod poll;
mod proxy;
mod world;

pub use cluster::{crds, shared_cluster};
pub use exposition::{Exposition, Series};
pub use operator::{Operator, OperatorSetup};
pub use poll::eventually;
pub use proxy::{Held, Proxy, Stop};
pub use world::{LocalWorld, Setup, TOKEN, condition};
