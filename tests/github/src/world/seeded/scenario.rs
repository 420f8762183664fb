//! The kinds of merge that a seeded world has, each told with the truth that its author declares.
mod commits;
mod landing;
mod notes;
mod paging;
mod people;
mod reviews;
mod titles;

use jiff::{SignedDuration, Timestamp};

use crate::world::{
    MergeMethod, Verdict,
    builder::{PullRequestBuilder, RepositoryBuilder},
};

/// Who plays which part, when it is merged, and how.
pub(super) struct Cast {
    pub(super) author: &'static str,
    pub(super) reviewer: &'static str,
    pub(super) second: &'static str,
    pub(super) reader: &'static str,
    pub(super) merged_at: Timestamp,
    pub(super) method: MergeMethod,
    /// The ticket that its title names.
    pub(super) ticket: String,
}

/// A kind of merge.
#[derive(Clone, Copy)]
pub(super) struct Scenario {
    title: &'static str,
    /// How often it happens, compared with the others.
    pub(super) weight: usize,
    pub(super) tell: Tell,
}

/// How it is told.
#[derive(Clone, Copy)]
pub(super) enum Tell {
    /// One pull request.
    One(fn(PullRequestBuilder<'_>, &Cast)),
    /// So many, which belong together.
    Several(usize, fn(&mut RepositoryBuilder<'_>, &Cast)),
}

/// All kinds by their theme.
const GROUPS: [&[Scenario]; 7] = [
    &reviews::SCENARIOS,
    &people::SCENARIOS,
    &landing::SCENARIOS,
    &commits::SCENARIOS,
    &notes::SCENARIOS,
    &titles::SCENARIOS,
    &paging::SCENARIOS,
];

/// What may well go wrong every week.
const OFTEN: usize = 60;
/// What happens, but seldom.
const SELDOM: usize = 20;
/// What is long, and so costs many requests.
const RARE: usize = 1;

/// All kinds, the longest last.
pub(super) fn scenarios() -> Vec<Scenario> {
    GROUPS.concat()
}

const fn one(
    title: &'static str,
    weight: usize,
    tell: fn(PullRequestBuilder<'_>, &Cast),
) -> Scenario {
    Scenario {
        title,
        weight,
        tell: Tell::One(tell),
    }
}

// === impl Scenario ===

impl Scenario {
    /// How many merges it is.
    pub(super) fn merges(&self) -> usize {
        match self.tell {
            Tell::One(_) => 1,
            Tell::Several(count, _) => count,
        }
    }

    /// Whether its lists have more than one page.
    pub(super) fn is_long(&self) -> bool {
        self.weight == RARE
    }

    /// Makes it happen.
    pub(super) fn happen(&self, repository: &mut RepositoryBuilder<'_>, cast: &Cast) {
        match self.tell {
            Tell::One(tell) => tell(cast.open(repository, self.title), cast),
            Tell::Several(_, tell) => tell(repository, cast),
        }
    }
}

// === impl Cast ===

impl Cast {
    /// A pull request by the author, who merges it too; its title names a ticket.
    fn open<'b>(
        &self,
        repository: &'b mut RepositoryBuilder<'_>,
        kind: &str,
    ) -> PullRequestBuilder<'b> {
        repository
            .pull_request(&format!("{}: {kind}", self.ticket))
            .kind(kind)
            .author(self.author)
            .merged_by(self.author)
            .method(self.method)
            .merged_at(self.merged_at)
    }

    /// So many seconds after the merge.
    fn after(&self, seconds: i64) -> Timestamp {
        self.merged_at + SignedDuration::from_secs(seconds)
    }

    /// So long before the merge that a long story fits in.
    fn long_before(&self) -> Timestamp {
        self.merged_at - SignedDuration::from_hours(12)
    }
}

/// Nobody approved, nothing else is wrong.
fn missing(pull_request: PullRequestBuilder<'_>) {
    pull_request.declare(Verdict::NonCompliant, &["ApprovalMissing"]);
}
