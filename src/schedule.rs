//! When scans are due, and over which window: pure, with the time as an argument.

mod calendar;
pub mod cron;
mod every;
mod expression;
mod field;
pub mod invalid;
mod rate;
pub mod window;

pub use cron::{Due, Schedule};
pub use invalid::InvalidSchedule;
pub use window::{Window, jitter};
