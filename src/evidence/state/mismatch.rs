//! When an archive is not the one that is expected: nothing runs on it until a person adopts it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::evidence::chain::Stored;
use crate::evidence::entry::{Adoption, Control};

use super::ChainState;

/// What the reader of a chain expects it to be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation<'a> {
    /// GitHub's host.
    pub host: &'a str,
    /// The organization's `databaseId`.
    pub organization_id: i64,
    /// The uid of the cluster; none without one.
    pub cluster_uid: Option<&'a str>,
}

/// The last adoption of a chain, by which one decision of a person is told from the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Adopted {
    /// The number of its entry.
    pub sequence: u64,
    /// When it was written, by the operator's clock.
    pub at: Timestamp,
    /// The reason that the person gave.
    pub reason: Option<String>,
    /// What had been expected of the archive: [`Mismatch::expected`].
    pub expected: String,
    /// Entries of chains that are lost, by which inherited findings go on.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lost: BTreeSet<(u64, Digest)>,
}

/// How an archive differs from what is expected of it. Its text begins with what the archive is or lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The chain is about another GitHub.
    #[error("the archive's chain is about {archived}, not {expected}")]
    Host {
        /// The genesis' host.
        archived: String,
        /// The host expected.
        expected: String,
    },
    /// The chain is about another organization.
    #[error("the archive's chain is about organization {archived}, not {expected}")]
    Organization {
        /// The genesis' organization id.
        archived: i64,
        /// The organization id expected.
        expected: i64,
    },
    /// The chain was begun by another cluster, or by none.
    #[error(
        "the archive's chain was begun by {}, not by {}",
        name_cluster(archived.as_deref()),
        name_cluster(expected.as_deref())
    )]
    Cluster {
        /// The uid in the genesis, or of the last adoption.
        archived: Option<String>,
        /// The uid expected.
        expected: Option<String>,
    },
    /// The archive has another chain than the claim names, or none.
    #[error(
        "the archive has {}, not the one that begins with {claimed}",
        name_chain(*archived)
    )]
    Genesis {
        /// The genesis' digest; none where there is no chain.
        archived: Option<Digest>,
        /// The digest claimed.
        claimed: Digest,
    },
    /// The archive lacks an entry that is claimed to be in it.
    #[error(
        "the archive has {} at {sequence}, not {claimed}",
        name_entry(*archived)
    )]
    Entry {
        /// Its number.
        sequence: u64,
        /// The digest of the entry of that number; none where there is none.
        archived: Option<Digest>,
        /// The digest claimed.
        claimed: Digest,
    },
}

// === impl ChainState ===

impl ChainState {
    /// How the chain's genesis differs from what is expected, or none where it does not.
    pub fn find_mismatch(&self, expected: &Expectation<'_>) -> Option<Mismatch> {
        let genesis = &self.genesis;
        if genesis.host != expected.host {
            return Some(Mismatch::Host {
                archived: genesis.host.clone(),
                expected: expected.host.to_owned(),
            });
        }
        if genesis.organization_id != expected.organization_id {
            return Some(Mismatch::Organization {
                archived: genesis.organization_id,
                expected: expected.organization_id,
            });
        }
        (self.cluster_uid.as_deref() != expected.cluster_uid).then(|| Mismatch::Cluster {
            archived: self.cluster_uid.clone(),
            expected: expected.cluster_uid.map(str::to_owned),
        })
    }
}

// === impl Adopted ===

impl Adopted {
    /// The adoption that an entry says; none where it says another thing.
    pub(super) fn from_control(control: &Control, stored: &Stored) -> Option<Self> {
        let adoption = control.adoption.as_ref()?;
        let evidence = adoption.findings.iter().map(|finding| &finding.evidence);
        Some(Self {
            lost: evidence.map(|it| (it.sequence, it.digest)).collect(),
            sequence: stored.entry.sequence,
            at: stored.entry.written_at,
            reason: control.reason.clone(),
            expected: adoption.expected.clone(),
        })
    }

    /// With what was lost before as well.
    pub(super) fn after(mut self, before: Option<Self>) -> Self {
        self.lost.extend(before.into_iter().flat_map(|it| it.lost));
        self
    }

    /// Whether it was this that a person decided to go on without.
    pub fn settles(&self, mismatch: &Mismatch) -> bool {
        self.expected == mismatch.expected()
    }
}

// === impl Mismatch ===

impl Mismatch {
    /// What was expected of the archive.
    pub fn expected(&self) -> String {
        match self {
            Self::Host { expected, .. } => expected.clone(),
            Self::Organization { expected, .. } => format!("organization {expected}"),
            Self::Cluster { expected, .. } => name_cluster(expected.as_deref()),
            Self::Genesis { claimed, .. } => name_chain(Some(*claimed)),
            Self::Entry {
                sequence, claimed, ..
            } => format!("entry {sequence} with digest {claimed}"),
        }
    }

    /// What the archive has instead.
    pub fn found(&self) -> String {
        match self {
            Self::Host { archived, .. } => archived.clone(),
            Self::Organization { archived, .. } => format!("organization {archived}"),
            Self::Cluster { archived, .. } => name_cluster(archived.as_deref()),
            Self::Genesis { archived, .. } => name_chain(*archived),
            Self::Entry {
                sequence, archived, ..
            } => archived.map_or_else(
                || format!("no entry {sequence}"),
                |digest| format!("entry {sequence} with digest {digest}"),
            ),
        }
    }

    /// Whether a person may decide to go on with the archive. What is about another GitHub or organization is of no use.
    pub fn is_adoptable(&self) -> bool {
        match self {
            Self::Host { .. } | Self::Organization { .. } => false,
            Self::Cluster { .. } | Self::Genesis { .. } | Self::Entry { .. } => true,
        }
    }

    /// The adoption of the archive as it is, for a chain that belongs to this cluster from then on.
    pub fn adoption(&self, cluster_uid: Option<&str>) -> Adoption {
        Adoption {
            expected: self.expected(),
            found: self.found(),
            cluster_uid: cluster_uid.map(str::to_owned),
            findings: Vec::new(),
        }
    }
}

fn name_cluster(uid: Option<&str>) -> String {
    uid.map_or_else(|| "no cluster".to_owned(), |uid| format!("cluster {uid}"))
}

fn name_chain(genesis: Option<Digest>) -> String {
    genesis.map_or_else(
        || "no chain".to_owned(),
        |digest| format!("the chain that begins with {digest}"),
    )
}

fn name_entry(digest: Option<Digest>) -> String {
    digest.map_or_else(|| "no entry".to_owned(), |digest| digest.to_string())
}
