//! The life of a finding: what has become of it at a time, from what the chain says of it. Pure, so that whoever asks again, or
//! anew after everything else was lost, gets the same answer.
//!
//! Of several things that hold at once the first of these decides:
//!
//! 1. It was undetermined and proved compliant: `Resolved`.
//! 2. It is undetermined: `Undetermined`, acknowledged or not. What nobody knows yet, nobody can accept; an acknowledgement counts
//!    from the verdict on.
//! 3. It landed before the chain began: `Baseline`. It never pages.
//! 4. Somebody independent approved it after the merge: `Reviewed`.
//! 5. A person's acknowledgement holds: `Acknowledged`. When its term has ended: `Open` again.
//! 6. None of these: `Open`. It pages.

use jiff::{SignedDuration, Timestamp};

use super::finding::{Acknowledgement, Finding};

/// What has become of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The evidence does not suffice to say.
    Undetermined,
    /// It waits for a person.
    Open,
    /// A person has acknowledged it.
    Acknowledged,
    /// Somebody independent approved it after the merge.
    Reviewed,
    /// It is from before the chain's genesis.
    Baseline,
    /// It was undetermined and proved compliant.
    Resolved,
}

// === impl Finding ===

impl Finding {
    /// What has become of it at this time. See the module.
    pub fn state(&self, now: Timestamp) -> State {
        if self.resolved {
            State::Resolved
        } else if self.severity.is_none() {
            State::Undetermined
        } else if self.baseline {
            State::Baseline
        } else if self.review.is_some() {
            State::Reviewed
        } else if self.is_acknowledged(now) {
            State::Acknowledged
        } else {
            State::Open
        }
    }

    /// Whether nobody has to do anything about it any more, ever: what is closed never opens again. No matter of time: an
    /// acknowledgement for a term does not close, since the finding opens again when it ends.
    pub fn is_closed(&self) -> bool {
        let for_good = |held: &Acknowledgement| held.expiration_time.is_none();
        let dealt_with = self.baseline
            || self.review.is_some()
            || self.acknowledgement.as_ref().is_some_and(for_good);
        self.resolved || (self.severity.is_some() && dealt_with)
    }

    /// When its state changes next by the passing of time alone: at the end of the acknowledgement that it stands by now.
    pub fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state(now) {
            State::Acknowledged => self.acknowledgement.as_ref()?.expiration_time,
            State::Undetermined
            | State::Open
            | State::Reviewed
            | State::Baseline
            | State::Resolved => None,
        }
    }

    /// Whether it was closed so long ago that it is to be retired. What can open again is never.
    pub fn is_past(&self, retention: SignedDuration, now: Timestamp) -> bool {
        let closed = self.closed_at.filter(|_| self.is_closed());
        closed.is_some_and(|closed| now.duration_since(closed) >= retention)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::PostMergeReview;
    use crate::audit::fixtures::{self, at, finding, user};

    fn acknowledged(until: Option<&str>) -> Finding {
        fixtures::acknowledged(finding(), until)
    }

    fn reviewed(finding: Finding) -> Finding {
        Finding {
            review: Some(PostMergeReview {
                sequence: 4,
                by: user("bob"),
                at: at("12:40"),
                review: "R".to_owned(),
                commit: "c".to_owned(),
            }),
            closed_at: Some(at("12:40")),
            ..finding
        }
    }

    #[test]
    fn an_acknowledgement_holds_until_the_moment_at_which_its_term_ends() {
        let finding = acknowledged(Some("14:00"));
        assert_eq!(finding.state(at("13:59")), State::Acknowledged);
        assert_eq!(finding.changes_at(at("13:59")), Some(at("14:00")));
        assert_eq!(finding.state(at("14:00")), State::Open);
        assert_eq!(finding.changes_at(at("14:00")), None);
    }

    #[test]
    fn what_was_reviewed_stays_so_when_an_acknowledgement_ends() {
        let finding = reviewed(acknowledged(Some("14:00")));
        assert_eq!(finding.state(at("13:00")), State::Reviewed);
        assert_eq!(finding.state(at("15:00")), State::Reviewed);
    }

    #[test]
    fn nobody_can_accept_what_nobody_knows_yet() {
        let undetermined = Finding {
            severity: None,
            reasons: Vec::new(),
            ..acknowledged(None)
        };
        assert_eq!(undetermined.state(at("13:00")), State::Undetermined);
        assert!(!undetermined.is_past(SignedDuration::ZERO, at("23:00")));
    }

    #[test]
    fn only_what_cannot_open_again_is_retired_and_only_after_its_term() {
        let hour = SignedDuration::from_hours(1);
        for never in [
            finding(),
            acknowledged(Some("13:00")),
            acknowledged(Some("23:30")),
        ] {
            assert!(!never.is_past(hour, at("23:00")));
        }
        let accepted = acknowledged(None);
        assert!(!accepted.is_past(hour, at("13:59")));
        assert!(accepted.is_past(hour, at("14:00")));
        assert!(reviewed(finding()).is_past(hour, at("13:40")));
    }
}
