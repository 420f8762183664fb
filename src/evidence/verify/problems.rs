//! What is wrong with a chain, each with its place, up to a bound.

use std::error::Error as _;

use crate::evidence::error::{Corruption, Error};

use super::PROBLEMS;

/// The problems so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) told: Vec<String>,
    pub(super) more: u64,
}

// === impl Problems ===

impl Problems {
    pub(super) fn note(&mut self, problem: String) {
        if self.told.len() < PROBLEMS {
            self.told.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Something is wrong with an entry as such.
    pub(super) fn note_entry(&mut self, sequence: u64, problem: &str) {
        self.note(format!("entry {sequence}: {problem}"));
    }

    pub(super) fn note_corruption(&mut self, place: &str, problem: &Corruption) {
        self.note(format!("{place}: {}", told(problem)));
    }

    /// Notes what an error says of the archive; hands back one that says only that it could not be read.
    pub(super) fn note_or_fail(&mut self, error: Error) -> Result<(), Error> {
        match error {
            Error::Storage { .. } => return Err(error),
            Error::Corrupt { path, problem } => self.note_corruption(&path, &problem),
            other => self.note(other.to_string()),
        }
        Ok(())
    }
}

/// A problem with its causes.
fn told(problem: &Corruption) -> String {
    let mut text = problem.to_string();
    let mut cause = problem.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
