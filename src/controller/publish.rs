//! Publish step (I/O): makes findings and status equal to what the chains say. Idempotent: whatever is already so is not written,
//! whatever was deleted comes back, and a process that is killed in between is simply followed by the next.

mod places;
mod record;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use kube::api::{Patch, PatchParams, ValidationDirective};
use kube::{Api, Resource, ResourceExt as _};
use kube_runtime::reflector::ObjectRef;
use serde::Serialize;
use serde_json::{Value, json};

use super::context::Context;
use super::progress::PolicyProgress;
use super::raw::Raw;
use super::validate::Plan;
use crate::api::finding::{AuditFindingStatus, FindingState};
use crate::api::{self, AuditFinding, AuditPolicy, AuditPolicyStatus, convert};
use crate::audit::finding::{Acknowledgement, Finding};
use crate::audit::identity::finding_name;
use crate::evidence::ChainState;

pub(super) use record::record;

/// How many findings of a policy stand in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Published, non-compliant, and nobody has dealt with them.
    pub(super) open: i64,
    /// The evidence does not suffice.
    pub(super) undetermined: i64,
    /// Open or undetermined, and beyond the policy's bound: in the archive only.
    pub(super) withheld: i64,
    /// From before the chain began, published or not.
    pub(super) baseline: i64,
    /// Refused by the API server.
    pub(super) refused: i64,
}

/// One finding as it should be.
struct Wanted<'a> {
    /// Whether its chain was adopted: then it may have been published from a chain that is lost.
    adopted: bool,
    name: String,
    finding: &'a Finding,
    state: FindingState,
}

/// Publishes the findings of all chains of a policy that the archive says are published: see [`places`].
///
/// # Errors
///
/// The first failure that may pass by itself. A finding that the API server refuses is counted and stops nothing.
pub(super) async fn findings(
    context: &Context,
    plan: &Plan,
    progress: &PolicyProgress,
) -> kube::Result<Counts> {
    let chains: Vec<_> = progress
        .of_plan(plan)
        .filter_map(|known| known.chain.clone())
        .collect();
    let now = context.now();
    let all = chains.iter().flat_map(|chain| {
        let adopted = chain.adopted.is_some();
        chain
            .findings()
            .values()
            .map(move |finding| (adopted, finding))
    });
    let wanted = wanted(&plan.key.name, all, now);
    let is_published = |wanted: &Wanted<'_>| {
        // Or an entry has still to say so.
        wanted.finding.published.is_some() || stored(context, plan, &wanted.name).is_some()
    };
    let (published, withheld): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_published);
    let mut accepted = Vec::with_capacity(published.len());
    let mut refused = 0;
    for wanted in published {
        match publish_finding(context, plan, &wanted).await {
            Ok(()) => accepted.push(wanted),
            // Somebody wrote it in between, which wakes the policy.
            Err(kube::Error::Api(status)) if status.is_conflict() => accepted.push(wanted),
            Err(kube::Error::Api(status)) if status.is_invalid() || status.is_forbidden() => {
                tracing::error!(finding = wanted.name, reason = %status.message, "the API server refuses a finding; it is in the archive only");
                refused += 1;
            }
            Err(error) => return Err(error),
        }
    }
    let beyond = count(&withheld);
    let counts = count(&accepted);
    Ok(Counts {
        withheld: beyond.open + beyond.undetermined,
        baseline: counts.baseline + beyond.baseline,
        refused,
        ..counts
    })
}

/// What should be there, the most urgent first.
fn wanted<'a>(
    policy: &str,
    findings: impl Iterator<Item = (bool, &'a Finding)>,
    now: Timestamp,
) -> Vec<Wanted<'a>> {
    let mut wanted: Vec<_> = findings
        .map(|(adopted, finding)| Wanted {
            adopted,
            name: finding_name(policy, finding),
            finding,
            state: finding.state(now).into(),
        })
        .collect();
    wanted.sort_by_cached_key(|wanted| (places::urgency(wanted.finding), wanted.name.clone()));
    wanted
}

fn count(published: &[Wanted<'_>]) -> Counts {
    let mut counts = Counts::default();
    for wanted in published {
        match wanted.state {
            FindingState::Open => counts.open += 1,
            FindingState::Undetermined => counts.undetermined += 1,
            FindingState::Baseline => counts.baseline += 1,
            FindingState::Acknowledged | FindingState::Reviewed | FindingState::Resolved => {}
        }
    }
    counts
}

/// The chains of the policy's organizations, as far as this process has read them.
fn chains(context: &Context, plan: &Plan) -> Vec<Arc<ChainState>> {
    let progress = context.progress.of(&plan.key);
    let known = progress.of_plan(plan);
    known.filter_map(|known| known.chain.clone()).collect()
}

async fn publish_finding(context: &Context, plan: &Plan, wanted: &Wanted<'_>) -> kube::Result<()> {
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
        None => Arc::new(apply(&findings, api::MANAGER_FACTS, &wanted.name, &facts).await?),
    };
    if let Some(said) = &finding.acknowledgement
        && stored.spec.acknowledgement.is_none()
    {
        stored = Arc::new(restore(&findings, &wanted.name, said).await?);
    }
    publish_finding_status(&findings, &stored, &status).await
}

/// Shows what the chain says of a finding that somebody decided about, or whose acknowledgement has ended.
///
/// # Errors
///
/// The API server's; a conflict means that the finding has changed and is looked at again.
pub(super) async fn decided(
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
    publish_finding_status(&findings, stored, &status).await
}

async fn apply(
    findings: &Api<Raw<AuditFinding>>,
    manager: &str,
    name: &str,
    object: impl Serialize + std::fmt::Debug,
) -> kube::Result<AuditFinding> {
    let parameters = PatchParams::apply(manager)
        .force()
        .validation(ValidationDirective::Strict);
    let applied = findings
        .patch(name, &parameters, &Patch::Apply(&object))
        .await?;
    applied.read().map_err(kube::Error::SerdeError)
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
    apply(findings, api::MANAGER_RESTORE, name, &object).await
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
async fn publish_finding_status(
    findings: &Api<Raw<AuditFinding>>,
    stored: &AuditFinding,
    status: &AuditFindingStatus,
) -> kube::Result<()> {
    if stored.status.as_ref() == Some(status) {
        return Ok(());
    }
    let parameters = PatchParams::apply(api::MANAGER_STATUS)
        .force()
        .validation(ValidationDirective::Strict);
    let patch = json!({
        "apiVersion": AuditFinding::api_version(&()),
        "kind": AuditFinding::kind(&()),
        "metadata": {"resourceVersion": stored.resource_version()},
        "status": status,
    });
    findings
        .patch_status(&stored.name_any(), &parameters, &Patch::Apply(&patch))
        .await?;
    Ok(())
}

fn stored(context: &Context, plan: &Plan, name: &str) -> Option<Arc<AuditFinding>> {
    context
        .findings
        .get(&ObjectRef::new(name).within(&plan.key.namespace))
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

/// Writes the policy's status, unless it is so already; true where it was written. The write carries the resourceVersion, so that
/// a status that somebody else has moved on is not put back.
///
/// The entries of the organizations in `withdrawn` go back within their chain, by a person's decision. The definition lets no entry
/// go back: those organizations are taken out by a write of its own before.
///
/// # Errors
///
/// The API server's; a conflict means that the policy has changed and is reconciled again.
pub(super) async fn status(
    context: &Context,
    policy: &AuditPolicy,
    status: &AuditPolicyStatus,
    withdrawn: &[String],
) -> kube::Result<bool> {
    if policy.status.as_ref() == Some(status) {
        return Ok(false);
    }
    let mut version = policy.resource_version();
    if !withdrawn.is_empty() {
        let mut without = status.clone();
        without
            .organizations
            .retain(|organization| !withdrawn.contains(&organization.name));
        version = write_status(context, policy, &without, version).await?;
    }
    write_status(context, policy, status, version).await?;
    Ok(true)
}

/// Writes the status on this version of the policy, and says which version came of it.
async fn write_status(
    context: &Context,
    policy: &AuditPolicy,
    status: &AuditPolicyStatus,
    version: Option<String>,
) -> kube::Result<Option<String>> {
    let policies: Api<Raw<AuditPolicy>> = Api::namespaced(
        context.client.clone(),
        &policy.namespace().unwrap_or_default(),
    );
    let parameters = PatchParams::apply(api::MANAGER_STATUS)
        .force()
        .validation(ValidationDirective::Strict);
    let patch: Value = json!({
        "apiVersion": AuditPolicy::api_version(&()),
        "kind": AuditPolicy::kind(&()),
        "metadata": {"resourceVersion": version},
        "status": status,
    });
    let written = policies
        .patch_status(&policy.name_any(), &parameters, &Patch::Apply(&patch))
        .await?;
    Ok(written.resource_version())
}
