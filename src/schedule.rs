//! When scans are due, and over which window: pure, with the time as an argument.

pub mod cron;
pub mod expression;
pub mod window;

pub use cron::{Due, Schedule};
pub use expression::InvalidSchedule;
pub use window::{Window, jitter};
