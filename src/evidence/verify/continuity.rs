//! Whether each run follows from what the chain says before it: its window touches, and its policy is the one in force.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::digest::Digest;
use crate::evidence::entry::{Body, Control, Entry, Run};
use crate::evidence::state::OpenRun;

use super::Problems;

/// What follows from the entries so far for the next.
#[derive(Debug, Default)]
pub(super) struct Continuity {
    /// Every policy so far: a run that was under way while the policy was edited is committed behind the edit, and says by which
    /// one it judged.
    policies: BTreeSet<Digest>,
    /// Whether a policy that is not there may be in an entry that could not be read.
    policy_lost: bool,
    window_until: Option<Timestamp>,
    open: Option<OpenRun>,
    pub(super) runs: u64,
}

// === impl Continuity ===

impl Continuity {
    pub(super) fn follow(&mut self, entry: &Entry, problems: &mut Problems) {
        match &entry.body {
            Body::Control(control) => self.follow_control(entry.sequence, control, problems),
            Body::Run(run) => self.follow_run(entry.sequence, run, problems),
            Body::Genesis(_)
            | Body::Acknowledgement(_)
            | Body::Review(_)
            | Body::Retirement(_)
            | Body::Publication(_) => {}
        }
    }

    /// Entries are missing: nothing follows from them.
    pub(super) fn lose(&mut self) {
        *self = Self {
            policy_lost: true,
            runs: self.runs,
            ..Self::default()
        };
    }

    fn follow_control(&mut self, sequence: u64, control: &Control, problems: &mut Problems) {
        // As it was written: keys are sorted there, and stay in their order here.
        if Digest::of(control.policy.to_string().as_bytes()) != control.policy_digest {
            let problem = "its policy is not the one that its digest is of";
            problems.note_entry(sequence, problem);
        }
        self.policies.insert(control.policy_digest);
        self.policy_lost = false;
    }

    fn follow_run(&mut self, sequence: u64, run: &Run, problems: &mut Problems) {
        self.runs += 1;
        let window = run.window;
        if let Some(until) = self.covered_until().filter(|until| *until < window.since) {
            let since = window.since;
            problems.note_entry(
                sequence,
                &format!("its window begins at {since}, but the one before ended at {until}: no run covers the time between"),
            );
        }
        if !self.policies.contains(&run.policy_digest) && !self.policy_lost {
            let problem = "it was judged by a policy that the chain does not hold at that place";
            problems.note_entry(sequence, problem);
        }
        if run.closes_window {
            self.window_until = self.window_until.max(Some(window.until));
            self.open = None;
        } else {
            self.open = Some(OpenRun::after(self.open.take(), run));
        }
    }

    /// Up to where runs and the segments of an open one have covered all time; none before the first run.
    fn covered_until(&self) -> Option<Timestamp> {
        let until = self.window_until;
        let touches = |open: &&OpenRun| until.is_none_or(|until| open.since <= until);
        let open = self.open.as_ref().filter(touches);
        until.max(open.map(|open| open.read_until))
    }
}
