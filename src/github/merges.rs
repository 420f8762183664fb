//! The pull requests that were merged in a window of time: searched in slices, read by pages, and counted.

use std::collections::{HashMap, HashSet, VecDeque};

use futures::stream::{Stream, unfold};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Client;
use super::answer::Gap;
use super::error::{Error, Result};
use super::paging::split;
use super::query;
use super::request::{Call, PageSize};
use super::search::{MAX_RESULTS, PARTS, Planned, Slice};
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
    pub read_until: Option<Timestamp>,
}

/// The walk over a window, between two pages.
struct Walk {
    client: Client,
    organization: facts::Organization,
    until: Timestamp,
    /// What is left of the window, in the order of time.
    plan: VecDeque<Planned>,
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
    /// The cursors that were followed: one that comes again would lead in a circle.
    cursors: HashSet<String>,
    /// The node ids that came, each once.
    seen: HashSet<String>,
    /// Results that are reported as missing.
    missing: i64,
    /// The greatest count that GitHub named: its index may grow while it is read.
    expected: i64,
    asked_again: bool,
}

/// What one page brought.
struct Reading {
    pull_requests: Vec<facts::PullRequest>,
    missing: Vec<String>,
    next: Option<String>,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    issue_count: i64,
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
            until: window.until,
            plan: Slice::of(window)
                .map(Planned::uncounted)
                .into_iter()
                .collect(),
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
            if self.is_over {
                return None;
            }
            let step = if let Some(search) = self.search.take() {
                self.read(search).await
            } else {
                let planned = self.plan.pop_front()?;
                self.begin(planned).await
            };
            if let Err(error) = step {
                self.is_over = true;
                return Some(Err(error));
            }
        }
    }

    /// Begins with a slice, whose first page is asked for unless it is known to hold too much.
    async fn begin(&mut self, planned: Planned) -> Result<()> {
        let search = Search::new(planned.slice, &self.organization);
        match planned.count {
            Some(count) if count > MAX_RESULTS => self.divide(search, count).await,
            _ => self.read(search).await,
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
        let (gaps, observed_at) = (answer.gaps.clone(), answer.observed_at);
        let hidden = answer.hidden();
        let Found { search: results } = answer.parse(&call)?;
        if results.issue_count > MAX_RESULTS {
            return self.divide(search, results.issue_count).await;
        }
        search.expected = search.expected.max(results.issue_count);
        let (nodes, next) = results
            .connection
            .open_with_nulls("search")
            .map_err(|missing| call.partial(vec![missing]))?;
        let progresses = next.is_none() || !nodes.is_empty();
        let (fresh, mut missing) = search.take(&gaps, nodes);
        missing.extend(hidden);
        let next = search.follow(next, progresses, &mut missing);
        let completed = self.client.complete(fresh, observed_at).await?;
        let mut pull_requests = Vec::with_capacity(completed.len());
        for result in completed {
            match result {
                Ok(pull_request) => pull_requests.push(pull_request),
                Err(error) => missing.push(error.to_string()),
            }
        }
        self.put_out(
            search,
            Reading {
                pull_requests,
                missing,
                next,
            },
        );
        Ok(())
    }

    /// Puts out what a page brought. Where it is the last of its slice, all that is missing is named before it.
    fn put_out(&mut self, mut search: Search, reading: Reading) {
        let partial = (!reading.missing.is_empty()).then(|| Error::Partial {
            subject: search.query.clone(),
            missing: reading.missing,
        });
        let mut page = search.page(reading.pull_requests);
        search.after = reading.next;
        let short = search.short();
        if search.after.is_some() || (short.is_some() && !search.asked_again) {
            self.output.push_back(Ok(page));
            self.output.extend(partial.map(Err));
            self.search = Some(if search.after.is_some() {
                search
            } else {
                search.again()
            });
            return;
        }
        self.output
            .extend(partial.into_iter().chain(short).map(Err));
        page.read_until = Some(search.slice.end().min(self.until));
        self.output.push_back(Ok(page));
    }

    /// Cuts a slice that holds more than a search gives into some that hold less: the parts are counted in one request.
    async fn divide(&mut self, search: Search, expected: i64) -> Result<()> {
        let parts = search.slice.parts();
        if parts.len() == 1 {
            let query = search.query.clone();
            self.output
                .push_back(Err(Error::TooMany { query, expected }));
            let mut page = search.page(Vec::new());
            page.expected = expected;
            page.read_until = Some(search.slice.end().min(self.until));
            self.output.push_back(Ok(page));
            return Ok(());
        }
        let counts = self.count(&parts, &search.query).await?;
        let planned = Planned::pack(parts.into_iter().zip(counts));
        for planned in planned.into_iter().rev() {
            self.plan.push_front(planned);
        }
        Ok(())
    }

    async fn count(&self, parts: &[Slice], subject: &str) -> Result<Vec<i64>> {
        let texts = parts
            .iter()
            .map(|part| part.query(&self.organization.login));
        let mut texts: Vec<String> = texts.collect();
        let counted = texts.len();
        // The query always has all its parts; the last one is counted more than once where there are fewer.
        let last = texts.last().cloned().unwrap_or_default();
        texts.resize(usize::try_from(PARTS).unwrap_or_default(), last);
        let named = texts.iter().enumerate();
        let variables: Map<String, Value> = named
            .map(|(index, text)| (format!("q{index}"), Value::from(text.as_str())))
            .collect();
        let call = Call::query(query::COUNTS, &Value::Object(variables), subject.to_owned());
        let answer = self.client.perform_unpaged(&call).await?;
        let mut answer: HashMap<String, Value> = answer.parse_whole(&call)?;
        (0..counted)
            .map(|index| {
                let count = answer.remove(&format!("part{index}")).unwrap_or_default();
                let count: Count =
                    serde_json::from_value(count).map_err(|error| call.unreadable(&error))?;
                Ok(count.issue_count)
            })
            .collect()
    }
}

// === impl Search ===

impl Search {
    fn new(slice: Slice, organization: &facts::Organization) -> Self {
        Self {
            slice,
            query: slice.query(&organization.login),
            after: None,
            cursors: HashSet::new(),
            seen: HashSet::new(),
            missing: 0,
            expected: 0,
            asked_again: false,
        }
    }

    /// The same from its start, since a result that enters the index meanwhile moves the pages.
    fn again(self) -> Self {
        Self {
            asked_again: true,
            cursors: HashSet::new(),
            missing: 0,
            expected: 0,
            after: None,
            ..self
        }
    }

    /// The pull requests of a page that did not come before, and what of it is missing.
    fn take(&mut self, gaps: &[Gap], nodes: Vec<Value>) -> (Vec<PullRequest>, Vec<String>) {
        let total = nodes.len();
        let (nodes, mut missing) = split(gaps, nodes, &["search", "nodes"]);
        self.missing += as_count(total - nodes.len());
        let mut fresh = Vec::with_capacity(nodes.len());
        for (index, node) in nodes {
            match serde_json::from_value::<PullRequest>(node) {
                Ok(node) if self.seen.insert(node.id.clone()) => fresh.push(node),
                Ok(_) => {}
                Err(error) => {
                    self.missing += 1;
                    missing.push(format!("search.nodes.{index} does not parse: {error}"));
                }
            }
        }
        (fresh, missing)
    }

    /// The cursor to go on with: none at the end, and where following it could go on for ever.
    fn follow(
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
    fn short(&self) -> Option<Error> {
        let received = as_count(self.seen.len());
        let is_short = self.after.is_none() && received + self.missing < self.expected;
        is_short.then(|| Error::Short {
            query: self.query.clone(),
            expected: self.expected,
            received,
        })
    }

    fn page(&self, pull_requests: Vec<facts::PullRequest>) -> MergedPage {
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
