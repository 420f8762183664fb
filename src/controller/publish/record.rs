//! Sees that the archive says which findings are published, before any of them is: so that the same ones come back.

use super::places::{Circumstances, Places, next};
use super::stored;
use crate::api::finding::FindingState;
use crate::api::{AuditFinding, convert};
use crate::audit::finding::Finding;
use crate::audit::record::ChangeIdentity;
use crate::controller::adoption;
use crate::controller::context::Context;
use crate::controller::decisions::Target;
use crate::controller::progress::PolicyKey;
use crate::controller::validate::Plan;
use crate::evidence::ChainState;
use crate::evidence::entry::{Body, NamedFinding, Publication};
use crate::scan;

/// Appends to each chain of a policy which of its findings are published next, where there are any. Of several chains that fail the
/// first is named; the others go on.
///
/// # Errors
///
/// The archive's: what it does not say stays withheld until it does.
pub(in crate::controller) async fn record(context: &Context, plan: &Plan) -> scan::Result<()> {
    let mut result = Ok(());
    for organization_id in organizations_with_news(context, plan) {
        let recorded = record_in(context, plan, organization_id).await;
        result = result.and(recorded);
    }
    result
}

/// The organizations of whose findings some are to be published next.
fn organizations_with_news(context: &Context, plan: &Plan) -> Vec<i64> {
    let chains = super::chains(context, plan);
    let chains: Vec<&ChainState> = chains.iter().map(AsRef::as_ref).collect();
    let mut all = chains.iter().flat_map(|chain| chain.findings().values());
    if all.all(|finding| finding.published.is_some()) {
        return Vec::new();
    }
    let news = due(context, plan, &chains);
    let mut ids: Vec<i64> = news
        .iter()
        .map(|(_, finding)| finding.identity.organization_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

async fn record_in(context: &Context, plan: &Plan, organization_id: i64) -> scan::Result<()> {
    let chains = super::chains(context, plan);
    let is_its = |chain: &ChainState| chain.genesis.organization_id == organization_id;
    let Some(chain) = chains.iter().find(|chain| is_its(chain)) else {
        return Ok(());
    };
    let known = adoption::known(context, plan, &chain.genesis.organization, None);
    let target = Target {
        id: plan.key.chain(organization_id),
        host: &chain.genesis.host,
        // This process has read the chain up to what findings name.
        known: scan::Known {
            findings: Vec::new(),
            ..known
        },
    };
    let decide = |newest: &ChainState| {
        let others = chains.iter().map(AsRef::as_ref);
        let others = others.filter(|chain| !is_its(chain));
        let all: Vec<&ChainState> = others.chain([newest]).collect();
        let found = due(context, plan, &all).into_iter();
        let own = found.filter(|(_, finding)| finding.identity.organization_id == organization_id);
        publication(own, plan.max_open)
    };
    context.ledger.append(context, &target, decide).await?;
    Ok(())
}

fn due<'a>(
    context: &Context,
    plan: &Plan,
    chains: &[&'a ChainState],
) -> Vec<(String, &'a Finding)> {
    let circumstances = Circumstances {
        policy: &plan.key.name,
        max_open: plan.max_open,
        retention: plan.retention,
        elsewhere: elsewhere(context, plan, chains),
        now: context.now(),
    };
    let is_there = |name: &str| stored(context, plan, name).is_some();
    let findings = chains.iter().flat_map(|chain| chain.findings().values());
    next(findings, &circumstances, is_there)
}

/// The places that findings in the cluster take of which none of these chains is: of organizations that were not read yet, or that
/// the policy names no more.
fn elsewhere(context: &Context, plan: &Plan, chains: &[&ChainState]) -> Places {
    let is_known = |change: &ChangeIdentity| {
        let id = change.organization_id;
        chains.iter().any(|it| it.genesis.organization_id == id)
    };
    let is_elsewhere = |finding: &AuditFinding| {
        PolicyKey::of_finding(finding) == plan.key
            && !convert::identity(&finding.spec.change).is_some_and(|change| is_known(&change))
    };
    let mut taken = Places::default();
    for finding in context.findings.state() {
        if is_elsewhere(&finding) {
            taken.add(places(&finding));
        }
    }
    taken
}

/// The places that a finding takes as the cluster tells it.
fn places(finding: &AuditFinding) -> Places {
    let state = finding.status.as_ref().map(|status| status.state);
    let said = finding.spec.acknowledgement.as_ref();
    let has_term = said.is_some_and(|said| said.expiration_time.is_some());
    let is_open = match state {
        None | Some(FindingState::Open | FindingState::Undetermined) => true,
        Some(FindingState::Acknowledged) => has_term,
        Some(FindingState::Reviewed | FindingState::Baseline | FindingState::Resolved) => false,
    };
    Places {
        open: i64::from(is_open),
        baseline: i64::from(state == Some(FindingState::Baseline)),
    }
}

fn publication<'a>(
    findings: impl Iterator<Item = (String, &'a Finding)>,
    max_open: i64,
) -> Option<Body> {
    let published = |(name, finding): (String, &Finding)| NamedFinding {
        change: finding.identity.clone(),
        finding: name,
    };
    let findings: Vec<NamedFinding> = findings.map(published).collect();
    (!findings.is_empty()).then_some(Body::Publication(Publication { findings, max_open }))
}
