//! What the log says of a chain: each new finding in the words that old alarms match, and each run. Only what is committed is
//! said, and at least once: what was committed by a process that ended before it could say so is said by the next.

use super::context::Context;
use super::validate::Plan;
use crate::audit::finding::Finding;
use crate::evidence::state::ChainState;
use crate::scan::{Known, Outcome};

/// The last entry whose findings were said; none where nothing is known to be unsaid.
///
/// A process that has said something knows what. Another one relies on the status, which names the last entry that was
/// published.
pub(super) fn announced(said: Option<u64>, known: &Known) -> Option<u64> {
    said.or_else(|| known.claim.map(|claim| claim.sequence))
}

/// Says every finding of the entries after this one.
pub(super) fn findings(context: &Context, plan: &Plan, state: &ChainState, after: Option<u64>) {
    let Some(after) = after else { return };
    let policy = format!("{}/{}", plan.key.namespace, plan.key.name);
    // What was inherited names an entry of another chain, which said it.
    let new = |finding: &&Finding| finding.evidence.sequence > after && !finding.inherited;
    for finding in state.findings().values().filter(new) {
        let latency = finding.first_detected.duration_since(finding.merged_at);
        if finding.severity.is_some() && !finding.baseline {
            context.metrics.detected_after(latency.unsigned_abs());
        }
        finding_line(&policy, finding);
    }
}

/// Says that a run is committed.
pub(super) fn run(plan: &Plan, state: &ChainState, outcome: &Outcome) {
    tracing::info!(
        policy = format!("{}/{}", plan.key.namespace, plan.key.name),
        organization = state.genesis.organization,
        entry = outcome.entry.sequence,
        since = %outcome.window.since,
        until = %outcome.window.until,
        judged = outcome.judged,
        "the run is committed",
    );
}

fn finding_line(policy: &str, finding: &Finding) {
    let change = format!(
        "{}/{}#{}",
        finding.organization.login, finding.repository.name, finding.number
    );
    let reasons: Vec<String> = finding
        .reasons
        .iter()
        .map(|reason| reason.kind.to_string())
        .collect();
    let reasons = reasons.join(",");
    match finding.severity {
        Some(_) if finding.baseline => {
            tracing::info!(
                policy,
                change,
                reasons,
                url = finding.url,
                "{change} was merged before the audit began and is baseline"
            );
        }
        Some(severity) => {
            tracing::warn!(
                policy,
                change,
                reasons,
                severity = severity.as_str(),
                url = finding.url,
                "{change} is non-compliant!"
            );
        }
        None if finding.resolved => tracing::info!(
            policy,
            change,
            "{change} was undetermined and proved compliant"
        ),
        None => tracing::warn!(
            policy,
            change,
            url = finding.url,
            "{change} is undetermined"
        ),
    }
}
