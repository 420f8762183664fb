//! One finding: its facts and its status by the operator, its acknowledgement by the person, each under a manager of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::{Api, Resource, ResourceExt as _};
use serde_json::json;

use super::{Wanted, stored, write};
use crate::api::finding::{AuditFindingStatus, FindingState};
use crate::api::{self, AuditFinding, convert};
use crate::audit::finding::{Acknowledgement, Finding};
use crate::controller::context::Context;
use crate::controller::raw::Raw;
use crate::controller::validate::Plan;

/// Makes a finding what its chain says: its facts, its acknowledgement where that was deleted, and its status.
///
/// # Errors
///
/// The API server's.
pub(super) async fn publish(
    context: &Context,
    plan: &Plan,
    wanted: &Wanted<'_>,
) -> kube::Result<()> {
    // First what is stored, then what the chain says: a decision gets into the known chain before it is stored, so that either
    // the chain has it, or the status that does not is refused for its old resourceVersion.
    let stored = stored(context, plan, &wanted.name);
    let identity = &wanted.finding.identity;
    let chain = context.progress.chain(&plan.key, identity.organization_id);
    let finding = match &chain {
        Some(chain) => chain.findings().get(identity),
        None => Some(wanted.finding),
    };
    // It was retired meanwhile.
    let Some(finding) = finding else {
        return Ok(());
    };
    let findings: Api<Raw<AuditFinding>> =
        Api::namespaced(context.client.clone(), &plan.key.namespace);
    let (namespace, policy) = (&plan.key.namespace, &plan.key.name);
    let mut facts = convert::finding_resource(finding, &wanted.name, namespace, policy);
    let mut status = convert::finding_status(finding, context.now());
    if let Some(stored) = stored.as_deref().filter(|_| wanted.adopted) {
        keep_judgement(stored, &mut facts);
        if let Some(published) = &stored.status {
            keep_history(published, &mut status);
        }
    }
    let mut stored = match stored.filter(|stored| says_the_same(stored, &facts)) {
        Some(stored) => stored,
        None => Arc::new(write::apply(&findings, api::MANAGER_FACTS, &wanted.name, &facts).await?),
    };
    if let Some(said) = &finding.acknowledgement
        && stored.spec.acknowledgement.is_none()
    {
        stored = Arc::new(restore(&findings, &wanted.name, said).await?);
    }
    publish_status(&findings, &stored, &status).await
}

/// Shows what the chain says of a finding that somebody decided about, or whose acknowledgement has ended.
///
/// # Errors
///
/// The API server's; a conflict means that the finding has changed and is looked at again.
pub(in crate::controller) async fn decided(
    context: &Context,
    stored: &AuditFinding,
    finding: &Finding,
) -> kube::Result<()> {
    let namespace = stored.namespace().unwrap_or_default();
    let findings: Api<Raw<AuditFinding>> = Api::namespaced(context.client.clone(), &namespace);
    let mut status = convert::finding_status(finding, context.now());
    if let Some(published) = &stored.status {
        // Of an adopted chain these differ, and otherwise not.
        keep_history(published, &mut status);
    }
    publish_status(&findings, stored, &status).await
}

/// Gives a finding that was deleted its acknowledgement back, as a manager of its own: the person's words stay theirs to extend.
async fn restore(
    findings: &Api<Raw<AuditFinding>>,
    name: &str,
    said: &Acknowledgement,
) -> kube::Result<AuditFinding> {
    let object = json!({
        "apiVersion": AuditFinding::api_version(&()),
        "kind": AuditFinding::kind(&()),
        "metadata": {"name": name},
        "spec": {"acknowledgement": convert::acknowledgement(said)},
    });
    tracing::info!(
        finding = name,
        entry = said.sequence,
        "the finding gets its acknowledgement back from the archive"
    );
    write::apply(findings, api::MANAGER_RESTORE, name, &object).await
}

/// What was judged once stays as it was published, with the evidence that it was published by: the API server takes no other.
/// The chain that was adopted may have judged the change anew.
fn keep_judgement(stored: &AuditFinding, facts: &mut AuditFinding) {
    if stored.spec.severity.is_none() {
        return;
    }
    let (stored, facts) = (&stored.spec, &mut facts.spec);
    facts.reasons.clone_from(&stored.reasons);
    facts.missing.clone_from(&stored.missing);
    facts.severity = stored.severity;
    facts.evidence = stored.evidence.clone();
}

/// When it was first told of, and that it is determined, stays as well.
fn keep_history(published: &AuditFindingStatus, status: &mut AuditFindingStatus) {
    let first = &published.first_detected_time;
    status.first_detected_time.clone_from(first);
    if status.state == FindingState::Undetermined {
        status.state = published.state;
    }
}

/// Writes the status, unless it is so already, onto the finding as it is stored: not over what somebody wrote since.
async fn publish_status(
    findings: &Api<Raw<AuditFinding>>,
    stored: &AuditFinding,
    status: &AuditFindingStatus,
) -> kube::Result<()> {
    if stored.status.as_ref() == Some(status) {
        return Ok(());
    }
    let version = stored.resource_version();
    write::status(findings, &stored.name_any(), version, status).await?;
    Ok(())
}

/// Whether the stored finding has these labels and facts; what a person wrote into it is no matter.
fn says_the_same(stored: &AuditFinding, wanted: &AuditFinding) -> bool {
    let labels = |finding: &AuditFinding| -> BTreeMap<String, String> {
        let ours = finding
            .labels()
            .iter()
            .filter(|(key, _)| key.starts_with(api::GROUP));
        ours.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let facts = |finding: &AuditFinding| {
        let mut facts = finding.spec.clone();
        facts.acknowledgement = None;
        facts
    };
    labels(stored) == labels(wanted) && facts(stored) == facts(wanted)
}
