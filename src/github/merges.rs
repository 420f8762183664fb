//! The pull requests that were merged in a window of time: searched in slices, read by pages, and counted.

mod search;

use std::collections::{HashMap, VecDeque};

use futures::stream::{Stream, unfold};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::search::{Found, Named, Reading, Search};
use super::Client;
use super::answer::Answer;
use super::depth::{Depth, LONG_PAGE};
use super::error::{Error, Result};
use super::page_size::PageSize;
use super::query;
use super::request::Call;
use super::search::{MAX_RESULTS, PARTS, Planned, Slice};
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
            page: self.first_page(),
            output: VecDeque::new(),
            is_over: false,
        };
        unfold(walk, |mut walk| async move {
            Box::pin(walk.next()).await.map(|item| (item, walk))
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
                self.is_over = !error.is_partial();
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
        let own = json!({ "q": search.query, "n": 0, "after": search.after });
        let variables = Depth::Usual.variables(self.client.shared.options.descriptions, own);
        let call = Call::query(
            query::MERGED_PULL_REQUESTS,
            &variables,
            search.query.clone(),
        );
        let mut reading = Reading::default();
        let too_many = match self.client.perform(&call, &mut self.page).await {
            Ok(answer) => self.take(&mut search, answer, &call, &mut reading).await?,
            Err(error @ Error::Unavailable { .. }) => {
                self.read_singly(&mut search, &mut reading, error).await?
            }
            Err(error) => return Err(error),
        };
        if let Some(count) = too_many {
            return self.divide(search, count).await;
        }
        if reading.next.is_none() || search.long.len() >= LONG_PAGE as usize {
            let long = std::mem::take(&mut search.long);
            self.read_named(long, &mut reading).await?;
        }
        self.put_out(search, reading);
        Ok(())
    }

    /// Takes an answer's results; GitHub's count where it is too much for one search.
    async fn take(
        &self,
        search: &mut Search,
        answer: Answer,
        call: &Call,
        reading: &mut Reading,
    ) -> Result<Option<i64>> {
        let (gaps, observed_at) = (answer.gaps.clone(), answer.observed_at);
        reading.missing.extend(answer.hidden(self.organization.id));
        let Found { search: results } = answer.parse(call)?;
        let Some(nodes) = search.turn(results, reading) else {
            return Ok(Some(search.expected));
        };
        for pull_request in search.take(&gaps, nodes, &mut reading.missing) {
            if pull_request.has_more() {
                search.long.push(Named {
                    id: pull_request.id,
                    url: pull_request.url,
                });
                continue;
            }
            match self.client.complete(pull_request, observed_at).await? {
                Ok(facts) => reading.pull_requests.push(facts),
                Err(error) => reading.missing.push(error.to_string()),
            }
        }
        Ok(None)
    }

    /// Reads a page that GitHub cannot serve: first which pull requests are on it, then each as far as it can be served, so
    /// that one that cannot be is named, and hides no other. Fails as before where GitHub does not even tell which they are.
    async fn read_singly(
        &mut self,
        search: &mut Search,
        reading: &mut Reading,
        failure: Error,
    ) -> Result<Option<i64>> {
        let variables = json!({ "q": search.query, "n": 0, "after": search.after });
        let call = Call::query(
            query::MERGED_PULL_REQUEST_IDS,
            &variables,
            search.query.clone(),
        );
        let mut page = PageSize::new(self.page.get());
        let answer = self.client.perform(&call, &mut page).await;
        let answer = answer.map_err(|_| failure)?;
        let gaps = answer.gaps.clone();
        reading.missing.extend(answer.hidden(self.organization.id));
        let Found { search: results } = answer.parse(&call)?;
        let Some(nodes) = search.turn(results, reading) else {
            return Ok(Some(search.expected));
        };
        let named = search.names(&gaps, nodes, &mut reading.missing);
        self.page.restore();
        self.read_named(named, reading).await?;
        Ok(None)
    }

    async fn read_named(&self, named: Vec<Named>, reading: &mut Reading) -> Result<()> {
        let ids: Vec<String> = named.iter().map(|named| named.id.clone()).collect();
        let results = self.client.long_pull_requests(&ids).await;
        for (named, result) in named.into_iter().zip(results) {
            let why = match result {
                Ok(Some(facts)) => {
                    reading.pull_requests.push(facts);
                    continue;
                }
                Ok(None) => "no longer visible".to_owned(),
                Err(error) if error.is_partial() => error.to_string(),
                Err(error) => return Err(error),
            };
            reading.missing.push(format!("{}: {why}", named.url));
        }
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
        let mut planned = Planned::pack(parts.iter().copied().zip(counts));
        if planned.len() == 1 {
            // The counts contradict the search: it must become smaller all the same, or this would never end.
            planned = parts.into_iter().map(Planned::uncounted).collect();
        }
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
