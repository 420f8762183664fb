//! What others claim of a chain, held against the archive; and the decision of a person to go on with an archive that does not
//! bear it out.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Assignment, Error, Known, Result, evidence};
use crate::audit::finding::Finding;
use crate::clock::Clock;
use crate::digest::Digest;
use crate::evidence::entry::{Adoption, Body, Control, ControlAction};
use crate::evidence::state::Adopted;
use crate::evidence::{AppendError, Chain, ChainState, Mismatch};
use crate::schedule::window::Reach;

/// How often the adoption is linked anew behind other entries.
const TRIES: u32 = 5;
/// The most findings that an adoption hands on: as many as may be open at most, of 4 KiB each, fit into one entry. What is beyond was
/// closed before, and stays in the cluster as it is.
const INHERITED: usize = 5000;

/// An entry that a published finding rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedEntry {
    /// The entry's number.
    pub sequence: u64,
    /// The entry's digest.
    pub digest: Digest,
    /// The object with the finding's record, as a path within the archive.
    pub location: String,
    /// When the finding was published, by the API server's clock.
    pub published: Timestamp,
}

/// A person's decision to go on with the archive as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Why: the value of `mergeaudit.io/adopt-archive`.
    pub reason: String,
    /// The reason that was last obeyed, as it was published: a chain that is lost remembers none.
    pub obeyed: Option<String>,
    /// What the cluster still tells of the policy's findings.
    pub findings: Vec<Finding>,
    /// Up to when the organization was checked, as the cluster tells it.
    pub checked_until: Option<Timestamp>,
}

/// The first claim that the archive does not bear out, but for those that an adoption has settled.
pub(super) async fn find_mismatch(
    chain: &Chain,
    known: &Known,
    adopted: Option<&Adopted>,
) -> Result<Option<Mismatch>> {
    const WHAT: &str = "looking for the published entries";
    if let Some(claim) = &known.claim {
        let mismatch = chain.find_mismatch(claim).await.map_err(evidence(WHAT))?;
        let settled =
            |mismatch: &Mismatch| adopted.is_some_and(|adopted| adopted.settles(mismatch));
        let unsettled = mismatch.filter(|mismatch| !settled(mismatch));
        if unsettled.is_some() {
            return Ok(unsettled);
        }
    }
    for (sequence, claimed) in named(chain, known, adopted) {
        let entry = chain.read(sequence).await.map_err(evidence(WHAT))?;
        let archived = entry.map(|entry| entry.digest);
        if archived != Some(claimed) {
            return Ok(Some(Mismatch::Entry {
                sequence,
                archived,
                claimed,
            }));
        }
    }
    Ok(None)
}

/// The entries that findings of this chain name, each once: all of them for who has not read the chain yet, else the last, which
/// holds the others fast. A finding that was there when the archive was adopted may rest on what is lost, and so does an inherited
/// one that comes back.
fn named(chain: &Chain, known: &Known, adopted: Option<&Adopted>) -> Vec<(u64, Digest)> {
    let folder = format!("{}/", chain.id().folder());
    let is_ours = |entry: &&NamedEntry| entry.location.starts_with(&folder);
    let is_newer = |entry: &&NamedEntry| {
        let lost = |adopted: &Adopted| adopted.lost.contains(&(entry.sequence, entry.digest));
        adopted.is_none_or(|adopted| entry.published > adopted.at && !lost(adopted))
    };
    let ours = known.findings.iter().filter(is_ours).filter(is_newer);
    let entries: BTreeSet<(u64, Digest)> =
        ours.map(|entry| (entry.sequence, entry.digest)).collect();
    let most = if known.state.is_some() {
        1
    } else {
        entries.len()
    };
    entries.into_iter().rev().take(most).collect()
}

/// Whether a person decided to go on in spite of it, by a reason that was not obeyed before.
///
/// # Errors
///
/// The mismatch, where nobody did.
pub(super) fn permit(
    mismatch: &Mismatch,
    state: Option<&ChainState>,
    known: &Known,
) -> Result<String> {
    let refused = || Error::Mismatch(Box::new(mismatch.clone()));
    let decision = known.decision.as_ref().ok_or_else(refused)?;
    let reason = Some(&decision.reason);
    let in_chain = state.and_then(|state| state.adopted.as_ref()?.reason.as_ref());
    let is_used = in_chain == reason || decision.obeyed.as_ref() == reason;
    if is_used || !mismatch.is_adoptable() {
        return Err(refused());
    }
    Ok(decision.reason.clone())
}

/// Up to when a chain that is lost had checked what landed, as the cluster tells it: by the status, else by the last of its findings
/// that it detected, when it had at least looked that far; none where nobody tells.
pub(super) fn checked_until(
    known: &Known,
    organization_id: i64,
    reach: Reach,
) -> Option<Timestamp> {
    let decision = known.decision.as_ref()?;
    let detected = inherited(known, organization_id).map(|finding| finding.first_detected);
    let detected = detected.max();
    let looked = detected.map(|at| at.saturating_sub(reach.overlap).unwrap_or(at));
    decision.checked_until.or(looked)
}

/// What the cluster still tells of an organization's findings: what may page first, in case there are too many for one entry.
pub(super) fn inheritance(known: &Known, organization_id: i64) -> Vec<Finding> {
    let mut findings: Vec<Finding> = inherited(known, organization_id).cloned().collect();
    findings.sort_by_key(|finding| (finding.is_closed(), std::cmp::Reverse(finding.merged_at)));
    findings.truncate(INHERITED);
    findings
}

fn inherited(known: &Known, organization_id: i64) -> impl Iterator<Item = &Finding> {
    let all = known.decision.iter().flat_map(|it| &it.findings);
    all.filter(move |finding| finding.identity.organization_id == organization_id)
}

/// Appends the decision to the chain that is there now; `state` then includes it.
pub(super) async fn adopt(
    chain: &Chain,
    state: &mut ChainState,
    (mismatch, reason, findings): (&Mismatch, String, Vec<Finding>),
    assignment: &Assignment,
    clock: Clock,
) -> Result<()> {
    let adoption = Adoption {
        findings,
        ..mismatch.adoption(assignment.cluster_uid.as_deref())
    };
    let version = &assignment.version;
    let control = Control {
        action: ControlAction::Adopted,
        policy: version.spec.clone(),
        policy_digest: version.digest,
        generation: version.generation,
        policy_uid: version.uid.clone(),
        changed_by: version.changed_by.clone(),
        reason: Some(reason),
        adoption: Some(adoption),
    };
    for _ in 0..TRIES {
        let body = Body::Control(control.clone());
        let appended = chain
            .append(Some(state.position()), body, clock.now())
            .await;
        if let Err(AppendError::Archive(source)) = appended {
            return Err(evidence("recording the adoption of the archive")(source));
        }
        chain
            .catch_up(state)
            .await
            .map_err(evidence("reading what was added to the chain"))?;
        if appended.is_ok() {
            return Ok(());
        }
    }
    Err(Error::Contended(TRIES))
}
