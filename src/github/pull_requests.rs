//! Pull requests that are known by their node ids, read again.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Client;
use super::error::{Error, Result};
use super::query;
use super::request::{Call, PageSize};
use super::wire::PullRequest;
use crate::audit::facts;

// === impl Client ===

impl Client {
    /// Reads pull requests again, in batches; the results are in the order of the ids, each with its own error.
    ///
    /// None: GitHub shows no pull request under that id, which is deleted, or no longer visible to these credentials.
    pub async fn pull_requests(
        &self,
        node_ids: &[String],
    ) -> Vec<(String, Result<Option<facts::PullRequest>>)> {
        let mut results = Vec::with_capacity(node_ids.len());
        let mut page = PageSize::new(self.shared.options.page_size);
        let mut rest = node_ids;
        while !rest.is_empty() {
            match self.batch(rest, &mut page).await {
                Ok(batch) => {
                    let (asked, following) = rest.split_at(batch.len().min(rest.len()));
                    results.extend(asked.iter().cloned().zip(batch));
                    rest = following;
                }
                Err(error) => {
                    results.extend(rest.iter().map(|id| (id.clone(), Err(error.clone()))));
                    break;
                }
            }
        }
        results
    }

    /// The first of `ids`, as many as a page takes.
    async fn batch(
        &self,
        ids: &[String],
        page: &mut PageSize,
    ) -> Result<Vec<Result<Option<facts::PullRequest>>>> {
        let subject = format!("{} pull requests", ids.len());
        let call = Call::query(query::PULL_REQUESTS, &json!({ "ids": ids }), subject);
        let answer = self.perform(&call, page).await?;
        let (gaps, observed_at) = (answer.gaps.clone(), answer.observed_at);
        let Nodes { nodes } = answer.parse(&call)?;
        if nodes.is_empty() {
            return Err(call.partial(vec!["nodes is empty".to_owned()]));
        }
        let mut results = Vec::with_capacity(nodes.len());
        for (index, (node, id)) in nodes.into_iter().zip(ids).enumerate() {
            let mut own = gaps
                .iter()
                .filter(|gap| gap.index_under(&["nodes"]) == Some(index));
            let result = match own.next() {
                Some(gap) if gap.is_not_found() => Ok(None),
                Some(gap) => Err(partial(id, gap.describe())),
                None => read(node, id),
            };
            results.push(result);
        }
        self.complete_each(results, observed_at).await
    }

    /// Completes those that were found, and leaves the others as they are.
    async fn complete_each(
        &self,
        results: Vec<Result<Option<PullRequest>>>,
        observed_at: Timestamp,
    ) -> Result<Vec<Result<Option<facts::PullRequest>>>> {
        let mut found = Vec::new();
        let mut outline = Vec::with_capacity(results.len());
        for result in results {
            outline.push(
                result
                    .map(|pull_request| pull_request.map(|pull_request| found.push(pull_request))),
            );
        }
        let mut completed = self.complete(found, observed_at).await?.into_iter();
        let fill = |result: Result<Option<()>>| match result {
            Ok(Some(())) => completed.next().transpose(),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        Ok(outline.into_iter().map(fill).collect())
    }
}

#[derive(serde::Deserialize)]
struct Nodes {
    nodes: Vec<Value>,
}

fn read(node: Value, id: &str) -> Result<Option<PullRequest>> {
    match node.get("__typename").and_then(Value::as_str) {
        None if node.is_null() => Ok(None),
        Some("PullRequest") => serde_json::from_value(node)
            .map(Some)
            .map_err(|error| partial(id, format!("does not parse: {error}"))),
        _ => Err(partial(id, "is no pull request".to_owned())),
    }
}

fn partial(id: &str, missing: String) -> Error {
    super::paging::partial(super::paging::subject(id), missing)
}
