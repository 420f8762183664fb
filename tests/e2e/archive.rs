//! What the archive of a world says, read by the product's own replay.

use anyhow::{Context as _, Result};
use mergeaudit::evidence::entry::{Body, Run};
use mergeaudit::evidence::{Archive, Chain, ChainId, ChainState};
use mergeaudit_test_world::LocalWorld;
use serde_json::Value;

use crate::POLICY;

/// The chain of the policy and `acme`.
pub(crate) fn chain(world: &LocalWorld, policy: &Value) -> Result<Chain> {
    let organization_id = policy["status"]["organizations"][0]["id"]
        .as_i64()
        .context("the status does not tell the organization's id")?;
    let archive = Archive::open(&format!("file://{}", world.evidence().display()))?;
    Ok(archive.chain(&ChainId {
        namespace: world.namespace.clone(),
        policy: POLICY.to_owned(),
        organization_id,
    }))
}

/// The chain's state, every link and digest checked.
pub(crate) async fn replay(world: &LocalWorld, policy: &Value) -> Result<ChainState> {
    let state = chain(world, policy)?.replay().await?;
    state.context("there is no chain")
}

/// Every run that is committed.
pub(crate) async fn runs(world: &LocalWorld, policy: &Value) -> Result<Vec<Run>> {
    let chain = chain(world, policy)?;
    let mut runs = Vec::new();
    for sequence in 0.. {
        match chain.read(sequence).await? {
            None => break,
            Some(stored) => {
                if let Body::Run(run) = stored.entry.body {
                    runs.push(*run);
                }
            }
        }
    }
    Ok(runs)
}
