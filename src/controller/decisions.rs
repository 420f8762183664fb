//! What people decide about findings, taken up by a controller of its own: never behind a scan, whatever GitHub does, and whether
//! or not the policy is still there.
//!
//! `hear (watch) → is it new to the chain? → append (I/O) → show it in the status (I/O) → look again when its term ends`.
//! A decision takes effect when its entry is in the archive, never before; where that failed half way, the next look finds out.

mod identity;
mod ledger;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use kube::{Api, ResourceExt as _};
use kube_runtime::controller::{self, Action};
use kube_runtime::events::EventType;
use kube_runtime::{Controller, WatchStreamExt as _, reflector};

use super::context::Context;
use super::progress::PolicyKey;
use super::raw::{Raw, watch_readable};
use super::{adoption, publish, retry};
use crate::api::condition::ConditionReason as Reason;
use crate::api::{AuditFinding, convert};
use crate::audit::acknowledgement::{Answer, Proposal};
use crate::audit::finding::Finding;
use crate::audit::identity::finding_name;
use crate::audit::independence::{Users, independence};
use crate::audit::record::ChangeIdentity;
use crate::evidence::entry::{Acknowledgement, Body};
use crate::evidence::{ChainId, ChainState};
use crate::scan;

pub(super) use ledger::{Ledger, Target};

/// How many findings are looked at once: those of one chain take turns.
const CONCURRENCY: u16 = 16;
/// The longest that a finding whose state changes with time is not looked at.
const LONGEST: Duration = Duration::from_hours(1);

/// Why a decision was not taken up; it is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The archive failed, or is not the one that was published.
    #[error("the acknowledgement could not be recorded")]
    Archive(#[from] scan::Error),
    /// The archive has no such chain.
    #[error("the archive has no chain for the finding; nothing is decided until it is restored")]
    NoChain,
    /// The API server failed.
    #[error("the state of the finding could not be published")]
    Kubernetes(#[from] kube::Error),
}

/// A person's acknowledgement, and of what.
struct Heard<'a> {
    finding: &'a AuditFinding,
    change: ChangeIdentity,
    said: Proposal,
}

/// Takes up every decision, for as long as this replica leads.
pub(super) async fn take_up_all(findings: Api<Raw<AuditFinding>>, context: Arc<Context>) {
    let (store, writer) = reflector::store();
    let watched = watch_readable(findings, store.clone()).reflect(writer);
    Controller::for_stream(watched.applied_objects(), store)
        .with_config(controller::Config::default().concurrency(CONCURRENCY))
        .run(take_up, error_policy, context)
        .for_each(|result| {
            match result {
                // Deleted in between: nobody can decide about it until it is back.
                Ok(_) | Err(controller::Error::ObjectNotFound(_)) => {}
                Err(controller::Error::ReconcilerFailed(error, finding)) if error.is_conflict() => {
                    tracing::debug!(finding = %finding, "the finding has changed in between and is looked at again");
                }
                Err(controller::Error::ReconcilerFailed(error, finding)) => {
                    tracing::warn!(finding = %finding, "{}", retry::chain(&error));
                }
                Err(error) => tracing::warn!("{}", retry::chain(&error)),
            }
            async {}
        })
        .await;
}

/// Takes up what a person says of one finding, and says when to look again.
async fn take_up(finding: Arc<AuditFinding>, context: Arc<Context>) -> Result<Action, Error> {
    let Some(heard) = Heard::of(&finding) else {
        return Ok(Action::await_change());
    };
    let chain = match heard.record(&context).await {
        Ok(chain) => chain,
        Err(error) => {
            heard.tell_failure(&context, &error).await;
            return Err(error);
        }
    };
    let Some(known) = heard.find(&chain) else {
        // Retired, or none of ours.
        return Ok(Action::await_change());
    };
    publish::decided(&context, &finding, known).await?;
    Ok(next_look(known, context.now()))
}

fn next_look(known: &Finding, now: Timestamp) -> Action {
    let Some(at) = known.changes_at(now) else {
        return Action::await_change();
    };
    let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    // A timer may fire a little early, and has a longest time.
    Action::requeue(wait.saturating_add(Duration::from_millis(10)).min(LONGEST))
}

fn error_policy(_finding: Arc<AuditFinding>, error: &Error, _context: Arc<Context>) -> Action {
    let wait = match error {
        Error::Kubernetes(kube::Error::Api(status)) if status.is_conflict() => {
            Duration::from_millis(200)
        }
        Error::Archive(scan::Error::Mismatch(_)) | Error::NoChain => Duration::from_mins(1),
        Error::Archive(_) | Error::Kubernetes(_) => Duration::from_secs(5),
    };
    Action::requeue(wait)
}

// === impl Heard ===

impl<'a> Heard<'a> {
    /// None where nobody has said anything.
    fn of(finding: &'a AuditFinding) -> Option<Self> {
        let said = finding.spec.acknowledgement.as_ref()?;
        Some(Self {
            change: convert::identity(&finding.spec.change)?,
            said: convert::proposal(said),
            finding,
        })
    }

    fn chain_id(&self) -> ChainId {
        PolicyKey::of_finding(self.finding).chain(self.change.organization_id)
    }

    /// The finding as the chain has it; none where it has none of this name.
    fn find<'c>(&self, chain: &'c ChainState) -> Option<&'c Finding> {
        let known = chain.findings().get(&self.change)?;
        let name = finding_name(&self.finding.spec.policy_name, known);
        (self.finding.name_any() == name).then_some(known)
    }

    /// Sees that the chain has it; the chain's state then.
    async fn record(&self, context: &Context) -> Result<Arc<ChainState>, Error> {
        let id = self.chain_id();
        let chain = context.ledger.newest(context, &id).await?;
        let chain = chain.ok_or(Error::NoChain)?;
        match self.find(&chain).map(|known| self.said.answer(known)) {
            Some(Answer::Known) => return Ok(chain),
            Some(Answer::Superseded) => {
                self.tell_superseded(context).await;
                return Ok(chain);
            }
            // Or this process has not read the entry yet by which it was found.
            Some(Answer::New) | None => {}
        }
        let users = identity::users(&context.client, &context.identities_namespace).await?;
        let target = Target {
            id,
            host: &self.change.host,
            known: adoption::known_by(context, self.finding),
        };
        let decide = |chain: &ChainState| self.entry(chain, &users);
        let chain = context.ledger.append(context, &target, decide).await?;
        let chain = chain.ok_or(Error::NoChain)?;
        self.tell(context, &chain).await;
        Ok(chain)
    }

    /// The entry that the chain is to get; none where it has it, or one that holds instead.
    fn entry(&self, chain: &ChainState, users: &Users) -> Option<Body> {
        let known = self.find(chain)?;
        if self.said.answer(known) != Answer::New {
            return None;
        }
        let said = self.said.clone();
        Some(Body::Acknowledgement(Acknowledgement {
            change: self.change.clone(),
            finding: self.finding.name_any(),
            independence: independence(&said.acknowledged_by, known, users),
            disposition: said.disposition,
            reason: said.reason,
            ticket: said.ticket,
            acknowledged_by: said.acknowledged_by,
            expiration_time: said.expiration_time,
        }))
    }

    async fn tell(&self, context: &Context, chain: &ChainState) {
        let known = self.find(chain).and_then(|it| it.acknowledgement.as_ref());
        let Some(known) = known else { return };
        let (by, sequence) = (&known.acknowledged_by, known.sequence);
        let until = match known.expiration_time {
            Some(end) => format!(" until {end}"),
            None => String::new(),
        };
        let note = format!("acknowledged by {by}{until}: entry {sequence} of the archive");
        tracing::info!(finding = self.finding.name_any(), "{note}");
        let reason = Reason::Acknowledged.as_str();
        context
            .event(self.finding, EventType::Normal, reason, &note)
            .await;
    }

    async fn tell_superseded(&self, context: &Context) {
        let note = "the archive has another acknowledgement of this finding, which this one does not extend; that one holds";
        let reason = Reason::NotAcknowledged.as_str();
        context
            .event(self.finding, EventType::Warning, reason, note)
            .await;
    }

    async fn tell_failure(&self, context: &Context, error: &Error) {
        let reason = match error {
            Error::Archive(scan::Error::Mismatch(_)) | Error::NoChain => Reason::ArchiveMismatch,
            Error::Archive(_) => Reason::EvidenceNotStored,
            Error::Kubernetes(_) => return,
        };
        let note = retry::chain(error);
        context
            .event(self.finding, EventType::Warning, reason.as_str(), &note)
            .await;
    }
}

// === impl Error ===

impl Error {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Kubernetes(kube::Error::Api(status)) if status.is_conflict())
    }
}
