//! What happened: plain data about one change, as GitHub told it, kept in the archive as the facts behind a verdict.
//!
//! Facts hold no e-mail address and no commit message beyond what a check needs.
//!
//! A verdict is about the change as of its merge, and GitHub is asked later. What each fact is worth then:
//!
//! | fact | as of the merge |
//! |---|---|
//! | number, author, `created_at`, `merged_at`, `merged_by`, `merge_commit` | always: nothing changes them afterwards |
//! | `base_branch`, `head_commit`, commits | always: GitHub changes them [only while a pull request is open][base] |
//! | title | by its history, [`PullRequest::title_as_of_merge`]; none where that has a gap |
//! | labels | by their history, [`PullRequest::labels_as_of_merge`]; each by the name that its event has |
//! | description | unless it was edited afterwards, [`PullRequest::was_edited_after_merge`]: then it is not known |
//! | reviews | by `submitted_at`, which nothing changes; a state other than its first by its [`Dismissal`] |
//! | permission to write | not known: as it is when GitHub is asked; that it is missing counts for a day, see `approval` |
//! | accounts behind commits, signatures | not known: as GitHub links and verifies them when it is asked |
//! | logins, names of repository and organization, default branch, archived | not known: as they are when GitHub is asked |
//!
//! Who is who goes by ids, never by what is in the last row. Of GitHub's live summaries (`reviewDecision`, `authorAssociation`,
//! `isDraft`, `latestReviews`) none is a fact.
//!
//! [base]: https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/proposing-changes-to-your-work-with-pull-requests/changing-the-base-branch-of-a-pull-request

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How much of a description is kept, in characters.
pub const BODY_LIMIT: usize = 4096;

/// Somebody GitHub names: a user, an app's bot, or a placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    /// GitHub's `databaseId`, which survives a rename of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The login at the time of reading; a bot's without `[bot]`.
    pub login: String,
    /// What kind of account it is.
    pub kind: ActorKind,
}

/// GitHub's `__typename` of an Actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ActorKind {
    /// A person's account.
    User,
    /// A GitHub App.
    Bot,
    /// A placeholder for an imported person.
    Mannequin,
    /// An organization.
    Organization,
    /// A person's account in an enterprise.
    EnterpriseUserAccount,
    /// A kind that did not exist when this was written; never counted as a human.
    Other,
}

/// The organization that a change landed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// GitHub's `databaseId`.
    pub id: i64,
    /// The login at the time of reading.
    pub login: String,
}

/// The repository that a change landed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// GitHub's `databaseId`.
    pub id: i64,
    /// The name without the organization, at the time of reading.
    pub name: String,
    /// The default branch at the time of reading; none in an empty repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
    /// Whether it is archived (read-only).
    #[serde(default)]
    pub archived: bool,
}

/// A merged pull request with everything that its verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullRequest {
    /// Where it landed.
    pub organization: Organization,
    /// Where it landed.
    pub repository: Repository,
    /// GitHub's global node id (`PR_…`), by which it can be read again.
    pub node_id: String,
    /// Its number within the repository.
    pub number: i64,
    /// Its page.
    pub url: String,
    /// Its title at [`Self::observed_at`], at most 256 characters of it, with e-mail addresses struck out. What it was as of the
    /// merge, [`Self::title_as_of_merge`] says.
    pub title: String,
    /// Every change of its title, in the order of GitHub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub title_renames: Vec<TitleRename>,
    /// Its description as it is now, at most [`BODY_LIMIT`] characters of it, with e-mail addresses struck out; none where it is
    /// empty or no rule asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When the description was last edited; none where it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_edited_at: Option<Timestamp>,
    /// Every label that was put on or taken off, in the order of GitHub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelEvent>,
    /// Who opened it; none for a deleted account.
    pub author: Option<Actor>,
    /// Who merged it, or GitHub's merge queue; none where GitHub does not tell.
    pub merged_by: Option<Actor>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was merged, by GitHub's clock.
    pub merged_at: Timestamp,
    /// The branch it was merged into.
    pub base_branch: String,
    /// The head commit that was merged.
    pub head_commit: String,
    /// The commit it made on the base branch (of a rebase: the last one).
    pub merge_commit: Option<String>,
    /// Every review, in the order of GitHub.
    pub reviews: Vec<Review>,
    /// Every dismissal of a review.
    pub dismissals: Vec<Dismissal>,
    /// The commits of the pull request.
    pub commits: Vec<Commit>,
    /// How many commits GitHub says it has; more than `commits` holds where GitHub lists only the first 250.
    pub commits_total: i64,
    /// When these facts were read, by GitHub's clock.
    pub observed_at: Timestamp,
}

/// A label that was put on a pull request or taken off it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelEvent {
    /// The label's name.
    pub name: String,
    /// Whether it was put on; else it was taken off.
    pub added: bool,
    /// When.
    pub at: Timestamp,
    /// By whom; none for a deleted account.
    pub by: Option<Actor>,
}

/// A change of a pull request's title: GitHub's `RenamedTitleEvent`. Both titles are cut as [`PullRequest::title`] is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TitleRename {
    /// The title before.
    pub previous_title: String,
    /// The title from then on.
    pub current_title: String,
    /// When.
    pub at: Timestamp,
    /// By whom; none for a deleted account.
    pub by: Option<Actor>,
}

/// One review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// GitHub's global node id.
    pub id: String,
    /// Its state now: a dismissed review says `Dismissed`; what it was is in the [`Dismissal`].
    pub state: ReviewState,
    /// When it was submitted; none while pending.
    pub submitted_at: Option<Timestamp>,
    /// Who gave it; none for a deleted account.
    pub author: Option<Actor>,
    /// The commit it was given on; none where GitHub no longer knows.
    pub commit: Option<String>,
    /// Whether its author has write permission, as of [`PullRequest::observed_at`]; none where GitHub does not tell.
    pub author_can_push: Option<bool>,
}

/// GitHub's `PullRequestReviewState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReviewState {
    /// An approval.
    Approved,
    /// A refusal.
    ChangesRequested,
    /// Neither.
    Commented,
    /// Taken back by a dismissal.
    Dismissed,
    /// Not yet submitted.
    Pending,
}

/// The dismissal of one review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dismissal {
    /// The dismissed [`Review::id`]; none where GitHub no longer knows.
    pub review: Option<String>,
    /// When.
    pub at: Timestamp,
    /// By whom; none for a deleted account.
    pub by: Option<Actor>,
    /// What the review was before.
    pub previous_state: ReviewState,
}

/// One commit of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// Its object id.
    pub oid: String,
    /// Author first, then co-authors (`Co-authored-by` trailers), as far as GitHub links them to accounts.
    pub authors: Vec<Contributor>,
    /// Who committed it; none where it is GitHub itself (`web-flow`).
    pub committer: Option<Contributor>,
    /// Whether GitHub made it (web editor, update-branch button, accepted suggestion): a valid signature of GitHub's own key.
    pub made_by_github: bool,
    /// Whether it has a signature that GitHub holds for valid (`signature.isValid`): then its committer is who it says.
    /// <https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification>
    #[serde(default)]
    pub verified: bool,
    /// Whether it is an accepted review suggestion, which names its suggester as co-author: made by GitHub, with GitHub's headline.
    pub accepted_suggestion: bool,
    /// How many parents it has; two or more for a merge.
    pub parents: i64,
    /// The object ids of its parents, in their order; empty where they were not read. Needed of merges that GitHub made, to
    /// tell an update from the base branch from another branch that was merged in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parent_oids: Vec<String>,
}

/// Who authored or committed a commit, without the e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contributor {
    /// The account that GitHub links to the commit's e-mail address; none for an unlinked address.
    pub user: Option<Actor>,
    /// The name in the commit, which anybody can choose freely.
    pub name: Option<String>,
}

// === impl Actor ===

impl Actor {
    /// Whether both are the same account: by id where both have one, else by login, which GitHub compares without case.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self.id, other.id) {
            (Some(a), Some(b)) => a == b && self.kind == other.kind,
            _ => self.login.eq_ignore_ascii_case(&other.login) && self.kind == other.kind,
        }
    }

    /// Whether it is a person's account.
    pub fn is_human(&self) -> bool {
        matches!(
            self.kind,
            ActorKind::User | ActorKind::EnterpriseUserAccount
        )
    }
}

// === impl PullRequest ===

impl PullRequest {
    /// Whether [`Self::commits`] holds every commit that GitHub counts.
    pub fn has_all_commits(&self) -> bool {
        i64::try_from(self.commits.len()).is_ok_and(|held| held >= self.commits_total)
    }

    /// Whether the description was edited after the merge, so that nobody knows what it said as of the merge.
    pub fn was_edited_after_merge(&self) -> bool {
        self.body_edited_at.is_some_and(|at| at > self.merged_at)
    }

    /// The title as of the merge; none where the changes of the title, of which one may be missing, do not lead to the title
    /// that it has now.
    ///
    /// Goes back in time from the title now; a change in the very second of the merge counts as one before it.
    pub fn title_as_of_merge(&self) -> Option<&str> {
        let mut renames: Vec<&TitleRename> = self.title_renames.iter().collect();
        renames.sort_by_key(|rename| rename.at);
        let mut title = self.title.as_str();
        for rename in renames.into_iter().rev() {
            if rename.current_title != title {
                return None;
            }
            if rename.at <= self.merged_at {
                break;
            }
            title = &rename.previous_title;
        }
        Some(title)
    }

    /// The changes of the title after the merge, by their time.
    pub fn title_renames_after_merge(&self) -> Vec<&TitleRename> {
        let renames = self.title_renames.iter();
        let mut later: Vec<&TitleRename> = renames
            .filter(|rename| rename.at > self.merged_at)
            .collect();
        later.sort_by_key(|rename| rename.at);
        later
    }

    /// The labels as of the merge, in the order in which they were put on, each with the event that put it on. Names are told
    /// apart without case, as GitHub does.
    pub fn labels_as_of_merge(&self) -> Vec<&LabelEvent> {
        let mut events: Vec<&LabelEvent> = self
            .labels
            .iter()
            .filter(|event| event.at <= self.merged_at)
            .collect();
        events.sort_by_key(|event| event.at);
        let mut on: Vec<&LabelEvent> = Vec::new();
        for event in events {
            let is_on = on.iter().position(|other| other.is_of_same_label(event));
            match (event.added, is_on) {
                (true, None) => on.push(event),
                (false, Some(at)) => drop(on.remove(at)),
                (true, Some(_)) | (false, None) => {}
            }
        }
        on
    }

    /// The commit with this object id, where it is listed.
    pub fn commit(&self, oid: &str) -> Option<&Commit> {
        self.commits.iter().find(|commit| commit.oid == oid)
    }
}

// === impl LabelEvent ===

impl LabelEvent {
    /// Whether this is the label's name.
    pub fn is_named(&self, name: &str) -> bool {
        self.name.to_lowercase() == name.to_lowercase()
    }

    fn is_of_same_label(&self, other: &Self) -> bool {
        self.is_named(&other.name)
    }
}

// === impl Commit ===

impl Commit {
    /// Whether it is a merge that GitHub made, such as by the update-branch button.
    pub fn is_merge_by_github(&self) -> bool {
        self.made_by_github && self.parents >= 2
    }
}

#[cfg(test)]
mod tests;
