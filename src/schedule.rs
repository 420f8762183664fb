//! When scans are due, and over which window: pure, with the time as an argument.

pub mod cron;
mod expression;
pub mod invalid;
pub mod window;

pub use cron::{Due, Schedule};
pub use invalid::InvalidSchedule;
pub use window::{Window, jitter};
