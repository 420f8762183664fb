//! What people decided about a finding: from the resource into what the archive keeps, and back.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::condition::whole_seconds;
use crate::api::finding::{
    Acknowledgement, AcknowledgementStatus, AuditFindingStatus, AuditedChange, Disposition,
    FindingState, Independence, PostMergeReview,
};
use crate::audit::acknowledgement::Proposal;
use crate::audit::finding::{self as core, Finding};
use crate::audit::life::State;
use crate::audit::record::{ChangeIdentity, ChangeKey, ChangeKind};

/// The status of a finding at this time.
pub fn finding_status(finding: &Finding, now: Timestamp) -> AuditFindingStatus {
    AuditFindingStatus {
        state: finding.state(now).into(),
        first_detected_time: Some(whole_seconds(finding.first_detected)),
        review: finding.review.as_ref().map(|review| PostMergeReview {
            by: review.by.login.chars().take(100).collect(),
            time: whole_seconds(review.at),
        }),
        acknowledgement: finding.acknowledgement.as_ref().map(acknowledgement_status),
    }
}

fn acknowledgement_status(said: &core::Acknowledgement) -> AcknowledgementStatus {
    AcknowledgementStatus {
        sequence: i64::try_from(said.sequence).unwrap_or(i64::MAX),
        independence: said.independence.into(),
    }
}

/// The acknowledgement as a person would have written it, for a finding that lost it.
pub fn acknowledgement(said: &core::Acknowledgement) -> Acknowledgement {
    let core::Acknowledgement {
        sequence: _,
        disposition,
        reason,
        ticket,
        acknowledged_by,
        expiration_time,
        independence: _,
    } = said;
    Acknowledgement {
        disposition: (*disposition).into(),
        reason: reason.clone(),
        ticket: ticket.clone(),
        acknowledged_by: acknowledged_by.clone(),
        expiration_time: expiration_time.map(Time),
    }
}

/// What a person wrote, for the core.
pub fn proposal(said: &Acknowledgement) -> Proposal {
    let Acknowledgement {
        disposition,
        reason,
        ticket,
        acknowledged_by,
        expiration_time,
    } = said;
    Proposal {
        disposition: (*disposition).into(),
        reason: reason.clone(),
        ticket: ticket.clone(),
        acknowledged_by: acknowledged_by.clone(),
        // As the API server will have it when it is given back: a fraction would make it look like another term.
        expiration_time: expiration_time.as_ref().map(|time| whole_seconds(time.0).0),
    }
}

/// Which change a finding is about; none where it is incomplete, as no finding of ours is.
pub fn identity(change: &AuditedChange) -> Option<ChangeIdentity> {
    let key = match change.kind {
        ChangeKind::PullRequest => ChangeKey::PullRequest {
            number: change.number?,
        },
        ChangeKind::DirectPush | ChangeKind::ForcePush => ChangeKey::Push {
            branch: change.branch.clone(),
            before: change.before.clone()?,
            after: change.after.clone()?,
        },
    };
    Some(ChangeIdentity {
        host: change.host.clone(),
        organization_id: change.organization_id,
        repository_id: change.repository_id,
        change: key,
    })
}

// === impl FindingState ===

impl From<State> for FindingState {
    fn from(state: State) -> Self {
        match state {
            State::Undetermined => Self::Undetermined,
            State::Open => Self::Open,
            State::Acknowledged => Self::Acknowledged,
            State::Reviewed => Self::Reviewed,
            State::Baseline => Self::Baseline,
            State::Resolved => Self::Resolved,
        }
    }
}

// === impl Independence ===

impl From<core::Independence> for Independence {
    fn from(independence: core::Independence) -> Self {
        match independence {
            core::Independence::Verified => Self::Verified,
            core::Independence::Unverified => Self::Unverified,
            core::Independence::SamePerson => Self::SamePerson,
        }
    }
}

// === impl Disposition ===

impl From<core::Disposition> for Disposition {
    fn from(disposition: core::Disposition) -> Self {
        match disposition {
            core::Disposition::Emergency => Self::Emergency,
            core::Disposition::AcceptedRisk => Self::AcceptedRisk,
            core::Disposition::Reverted => Self::Reverted,
            core::Disposition::FalsePositive => Self::FalsePositive,
        }
    }
}

impl From<Disposition> for core::Disposition {
    fn from(disposition: Disposition) -> Self {
        match disposition {
            Disposition::Emergency => Self::Emergency,
            Disposition::AcceptedRisk => Self::AcceptedRisk,
            Disposition::Reverted => Self::Reverted,
            Disposition::FalsePositive => Self::FalsePositive,
        }
    }
}
