//! Step one: find the organization and its chain, or begin it, and see that the chain holds the policy in force.

use super::adoption::{self, Decision, NamedEntry};
use super::{Assignment, Error, Result, evidence, github};
use crate::clock::Clock;
use crate::evidence::entry::{Body, Control, ControlAction, Genesis};
use crate::evidence::{
    AppendError, Archive, Chain, ChainId, ChainState, Claim, Expectation, Mismatch,
};
use crate::github::{Client, ErrorKind, OrganizationInfo, Principal, Usage};

/// An organization whose chain is ready for a run.
pub struct Opened {
    /// The organization as GitHub has it now.
    pub organization: OrganizationInfo,
    /// Its chain.
    pub chain: Chain,
    /// What the chain says so far.
    pub state: ChainState,
    /// Whose credentials are used; none where GitHub does not tell them.
    pub principal: Option<Principal>,
    /// What was wrong with the archive, where a person decided just now to go on with it.
    pub adopted: Option<Mismatch>,
    /// What had been asked of GitHub before what is in no entry yet.
    pub(super) usage: Usage,
}

/// What is believed of a chain before it is read.
#[derive(Debug, Default)]
pub struct Known {
    /// Its state as read earlier; only what was added since is read then.
    pub state: Option<ChainState>,
    /// An entry that was published and so must be there.
    pub claim: Option<Claim>,
    /// The entries that published findings rest on.
    pub findings: Vec<NamedEntry>,
    /// A person's decision to go on with an archive that lacks what was published.
    pub decision: Option<Decision>,
}

/// Looks the organization up, reads its chain from `known` on (or from its beginning), begins it where there is none, and
/// appends a `Control` where the policy's text is not the chain's latest.
///
/// # Errors
///
/// GitHub or archive failures; [`Error::Mismatch`] where the archive lacks what was published, or the chain was begun for another
/// host, organization or cluster, and nobody decided to go on with it.
pub async fn open(
    client: &Client,
    archive: &Archive,
    assignment: &Assignment,
    known: Known,
    clock: Clock,
) -> Result<Opened> {
    let client = &client.for_organization(&assignment.organization);
    let usage = client.usage();
    let organization = client
        .organization(&assignment.organization)
        .await
        .map_err(github(format!("organization {}", assignment.organization)))?;
    let chain = archive.chain(&ChainId {
        namespace: assignment.namespace.clone(),
        policy: assignment.policy.clone(),
        organization_id: organization.id,
    });
    let (state, lost) = read(&chain, &known).await?;
    if let Some(lost) = &lost {
        adoption::permit(lost, state.as_ref(), &known)?;
    }
    let mut state = match state {
        Some(state) => state,
        None => begin(&chain, genesis(client, assignment, &organization), clock).await?,
    };
    let expected = Expectation {
        host: client.endpoint().host(),
        organization_id: organization.id,
        cluster_uid: assignment.cluster_uid.as_deref(),
    };
    let foreign = state.find_mismatch(&expected);
    let permit = |mismatch| adoption::permit(mismatch, Some(&state), &known);
    let reason = foreign.as_ref().map(permit).transpose()?;
    let reason = lost.as_ref().map(permit).transpose()?.or(reason);
    let adopted = lost.or(foreign);
    record_policy(&chain, &mut state, assignment, clock).await?;
    if let Some(decided) = adopted.as_ref().zip(reason) {
        adoption::adopt(&chain, &mut state, decided, assignment, clock).await?;
    }
    let principal = principal(client).await;
    Ok(Opened {
        organization,
        chain,
        state,
        principal,
        adopted,
        usage,
    })
}

/// Whose credentials these are. Some may read every repository and not themselves (the token of a workflow run, for one), and
/// GitHub may have trouble with this question only: the record then says that it is not known, and the scan goes on.
async fn principal(client: &Client) -> Option<Principal> {
    match client.principal().await {
        Ok(principal) => return Some(principal),
        Err(error) if matches!(error.kind(), ErrorKind::Denied | ErrorKind::NotFound) => {
            tracing::debug!(%error, "GitHub does not tell whose credentials these are");
        }
        Err(error) => {
            tracing::warn!(%error, "whose credentials these are could not be read; the record says that it is not known");
        }
    }
    None
}

/// The chain's state, and what of all that was published the archive lacks: on an empty or an older one nothing may run.
async fn read(chain: &Chain, known: &Known) -> Result<(Option<ChainState>, Option<Mismatch>)> {
    let organization_id = chain.id().organization_id;
    let state = known.state.as_ref();
    let state = state.filter(|state| state.genesis.organization_id == organization_id);
    let adopted = state.and_then(|state| state.adopted.as_ref());
    if adoption::find_mismatch(chain, known, adopted)
        .await?
        .is_none()
    {
        return Ok((current_state(chain, state.cloned()).await?, None));
    }
    // What was read earlier may be of another archive; and an adoption that this process has not read settles it.
    let state = current_state(chain, None).await?;
    let adopted = state.as_ref().and_then(|state| state.adopted.as_ref());
    let lost = adoption::find_mismatch(chain, known, adopted).await?;
    Ok((state, lost))
}

async fn current_state(chain: &Chain, known: Option<ChainState>) -> Result<Option<ChainState>> {
    match known {
        Some(mut state) => {
            chain
                .catch_up(&mut state)
                .await
                .map_err(evidence("reading what was added to the chain"))?;
            Ok(Some(state))
        }
        None => chain.replay().await.map_err(evidence("reading the chain")),
    }
}

fn genesis(client: &Client, assignment: &Assignment, organization: &OrganizationInfo) -> Genesis {
    Genesis {
        host: client.endpoint().host().to_owned(),
        organization_id: organization.id,
        organization: organization.login.clone(),
        cluster_uid: assignment.cluster_uid.clone(),
        namespace_uid: assignment.namespace_uid.clone(),
        time: organization.github_time,
    }
}

/// Begins the chain; where somebody else did so at the same moment, theirs is the chain.
async fn begin(chain: &Chain, genesis: Genesis, clock: Clock) -> Result<ChainState> {
    const WHAT: &str = "beginning the chain";
    chain
        .open_for(genesis, clock.now())
        .await
        .map_err(evidence(WHAT))?;
    let state = chain.replay().await.map_err(evidence(WHAT))?;
    state.ok_or(Error::Vanished)
}

/// Sees that the chain's latest policy is this one.
async fn record_policy(
    chain: &Chain,
    state: &mut ChainState,
    assignment: &Assignment,
    clock: Clock,
) -> Result<()> {
    const TRIES: u32 = 5;
    for _ in 0..TRIES {
        let Some(action) = action(state, assignment) else {
            return Ok(());
        };
        let version = &assignment.version;
        let control = Control {
            action,
            policy: version.spec.clone(),
            policy_digest: version.digest,
            generation: version.generation,
            policy_uid: version.uid.clone(),
            changed_by: version.changed_by.clone(),
            reason: None,
            adoption: None,
        };
        match chain
            .append(Some(state.position()), Body::Control(control), clock.now())
            .await
        {
            Ok(_) | Err(AppendError::Lost { .. }) => {}
            Err(AppendError::Archive(source)) => {
                return Err(evidence("recording the policy")(source));
            }
        }
        chain
            .catch_up(state)
            .await
            .map_err(evidence("reading what was added to the chain"))?;
    }
    Err(Error::Contended(TRIES))
}

fn action(state: &ChainState, assignment: &Assignment) -> Option<ControlAction> {
    let Some(policy) = &state.policy else {
        return Some(ControlAction::Accepted);
    };
    if policy.digest == assignment.version.digest {
        return None;
    }
    Some(match (policy.suspended, assignment.version.suspended) {
        (false, true) => ControlAction::Suspended,
        (true, false) => ControlAction::Resumed,
        _ => ControlAction::Changed,
    })
}
