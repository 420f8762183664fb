//! Nested connections, read to their end: what one page of pull requests leaves open.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Client;
use super::error::{Error, Result};
use super::gap::Gap;
use super::page_size::PageSize;
use super::query::{self, Query};
use super::request::Call;
use super::wire::{Commit, Connection, GitActor, Item, Lists, PullRequest, PullRequestCommit};
use crate::audit::facts;

/// No connection of a pull request has so many items; a server whose pages have no end must not fill the memory.
const MAX_ITEMS: usize = 20_000;

/// Whose connection is read on.
#[derive(Debug, Clone, Copy)]
struct Owner<'a> {
    id: &'a str,
    subject: &'a str,
}

#[derive(Deserialize)]
struct NodeOf<T> {
    node: Option<ConnectionOf<T>>,
}

#[derive(Deserialize)]
struct ConnectionOf<T> {
    connection: Option<Connection<T>>,
}

// === impl Client ===

impl Client {
    /// The facts of a pull request, with what its page left open; else a partial error that names what is missing. An error of
    /// the whole is one that the next question would meet too.
    pub(super) async fn complete(
        &self,
        mut pull_request: PullRequest,
        observed_at: Timestamp,
    ) -> Result<Result<facts::PullRequest>> {
        let subject = subject(&pull_request.url);
        let lists = self.lists(&mut pull_request, &subject).await;
        Ok(match separate(lists)? {
            Ok(lists) => pull_request
                .into_facts(lists, observed_at)
                .map_err(|missing| partial(subject, missing)),
            Err(error) if error.is_partial() => Err(error),
            Err(error) => Err(partial(subject, error.to_string())),
        })
    }

    async fn lists(&self, pull_request: &mut PullRequest, subject: &str) -> Result<Lists> {
        let id = pull_request.id.clone();
        let owner = Owner { id: &id, subject };
        let absent = |name: &str| partial(subject.to_owned(), format!("{name}: null"));
        let reviews = pull_request
            .reviews
            .take()
            .ok_or_else(|| absent("reviews"))?;
        let events = pull_request
            .timeline_items
            .take()
            .ok_or_else(|| absent("timelineItems"))?;
        let commits = pull_request
            .commits
            .take()
            .ok_or_else(|| absent("commits"))?;
        let commits_total = commits
            .total_count
            .ok_or_else(|| absent("commits.totalCount"))?;
        let reviews = self.read_on(reviews, query::MORE_REVIEWS, owner).await?;
        let events = self.read_on(events, query::MORE_EVENTS, owner).await?;
        let listed = self.read_on(commits, query::MORE_COMMITS, owner).await?;
        let mut commits = Vec::with_capacity(listed.len());
        for PullRequestCommit { commit } in listed {
            commits.push(self.with_authors(commit, subject).await?);
        }
        Ok(Lists {
            reviews,
            events,
            commits,
            commits_total,
        })
    }

    async fn with_authors(
        &self,
        mut commit: Commit,
        subject: &str,
    ) -> Result<(Commit, Vec<GitActor>)> {
        let authors = commit
            .authors
            .take()
            .ok_or_else(|| partial(subject.to_owned(), "commits.authors: null".to_owned()))?;
        let owner = Owner {
            id: &commit.id,
            subject,
        };
        let authors = self.read_on(authors, query::MORE_AUTHORS, owner).await?;
        Ok((commit, authors))
    }

    /// All items of a connection whose first page is known.
    async fn read_on<T: DeserializeOwned + Item>(
        &self,
        first: Connection<T>,
        query: Query,
        owner: Owner<'_>,
    ) -> Result<Vec<T>> {
        let incomplete = |missing| partial(owner.subject.to_owned(), missing);
        let endless = |what: &str| incomplete(format!("{}: {what}", query.name));
        let (mut items, mut next) = first.open(query.name).map_err(incomplete)?;
        let mut cursors = HashSet::new();
        while let Some(cursor) = next {
            if !cursors.insert(cursor.clone()) {
                return Err(endless("GitHub repeats a cursor"));
            }
            let (more, following) = self.further(query, &cursor, owner).await?;
            if more.is_empty() && following.is_some() {
                return Err(endless("a page is empty and not the last"));
            }
            items.extend(more);
            if items.len() > MAX_ITEMS {
                return Err(endless("GitHub's pages have no end"));
            }
            next = following;
        }
        Ok(items)
    }

    async fn further<T: DeserializeOwned + Item>(
        &self,
        query: Query,
        cursor: &str,
        owner: Owner<'_>,
    ) -> Result<(Vec<T>, Option<String>)> {
        let variables = json!({ "id": owner.id, "n": 0, "after": cursor });
        let call = Call::query(query, &variables, owner.subject.to_owned());
        let answer = self.perform(&call, &mut PageSize::new(100)).await?;
        let page: NodeOf<T> = answer.parse_whole(&call)?;
        let page = page
            .node
            .and_then(|node| node.connection)
            .ok_or_else(|| call.not_found())?;
        page.open(query.name)
            .map_err(|missing| partial(owner.subject.to_owned(), missing))
    }
}

/// Lists that GitHub left things out of: the items that came whole, with their position, and the gaps that are not in any
/// item. An item that is null, or that a gap lies in, is no whole item.
pub(super) fn split(
    gaps: &[Gap],
    nodes: Vec<Value>,
    prefix: &[&str],
) -> (Vec<(usize, Value)>, Vec<String>) {
    let describe = |gap: &Gap| gap.describe_in(prefix, &nodes);
    let mut missing: Vec<String> = gaps.iter().map(describe).collect();
    let holes: HashSet<usize> = gaps
        .iter()
        .filter_map(|gap| gap.index_under(prefix))
        .collect();
    let mut whole = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        if holes.contains(&index) {
            continue;
        }
        if node.is_null() {
            missing.push(format!("{}.{index} is null", prefix.join(".")));
        } else {
            whole.push((index, node));
        }
    }
    (whole, missing)
}

/// Keeps an error of one question apart from an error that every further question would meet.
pub(super) fn separate<T>(result: Result<T>) -> Result<Result<T>> {
    match result {
        Err(
            error @ (Error::Throttled { .. }
            | Error::Denied {
                status: 401 | 403, ..
            }),
        ) => Err(error),
        other => Ok(other),
    }
}

pub(super) fn subject(id: &str) -> String {
    format!("pull request {id}")
}

pub(super) fn partial(subject: String, missing: String) -> Error {
    let missing = vec![missing];
    Error::Partial { subject, missing }
}
