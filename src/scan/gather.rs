//! Step two: read what landed in the window, and what earlier runs left undetermined; judge each change and stream it to the archive.

use futures::{Stream, TryStreamExt as _};
use jiff::Timestamp;

use super::{Assignment, Opened, Result, evidence, github};
use crate::audit::facts::{PullRequest, Repository};
use crate::audit::record::{Judging, Record};
use crate::audit::scope::{RepositoryScope, Scope};
use crate::audit::totals::Totals;
use crate::audit::verdict::Verdict;
use crate::evidence::entry::{Debt, Query, RecordsReference, SkippedRepository};
use crate::evidence::state::Tally;
use crate::evidence::{ChainState, RecordsWriter};
use crate::github::{self, Client, MergedPage};
use crate::schedule::window::Window;

/// How many undetermined changes are read again in one go.
const REREAD: usize = 100;

/// What a run found, already stored as records but not yet committed.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// What was asked.
    pub(super) queries: Vec<Query>,
    /// How many repositories are in scope.
    pub(super) audited: i64,
    /// The others.
    pub(super) skipped: Vec<SkippedRepository>,
    /// What could not be read.
    pub(super) debts: Vec<Debt>,
    /// Where the records are.
    pub(super) records: Vec<RecordsReference>,
    /// The chain's counts, these changes included.
    pub(super) totals: Totals,
    /// How many changes remain pending or undetermined.
    pub(super) undetermined: i64,
    /// How many changes were judged anew.
    pub(super) judged: i64,
    /// GitHub's clock when its last answer came.
    pub(super) finished_at: Option<Timestamp>,
}

/// One gathering: the run's fixed inputs and what has been found so far.
struct Gathering<'a> {
    client: Client,
    assignment: &'a Assignment,
    opened: &'a Opened,
    window: Window,
    writer: RecordsWriter,
    tally: Tally<'a>,
    found: Gathered,
}

/// Gathers everything of one window.
pub(super) async fn gather(
    client: &Client,
    assignment: &Assignment,
    opened: &Opened,
    window: Window,
) -> Result<Gathered> {
    let mut gathering = Gathering {
        client: client.for_organization(&assignment.organization),
        assignment,
        opened,
        window,
        writer: opened.chain.records_writer(),
        tally: opened.state.tally(),
        found: Gathered::default(),
    };
    gathering.list_repositories().await?;
    gathering.read_merged().await?;
    gathering.read_unclear().await?;
    gathering.finish().await
}

// === impl Gathering ===

impl Gathering<'_> {
    async fn list_repositories(&mut self) -> Result<()> {
        let what = format!("the repositories of {}", self.assignment.organization);
        let mut pages = std::pin::pin!(self.client.repositories(&self.opened.organization.login));
        while let Some(page) = pages.try_next().await.map_err(github(what.clone()))? {
            for repository in page {
                self.note_repository(repository);
            }
        }
        Ok(())
    }

    async fn read_merged(&mut self) -> Result<()> {
        let organization = self.opened.organization.to_fact();
        let Window { since, until } = self.window;
        let what = format!(
            "pull requests of {} merged from {since} to {until}",
            organization.login
        );
        let mut pages =
            std::pin::pin!(self.client.merged_pull_requests(&organization, self.window));
        while let Some(page) = self.next(&mut pages).await.map_err(github(what.clone()))? {
            self.note_query(&page);
            for pull in page.pull_requests {
                self.judge(pull).await?;
            }
        }
        Ok(())
    }

    /// The next page; what GitHub left out on the way there is owed.
    async fn next<S>(&mut self, pages: &mut S) -> github::Result<Option<MergedPage>>
    where
        S: Stream<Item = github::Result<MergedPage>> + Unpin,
    {
        loop {
            match pages.try_next().await {
                Err(error) if error.is_partial() => self.owe(error.to_string()),
                answer => return answer,
            }
        }
    }

    async fn read_unclear(&mut self) -> Result<()> {
        let unclear: Vec<String> = unread(&self.opened.state, &self.tally);
        for ids in unclear.chunks(REREAD) {
            for (id, answer) in self.client.pull_requests(ids).await {
                match answer {
                    Ok(Some(pull)) => self.judge(pull).await?,
                    // It stays as it is, and is read again by the next run.
                    Ok(None) => tracing::warn!(
                        node = id,
                        "an undetermined pull request is no longer visible"
                    ),
                    Err(error) => {
                        tracing::warn!(node = id, error = %error, "an undetermined pull request was not read");
                    }
                }
            }
        }
        Ok(())
    }

    async fn judge(&mut self, pull: PullRequest) -> Result<()> {
        let observed_at = Some(pull.observed_at);
        self.found.finished_at = self.found.finished_at.max(observed_at);
        if !is_in_scope(&self.assignment.scope, &pull) {
            return Ok(());
        }
        let record = self.judging(pull.observed_at).record(pull);
        if !is_news(&self.opened.state, &record) || !self.tally.add(&record) {
            return Ok(());
        }
        self.found.judged += 1;
        self.writer
            .write(&record)
            .await
            .map_err(evidence("storing records"))
    }

    fn judging(&self, now: Timestamp) -> Judging<'_> {
        let genesis = &self.opened.state.genesis;
        Judging {
            host: &genesis.host,
            genesis: genesis.time,
            overlap: self.assignment.reach.overlap,
            judge: &self.assignment.judge,
            policy_digest: self.assignment.version.digest,
            now,
        }
    }

    fn owe(&mut self, reason: String) {
        let state = &self.opened.state;
        self.found.debts.push(Debt {
            repository: None,
            since: self
                .window
                .owed_since(state.oldest_debt(), state.window_until),
            reason,
        });
    }

    fn note_repository(&mut self, repository: Repository) {
        match self.assignment.scope.repository(&repository) {
            RepositoryScope::InScope => self.found.audited += 1,
            RepositoryScope::Skipped(reason) => self.found.skipped.push(SkippedRepository {
                id: repository.id,
                name: repository.name,
                reason: reason.as_str().to_owned(),
            }),
        }
    }

    fn note_query(&mut self, page: &MergedPage) {
        let received = i64::try_from(page.pull_requests.len()).unwrap_or(i64::MAX);
        let same = |query: &&mut Query| query.text == page.query;
        if let Some(query) = self.found.queries.last_mut().filter(same) {
            query.received += received;
            query.expected = query.expected.max(page.expected);
            return;
        }
        self.found.queries.push(Query {
            text: page.query.clone(),
            expected: page.expected,
            received,
        });
    }

    async fn finish(mut self) -> Result<Gathered> {
        self.found.records = self
            .writer
            .finish()
            .await
            .map_err(evidence("storing records"))?;
        self.found.totals = self.tally.totals().clone();
        self.found.undetermined = self.tally.undetermined();
        Ok(self.found)
    }
}

pub(super) fn is_in_scope(scope: &Scope, pull: &PullRequest) -> bool {
    let branch = scope.branch(&pull.base_branch, pull.repository.default_branch.as_deref());
    branch && scope.repository(&pull.repository) == RepositoryScope::InScope
}

/// Whether the archive does not say this of the change already: its verdict, or that it is not clear yet.
fn is_news(state: &ChainState, record: &Record) -> bool {
    match (&record.verdict, state.unclear().get(&record.identity)) {
        (Verdict::Undetermined { .. }, Some(known)) => known.pending != record.pending,
        _ => !state.is_determined(&record.identity),
    }
}

/// What earlier runs left unclear and this one has not come across.
fn unread(state: &ChainState, tally: &Tally<'_>) -> Vec<String> {
    let unread = state
        .unclear()
        .iter()
        .filter(|(change, _)| !tally.has_seen(change));
    unread.map(|(_, unclear)| unclear.node_id.clone()).collect()
}
