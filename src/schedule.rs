//! When scans are due, and over which window: pure, with the time as an argument.

pub mod window;
