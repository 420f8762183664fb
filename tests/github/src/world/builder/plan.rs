//! Describes one pull request as a story: what was done, by whom, in which order.
mod commits;
mod timeline;

use jiff::{SignedDuration, Timestamp};

use super::{
    RepositoryBuilder,
    history::later,
    landing,
    story::{Action, Difference, Hands, Head, Merger, Plan, Step},
};
use crate::world::{Extended, MergeMethod, PullRequestState, ReviewState, Truth, Verdict, World};

/// A pull request opens this long before its merge, unless said otherwise.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(2);
/// What is not dated follows what precedes it after this long.
const STEP: SignedDuration = SignedDuration::from_secs(60);

/// Describes a pull request. Steps happen in the order they are said, a minute apart; [`Self::at`] dates the last one said.
#[derive(Debug)]
pub struct PullRequestBuilder<'b> {
    world: &'b mut World,
    organization: usize,
    index: usize,
    plan: Plan,
}

impl<'b> PullRequestBuilder<'b> {
    pub(super) fn new(repository: &'b mut RepositoryBuilder<'_>, title: &str) -> Self {
        let author = repository.world.user("octocat");
        let base = repository.repository().default_branch.clone();
        let plan = Plan {
            title: title.to_owned(),
            body: String::new(),
            author,
            base,
            head: Head::default(),
            draft: false,
            created_at: None,
            merged_at: None,
            searchable_at: None,
            merger: Merger::Author,
            method: MergeMethod::Merge,
            steps: Vec::new(),
            outcome: PullRequestState::Merged,
            kind: title.to_owned(),
            extended: Difference::default(),
        };
        Self {
            world: &mut *repository.world,
            organization: repository.organization,
            index: repository.index,
            plan,
        }
    }

    fn edit(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        change(&mut self.plan);
        self
    }

    fn step(mut self, login: &str, action: Action) -> Self {
        let actor = self.world.user(login);
        self.plan.steps.push(Step {
            actor,
            time: None,
            action,
        });
        self
    }

    /// Who opened it: `ghost` for a deleted account, `name[bot]` for an app.
    #[must_use]
    pub fn author(mut self, login: &str) -> Self {
        self.plan.author = self.world.user(login);
        self
    }

    /// Its description.
    #[must_use]
    pub fn body(self, text: &str) -> Self {
        self.edit(|plan| text.clone_into(&mut plan.body))
    }

    /// Its title, where it is not what kind of change it is.
    #[must_use]
    pub fn title(self, text: &str) -> Self {
        self.edit(|plan| text.clone_into(&mut plan.title))
    }

    /// What kind of change it is, in words; the title if not said.
    #[must_use]
    pub fn kind(self, text: &str) -> Self {
        self.edit(|plan| text.clone_into(&mut plan.kind))
    }

    /// Its base branch, cut from the default branch if it does not exist.
    #[must_use]
    pub fn base(self, branch: &str) -> Self {
        self.edit(|plan| branch.clone_into(&mut plan.base))
    }

    /// Its head branch.
    #[must_use]
    pub fn head(self, branch: &str) -> Self {
        self.edit(|plan| plan.head.name = Some(branch.to_owned()))
    }

    /// Its head is a branch that exists already, with the commits that the base branch does not have.
    #[must_use]
    pub fn from_branch(self, branch: &str) -> Self {
        self.edit(|plan| {
            plan.head.name = Some(branch.to_owned());
            plan.head.is_taken = true;
            plan.head.is_kept = true;
        })
    }

    /// Its head branch stays after the merge.
    #[must_use]
    pub fn keeping_head(self) -> Self {
        self.edit(|plan| plan.head.is_kept = true)
    }

    /// The head is in a fork.
    #[must_use]
    pub fn from_fork(self) -> Self {
        self.edit(|plan| plan.head.in_fork = true)
    }

    /// Not ready for review.
    #[must_use]
    pub fn draft(self) -> Self {
        self.edit(|plan| plan.draft = true)
    }

    /// When it was opened; two hours before the merge if not said.
    #[must_use]
    pub fn created_at(self, time: Timestamp) -> Self {
        self.edit(|plan| plan.created_at = Some(time))
    }

    /// An approval of the head as it is then.
    #[must_use]
    pub fn approved_by(self, login: &str) -> Self {
        self.step(login, Action::Review(ReviewState::Approved))
    }

    /// A review that asks for changes.
    #[must_use]
    pub fn changes_requested_by(self, login: &str) -> Self {
        self.step(login, Action::Review(ReviewState::ChangesRequested))
    }

    /// A review that only comments.
    #[must_use]
    pub fn commented_by(self, login: &str) -> Self {
        self.step(login, Action::Review(ReviewState::Commented))
    }

    /// Dismisses somebody's latest opinion.
    #[must_use]
    pub fn dismissed_by(self, login: &str, reviewer: &str) -> Self {
        let reviewer = self.world.user(reviewer);
        self.step(login, Action::Dismiss { reviewer })
    }

    /// Dates the step said last; it may lie after the merge.
    #[must_use]
    pub fn at(self, time: Timestamp) -> Self {
        self.edit(|plan| {
            if let Some(step) = plan.steps.last_mut() {
                step.time = Some(time);
            }
        })
    }

    /// Who merges it; the author if not said.
    #[must_use]
    pub fn merged_by(mut self, login: &str) -> Self {
        self.plan.merger = Merger::Account(self.world.user(login));
        self
    }

    /// When it is merged.
    #[must_use]
    pub fn merged_at(self, time: Timestamp) -> Self {
        self.edit(|plan| plan.merged_at = Some(time))
    }

    /// When the search index has it; at once if not said.
    #[must_use]
    pub fn searchable_at(self, time: Timestamp) -> Self {
        self.edit(|plan| plan.searchable_at = Some(time))
    }

    /// How it is merged.
    #[must_use]
    pub fn method(self, method: MergeMethod) -> Self {
        self.edit(|plan| plan.method = method)
    }

    /// What ought to be found under the extended policy, where that differs from the default one.
    #[must_use]
    pub fn extended(self, verdict: Verdict, reasons: &[&str]) -> Self {
        self.edit(|plan| plan.extended.verdict = Some((verdict, sorted(reasons))))
    }

    /// An emergency as of the merge, by the extended policy.
    #[must_use]
    pub fn an_emergency(self) -> Self {
        self.edit(|plan| plan.extended.emergency = true)
    }

    /// Merges it and declares it compliant. Returns its number.
    pub fn compliant(self) -> u64 {
        self.declare(Verdict::Compliant, &[])
    }

    /// Merges it and declares it non-compliant for these reasons. Returns its number.
    pub fn non_compliant(self, reasons: &[&str]) -> u64 {
        self.declare(Verdict::NonCompliant, reasons)
    }

    /// Leaves it open. Returns its number.
    pub fn open(self) -> u64 {
        self.edit(|plan| plan.outcome = PullRequestState::Open)
            .declare(Verdict::OutOfScope, &[])
    }

    /// Closes it without a merge. Returns its number.
    pub fn closed(self) -> u64 {
        self.edit(|plan| plan.outcome = PullRequestState::Closed)
            .declare(Verdict::OutOfScope, &[])
    }

    /// Merges it and declares any verdict. Returns its number.
    pub fn declare(mut self, verdict: Verdict, reasons: &[&str]) -> u64 {
        self.set_times();
        let World {
            ids,
            users,
            organizations,
            truth,
            ..
        } = self.world;
        let organization = &mut organizations[self.organization];
        let repository = &mut organization.repositories[self.index];
        let landed = landing::land(ids, users, repository, &self.plan);
        let reasons = sorted(reasons);
        let same = || (verdict, reasons.clone());
        let (extended_verdict, extended_reasons) = self.plan.extended.verdict.unwrap_or_else(same);
        truth.push(Truth {
            organization: organization.login.clone(),
            repository: repository.name.clone(),
            number: landed.number,
            branch: landed.base_name.clone(),
            kind: self.plan.kind,
            merged_at: landed.merged_at,
            searchable_at: landed.searchable_at,
            merge_commit: landed.merge_commit.clone(),
            verdict,
            reasons,
            extended: Extended {
                verdict: extended_verdict,
                reasons: extended_reasons,
                emergency: self.plan.extended.emergency,
            },
        });
        let number = landed.number;
        repository.pull_requests.push(landed);
        number
    }

    /// Dates everything that was not dated: steps follow each other, the opening comes before the first.
    fn set_times(&mut self) {
        let repository = &self.world.organizations[self.organization].repositories[self.index];
        let plan = &mut self.plan;
        let merged_at = plan
            .merged_at
            .unwrap_or_else(|| later(repository, SignedDuration::from_hours(3)));
        plan.merged_at = Some(merged_at);
        plan.begin_with_commit();
        let opened = plan.created_at.unwrap_or_else(|| merged_at - OPEN_FOR);
        let earliest = plan
            .steps
            .iter()
            .filter_map(|step| step.time)
            .min()
            .map(|first| first - STEP - STEP);
        let opened = earliest.map_or(opened, |earliest| earliest.min(opened));
        plan.created_at = Some(opened);
        let mut previous = opened - STEP - STEP;
        for step in &mut plan.steps {
            previous = *step.time.get_or_insert(previous + STEP);
        }
        plan.steps.sort_by_key(|step| step.time);
    }
}

impl Plan {
    /// A pull request has a commit before anything else happens to it.
    fn begin_with_commit(&mut self) {
        let first = self.steps.first();
        let begins = first.is_some_and(|step| matches!(step.action, Action::Commit(_)));
        if begins || self.head.is_taken {
            return;
        }
        let (actor, action) = (self.author, Action::Commit(Hands::default()));
        let first = Step {
            actor,
            time: None,
            action,
        };
        self.steps.insert(0, first);
    }
}

fn sorted(reasons: &[&str]) -> Vec<String> {
    let mut reasons: Vec<String> = reasons.iter().map(|reason| (*reason).to_owned()).collect();
    reasons.sort();
    reasons
}
