//! What a person says about a finding, held against what the chain has of it: said once, it is recorded once, however often and
//! in whatever order it is heard.
//!
//! An acknowledgement only ever grows: its term gets longer, a ticket is added. So of two versions it is plain which is the older,
//! and an older one that is heard again (from a cache that lags, after a crash) changes nothing.

use jiff::Timestamp;

use super::finding::{Acknowledgement, Disposition, Finding};

/// What a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What kind of decision it is.
    pub disposition: Disposition,
    /// Why.
    pub reason: String,
    /// The ticket that follows it up.
    pub ticket: Option<String>,
    /// Who says so.
    pub acknowledged_by: String,
    /// When it ends; none: never.
    pub expiration_time: Option<Timestamp>,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The chain has it.
    Known,
    /// The chain is to get it.
    New,
    /// The chain has one that it does not extend, and goes on with that.
    Superseded,
}

// === impl Proposal ===

impl Proposal {
    /// What is to be done about it, as far as the chain tells of this finding.
    pub fn answer(&self, finding: &Finding) -> Answer {
        let Some(known) = &finding.acknowledgement else {
            return Answer::New;
        };
        if self.says(known) {
            Answer::Known
        } else if self.extends(known) || self.adds_ticket(known) {
            Answer::New
        } else {
            Answer::Superseded
        }
    }

    fn says(&self, known: &Acknowledgement) -> bool {
        self.says_but_for_ticket(known) && self.ticket == known.ticket
    }

    fn says_but_for_ticket(&self, known: &Acknowledgement) -> bool {
        self.disposition == known.disposition
            && self.reason == known.reason
            && self.acknowledged_by == known.acknowledged_by
            && self.expiration_time == known.expiration_time
    }

    fn extends(&self, known: &Acknowledgement) -> bool {
        known
            .expiration_time
            .is_some_and(|end| self.expiration_time.is_none_or(|new| new > end))
    }

    fn adds_ticket(&self, known: &Acknowledgement) -> bool {
        known.ticket.is_none() && self.says_but_for_ticket(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::finding::Independence;
    use crate::audit::fixtures::{at, finding};

    fn proposal(until: Option<&str>) -> Proposal {
        Proposal {
            disposition: Disposition::AcceptedRisk,
            reason: "known".to_owned(),
            ticket: None,
            acknowledged_by: "carol".to_owned(),
            expiration_time: until.map(at),
        }
    }

    /// The finding after the chain took this up.
    fn after(said: &Proposal) -> Finding {
        let said = said.clone();
        Finding {
            acknowledgement: Some(Acknowledgement {
                sequence: 3,
                disposition: said.disposition,
                reason: said.reason,
                ticket: said.ticket,
                acknowledged_by: said.acknowledged_by,
                expiration_time: said.expiration_time,
                independence: Independence::Unverified,
            }),
            ..finding()
        }
    }

    #[test]
    fn what_was_said_once_is_recorded_once() {
        let said = proposal(Some("14:00"));
        assert_eq!(said.answer(&finding()), Answer::New);
        assert_eq!(said.answer(&after(&said)), Answer::Known);
    }

    #[test]
    fn every_growth_is_new_and_every_older_version_is_superseded() {
        let grows = [
            proposal(Some("14:00")),
            Proposal {
                ticket: Some("SEC-1".to_owned()),
                ..proposal(Some("14:00"))
            },
            Proposal {
                acknowledged_by: "dave".to_owned(),
                disposition: Disposition::Reverted,
                ..proposal(Some("15:00"))
            },
            proposal(None),
            Proposal {
                ticket: Some("SEC-2".to_owned()),
                ..proposal(None)
            },
        ];
        for (older, newer) in grows.iter().zip(&grows[1..]) {
            assert_eq!(newer.answer(&after(older)), Answer::New, "{newer:?}");
            assert_eq!(older.answer(&after(newer)), Answer::Superseded, "{older:?}");
        }
    }

    #[test]
    fn another_reason_without_an_extension_changes_nothing() {
        let said = proposal(Some("14:00"));
        let other = Proposal {
            reason: "other".to_owned(),
            ..said.clone()
        };
        assert_eq!(other.answer(&after(&said)), Answer::Superseded);
    }
}
