//! What the demo is doing, on standard error.

use std::{io::Write as _, time::Instant};

/// Counts the seconds.
pub(super) struct Progress {
    started: Instant,
    last: Instant,
}

// === impl Progress ===

impl Progress {
    /// Begins now.
    pub(super) fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            last: now,
        }
    }

    /// Says that a step is done, and how long it took.
    pub(super) fn step(&mut self, done: &str) {
        let took = self.last.elapsed().as_secs_f32();
        self.last = Instant::now();
        let _ = writeln!(std::io::stderr(), "[{took:5.1} s] {done}");
    }

    /// Says how long everything took.
    pub(super) fn end(&self) {
        let took = self.started.elapsed().as_secs_f32();
        let _ = writeln!(std::io::stderr(), "[{took:5.1} s] in all");
    }
}
