//! The entries of a chain, as they are stored: JSON, one object per entry, each holding the digest of the one before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::audit::finding::Finding;
use crate::audit::record::ChangeIdentity;
use crate::audit::totals::Totals;
use crate::digest::Digest;
use crate::schedule::window::Window;

mod decision;

pub use decision::{Acknowledgement, NamedFinding, Publication, Retirement, Review};

/// The version of the layout that this program writes.
pub const FORMAT: u32 = 1;

/// One link of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The version of the layout.
    pub format: u32,
    /// Its number: 0 for the genesis, then without gaps.
    pub sequence: u64,
    /// The digest of the entry before it; none in the genesis.
    pub previous: Option<Digest>,
    /// When it was written, by the operator's clock.
    pub written_at: Timestamp,
    /// The latest snapshot, from which a reader may start; none before the first.
    pub snapshot: Option<SnapshotReference>,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
}

/// Where a chain stands: its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The last entry's number.
    pub sequence: u64,
    /// The last entry's digest, over its stored bytes.
    pub digest: Digest,
}

/// Where an entry is appended: after this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The last entry.
    pub head: Head,
    /// The latest snapshot that is known of; none before the first. The new entry names it, or a later one.
    pub snapshot: Option<SnapshotReference>,
}

/// A snapshot of a chain's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotReference {
    /// The entry up to which it holds.
    pub sequence: u64,
    /// The digest of its object.
    pub digest: Digest,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Body {
    /// The chain begins.
    Genesis(Genesis),
    /// The policy was accepted or edited.
    Control(Control),
    /// A scan, or a segment of one.
    Run(Box<Run>),
    /// A person acknowledged a finding.
    Acknowledgement(Acknowledgement),
    /// A finding's change was approved after the merge.
    Review(Review),
    /// Findings left the state.
    Retirement(Retirement),
    /// Findings are published.
    Publication(Publication),
}

/// What a chain is about; its first entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Genesis {
    /// GitHub's host, such as `github.com`.
    pub host: String,
    /// The organization's `databaseId`.
    pub organization_id: i64,
    /// The organization's login at that time.
    pub organization: String,
    /// The uid of the cluster (of its `kube-system` namespace); none without a cluster.
    pub cluster_uid: Option<String>,
    /// The uid of the policy's namespace; none without a cluster.
    pub namespace_uid: Option<String>,
    /// When the chain began, by GitHub's clock: what landed before is baseline. Of a chain that takes the place of one that is lost:
    /// up to when that one had checked everything, so that nothing falls between the two.
    pub time: Timestamp,
}

/// The policy as it was from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Control {
    /// What happened.
    pub action: ControlAction,
    /// The spec, as canonical JSON.
    pub policy: serde_json::Value,
    /// The digest of the spec's canonical JSON.
    pub policy_digest: Digest,
    /// `metadata.generation`; none without a cluster.
    pub generation: Option<i64>,
    /// The policy's uid; none without a cluster.
    pub policy_uid: Option<String>,
    /// The field manager that last changed the spec, as far as the API server tells.
    pub changed_by: Option<String>,
    /// Why, where a person gave a reason: of an adoption, the value of `mergeaudit.io/adopt-archive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was adopted; none but for [`ControlAction::Adopted`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
}

/// A person decided to go on with an archive that is not the one expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Adoption {
    /// What was expected of the archive.
    pub expected: String,
    /// What was found instead.
    pub found: String,
    /// The uid of the cluster that the chain belongs to from then on; none without a cluster.
    pub cluster_uid: Option<String>,
    /// The findings that the cluster still told of, as it told of them: what was open stays so until a person decides, whatever the
    /// archive lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What happened to a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlAction {
    /// It was accepted for the first time.
    Accepted,
    /// Its spec was edited.
    Changed,
    /// It was suspended.
    Suspended,
    /// It was resumed.
    Resumed,
    /// Its archive is not the one that was expected, and a person decided to go on with it.
    Adopted,
}

/// A scan of one organization over one window, or a segment of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The time that it covers.
    pub window: Window,
    /// Whether this segment ends the run and so closes the window.
    pub closes_window: bool,
    /// Up to when this segment has read everything that was merged in the window; none in a run of one segment, and in the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_until: Option<Timestamp>,
    /// The slot of the schedule that it is for; none when on demand.
    pub slot: Option<Timestamp>,
    /// Slots that passed without a run since the last one.
    #[serde(default)]
    pub missed_slots: i64,
    /// The last of those slots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_missed_slot: Option<Timestamp>,
    /// Why it ran.
    pub trigger: Trigger,
    /// The value of `mergeaudit.io/requested-at` that it answers.
    pub request: Option<String>,
    /// What was asked of GitHub, and how many answers came.
    pub queries: Vec<Query>,
    /// How many requests it took, retries and reading reviews again included.
    #[serde(default)]
    pub requests: i64,
    /// What GitHub charged for them, in points of its GraphQL limit, as far as it tells.
    #[serde(default)]
    pub points: i64,
    /// How many repositories were audited.
    pub repositories_audited: i64,
    /// The repositories that were left out, and why.
    pub repositories_skipped: Vec<SkippedRepository>,
    /// Heads that moved: repository id → branch → commit.
    #[serde(default, deserialize_with = "deserialize_heads")]
    pub heads: BTreeMap<i64, BTreeMap<String, String>>,
    /// What could not be audited and is owed.
    pub debts: Vec<Debt>,
    /// Changes that were due to be read again and could not be: the next run asks again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<ChangeIdentity>,
    /// The objects with this run's records.
    pub records: Vec<RecordsReference>,
    /// The chain's counts after this run.
    pub totals: Totals,
    /// How many changes are pending or undetermined after this run.
    pub undetermined: i64,
    /// The policy that changes were judged by.
    pub policy_digest: Digest,
    /// This program's version.
    pub tool_version: String,
    /// The version of the rules of judgement; changes when a verdict could.
    pub evaluator_version: u32,
    /// What ran it: `controller`, `job` or `command-line`.
    pub executor: String,
    /// Whose token it used, and what that can see.
    pub principal: Principal,
    /// GitHub's clock when it started.
    pub started_at: Timestamp,
    /// GitHub's clock when its last answer came.
    pub finished_at: Timestamp,
}

/// Why a run ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trigger {
    /// Its slot was due.
    Schedule,
    /// Slots had been missed.
    CatchUp,
    /// Somebody asked for it.
    Request,
}

/// One question put to GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    /// Its text.
    pub text: String,
    /// How many results GitHub said there are.
    pub expected: i64,
    /// How many came.
    pub received: i64,
}

/// A repository that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SkippedRepository {
    /// Its `databaseId`.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Why: `Archived`, `Excluded` or `NotIncluded`.
    pub reason: String,
}

/// Something that could not be audited and is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Debt {
    /// The repository; none for the whole organization.
    pub repository: Option<String>,
    /// From when on it is owed.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}

/// An object of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordsReference {
    /// The digest of its stored bytes, which also names it.
    pub digest: Digest,
    /// How many records it holds.
    pub records: i64,
    /// Its size in bytes, as stored.
    pub bytes: i64,
    /// When the oldest and the newest of its changes landed, so that a change is looked for only where it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed: Option<Landed>,
}

/// When the changes of an object landed, by GitHub's clock; both ends are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Landed {
    /// The oldest.
    pub first: Timestamp,
    /// The newest.
    pub last: Timestamp,
}

/// Whose token was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The login of the token's user, or the app's name.
    pub login: String,
    /// `User` or `App`; `Unknown`, like the login, where GitHub does not tell.
    pub kind: String,
    /// What GitHub tells of its reach: scopes of a classic token, `repository_selection` of an installation.
    pub visibility: Option<String>,
}

/// JSON's keys are strings, and serde reads numbers from them only where it knows the type at once, which it does not within
/// a flattened, tagged enum (<https://github.com/serde-rs/json/issues/1254>).
fn deserialize_heads<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<i64, BTreeMap<String, String>>, D::Error> {
    let heads = BTreeMap::<String, BTreeMap<String, String>>::deserialize(deserializer)?;
    let parse = |(id, branches): (String, _)| Ok((id.parse()?, branches));
    let heads = heads.into_iter().map(parse);
    heads
        .collect::<Result<_, std::num::ParseIntError>>()
        .map_err(serde::de::Error::custom)
}
