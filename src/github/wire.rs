//! The shapes of GitHub's answers, and what they say as facts: pure.
//!
//! A `null` in a list is something that GitHub left out, never nothing: it is an error of the pull request that it belongs to.

use jiff::Timestamp;
use serde::Deserialize;

use crate::audit::facts::{self, ActorKind, BODY_LIMIT};

mod commit;
mod event;
mod text;

pub(super) use self::commit::{Commit, GitActor, PullRequestCommit};
use self::event::Events;
pub(super) use self::event::{Event, Review};
use self::text::{excerpt, without_addresses};

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
    pub(super) url: String,
    title: String,
    body: Option<String>,
    last_edited_at: Option<Timestamp>,
    author: Option<Actor>,
    merged_by: Option<Actor>,
    created_at: Timestamp,
    merged_at: Option<Timestamp>,
    base_ref_name: String,
    head_ref_oid: String,
    merge_commit: Option<Oid>,
    repository: OwnedRepository,
    pub(super) reviews: Option<Connection<Review>>,
    pub(super) timeline_items: Option<Connection<Event>>,
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

/// The connections of a pull request, each read to its end.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) reviews: Vec<Review>,
    pub(super) events: Vec<Event>,
    /// Each with all its authors.
    pub(super) commits: Vec<(Commit, Vec<GitActor>)>,
    pub(super) commits_total: i64,
}

/// A title as it is kept, wherever it stands.
fn title(text: &str) -> String {
    excerpt(text, MAX_TITLE_CHARS)
}

// === impl Connection ===

impl<T> Connection<T> {
    fn has_more(&self) -> bool {
        self.page_info.has_next_page
    }

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
    /// Whether a connection goes on past what came of it.
    pub(super) fn has_more(&self) -> bool {
        self.reviews.as_ref().is_some_and(Connection::has_more)
            || self
                .timeline_items
                .as_ref()
                .is_some_and(Connection::has_more)
            || self.commits.as_ref().is_some_and(Connection::has_more)
    }

    /// Whether it is merged; only then it has facts.
    pub(super) fn is_merged(&self) -> bool {
        self.merged_at.is_some()
    }

    /// The facts, with every list complete.
    pub(super) fn into_facts(
        self,
        lists: Lists,
        observed_at: Timestamp,
    ) -> Result<facts::PullRequest, Unusable> {
        let commits = lists
            .commits
            .into_iter()
            .map(|(commit, authors)| commit.into_fact(authors));
        let reviews = lists.reviews.into_iter().map(Review::into_fact);
        let Events {
            dismissals,
            labels,
            title_renames,
        } = Events::of(lists.events)?;
        Ok(facts::PullRequest {
            organization: self.repository.owner.into_fact()?,
            repository: self.repository.repository.into_fact()?,
            node_id: self.id,
            number: self.number,
            url: self.url,
            title: title(&self.title),
            title_renames,
            author: self.author.map(Actor::into_fact),
            merged_by: self.merged_by.map(Actor::into_fact),
            created_at: self.created_at,
            merged_at: self
                .merged_at
                .ok_or("mergedAt: the pull request is not merged")?,
            base_branch: self.base_ref_name,
            head_commit: self.head_ref_oid,
            merge_commit: self.merge_commit.map(|commit| commit.oid),
            reviews: reviews.collect::<Result<_, _>>()?,
            dismissals,
            commits: commits.collect::<Result<_, _>>()?,
            body: self
                .body
                .filter(|body| !body.is_empty())
                .map(|body| excerpt(&body, BODY_LIMIT)),
            body_edited_at: self.last_edited_at,
            labels,
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

#[cfg(test)]
mod tests;
