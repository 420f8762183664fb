//! How what was decided about a finding gets into the chain: past a run that was faster it is linked anew, and asked again
//! whether it is needed at all, so that it is in the chain once, whoever tried how often.

use super::adoption;
use super::{Error, Known, Result, evidence};
use crate::clock::Clock;
use crate::evidence::entry::{Body, Head};
use crate::evidence::{AppendError, Chain, ChainState, Expectation};

/// How often an entry is linked anew. A run appends one entry in seconds, a person one at a time.
const TRIES: u32 = 50;

/// Appends what `decide` says of the chain as it is now; none where it says nothing. `state` is then the chain's.
///
/// A call that was cut off may have appended its entry: the next sees that, and `decide` says nothing.
///
/// # Errors
///
/// The archive's; whether the entry was appended is then known to who reads the chain again.
pub async fn append(
    chain: &Chain,
    state: &mut ChainState,
    clock: Clock,
    mut decide: impl FnMut(&ChainState) -> Option<Body>,
) -> Result<Option<Head>> {
    catch_up(chain, state).await?;
    for _ in 0..TRIES {
        let Some(body) = decide(state) else {
            return Ok(None);
        };
        let appended = chain
            .append(Some(state.position()), body, clock.now())
            .await;
        if let Err(AppendError::Archive(source)) = appended {
            return Err(evidence("recording a decision about a finding")(source));
        }
        catch_up(chain, state).await?;
        if let Ok(head) = appended {
            return Ok(Some(head));
        }
    }
    Err(Error::Contended(TRIES))
}

/// Refuses to go on with an archive that is not the one that was published, or belongs to something else.
///
/// # Errors
///
/// [`Error::Mismatch`].
pub async fn refuse_mismatch(
    chain: &Chain,
    state: &ChainState,
    known: &Known,
    expected: &Expectation<'_>,
) -> Result<()> {
    let foreign = state.find_mismatch(expected);
    let lost = adoption::find_mismatch(chain, known, state.adopted.as_ref()).await?;
    match foreign.or(lost) {
        Some(mismatch) => Err(Error::Mismatch(Box::new(mismatch))),
        None => Ok(()),
    }
}

/// The state of a chain that this process has not read; none where there is no chain.
///
/// # Errors
///
/// The archive's.
pub async fn read_chain(chain: &Chain) -> Result<Option<ChainState>> {
    chain.replay().await.map_err(evidence("reading the chain"))
}

async fn catch_up(chain: &Chain, state: &mut ChainState) -> Result<()> {
    let caught_up = chain.catch_up(state).await;
    caught_up
        .map(drop)
        .map_err(evidence("reading what was added to the chain"))
}
