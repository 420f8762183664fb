//! Findings that were closed long ago leave the cluster, not the archive: first an entry says so, then the objects go. In
//! between anybody may be killed; what is left is seen by the next.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use kube::api::{DeleteParams, Preconditions};
use kube::{Api, ResourceExt as _};

use super::adoption;
use super::context::Context;
use super::decisions::Target;
use super::progress::{PolicyKey, PolicyProgress};
use super::retry;
use super::validate::Plan;
use crate::api::{AuditFinding, convert};
use crate::audit::finding::Finding;
use crate::audit::identity::finding_name;
use crate::evidence::entry::{Body, NamedFinding, Retirement};
use crate::evidence::{Chain, ChainState};
use crate::scan;

/// The most findings of one entry; more wait for the next.
const BATCH: usize = 500;

/// Retires what is past in the chains of a policy, and deletes the objects of what was retired. A failure is logged and tried
/// again when the policy is looked at next: nobody waits for this.
pub(super) async fn retire(context: &Context, plan: &Plan, progress: &PolicyProgress) {
    let chains = progress
        .of_plan(plan)
        .filter_map(|known| known.chain.clone());
    for chain in chains.collect::<Vec<_>>() {
        let policy = format!("{}/{}", plan.key.namespace, plan.key.name);
        let retired = record(context, plan, chain).await;
        let deleted = match retired {
            Ok(chain) => delete_all(context, plan, &chain).await,
            Err(error) => Err(error),
        };
        if let Err(error) = deleted {
            tracing::warn!(
                policy,
                "findings could not be retired: {}",
                retry::chain(&error)
            );
        }
    }
}

/// Why findings could not be retired.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the archive failed")]
    Archive(#[from] scan::Error),
    #[error("the entry that a finding names could not be read")]
    Evidence(#[from] crate::evidence::Error),
    #[error("the API server failed")]
    Kubernetes(#[from] kube::Error),
}

/// Sees that the chain says of what is past that it is retired; the chain's state then.
async fn record(
    context: &Context,
    plan: &Plan,
    chain: Arc<ChainState>,
) -> Result<Arc<ChainState>, Error> {
    if past(plan, &chain, context.now()).next().is_none() {
        return Ok(chain);
    }
    let target = Target {
        id: plan.key.chain(chain.genesis.organization_id),
        host: &chain.genesis.host,
        known: adoption::known(context, plan, &chain.genesis.organization, None),
    };
    let decide = |chain: &ChainState| {
        let findings: Vec<NamedFinding> = past(plan, chain, context.now())
            .take(BATCH)
            .map(|finding| NamedFinding {
                change: finding.identity.clone(),
                finding: finding_name(&plan.key.name, finding),
            })
            .collect();
        let days = plan.retention.as_hours() / 24;
        let reason = format!("closed {days} days ago or earlier");
        (!findings.is_empty()).then_some(Body::Retirement(Retirement { findings, reason }))
    };
    let after = context.ledger.append(context, &target, decide).await?;
    Ok(after.unwrap_or(chain))
}

fn past<'a>(
    plan: &Plan,
    chain: &'a ChainState,
    now: jiff::Timestamp,
) -> impl Iterator<Item = &'a Finding> {
    let retention: SignedDuration = plan.retention;
    let findings = chain.findings().values();
    findings.filter(move |finding| finding.is_past(retention, now))
}

/// Deletes the objects that the chain once told of and tells of no more.
async fn delete_all(context: &Context, plan: &Plan, chain: &ChainState) -> Result<(), Error> {
    let names: BTreeSet<String> = chain
        .findings()
        .values()
        .map(|finding| finding_name(&plan.key.name, finding))
        .collect();
    let is_left = |finding: &AuditFinding| {
        PolicyKey::of_finding(finding) == plan.key
            && finding.spec.change.organization_id == chain.genesis.organization_id
            && !names.contains(&finding.name_any())
    };
    let archive = context
        .archive
        .chain(&plan.key.chain(chain.genesis.organization_id));
    for finding in context.findings.state() {
        if is_left(&finding) && rests_on(&archive, chain, &finding).await? {
            delete(context, &finding).await?;
        }
    }
    Ok(())
}

/// Whether the chain, as far as it is known, has the entry that the finding rests on: then it is gone from the chain's state
/// because it was retired. What rests on anything else is not ours to delete.
async fn rests_on(
    archive: &Chain,
    chain: &ChainState,
    finding: &AuditFinding,
) -> Result<bool, Error> {
    let evidence = &finding.spec.evidence;
    let Ok(sequence) = u64::try_from(evidence.sequence) else {
        return Ok(false);
    };
    let is_lost = sequence > chain.head.sequence && chain.adopted.is_none();
    if is_lost || convert::identity(&finding.spec.change).is_none() {
        return Ok(false);
    }
    let entry = archive.read(sequence).await?;
    if entry.is_some_and(|entry| entry.digest == evidence.digest) {
        return Ok(true);
    }
    was_inherited(archive, chain, finding).await
}

/// Whether the chain took the finding over from one that is lost.
async fn was_inherited(
    archive: &Chain,
    chain: &ChainState,
    finding: &AuditFinding,
) -> Result<bool, Error> {
    let Some(adopted) = &chain.adopted else {
        return Ok(false);
    };
    let entry = archive.read(adopted.sequence).await?;
    let Some(Body::Control(control)) = entry.map(|entry| entry.entry.body) else {
        return Ok(false);
    };
    let change = convert::identity(&finding.spec.change);
    let findings = control.adoption.map(|adoption| adoption.findings);
    let mut findings = findings.iter().flatten();
    Ok(findings.any(|inherited| Some(&inherited.identity) == change.as_ref()))
}

async fn delete(context: &Context, finding: &AuditFinding) -> kube::Result<()> {
    let (namespace, name) = (finding.namespace().unwrap_or_default(), finding.name_any());
    let findings: Api<AuditFinding> = Api::namespaced(context.client.clone(), &namespace);
    let parameters = DeleteParams {
        preconditions: Some(Preconditions {
            uid: finding.uid(),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    match findings.delete(&name, &parameters).await {
        Ok(_) => {
            tracing::info!(finding = name, "the finding is retired: the archive has it");
            Ok(())
        }
        Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => Ok(()),
        Err(error) => Err(error),
    }
}
