//! One search over its pages: what it counted, what came, and what is missing.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::MergedPage;
use crate::audit::facts;
use crate::github::answer::quote;
use crate::github::error::Error;
use crate::github::gap::Gap;
use crate::github::paging::split;
use crate::github::search::{MAX_RESULTS, Slice};
use crate::github::wire::{Connection, PullRequest};

/// One search, between two of its pages.
pub(super) struct Search {
    pub(super) slice: Slice,
    pub(super) query: String,
    pub(super) after: Option<String>,
    /// The cursors that were followed: one that comes again would lead in a circle.
    pub(super) cursors: HashSet<String>,
    /// The node ids that came, each once.
    pub(super) seen: HashSet<String>,
    /// Pull requests that are longer than a page asks for: read together, when there are enough of them.
    pub(super) long: Vec<Named>,
    /// Results that are reported as missing.
    pub(super) missing: i64,
    /// The greatest count that GitHub named: its index may grow while it is read.
    pub(super) expected: i64,
    pub(super) asked_again: bool,
}

/// A pull request that is known by name only.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) url: String,
}

/// What one page brought.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) pull_requests: Vec<facts::PullRequest>,
    pub(super) missing: Vec<String>,
    pub(super) next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) search: Results,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Results {
    pub(super) issue_count: i64,
    #[serde(flatten)]
    pub(super) connection: Connection<Value>,
}

// === impl Search ===

impl Search {
    pub(super) fn new(slice: Slice, organization: &facts::Organization) -> Self {
        Self {
            slice,
            query: slice.query(&organization.login),
            after: None,
            cursors: HashSet::new(),
            seen: HashSet::new(),
            long: Vec::new(),
            missing: 0,
            expected: 0,
            asked_again: false,
        }
    }

    /// The same from its start, since a result that enters the index meanwhile moves the pages.
    pub(super) fn again(self) -> Self {
        Self {
            asked_again: true,
            cursors: HashSet::new(),
            missing: 0,
            expected: 0,
            after: None,
            ..self
        }
    }

    /// The nodes of a page, whose count and cursor are kept; none where the count is too much for one search.
    pub(super) fn turn(&mut self, results: Results, reading: &mut Reading) -> Option<Vec<Value>> {
        let Results {
            issue_count,
            connection,
        } = results;
        self.expected = self.expected.max(issue_count);
        if issue_count > MAX_RESULTS {
            return None;
        }
        match connection.open_with_nulls("search") {
            Ok((nodes, next)) => {
                reading.next = self.follow(next, !nodes.is_empty(), &mut reading.missing);
                Some(nodes)
            }
            Err(missing) => {
                reading.missing.push(missing);
                Some(Vec::new())
            }
        }
    }

    /// The pull requests of a page that did not come before.
    pub(super) fn take(
        &mut self,
        gaps: &[Gap],
        nodes: Vec<Value>,
        missing: &mut Vec<String>,
    ) -> Vec<PullRequest> {
        let mut nodes = self.parse::<PullRequest>(gaps, nodes, missing);
        nodes.retain(|node| self.seen.insert(node.id.clone()));
        nodes
    }

    pub(super) fn names(
        &mut self,
        gaps: &[Gap],
        nodes: Vec<Value>,
        missing: &mut Vec<String>,
    ) -> Vec<Named> {
        let mut nodes = self.parse::<Named>(gaps, nodes, missing);
        nodes.retain(|node| self.seen.insert(node.id.clone()));
        nodes
    }

    pub(super) fn parse<T: DeserializeOwned>(
        &mut self,
        gaps: &[Gap],
        nodes: Vec<Value>,
        missing: &mut Vec<String>,
    ) -> Vec<T> {
        let total = nodes.len();
        let (nodes, left_out) = split(gaps, nodes, &["search", "nodes"]);
        missing.extend(left_out);
        let mut whole = Vec::with_capacity(nodes.len());
        for (index, node) in nodes {
            match T::deserialize(&node) {
                Ok(node) => whole.push(node),
                Err(error) => {
                    let url = node.get("url").and_then(Value::as_str);
                    let name = url.map_or_else(|| format!("search.nodes.{index}"), quote);
                    missing.push(format!("{name} does not parse: {error}"));
                }
            }
        }
        self.missing += as_count(total - whole.len());
        whole
    }

    /// The cursor to go on with: none at the end, and where following it could go on for ever.
    pub(super) fn follow(
        &mut self,
        next: Option<String>,
        progresses: bool,
        missing: &mut Vec<String>,
    ) -> Option<String> {
        let cursor = next?;
        let is_new = self.cursors.insert(cursor.clone());
        // Even pages of one result are no more than this.
        let is_bounded = as_count(self.cursors.len()) <= MAX_RESULTS;
        if is_new && progresses && is_bounded {
            return Some(cursor);
        }
        let what = match (is_new, progresses) {
            (false, _) => "GitHub repeats a cursor",
            (true, false) => "a page is empty and not the last",
            (true, true) => "GitHub's pages have no end",
        };
        missing.push(format!("search: {what}"));
        None
    }

    /// What is missing by GitHub's own count.
    pub(super) fn short(&self) -> Option<Error> {
        let received = as_count(self.seen.len());
        let is_short = self.after.is_none() && received + self.missing < self.expected;
        is_short.then(|| Error::Short {
            query: self.query.clone(),
            expected: self.expected,
            received,
        })
    }

    pub(super) fn page(&self, pull_requests: Vec<facts::PullRequest>) -> MergedPage {
        MergedPage {
            pull_requests,
            query: self.query.clone(),
            expected: self.expected,
            read_until: None,
        }
    }
}

fn as_count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
