//! What the user sees on standard error while something takes long.

use std::{
    io::Write,
    time::{Duration, Instant},
};

/// How often a long step says that it is still going on.
const TICK: Duration = Duration::from_secs(30);

/// A step that takes longer than a user waits without wondering.
#[derive(Debug)]
pub(crate) struct Step {
    what: String,
    started: Instant,
    told: Instant,
}

// === impl Step ===

impl Step {
    /// Announces the step; `remark` (such as how long it takes) is said once.
    pub(crate) fn start(what: impl Into<String>, remark: &str) -> Self {
        let (what, now) = (what.into(), Instant::now());
        say(&format!("{what} … {remark}"));
        Self {
            what,
            started: now,
            told: now,
        }
    }

    /// Says how long the step has been going on, every half minute; to be called often.
    pub(crate) fn tick(&mut self) {
        if self.told.elapsed() >= TICK {
            self.told = Instant::now();
            say(&format!(
                "still {} … {} so far",
                self.what,
                minutes(self.started.elapsed())
            ));
        }
    }

    /// Announces the end.
    pub(crate) fn done(self) {
        say(&format!(
            "{}: done in {}",
            self.what,
            minutes(self.started.elapsed())
        ));
    }
}

/// Writes one line to standard error; a closed standard error is no reason to fail.
///
/// Not `eprintln!`: the test harness would keep that until the test has failed.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "mergeaudit-cluster: {line}");
}

fn minutes(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
