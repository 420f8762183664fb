//! What the cluster claims of a chain, in the status and in findings; and the adoption of an archive that does not bear it out,
//! which a person decides by an annotation.

use std::sync::Arc;

use kube::ResourceExt as _;
use kube_runtime::events::EventType;

use super::context::Context;
use super::progress::PolicyKey;
use super::validate::Plan;
use crate::api::audit_policy::status::{OrganizationStatus, PublishedEntry};
use crate::api::condition::ConditionReason;
use crate::api::{ANNOTATION_ADOPT_ARCHIVE, AuditFinding, AuditPolicy, convert};
use crate::audit::finding::Finding;
use crate::evidence::Claim;
use crate::evidence::state::{ChainState, Mismatch};
use crate::scan::{Decision, Known, NamedEntry};

/// What is believed of an organization's chain: as this process read it, and as the cluster tells it.
pub(super) fn known(
    context: &Context,
    plan: &Plan,
    organization: &str,
    state: Option<ChainState>,
) -> Known {
    let policy = context.policy(&plan.key);
    let status = policy
        .as_ref()
        .and_then(|policy| find(policy, organization));
    let obeyed = status.and_then(|status| status.adopted_archive.clone());
    Known {
        state,
        claim: status.and_then(|status| claim(status.entry.as_ref()?)),
        findings: named(context, plan),
        decision: plan.adopt.clone().map(|reason| Decision {
            findings: inherited(context, plan, obeyed.as_ref() == Some(&reason)),
            checked_until: status.and_then(|status| Some(status.last_checked_time.as_ref()?.0)),
            reason,
            obeyed,
        }),
    }
}

/// What the cluster claims of the chain that a finding is in.
pub(super) fn known_by(context: &Context, finding: &AuditFinding) -> Known {
    let key = PolicyKey::of_finding(finding);
    let organization_id = Some(finding.spec.change.organization_id);
    let policy = context.policy(&key);
    let status = policy.as_ref().and_then(|policy| policy.status.as_ref());
    let organizations = status.into_iter().flat_map(|status| &status.organizations);
    let mut its = organizations.filter(|status| status.id == organization_id);
    Known {
        claim: its.find_map(|status| claim(status.entry.as_ref()?)),
        findings: named_by(finding).into_iter().collect(),
        ..Known::default()
    }
}

/// The organization's id, as the status tells it.
pub(super) fn published_id(context: &Context, plan: &Plan, organization: &str) -> Option<i64> {
    let policy = context.policy(&plan.key)?;
    find(&policy, organization)?.id
}

fn find<'a>(policy: &'a AuditPolicy, organization: &str) -> Option<&'a OrganizationStatus> {
    let mut organizations = policy.status.as_ref()?.organizations.iter();
    organizations.find(|status| status.name == organization)
}

fn claim(entry: &PublishedEntry) -> Option<Claim> {
    Some(Claim {
        genesis: entry.genesis,
        sequence: u64::try_from(entry.sequence).ok()?,
        digest: entry.digest,
    })
}

/// The entries that the policy's findings name.
fn named(context: &Context, plan: &Plan) -> Vec<NamedEntry> {
    let findings = findings(context, plan);
    findings.filter_map(|finding| named_by(&finding)).collect()
}

/// What an archive that is adopted gets to know of the policy's findings; nothing where it was adopted before.
fn inherited(context: &Context, plan: &Plan, is_adopted: bool) -> Vec<Finding> {
    if is_adopted {
        return Vec::new();
    }
    let findings = findings(context, plan);
    findings
        .filter_map(|finding| convert::inherited(&finding))
        .collect()
}

fn findings(context: &Context, plan: &Plan) -> impl Iterator<Item = Arc<AuditFinding>> {
    let is_ours = |finding: &Arc<AuditFinding>| PolicyKey::of_finding(finding) == plan.key;
    context.findings.state().into_iter().filter(is_ours)
}

fn named_by(finding: &AuditFinding) -> Option<NamedEntry> {
    let evidence = &finding.spec.evidence;
    Some(NamedEntry {
        sequence: u64::try_from(evidence.sequence).ok()?,
        digest: evidence.digest,
        location: evidence.location.clone(),
        published: finding.creation_timestamp()?.0,
    })
}

/// Says that an archive was adopted: it is a decision that an auditor asks about.
pub(super) async fn announce(
    context: &Context,
    plan: &Plan,
    state: &ChainState,
    mismatch: &Mismatch,
) {
    let (organization, reason) = (&state.genesis.organization, plan.adopt.as_deref());
    let reason = reason.unwrap_or_default();
    let note = format!(
        "organization {organization}: {mismatch}; it is adopted as entry {} says: {reason}",
        state.head.sequence
    );
    let policy = format!("{}/{}", plan.key.namespace, plan.key.name);
    tracing::warn!(policy, organization, "{note}");
    if let Some(policy) = context.policy(&plan.key) {
        let word = ConditionReason::ArchiveAdopted.as_str();
        context
            .event(&*policy, EventType::Warning, word, &note)
            .await;
    }
}

/// How a person goes on with an archive that does not match.
pub(super) fn hint(plan: &Plan, mismatch: &Mismatch) -> String {
    if !mismatch.is_adoptable() {
        return String::new();
    }
    let how = format!(
        "; or go on with the archive as it is, by the annotation {ANNOTATION_ADOPT_ARCHIVE}: <reason>"
    );
    match plan.adopt {
        Some(_) => how + ", with another value than now, which was obeyed before",
        None => how,
    }
}
