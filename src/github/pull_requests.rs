//! Pull requests that are known by their node ids, or by their numbers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Client;
use super::answer::Answer;
use super::depth::{Depth, LONG_PAGE};
use super::error::{Error, Result};
use super::gap::Gap;
use super::organization;
use super::page_size::PageSize;
use super::paging::{self, separate};
use super::query;
use super::request::Call;
use super::wire::PullRequest;
use crate::audit::facts;

/// After so many pull requests in a row that GitHub does not answer for, each asked for alone, it is GitHub that is down.
const DOWN_AFTER: u32 = 3;

/// What GitHub shows under a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberedPullRequest {
    /// It was merged.
    Merged(Box<facts::PullRequest>),
    /// It is open, or was closed without being merged: nothing landed that could be judged.
    NotMerged {
        /// Its page.
        url: String,
    },
}

/// What became of one pull request that was asked for by its id; none where GitHub shows nothing under it.
pub(super) type ById = Result<Option<facts::PullRequest>>;

/// What one of a batch is; none where it is longer than the batch asked for.
type Outline = Option<ById>;

#[derive(Deserialize)]
struct Nodes {
    nodes: Vec<Value>,
}

#[derive(Deserialize)]
struct RepositoryOf {
    repository: Option<PullRequestOf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRequestOf {
    pull_request: Option<PullRequest>,
}

// === impl Client ===

impl Client {
    /// Reads pull requests again, in batches; the results are in the order of the ids, each with its own error.
    ///
    /// None: GitHub shows no pull request under that id, which is deleted, or no longer visible to these credentials.
    pub async fn pull_requests(
        &self,
        node_ids: &[String],
    ) -> Vec<(String, Result<Option<facts::PullRequest>>)> {
        let mut page = self.first_page();
        let outlines = Box::pin(self.outlines(node_ids, Depth::Usual, &mut page)).await;
        let results = Box::pin(self.fill(node_ids, outlines)).await;
        node_ids.iter().cloned().zip(results).collect()
    }

    /// One pull request, whether merged or not; none where GitHub shows none under that number, which is absent, an issue, or
    /// not visible to these credentials.
    pub async fn pull_request(
        &self,
        owner: &str,
        repository: &str,
        number: i64,
    ) -> Result<Option<NumberedPullRequest>> {
        organization::subject(owner)?;
        let subject = format!("pull request {owner}/{repository}#{number}");
        let own = json!({ "owner": owner, "name": repository, "number": number });
        let variables = Depth::Long.variables(self.shared.options.descriptions, own);
        let call = Call::query(query::PULL_REQUEST, &variables, subject);
        let client = self.for_organization(owner);
        let answer = match client.perform_unpaged(&call).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            answer => answer?,
        };
        // `repository.pullRequest` is the pull request.
        let is_absent = |gap: &Gap| gap.is_not_found_above(3);
        if !answer.gaps.is_empty() && answer.gaps.iter().all(is_absent) {
            return Ok(None);
        }
        let observed_at = answer.observed_at;
        let found: RepositoryOf = answer.parse_whole(&call)?;
        match found.repository.and_then(|found| found.pull_request) {
            None => Ok(None),
            Some(pull_request) if !pull_request.is_merged() => {
                let url = pull_request.url;
                Ok(Some(NumberedPullRequest::NotMerged { url }))
            }
            Some(pull_request) => {
                let facts = Box::pin(client.complete(pull_request, observed_at)).await??;
                Ok(Some(NumberedPullRequest::Merged(Box::new(facts))))
            }
        }
    }

    pub(super) fn first_page(&self) -> PageSize {
        PageSize::growing(self.shared.options.page_size)
    }

    /// Pull requests that are longer than a page asks for, or that GitHub could not serve in one: in smaller batches, down to
    /// single ones. The results are in the order of the ids; an error that is not partial is one of GitHub as a whole.
    pub(super) async fn long_pull_requests(&self, ids: &[String]) -> Vec<ById> {
        let mut page = PageSize::new(LONG_PAGE);
        let outlines = self.outlines(ids, Depth::Long, &mut page).await;
        // Nothing is too long for this depth: its connections are read to their ends.
        outlines.into_iter().flatten().collect()
    }

    /// The long ones among pull requests are read, in place.
    async fn fill(&self, ids: &[String], outlines: Vec<Outline>) -> Vec<ById> {
        let long = ids
            .iter()
            .zip(&outlines)
            .filter(|(_, outline)| outline.is_none());
        let long: Vec<String> = long.map(|(id, _)| id.clone()).collect();
        let mut read = self.long_pull_requests(&long).await.into_iter();
        let filled = outlines
            .into_iter()
            .map(|outline| outline.or_else(|| read.next()).unwrap_or(Ok(None)));
        filled.collect()
    }

    /// What each of some pull requests is. A batch that fails is asked for in halves, so that one that GitHub cannot serve
    /// hides no other.
    async fn outlines(&self, ids: &[String], depth: Depth, page: &mut PageSize) -> Vec<Outline> {
        let mut outlines = Vec::with_capacity(ids.len());
        let (mut rest, mut failures) = (ids, 0);
        while let Some(first) = rest.first() {
            match separate(self.batch(rest, depth, page).await) {
                Ok(Ok(batch)) => {
                    failures = 0;
                    rest = rest.get(batch.len()..).unwrap_or_default();
                    outlines.extend(batch);
                }
                Ok(Err(_)) if page.narrow(rest.len()) => {}
                Ok(Err(error)) if failures + 1 < DOWN_AFTER => {
                    failures += 1;
                    page.restore();
                    outlines.push(Some(Err(partial(first, error.to_string()))));
                    rest = rest.get(1..).unwrap_or_default();
                }
                Ok(Err(error)) | Err(error) => {
                    let failed = |_| Some(Err(error.clone()));
                    outlines.extend(rest.iter().map(failed));
                    break;
                }
            }
        }
        outlines
    }

    /// The first of `ids`, as many as a page takes, and at least one.
    async fn batch(
        &self,
        ids: &[String],
        depth: Depth,
        page: &mut PageSize,
    ) -> Result<Vec<Outline>> {
        let subject = format!("{} pull requests", ids.len());
        let variables = depth.variables(self.shared.options.descriptions, json!({ "ids": ids }));
        let call = Call::query(query::PULL_REQUESTS, &variables, subject);
        let answer = self.perform(&call, page).await?;
        let (gaps, observed_at) = (answer.gaps.clone(), answer.observed_at);
        let nodes = parse(answer, &call)?;
        if nodes.is_empty() || nodes.len() > ids.len() {
            let count = nodes.len();
            return Err(call.partial(vec![format!("nodes: {count} of {} ids", ids.len())]));
        }
        let mut outlines = Vec::with_capacity(nodes.len());
        for (index, (node, id)) in nodes.into_iter().zip(ids).enumerate() {
            let gap = gaps
                .iter()
                .find(|gap| gap.index_under(&["nodes"]) == Some(index));
            let outline = match read(node, gap, id) {
                Ok(Some(found)) if depth == Depth::Usual && found.has_more() => None,
                Ok(Some(found)) => Some(self.complete(found, observed_at).await?.map(Some)),
                Ok(None) => Some(Ok(None)),
                Err(error) => Some(Err(error)),
            };
            outlines.push(outline);
        }
        Ok(outlines)
    }
}

fn parse(answer: Answer, call: &Call) -> Result<Vec<Value>> {
    let Nodes { nodes } = answer.parse(call)?;
    Ok(nodes)
}

fn read(node: Value, gap: Option<&Gap>, id: &str) -> Result<Option<PullRequest>> {
    match gap {
        // `nodes.0` is the pull request.
        Some(gap) if gap.is_not_found_above(3) => return Ok(None),
        Some(gap) => return Err(partial(id, gap.describe())),
        None => {}
    }
    match node.get("__typename").and_then(Value::as_str) {
        None if node.is_null() => Ok(None),
        Some("PullRequest") => serde_json::from_value(node)
            .map(Some)
            .map_err(|error| partial(id, format!("does not parse: {error}"))),
        _ => Err(partial(id, "is no pull request".to_owned())),
    }
}

fn partial(id: &str, missing: String) -> Error {
    paging::partial(paging::subject(id), missing)
}
