//! A past window of one organization, read and judged without a chain: nothing is archived, nothing is claimed, and reading it
//! again gives the same.

use futures::{Stream, StreamExt as _, stream};
use jiff::Timestamp;

use super::segment::is_in_scope;
use super::{Assignment, Result, github};
use crate::audit::facts::{Organization, PullRequest};
use crate::audit::record::{Judging, Record};
use crate::evidence::entry::Debt;
use crate::github::{self as api, Client, MergedPage};
use crate::schedule::window::Window;

/// What a survey comes across.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surveyed {
    /// A pull request that was merged in the window, whether or not it is in anybody's scope.
    Merged(Box<PullRequest>),
    /// Something that GitHub left out; the survey goes on.
    Owed(Debt),
}

/// What merged in the organization in the window, as GitHub tells it now; memory holds a page.
///
/// # Errors
///
/// Whatever ended the reading: what came before it is not the whole window.
pub fn survey(
    client: &Client,
    organization: &Organization,
    window: Window,
) -> impl Stream<Item = Result<Surveyed>> + Send + use<> {
    let client = client.for_organization(&organization.login);
    let Window { since, until } = window;
    let login = &organization.login;
    let what = format!("pull requests of {login} merged from {since} to {until}");
    let pages = client.merged_pull_requests(organization, window);
    let found = pages.scan(since, move |read_until, page| {
        let found = take(page, read_until, &what);
        std::future::ready(Some(stream::iter(found)))
    });
    found.flatten()
}

impl Assignment {
    /// The judgement of a pull request by this policy on this host; none where it is not in the policy's scope.
    pub fn judge_alone(&self, host: &str, since: Timestamp, pull: &PullRequest) -> Option<Record> {
        is_in_scope(&self.scope, pull).then(|| self.record_alone(host, since, pull.clone()))
    }

    /// The judgement of a pull request, in the policy's scope or not.
    ///
    /// Without a chain there is no genesis: `since`, where the window starts, stands in its place, and nothing is baseline.
    pub fn record_alone(&self, host: &str, since: Timestamp, pull: PullRequest) -> Record {
        let judging = Judging {
            host,
            genesis: since.min(pull.merged_at),
            overlap: self.reach.overlap,
            judge: &self.judge,
            policy_digest: self.version.digest,
            now: pull.observed_at,
        };
        judging.record(pull)
    }
}

fn take(
    page: api::Result<MergedPage>,
    read_until: &mut Timestamp,
    what: &str,
) -> Vec<Result<Surveyed>> {
    match page {
        Ok(page) => {
            *read_until = page.read_until.unwrap_or(*read_until);
            let merged = |pull| Ok(Surveyed::Merged(Box::new(pull)));
            page.pull_requests.into_iter().map(merged).collect()
        }
        Err(error) if error.is_partial() => vec![Ok(Surveyed::Owed(Debt {
            repository: None,
            since: *read_until,
            reason: error.to_string(),
        }))],
        Err(error) => vec![Err(github(what)(error))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(read_until: Option<&str>) -> MergedPage {
        MergedPage {
            pull_requests: Vec::new(),
            query: "merged".to_owned(),
            expected: 0,
            read_until: read_until.map(|time| time.parse().unwrap()),
        }
    }

    #[test]
    fn what_github_leaves_out_is_owed_since_the_last_slice_that_was_read_whole() {
        let mut read_until: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let partial = || api::Error::Partial {
            subject: "merged".to_owned(),
            missing: vec!["search.nodes.3".to_owned()],
        };
        let mut since = |page| match take(page, &mut read_until, "merges").pop() {
            Some(Ok(Surveyed::Owed(debt))) => Some((debt.since.to_string(), debt.reason)),
            _ => None,
        };
        let reason = partial().to_string();
        let first = Some(("2026-11-01T00:00:00Z".to_owned(), reason.clone()));
        assert_eq!(since(Err(partial())), first);
        assert_eq!(since(Ok(page(Some("2026-11-03T00:00:00Z")))), None);
        assert_eq!(since(Ok(page(None))), None);
        let second = Some(("2026-11-03T00:00:00Z".to_owned(), reason));
        assert_eq!(since(Err(partial())), second);
    }

    #[test]
    fn any_other_failure_ends_the_survey() {
        let mut read_until = Timestamp::UNIX_EPOCH;
        let absent = api::Error::NotFound {
            subject: "organization acme".to_owned(),
        };
        let taken = take(Err(absent), &mut read_until, "merges of acme");
        let [Err(error)] = taken.as_slice() else {
            panic!("{taken:?}")
        };
        assert_eq!(error.to_string(), "merges of acme could not be read");
    }
}
