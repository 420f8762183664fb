//! An `AuditFinding` as a finding of the core: what the cluster still tells of a change whose chain is lost.

use jiff::Timestamp;
use kube::ResourceExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::decision::identity;
use crate::api::AuditFinding;
use crate::api::finding::{
    Account, AuditFindingStatus, DeclaredEmergency, EvidencePointer, FindingReason, FindingState,
    Independence, MissingEvidence,
};
use crate::audit::facts::{Actor, ActorKind, Organization, Repository};
use crate::audit::finding::{self as core, EvidenceReference, Finding};
use crate::audit::verdict::{Emergency, Missing, Reason};

/// The finding that this resource is a projection of, as far as it tells. Entries of the lost chain are named as they were; GitHub's
/// node id is not known, and nor is what was shortened.
///
/// None where it is incomplete, as no finding of ours is.
pub fn inherited(resource: &AuditFinding) -> Option<Finding> {
    let (spec, status) = (&resource.spec, resource.status.as_ref());
    let (change, identity) = (&spec.change, identity(&spec.change)?);
    let state = status.map(|status| status.state);
    let first_detected = status.and_then(|status| status.first_detected_time.as_ref());
    Some(Finding {
        identity,
        kind: change.kind,
        organization: Organization {
            id: change.organization_id,
            login: change.organization.clone(),
        },
        repository: Repository {
            id: change.repository_id,
            name: change.repository.clone(),
            default_branch: None,
            archived: false,
        },
        node_id: String::new(),
        number: change.number.unwrap_or_default(),
        url: change.url.clone().unwrap_or_default(),
        title: change.title.clone().unwrap_or_default(),
        author: change.author.as_ref().or(change.pusher.as_ref()).map(actor),
        merged_by: change.merged_by.as_ref().map(actor),
        merged_at: change.merged_time.0,
        branch: change.branch.clone(),
        head_commit: change.head_commit.clone().unwrap_or_default(),
        merge_commit: change.merge_commit.clone(),
        reasons: spec.reasons.iter().map(reason).collect::<Option<_>>()?,
        missing: spec.missing.iter().map(missing).collect::<Option<_>>()?,
        severity: spec.severity,
        emergency: spec.emergency.as_ref().and_then(emergency),
        owner: spec.owner.clone(),
        baseline: state == Some(FindingState::Baseline),
        resolved: state == Some(FindingState::Resolved),
        evidence: evidence(&spec.evidence)?,
        first_detected: first_detected.map_or_else(|| created(resource), |time| time.0),
        acknowledgement: acknowledgement(resource, status),
        review: review(resource, status),
        closed_at: None,
        published: None,
        inherited: true,
    })
}

fn created(resource: &AuditFinding) -> Timestamp {
    let created = resource.creation_timestamp();
    created.map_or(resource.spec.change.merged_time.0, |time| time.0)
}

/// The variant of this name.
fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(Value::from(name)).ok()
}

fn reason(reason: &FindingReason) -> Option<Reason> {
    Some(Reason {
        kind: named(&reason.kind)?,
        message: reason.message.clone(),
    })
}

fn missing(missing: &MissingEvidence) -> Option<Missing> {
    Some(Missing {
        kind: named(&missing.kind)?,
        message: missing.message.clone(),
    })
}

fn actor(account: &Account) -> Actor {
    Actor {
        id: account.id,
        login: account.login.clone(),
        kind: account.kind,
    }
}

/// A person of whom only the login is told.
fn user(login: &str) -> Actor {
    Actor {
        id: None,
        login: login.to_owned(),
        kind: ActorKind::User,
    }
}

fn emergency(declared: &DeclaredEmergency) -> Option<Emergency> {
    Some(Emergency {
        label: declared.label.clone(),
        labeled_by: declared.labeled_by.as_deref().map(user),
        justification: declared.justification.clone(),
        review_due_time: declared.review_due_time.as_ref()?.0,
    })
}

fn evidence(pointer: &EvidencePointer) -> Option<EvidenceReference> {
    Some(EvidenceReference {
        sequence: u64::try_from(pointer.sequence).ok()?,
        digest: pointer.digest,
        location: pointer.location.clone(),
    })
}

/// What a person said, where it was in effect: what was not yet, is heard anew.
fn acknowledgement(
    resource: &AuditFinding,
    status: Option<&AuditFindingStatus>,
) -> Option<core::Acknowledgement> {
    let in_effect = status?.acknowledgement.as_ref()?;
    let said = super::proposal(resource.spec.acknowledgement.as_ref()?);
    Some(core::Acknowledgement {
        sequence: u64::try_from(in_effect.sequence).ok()?,
        disposition: said.disposition,
        reason: said.reason,
        ticket: said.ticket,
        acknowledged_by: said.acknowledged_by,
        expiration_time: said.expiration_time,
        independence: match in_effect.independence {
            Independence::Verified => core::Independence::Verified,
            Independence::Unverified => core::Independence::Unverified,
            Independence::SamePerson => core::Independence::SamePerson,
        },
    })
}

fn review(
    resource: &AuditFinding,
    status: Option<&AuditFindingStatus>,
) -> Option<core::PostMergeReview> {
    let review = status?.review.as_ref()?;
    let commit = &resource.spec.change.head_commit;
    Some(core::PostMergeReview {
        sequence: u64::try_from(resource.spec.evidence.sequence).ok()?,
        by: user(&review.by),
        at: review.time.0,
        review: String::new(),
        commit: commit.clone().unwrap_or_default(),
    })
}
