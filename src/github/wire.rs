//! The shapes of GitHub's answers, and what they say as facts: pure.
//!
//! A `null` in a list is something that GitHub left out, never nothing: it is an error of the pull request that it belongs to.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::audit::facts::{self, ActorKind, ReviewState};

mod commit;

pub(super) use self::commit::{Contributors, Provenance, PullRequestCommit};

/// Titles are kept up to this length.
const MAX_TITLE_CHARS: usize = 256;

/// What of a pull request cannot be used, and why.
pub(super) type Unusable = String;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

/// A page of a connection.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection<T> {
    pub(super) total_count: Option<i64>,
    page_info: PageInfo,
    nodes: Option<Vec<Option<T>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullRequest {
    pub(super) id: String,
    number: i64,
    url: String,
    title: String,
    author: Option<Actor>,
    merged_by: Option<Actor>,
    created_at: Timestamp,
    merged_at: Option<Timestamp>,
    base_ref_name: String,
    head_ref_oid: String,
    merge_commit: Option<Oid>,
    repository: OwnedRepository,
    pub(super) reviews: Option<Connection<Review>>,
    pub(super) timeline_items: Option<Connection<Dismissal>>,
    pub(super) commits: Option<Connection<PullRequestCommit>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actor {
    #[serde(rename = "__typename")]
    typename: String,
    login: String,
    database_id: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Oid {
    oid: String,
}

#[derive(Debug, Deserialize)]
struct Id {
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organization {
    pub(super) database_id: Option<i64>,
    pub(super) login: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repository {
    database_id: Option<i64>,
    name: String,
    is_archived: bool,
    default_branch_ref: Option<Ref>,
}

#[derive(Debug, Deserialize)]
struct OwnedRepository {
    #[serde(flatten)]
    repository: Repository,
    owner: Organization,
}

#[derive(Debug, Deserialize)]
struct Ref {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Review {
    id: String,
    state: String,
    submitted_at: Option<Timestamp>,
    author: Option<Actor>,
    commit: Option<Oid>,
    author_can_push_to_repository: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dismissal {
    created_at: Timestamp,
    previous_review_state: String,
    actor: Option<Actor>,
    review: Option<Id>,
}

/// The connections of a pull request, each read to its end.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) reviews: Vec<Review>,
    pub(super) dismissals: Vec<Dismissal>,
    pub(super) commits: Vec<PullRequestCommit>,
    pub(super) commits_total: i64,
}

// === impl Connection ===

impl<T> Connection<T> {
    /// The items, and the cursor of the next page where there is one.
    pub(super) fn open(self, name: &str) -> Result<(Vec<T>, Option<String>), Unusable> {
        let (nodes, next) = self.open_list(name)?;
        let nodes: Option<Vec<T>> = nodes.into_iter().collect();
        let nodes = nodes.ok_or_else(|| format!("{name}: an item is null"))?;
        Ok((nodes, next))
    }

    fn open_list(self, name: &str) -> Result<(Vec<Option<T>>, Option<String>), Unusable> {
        let next = match (self.page_info.has_next_page, self.page_info.end_cursor) {
            (false, _) => None,
            (true, Some(cursor)) => Some(cursor),
            (true, None) => return Err(format!("{name}: a next page without a cursor")),
        };
        let nodes = self.nodes.ok_or_else(|| format!("{name}: no list"))?;
        Ok((nodes, next))
    }
}

impl Connection<serde_json::Value> {
    /// The same, with nulls for the items that are missing.
    pub(super) fn open_with_nulls(
        self,
        name: &str,
    ) -> Result<(Vec<serde_json::Value>, Option<String>), Unusable> {
        let (nodes, next) = self.open_list(name)?;
        let nodes = nodes.into_iter().map(Option::unwrap_or_default);
        Ok((nodes.collect(), next))
    }
}

// === impl PullRequest ===

impl PullRequest {
    /// The facts, with every list complete.
    pub(super) fn into_facts(
        self,
        lists: Lists,
        provenance: &HashMap<String, Provenance>,
        observed_at: Timestamp,
    ) -> Result<facts::PullRequest, Unusable> {
        let commits = lists
            .commits
            .into_iter()
            .map(|item| item.commit.into_fact(provenance));
        Ok(facts::PullRequest {
            organization: self.repository.owner.into_fact()?,
            repository: self.repository.repository.into_fact()?,
            node_id: self.id,
            number: self.number,
            url: self.url,
            title: self.title.chars().take(MAX_TITLE_CHARS).collect(),
            author: self.author.map(Actor::into_fact),
            merged_by: self.merged_by.map(Actor::into_fact),
            created_at: self.created_at,
            merged_at: self
                .merged_at
                .ok_or("mergedAt: the pull request is not merged")?,
            base_branch: self.base_ref_name,
            head_commit: self.head_ref_oid,
            merge_commit: self.merge_commit.map(|commit| commit.oid),
            reviews: lists.reviews.into_iter().map(Review::into_fact).collect(),
            dismissals: lists
                .dismissals
                .into_iter()
                .map(Dismissal::into_fact)
                .collect(),
            commits: commits.collect::<Result<_, _>>()?,
            body: None,
            body_edited_at: None,
            labels: Vec::new(),
            commits_total: lists.commits_total,
            observed_at,
        })
    }
}

// === impl Actor ===

impl Actor {
    fn into_fact(self) -> facts::Actor {
        let kind = match self.typename.as_str() {
            "User" => ActorKind::User,
            "Bot" => ActorKind::Bot,
            "Mannequin" => ActorKind::Mannequin,
            "Organization" => ActorKind::Organization,
            "EnterpriseUserAccount" => ActorKind::EnterpriseUserAccount,
            _ => ActorKind::Other,
        };
        let (id, login) = (self.database_id, self.login);
        facts::Actor { id, login, kind }
    }
}

// === impl Organization ===

impl Organization {
    pub(super) fn into_fact(self) -> Result<facts::Organization, Unusable> {
        let id = self.database_id.ok_or("owner.databaseId: null")?;
        let login = self.login;
        Ok(facts::Organization { id, login })
    }
}

// === impl Repository ===

impl Repository {
    pub(super) fn into_fact(self) -> Result<facts::Repository, Unusable> {
        Ok(facts::Repository {
            id: self.database_id.ok_or("repository.databaseId: null")?,
            name: self.name,
            default_branch: self.default_branch_ref.map(|branch| branch.name),
            archived: self.is_archived,
        })
    }
}

// === impl Review ===

impl Review {
    fn into_fact(self) -> facts::Review {
        facts::Review {
            id: self.id,
            state: review_state(&self.state),
            submitted_at: self.submitted_at,
            author: self.author.map(Actor::into_fact),
            commit: self.commit.map(|commit| commit.oid),
            author_can_push: self.author_can_push_to_repository,
        }
    }
}

/// A state that did not exist when this was written counts as a comment: it approves nothing and takes nothing back.
fn review_state(text: &str) -> ReviewState {
    match text {
        "APPROVED" => ReviewState::Approved,
        "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
        "DISMISSED" => ReviewState::Dismissed,
        "PENDING" => ReviewState::Pending,
        _ => ReviewState::Commented,
    }
}

// === impl Dismissal ===

impl Dismissal {
    fn into_fact(self) -> facts::Dismissal {
        facts::Dismissal {
            review: self.review.map(|review| review.id),
            at: self.created_at,
            by: self.actor.map(Actor::into_fact),
            previous_state: review_state(&self.previous_review_state),
        }
    }
}

#[cfg(test)]
mod tests;
