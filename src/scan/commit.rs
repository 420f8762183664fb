//! How a segment gets into the chain: past what people decided meanwhile it is linked anew, behind another run it is void.

use super::{Error, Opened, Result, evidence};
use crate::clock::Clock;
use crate::evidence::entry::{Body, Head, Run};
use crate::evidence::{AppendError, Chain};

/// How often an entry is linked anew: several people may be deciding at that moment, each by one entry.
const TRIES: u32 = 10;

/// Appends a segment that was gathered on the state of `opened`, which then includes it; none where another run came before it.
/// Then it must be gathered anew: the other may have judged the same changes.
///
/// Nothing is asked of GitHub again because of a person's decision: it changes no count of changes, so that the segment's totals
/// hold behind it as well.
pub(super) async fn commit(opened: &mut Opened, run: Run, clock: Clock) -> Result<Option<Head>> {
    let counted = |opened: &Opened| (opened.state.totals.clone(), opened.state.undetermined());
    let before = counted(opened);
    for _ in 0..TRIES {
        let body = Body::Run(Box::new(run.clone()));
        let from = opened.state.head;
        let position = opened.chain.prepare(&opened.state).await;
        let position = position.map_err(evidence("committing the run"))?;
        let appended = opened.chain.append(Some(position), body, clock.now()).await;
        if let Err(AppendError::Archive(source)) = appended {
            return Err(evidence("committing the run")(source));
        }
        catch_up(opened).await?;
        if let Ok(entry) = appended {
            return Ok(Some(entry));
        }
        let overtaken = has_run(&opened.chain, from, opened.state.head).await?;
        if overtaken || counted(opened) != before {
            return Ok(None);
        }
    }
    Err(Error::Contended(TRIES))
}

async fn catch_up(opened: &mut Opened) -> Result<()> {
    let Opened { chain, state, .. } = opened;
    chain
        .catch_up(state)
        .await
        .map_err(evidence("reading what was added to the chain"))?;
    Ok(())
}

/// Whether one of the entries after `from`, up to `to`, is a run.
async fn has_run(chain: &Chain, from: Head, to: Head) -> Result<bool> {
    for sequence in from.sequence + 1..=to.sequence {
        let entry = chain.read(sequence).await;
        let entry = entry.map_err(evidence("reading what was added to the chain"))?;
        if entry.is_some_and(|stored| matches!(stored.entry.body, Body::Run(_))) {
            return Ok(true);
        }
    }
    Ok(false)
}
