//! The chains as decisions need them: the newest state that this process has read, and one writer at a time, so that a hundred
//! acknowledgements at once do not get in each other's way. Scans write beside it, and are linked around.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use tokio::sync::Mutex;

use crate::controller::context::Context;
use crate::controller::progress::PolicyKey;
use crate::evidence::entry::Body;
use crate::evidence::{ChainId, ChainState, Expectation};
use crate::scan::{self, Known};

type Slot = Arc<Mutex<Option<Arc<ChainState>>>>;

/// All chains that decisions were about.
#[derive(Debug, Default)]
pub(in crate::controller) struct Ledger(StdMutex<HashMap<ChainId, Slot>>);

/// What a decision is appended to, if it is what it is believed to be.
#[derive(Debug)]
pub(in crate::controller) struct Target<'a> {
    /// Which chain.
    pub(in crate::controller) id: ChainId,
    /// GitHub's host, as the finding names it.
    pub(in crate::controller) host: &'a str,
    /// What the cluster claims of it.
    pub(in crate::controller) known: Known,
}

// === impl Ledger ===

impl Ledger {
    /// The chain's newest state that this process knows; reads the chain where it knows none. None where there is no chain.
    ///
    /// # Errors
    ///
    /// The archive's.
    pub(in crate::controller) async fn newest(
        &self,
        context: &Context,
        id: &ChainId,
    ) -> scan::Result<Option<Arc<ChainState>>> {
        let slot = self.slot(id);
        let mut slot = slot.lock().await;
        newest_in(&mut slot, context, id).await
    }

    /// Appends what `decide` says of the chain as it is now, and shows everybody the state after it; that state.
    ///
    /// # Errors
    ///
    /// The archive's; a mismatch, where it is not the archive that was published.
    pub(in crate::controller) async fn append(
        &self,
        context: &Context,
        target: &Target<'_>,
        decide: impl FnMut(&ChainState) -> Option<Body>,
    ) -> scan::Result<Option<Arc<ChainState>>> {
        let slot = self.slot(&target.id);
        let mut slot = slot.lock().await;
        let appended = append_in(&mut slot, context, target, decide).await;
        if appended.is_err() {
            // What was read earlier may be of another archive.
            *slot = None;
        }
        appended
    }

    fn slot(&self, id: &ChainId) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(id.clone()).or_default().clone()
    }
}

async fn append_in(
    slot: &mut Option<Arc<ChainState>>,
    context: &Context,
    target: &Target<'_>,
    decide: impl FnMut(&ChainState) -> Option<Body>,
) -> scan::Result<Option<Arc<ChainState>>> {
    let id = &target.id;
    let Some(before) = newest_in(slot, context, id).await? else {
        return Ok(None);
    };
    let chain = context.archive.chain(id);
    let expected = Expectation {
        host: target.host,
        organization_id: id.organization_id,
        cluster_uid: context.cluster_uid.as_deref(),
    };
    scan::refuse_mismatch(&chain, &before, &target.known, &expected).await?;
    let mut state = (*before).clone();
    scan::append(&chain, &mut state, context.clock, decide).await?;
    Ok(Some(keep(slot, context, id, Arc::new(state))))
}

async fn newest_in(
    slot: &mut Option<Arc<ChainState>>,
    context: &Context,
    id: &ChainId,
) -> scan::Result<Option<Arc<ChainState>>> {
    let published = context.progress.chain(&key(id), id.organization_id);
    let known = match (published, slot.take()) {
        (Some(published), Some(own)) if own.is_after(&published) => Some(own),
        (published, own) => published.or(own),
    };
    slot.clone_from(&known);
    if known.is_some() {
        return Ok(known);
    }
    let state = scan::read_chain(&context.archive.chain(id)).await?;
    Ok(state.map(|state| keep(slot, context, id, Arc::new(state))))
}

fn keep(
    slot: &mut Option<Arc<ChainState>>,
    context: &Context,
    id: &ChainId,
    state: Arc<ChainState>,
) -> Arc<ChainState> {
    *slot = Some(state.clone());
    // Before any finding tells of it: whoever sees the finding can know the chain.
    context
        .progress
        .advance(&key(id), id.organization_id, &state);
    state
}

fn key(id: &ChainId) -> PolicyKey {
    PolicyKey {
        namespace: id.namespace.clone(),
        name: id.policy.clone(),
    }
}
