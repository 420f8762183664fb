//! What is told of a change: the object that `-o json` prints in `explanations`.

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::explanation::Explanation;
use crate::audit::facts::{Actor, PullRequest, TitleRename};
use crate::audit::record::Record;
use crate::cli::outcome::Change;
use crate::digest::Digest;
use crate::evidence::entry::Head;

/// A change, its verdict by one policy, and why.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explained {
    #[serde(flatten)]
    pub(super) change: Change,
    /// The exemption that covers it.
    pub(super) exemption: Option<String>,
    /// Its title as of the merge; null where GitHub's timeline does not tell that.
    pub(super) title: Option<String>,
    /// Its title when its facts were read.
    pub(super) current_title: String,
    /// Every change of the title after the merge, which no verdict takes into account.
    pub(super) renamed: Vec<Renamed>,
    pub(super) author: Option<String>,
    pub(super) merged_by: Option<String>,
    pub(super) merged_time: Timestamp,
    pub(super) head_commit: String,
    /// When its facts were read.
    pub(super) observed_time: Timestamp,
    pub(super) policy: PolicyName,
    /// Why the policy does not audit it; null where it does.
    pub(super) not_audited: Option<String>,
    /// Every record of it in the chain, the oldest first; the last one is what is explained. Empty where GitHub was asked.
    pub(super) recorded: Vec<Recorded>,
    /// Why; null where the policy that judged it cannot be obeyed by this version.
    pub(super) explanation: Option<Explanation>,
}

/// A change of the title.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Renamed {
    /// The title from then on.
    pub(super) title: String,
    pub(super) time: Timestamp,
    /// By whom; null for a deleted account.
    pub(super) by: Option<String>,
}

/// The policy that it was judged by.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyName {
    pub(super) namespace: String,
    pub(super) name: String,
    /// The digest of its spec.
    pub(super) digest: Digest,
}

/// A record of the change.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recorded {
    /// The entry that holds it.
    pub(super) entry: Head,
    /// What it says.
    pub(super) verdict: &'static str,
    /// By this policy.
    pub(super) policy_digest: Digest,
    /// When it was judged.
    pub(super) judged_time: Timestamp,
}

// === impl Explained ===

impl Explained {
    /// What a record says, and why.
    pub(super) fn new(
        record: Record,
        policy: PolicyName,
        explanation: Option<Explanation>,
    ) -> Self {
        let pull = &record.pull_request;
        let as_of_merge = pull.title_as_of_merge().map(str::to_owned);
        let later = pull.title_renames_after_merge().into_iter();
        let renamed = later.map(Renamed::of).collect();
        let PullRequest {
            title,
            author,
            merged_by,
            merged_at,
            head_commit,
            observed_at,
            ..
        } = record.pull_request.clone();
        let login = |actor: Option<Actor>| actor.map(|actor| actor.login);
        let change = Change::from_record(record);
        Self {
            exemption: change.exemption.clone(),
            change,
            title: as_of_merge,
            current_title: title,
            renamed,
            author: login(author),
            merged_by: login(merged_by),
            merged_time: merged_at,
            head_commit,
            observed_time: observed_at,
            policy,
            not_audited: None,
            recorded: Vec::new(),
            explanation,
        }
    }
}

// === impl Renamed ===

impl Renamed {
    fn of(rename: &TitleRename) -> Self {
        Self {
            title: rename.current_title.clone(),
            time: rename.at,
            by: rename.by.as_ref().map(|by| by.login.clone()),
        }
    }
}
