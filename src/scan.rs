//! The use case: gather what landed in one organization, judge it, and commit the judgement to the archive. Knows no Kubernetes;
//! the controller, a `CronJob`'s pod and the command line all run this same middle.
//!
//! `open` finds the organization's chain (or begins it) and sees that the chain holds the policy that is in force; `run` covers
//! the next window and commits it. What is published afterwards is read from the [`ChainState`](crate::evidence::ChainState) alone.

mod adoption;
mod append;
mod commit;
mod open;
mod repositories;
mod reread;
mod reviews;
mod run;
mod segment;
mod survey;
mod unclear;

use crate::audit::evaluate::Judge;
use crate::audit::scope::Scope;
use crate::digest::Digest;
use crate::evidence::entry::{Head, Trigger};
use crate::schedule::window::{Reach, Window};

pub use adoption::{Decision, NamedEntry};
pub use append::{append, read_chain, refuse_mismatch};
pub use open::{Known, Opened, open};
pub use run::run;
pub use survey::{Surveyed, survey};

/// What a policy asks for in one organization.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The namespace of the policy; `default` without a cluster.
    pub namespace: String,
    /// The policy's name.
    pub policy: String,
    /// The organization's login, as in the policy.
    pub organization: String,
    /// Which repositories and branches.
    pub scope: Scope,
    /// By which rules.
    pub judge: Judge,
    /// The policy's text, for the chain.
    pub version: PolicyVersion,
    /// How far windows reach back.
    pub reach: Reach,
    /// The cluster's uid; none without a cluster.
    pub cluster_uid: Option<String>,
    /// The namespace's uid; none without a cluster.
    pub namespace_uid: Option<String>,
    /// What runs the scan, for the record: `controller` or `command-line`.
    pub executor: &'static str,
}

/// One version of a policy, as a chain's `Control` entries keep it.
#[derive(Debug, Clone)]
pub struct PolicyVersion {
    /// The spec as canonical JSON.
    pub spec: serde_json::Value,
    /// The digest of that text.
    pub digest: Digest,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// The policy's uid.
    pub uid: Option<String>,
    /// The field manager that last wrote the spec.
    pub changed_by: Option<String>,
    /// Whether it is suspended.
    pub suspended: bool,
}

/// Why a run happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// Why.
    pub trigger: Trigger,
    /// The slot, of a scheduled run.
    pub slot: Option<jiff::Timestamp>,
    /// Slots that passed without a run before this one.
    pub missed_slots: i64,
    /// The last of those slots.
    pub last_missed_slot: Option<jiff::Timestamp>,
    /// The request it answers.
    pub request: Option<String>,
}

/// A committed run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The entry that the run is.
    pub entry: Head,
    /// The time it covers.
    pub window: Window,
    /// Objects with its records.
    pub records: Vec<crate::evidence::entry::RecordsReference>,
    /// How many changes it judged anew.
    pub judged: i64,
}

/// Why a scan of one organization failed. Nothing of it is claimed, and the next run covers the same window.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// GitHub did not give what the scan needs.
    #[error("{what} could not be read")]
    GitHub {
        /// What was read.
        what: String,
        /// Why not.
        #[source]
        source: Box<crate::github::Error>,
    },
    /// The archive could not be read or written.
    #[error("evidence: {what} failed")]
    Evidence {
        /// What was done.
        what: &'static str,
        /// Why not.
        #[source]
        source: Box<crate::evidence::Error>,
    },
    /// The archive is not this policy's archive.
    #[error(
        "{0}; nothing runs on it: restore the archive that was used before, or point the operator back at it"
    )]
    Mismatch(Box<crate::evidence::Mismatch>),
    /// The chain was begun, and is gone.
    #[error("the chain that was just begun is gone from the archive")]
    Vanished,
    /// Others kept adding to the chain while this run tried to.
    #[error(
        "the chain grew {0} times while the run was being committed; another operator may be writing to the same archive"
    )]
    Contended(u32),
}

/// The result of a scan's step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of reading a committed run's records back.
pub fn reading_records(source: crate::evidence::Error) -> Error {
    evidence("reading the run's records")(source)
}

fn github(what: impl Into<String>) -> impl FnOnce(crate::github::Error) -> Error {
    let what = what.into();
    move |source| Error::GitHub {
        what,
        source: Box::new(source),
    }
}

fn evidence(what: &'static str) -> impl FnOnce(crate::evidence::Error) -> Error {
    move |source| Error::Evidence {
        what,
        source: Box::new(source),
    }
}
