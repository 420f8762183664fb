//! The pure core: what happened ([`facts`]), what was demanded ([`requirements`]), and the [`verdict`] that follows.
//!
//! Nothing here reads a clock, a file or the network: everything is an argument, so that a verdict can be explained and
//! computed again from the archive.

pub mod facts;
pub mod finding;
pub mod record;
pub mod requirements;
pub mod totals;
pub mod verdict;
