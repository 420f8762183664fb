//! What the author of a world declares about a change. It is written down, never evaluated.
use jiff::Timestamp;
use serde::Serialize;

/// The verdict that mergeaudit ought to reach under its default requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// Fulfils the requirements.
    Compliant,
    /// Violates them.
    NonCompliant,
    /// Taken out by an exemption.
    Exempt,
    /// Cannot be judged from what GitHub tells.
    Undetermined,
    /// Not to be audited: not merged, not on an audited branch, or in an archived repository.
    OutOfScope,
}

/// One declaration: one approval with write permission, of the merged head, independent of the commits' authors; default branch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Truth {
    /// Organization's login.
    pub organization: String,
    /// Repository's name.
    pub repository: String,
    /// Number of the pull request.
    pub number: u64,
    /// Branch it was merged into.
    pub branch: String,
    /// What kind of change it is, in words.
    pub kind: String,
    /// When it was merged.
    pub merged_at: Option<Timestamp>,
    /// When every replica of the search index has it, if not at once.
    pub searchable_at: Option<Timestamp>,
    /// Commit that the branch got.
    pub merge_commit: Option<String>,
    /// What ought to be found.
    pub verdict: Verdict,
    /// Reasons as mergeaudit names them, sorted, such as `ApprovalMissing`.
    pub reasons: Vec<String>,
    /// What ought to be found under [`extended_policy`](super::seeded::extended_policy).
    pub extended: Extended,
}

/// The declaration for a policy with emergencies, an exemption, a rule and release branches.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extended {
    /// What ought to be found.
    pub verdict: Verdict,
    /// Reasons, sorted.
    pub reasons: Vec<String>,
    /// Labelled and justified as an emergency as of the merge: a violation is a mere warning.
    pub emergency: bool,
}

impl Truth {
    /// Takes it out of scope, whatever the policy.
    pub(crate) fn leave_scope(&mut self) {
        self.verdict = Verdict::OutOfScope;
        self.reasons.clear();
        self.extended.verdict = Verdict::OutOfScope;
        self.extended.reasons.clear();
    }
}
