//! Waiting for something to become true, with a deadline and a reason when it does not.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// One wait, from now to its deadline.
#[derive(Debug)]
pub(crate) struct Wait {
    what: String,
    timeout: Duration,
    deadline: Instant,
}

// === impl Wait ===

impl Wait {
    /// Begins to wait for something that has a name in messages.
    pub(crate) fn new(what: impl Into<String>, timeout: Duration) -> Self {
        Self {
            what: what.into(),
            timeout,
            deadline: Instant::now() + timeout,
        }
    }

    /// Pauses until the next look is due.
    ///
    /// # Errors
    /// When the deadline has passed: what was waited for, and `seen`, what the last look saw instead.
    pub(crate) async fn pause(&self, seen: &str) -> Result<()> {
        let (what, seconds) = (&self.what, self.timeout.as_secs());
        ensure!(
            Instant::now() < self.deadline,
            "waited {seconds} s for {what}; last seen: {seen}"
        );
        sleep(PAUSE).await;
        Ok(())
    }
}
