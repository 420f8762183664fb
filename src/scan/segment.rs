//! A segment: pages of what landed are judged one by one and streamed to the archive, until a slice of time ends and there is
//! enough to commit.

use futures::{Stream, TryStreamExt as _};
use jiff::Timestamp;

use super::reviews::Review;
use super::run::Task;
use super::unclear::Rereads;
use super::{Opened, Result, evidence, github};
use crate::audit::facts::PullRequest;
use crate::audit::record::{ChangeIdentity, Judging, Record};
use crate::audit::scope::{RepositoryScope, Scope};
use crate::audit::totals::Totals;
use crate::audit::verdict::Verdict;
use crate::evidence::RecordsWriter;
use crate::evidence::entry::{Debt, Query, RecordsReference};
use crate::evidence::state::Tally;
use crate::github::{self, MergedPage};
use crate::schedule::window::Window;

/// How many records a segment waits for, before it ends with the slice of time that it is in. A slice has at most a thousand changes,
/// so that a segment has less than twice as many.
const SEGMENT: i64 = 1000;

/// What a segment found, already stored as records but not yet committed.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// What was asked.
    pub(super) queries: Vec<Query>,
    /// What could not be read.
    pub(super) debts: Vec<Debt>,
    /// Where the records are.
    pub(super) records: Vec<RecordsReference>,
    /// The chain's counts, these changes included.
    pub(super) totals: Totals,
    /// How many changes remain pending or undetermined.
    pub(super) undetermined: i64,
    /// What was to be read again and was not.
    pub(super) unread: Vec<ChangeIdentity>,
    /// Approvals after the merge that count, of changes that this segment found non-compliant.
    pub(super) reviews: Vec<Review>,
    /// How many changes were judged anew.
    pub(super) judged: i64,
    /// GitHub's clock when its last answer came.
    pub(super) finished_at: Option<Timestamp>,
}

/// A segment on its way: what it builds on, and what has been found so far.
pub(super) struct Segment<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) opened: &'a Opened,
    window: Window,
    writer: RecordsWriter,
    tally: Tally<'a>,
    pub(super) found: Gathered,
}

// === impl Segment ===

impl<'a> Segment<'a> {
    /// A segment of a run over this window, on the state of `opened`.
    pub(super) fn begin(task: &'a Task<'a>, opened: &'a Opened, window: Window) -> Self {
        Self {
            task,
            opened,
            window,
            writer: opened.chain.records_writer(),
            tally: opened.state.tally(),
            found: Gathered::default(),
        }
    }

    /// Judges what the pages bring until there is enough, and says up to when everything was read; none where the pages are over.
    pub(super) async fn read<S>(
        &mut self,
        pages: &mut S,
        window: Window,
        rereads: &mut Rereads,
    ) -> Result<Option<Timestamp>>
    where
        S: Stream<Item = github::Result<MergedPage>> + Unpin,
    {
        let what = format!(
            "pull requests of {} merged from {} to {}",
            self.opened.organization.login, window.since, window.until
        );
        while let Some(page) = self.next(pages).await.map_err(github(what.clone()))? {
            self.note_query(&page);
            for pull in page.pull_requests {
                self.take_found(pull, rereads).await?;
            }
            // The end of the window is the last segment's, which has more to say.
            let ends = page.read_until.filter(|until| *until < window.until);
            if ends.is_some() && self.found.judged >= SEGMENT {
                return Ok(ends);
            }
        }
        Ok(None)
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

    /// Takes up what a search found, unless it is not to be audited.
    async fn take_found(&mut self, pull: PullRequest, rereads: &mut Rereads) -> Result<()> {
        self.observe(pull.observed_at);
        if !is_in_scope(&self.task.assignment.scope, &pull) {
            return Ok(());
        }
        rereads.remove(&self.identify(&pull));
        self.judge(pull).await
    }

    /// The identity of a change of this chain.
    pub(super) fn identify(&self, pull: &PullRequest) -> ChangeIdentity {
        ChangeIdentity::of_pull_request(&self.opened.state.genesis.host, pull)
    }

    /// Judges a change and records the verdict, unless the archive has one: whatever a change was judged to be, it stays.
    pub(super) async fn judge(&mut self, pull: PullRequest) -> Result<()> {
        self.observe(pull.observed_at);
        if self
            .is_determined(&self.identify(&pull), pull.merged_at)
            .await?
        {
            return Ok(());
        }
        let record = self.judging(pull.observed_at).record(pull);
        self.record(&record).await
    }

    /// Writes a record of a change that has no verdict yet, where it says anything new.
    pub(super) async fn record(&mut self, record: &Record) -> Result<()> {
        if !self.is_news(record) || !self.tally.add(record) {
            return Ok(());
        }
        self.found.judged += 1;
        self.found.reviews.extend(Review::after(record));
        self.writer
            .write(record)
            .await
            .map_err(evidence("storing records"))
    }

    /// Looks changes up in the records that are older than what the state knows by heart.
    async fn is_determined(&self, change: &ChangeIdentity, merged_at: Timestamp) -> Result<bool> {
        let Opened { chain, state, .. } = self.opened;
        chain
            .is_determined(state, change, merged_at)
            .await
            .map_err(evidence("looking up whether a change has its verdict"))
    }

    /// Whether the archive does not say already that the change is not clear yet.
    fn is_news(&self, record: &Record) -> bool {
        match (
            &record.verdict,
            self.opened.state.unclear().get(&record.identity),
        ) {
            (Verdict::Undetermined { .. }, Some(known)) => known.pending != record.pending,
            _ => true,
        }
    }

    /// What changes of this chain are judged by.
    pub(super) fn judging(&self, now: Timestamp) -> Judging<'_> {
        let (genesis, assignment) = (&self.opened.state.genesis, self.task.assignment);
        Judging {
            host: &genesis.host,
            genesis: genesis.time,
            overlap: assignment.reach.overlap,
            judge: &assignment.judge,
            policy_digest: assignment.version.digest,
            now,
        }
    }

    /// Has the next run read this change, unless GitHub left something of it out for the second time in a row.
    pub(super) fn leave_unread(&mut self, change: &ChangeIdentity, error: &github::Error) {
        let again = self.opened.state.unread.contains(change);
        if !(again && error.is_partial()) {
            self.found.unread.push(change.clone());
        }
    }

    fn observe(&mut self, at: Timestamp) {
        self.found.finished_at = self.found.finished_at.max(Some(at));
    }

    fn owe(&mut self, reason: String) {
        let state = &self.opened.state;
        let since = self
            .window
            .owed_since(state.oldest_debt(), state.window_until);
        self.found.debts.push(Debt {
            repository: None,
            since,
            reason,
        });
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

    /// Stores what is left.
    pub(super) async fn finish(mut self) -> Result<Gathered> {
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
