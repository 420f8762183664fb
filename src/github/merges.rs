//! The pull requests that were merged in a window of time: searched in slices, read by pages, and counted.

use std::collections::{HashSet, VecDeque};

use futures::stream::{Stream, unfold};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Client;
use super::answer::Answer;
use super::error::{Error, Result};
use super::paging::split;
use super::query;
use super::request::{Call, PageSize};
use super::search::{MAX_RESULTS, Slice};
use super::wire::{Connection, PullRequest};
use crate::audit::facts;
use crate::schedule::window::Window;

/// Some of the pull requests that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedPage {
    /// The pull requests, none of which an earlier page of the same search had.
    pub pull_requests: Vec<facts::PullRequest>,
    /// The search's text.
    pub query: String,
    /// How many pull requests the search counts, over all its pages.
    pub expected: i64,
    /// Set on the last page of a slice of time: everything that was merged in the window before this has been put out, or named
    /// as missing by an error before. None on other pages.
    pub read_until: Option<jiff::Timestamp>,
}

/// The walk over a window, between two pages.
struct Walk {
    client: Client,
    organization: facts::Organization,
    slices: Vec<Slice>,
    search: Option<Search>,
    page: PageSize,
    output: VecDeque<Result<MergedPage>>,
    is_over: bool,
}

/// One search, between two of its pages.
struct Search {
    slice: Slice,
    query: String,
    after: Option<String>,
    /// The node ids that came, each once.
    seen: HashSet<String>,
    /// Results that are reported as missing.
    missing: i64,
    /// The greatest count that GitHub named: its index may grow while it is read.
    expected: i64,
    asked_again: bool,
}

#[derive(Deserialize)]
struct Found {
    search: Results,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    issue_count: i64,
    #[serde(flatten)]
    connection: Connection<Value>,
}

// === impl Client ===

impl Client {
    /// The pull requests that were merged in an organization in a window, page by page, ordered by creation within a search.
    ///
    /// An error for which [`Error::is_partial`] holds names what is missing, and the stream goes on; any other ends it. Only a
    /// stream without an error gave everything that GitHub's index knew.
    pub fn merged_pull_requests(
        &self,
        organization: &facts::Organization,
        window: Window,
    ) -> impl Stream<Item = Result<MergedPage>> + Send + use<> {
        let walk = Walk {
            client: self.for_organization(&organization.login),
            organization: organization.clone(),
            slices: Slice::of(window).into_iter().collect(),
            search: None,
            page: PageSize::new(self.shared.options.page_size),
            output: VecDeque::new(),
            is_over: false,
        };
        unfold(walk, |mut walk| async move {
            walk.next().await.map(|item| (item, walk))
        })
    }
}

// === impl Walk ===

impl Walk {
    async fn next(&mut self) -> Option<Result<MergedPage>> {
        loop {
            if let Some(item) = self.output.pop_front() {
                return Some(item);
            }
            let search = match self.search.take() {
                _ if self.is_over => return None,
                Some(search) => search,
                None => Search::new(self.slices.pop()?, &self.organization),
            };
            if let Err(error) = self.read(search).await {
                self.is_over = true;
                return Some(Err(error));
            }
        }
    }

    /// Reads a page: what comes of it is put out, and what is left to read is kept.
    async fn read(&mut self, mut search: Search) -> Result<()> {
        let variables = json!({ "q": search.query, "n": 0, "after": search.after });
        let call = Call::query(
            query::MERGED_PULL_REQUESTS,
            &variables,
            search.query.clone(),
        );
        let answer = self.client.perform(&call, &mut self.page).await?;
        let Some((count, next)) = self.take(&mut search, answer, &call).await? else {
            return Ok(());
        };
        search.expected = search.expected.max(count);
        search.after = next;
        match search.after {
            Some(_) => self.search = Some(search),
            None => self.close(search),
        }
        Ok(())
    }

    /// The results of an answer: GitHub's count and the cursor of the next page; none where there are too many for one search.
    async fn take(
        &mut self,
        search: &mut Search,
        answer: Answer,
        call: &Call,
    ) -> Result<Option<(i64, Option<String>)>> {
        let (gaps, observed_at) = (answer.gaps.clone(), answer.observed_at);
        let hidden = answer.hidden();
        let Found {
            search: Results {
                issue_count,
                connection,
            },
        } = answer.parse(call)?;
        if issue_count > MAX_RESULTS {
            self.bisect(search, issue_count);
            return Ok(None);
        }
        let (nodes, next) = connection
            .open_with_nulls("search")
            .map_err(|missing| call.partial(vec![missing]))?;
        let total = nodes.len();
        let (nodes, mut missing) = split(&gaps, nodes, &["search", "nodes"]);
        missing.extend(hidden);
        search.missing += as_count(total - nodes.len());
        let mut fresh = Vec::with_capacity(nodes.len());
        for (index, node) in nodes {
            match serde_json::from_value::<PullRequest>(node) {
                Ok(node) if search.seen.insert(node.id.clone()) => fresh.push(node),
                Ok(_) => {}
                Err(error) => {
                    search.missing += 1;
                    missing.push(format!("search.nodes.{index} does not parse: {error}"));
                }
            }
        }
        let completed = self.client.complete(fresh, observed_at).await?;
        self.put_out(search, issue_count, completed, missing);
        Ok(Some((issue_count, next)))
    }

    fn put_out(
        &mut self,
        search: &Search,
        expected: i64,
        completed: Vec<Result<facts::PullRequest>>,
        mut missing: Vec<String>,
    ) {
        let mut pull_requests = Vec::with_capacity(completed.len());
        for result in completed {
            match result {
                Ok(pull_request) => pull_requests.push(pull_request),
                Err(error) => missing.push(error.to_string()),
            }
        }
        let query = search.query.clone();
        self.output.push_back(Ok(MergedPage {
            pull_requests,
            query,
            expected,
            read_until: None,
        }));
        if !missing.is_empty() {
            let subject = search.query.clone();
            self.output
                .push_back(Err(Error::Partial { subject, missing }));
        }
    }

    fn bisect(&mut self, search: &Search, expected: i64) {
        if let Some((earlier, later)) = search.slice.halves() {
            // The last one comes next.
            self.slices.extend([later, earlier]);
        } else {
            let query = search.query.clone();
            self.output
                .push_back(Err(Error::TooMany { query, expected }));
        }
    }

    /// Compares what came with GitHub's count; a search that fell short is asked once more from its start, since a result
    /// that enters the index meanwhile moves the pages.
    fn close(&mut self, search: Search) {
        let received = as_count(search.seen.len());
        if received + search.missing >= search.expected {
            return;
        }
        if !search.asked_again {
            self.search = Some(Search {
                asked_again: true,
                missing: 0,
                expected: 0,
                after: None,
                ..search
            });
            return;
        }
        let (query, expected) = (search.query, search.expected);
        self.output.push_back(Err(Error::Short {
            query,
            expected,
            received,
        }));
    }
}

// === impl Search ===

impl Search {
    fn new(slice: Slice, organization: &facts::Organization) -> Self {
        Self {
            slice,
            query: slice.query(&organization.login),
            after: None,
            seen: HashSet::new(),
            missing: 0,
            expected: 0,
            asked_again: false,
        }
    }
}

fn as_count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
