//! What a person at a terminal sees while a scan runs: a line on standard error that moves with each answer of GitHub. Elsewhere,
//! such as in a workflow's log, nothing is drawn.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::github::{Observer, Request};

/// How often the line moves while GitHub is silent.
const TICK: Duration = Duration::from_millis(120);

/// The moving line.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

// === impl Progress ===

impl Progress {
    /// Begins to draw, where standard error is a terminal.
    pub(super) fn start() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {elapsed} {pos} requests to GitHub{msg}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Wipes the line.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}

impl Observer for Progress {
    fn observe(&self, request: &Request<'_>) {
        self.0.inc(1);
        if let (Some(resource), Some(remaining)) = (request.resource, request.remaining) {
            self.0.set_message(format!(
                ", {remaining} left of this hour's budget ({resource})"
            ));
        }
    }
}
