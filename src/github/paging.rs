//! Nested connections, read to their end: what one page of pull requests leaves open.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Client;
use super::answer::Gap;
use super::error::{Error, Result};
use super::query::{self, Query};
use super::request::{Call, PageSize};
use super::wire::{Connection, Contributors, Lists, Provenance, PullRequest};
use crate::audit::facts;

/// GitHub takes at most so many ids at once; a page's size keeps to it.
const MAX_IDS: usize = 100;

/// The commits of a pull request, whether or not their authors are known yet.
#[derive(Debug)]
struct Complete {
    pull_request: PullRequest,
    lists: Lists,
}

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

#[derive(Deserialize)]
struct Nodes {
    nodes: Vec<Value>,
}

// === impl Client ===

impl Client {
    /// Completes pull requests with what their page left open, in order; each fails by itself. An error of the whole is one
    /// that the next request would meet too.
    pub(super) async fn complete(
        &self,
        page: Vec<PullRequest>,
        observed_at: Timestamp,
    ) -> Result<Vec<Result<facts::PullRequest>>> {
        let mut completed = Vec::with_capacity(page.len());
        for pull_request in page {
            completed.push(separate(self.complete_lists(pull_request).await)?);
        }
        let commits = completed
            .iter()
            .flatten()
            .flat_map(|complete| &complete.lists.commits);
        let provenance = self
            .provenance(commits.map(|item| item.commit.id.clone()))
            .await?;
        let facts = completed.into_iter().map(|result| {
            let Complete {
                pull_request,
                lists,
            } = result?;
            let subject = subject(&pull_request.id);
            pull_request
                .into_facts(lists, &provenance, observed_at)
                .map_err(|missing| partial(subject, missing))
        });
        Ok(facts.collect())
    }

    async fn complete_lists(&self, mut pull_request: PullRequest) -> Result<Complete> {
        let id = pull_request.id.clone();
        let subject = subject(&id);
        let owner = Owner {
            id: &id,
            subject: &subject,
        };
        let absent = |name: &str| partial(subject.clone(), format!("{name}: null"));
        let reviews = pull_request
            .reviews
            .take()
            .ok_or_else(|| absent("reviews"))?;
        let dismissals = pull_request
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
        let lists = Lists {
            reviews: self.read_on(reviews, query::MORE_REVIEWS, owner).await?,
            dismissals: self
                .read_on(dismissals, query::MORE_DISMISSALS, owner)
                .await?,
            commits: self.read_on(commits, query::MORE_COMMITS, owner).await?,
            commits_total,
        };
        Ok(Complete {
            pull_request,
            lists,
        })
    }

    /// All items of a connection whose first page is known.
    async fn read_on<T: DeserializeOwned>(
        &self,
        first: Connection<T>,
        query: Query,
        owner: Owner<'_>,
    ) -> Result<Vec<T>> {
        let incomplete = |missing| partial(owner.subject.to_owned(), missing);
        let (mut items, mut next) = first.open(query.name).map_err(incomplete)?;
        let mut cursors = HashSet::new();
        while let Some(cursor) = next {
            if !cursors.insert(cursor.clone()) {
                return Err(incomplete(format!(
                    "{}: GitHub repeats a cursor",
                    query.name
                )));
            }
            let variables = json!({ "id": owner.id, "n": 100, "after": cursor });
            let call = Call::query(query, &variables, owner.subject.to_owned());
            let answer = self.perform(&call, &mut PageSize::new(100)).await?;
            let page: NodeOf<T> = answer.parse_whole(&call)?;
            let page = page
                .node
                .and_then(|node| node.connection)
                .ok_or_else(|| call.not_found())?;
            let (more, following) = page.open(query.name).map_err(incomplete)?;
            items.extend(more);
            next = following;
        }
        Ok(items)
    }

    /// Authors and parents of commits. A commit that GitHub does not answer for is left out.
    async fn provenance(
        &self,
        ids: impl Iterator<Item = String>,
    ) -> Result<HashMap<String, Provenance>> {
        let mut seen = HashSet::new();
        let ids: Vec<String> = ids.filter(|id| seen.insert(id.clone())).collect();
        let mut known = HashMap::with_capacity(ids.len());
        let mut page = PageSize::new(100);
        let mut rest = ids.as_slice();
        while !rest.is_empty() {
            let subject = format!("the authors of {} commits", rest.len());
            let call = Call::query(query::CONTRIBUTORS, &json!({ "ids": rest }), subject);
            let Ok((asked, nodes)) = separate(self.nodes(&call, &mut page).await)? else {
                rest = &rest[rest.len().min(MAX_IDS)..];
                continue;
            };
            for contributors in nodes
                .into_iter()
                .filter_map(|(_, node)| serde_json::from_value::<Contributors>(node).ok())
            {
                let id = contributors.id.clone();
                if let Some(provenance) = self.complete_authors(contributors).await? {
                    known.insert(id, provenance);
                }
            }
            rest = &rest[asked..];
        }
        Ok(known)
    }

    /// Asks for the first of `ids`, as many as a page takes: how many were asked for, and those that came whole, with their
    /// positions.
    pub(super) async fn nodes(
        &self,
        call: &Call,
        page: &mut PageSize,
    ) -> Result<(usize, Vec<(usize, Value)>)> {
        let answer = self.perform(call, page).await?;
        let gaps = answer.gaps.clone();
        let nodes = answer.parse::<Nodes>(call)?.nodes;
        if nodes.is_empty() {
            return Err(call.partial(vec!["nodes is empty".to_owned()]));
        }
        Ok((nodes.len(), split(&gaps, nodes, &["nodes"]).0))
    }

    async fn complete_authors(&self, contributors: Contributors) -> Result<Option<Provenance>> {
        let Contributors {
            id,
            authors,
            parents,
        } = contributors;
        let subject = format!("commit {id}");
        let owner = Owner {
            id: &id,
            subject: &subject,
        };
        let authors = separate(self.read_on(authors, query::MORE_AUTHORS, owner).await)?;
        // What is missing is told of each pull request that has the commit.
        Ok(authors
            .ok()
            .and_then(|authors| Contributors::into_provenance(parents, authors).ok()))
    }
}

/// Lists that GitHub left things out of: the items that came whole, with their position, and the gaps that are not in any
/// item. An item that is null, or that a gap lies in, is no whole item.
pub(super) fn split(
    gaps: &[Gap],
    nodes: Vec<Value>,
    prefix: &[&str],
) -> (Vec<(usize, Value)>, Vec<String>) {
    let mut missing: Vec<String> = gaps.iter().map(Gap::describe).collect();
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
fn separate<T>(result: Result<T>) -> Result<Result<T>> {
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
