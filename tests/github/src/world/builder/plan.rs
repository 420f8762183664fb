//! Describes one pull request as a story: what was done, by whom, in which order.
use jiff::{SignedDuration, Timestamp};

use super::{
    RepositoryBuilder,
    history::later,
    landing,
    story::{Action, Merger, Plan, Step},
};
use crate::world::{MergeMethod, PullRequestState, ReviewState, Truth, Verdict, World};

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
            head: None,
            fork: false,
            draft: false,
            created_at: None,
            merged_at: None,
            merger: Merger::Author,
            method: MergeMethod::Merge,
            steps: Vec::new(),
            outcome: PullRequestState::Merged,
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

    /// Its base branch, cut from the default branch if it does not exist.
    #[must_use]
    pub fn base(self, branch: &str) -> Self {
        self.edit(|plan| branch.clone_into(&mut plan.base))
    }

    /// Its head branch.
    #[must_use]
    pub fn head(self, branch: &str) -> Self {
        self.edit(|plan| plan.head = Some(branch.to_owned()))
    }

    /// The head is in a fork.
    #[must_use]
    pub fn from_fork(self) -> Self {
        self.edit(|plan| plan.fork = true)
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

    /// A commit by somebody. The first step is always a commit: the author's, if no other is said first.
    #[must_use]
    pub fn committed_by(self, login: &str) -> Self {
        self.step(
            login,
            Action::Commit {
                co_authors: Vec::new(),
                committer: None,
            },
        )
    }

    /// Adds a co-author to the commit said last.
    #[must_use]
    pub fn co_authored_by(mut self, login: &str) -> Self {
        let user = self.world.user(login);
        if let Some(Step {
            action: Action::Commit { co_authors, .. },
            ..
        }) = self.plan.steps.last_mut()
        {
            co_authors.push(user);
        }
        self
    }

    /// Makes somebody else the committer of the commit said last.
    #[must_use]
    pub fn with_committer(mut self, login: &str) -> Self {
        let user = self.world.user(login);
        if let Some(Step {
            action: Action::Commit { committer, .. },
            ..
        }) = self.plan.steps.last_mut()
        {
            *committer = user;
        }
        self
    }

    /// Merges the base branch into the head: a pure update.
    #[must_use]
    pub fn updated_from_base_by(self, login: &str) -> Self {
        self.step(login, Action::UpdateFromBase)
    }

    /// Rewrites the head branch's last commit.
    #[must_use]
    pub fn force_pushed_by(self, login: &str) -> Self {
        self.step(login, Action::ForcePush)
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

    /// Puts a label on.
    #[must_use]
    pub fn labeled_by(self, login: &str, label: &str) -> Self {
        self.step(login, Action::Label(label.to_owned()))
    }

    /// Takes a label off.
    #[must_use]
    pub fn unlabeled_by(self, login: &str, label: &str) -> Self {
        self.step(login, Action::Unlabel(label.to_owned()))
    }

    /// Adds it to the merge queue.
    #[must_use]
    pub fn queued_by(self, login: &str) -> Self {
        self.step(login, Action::Queue)
    }

    /// Enables auto-merge.
    #[must_use]
    pub fn auto_merge_enabled_by(self, login: &str) -> Self {
        self.step(login, Action::AutoMerge)
    }

    /// Changes the base branch from another one to [`Self::base`].
    #[must_use]
    pub fn base_changed_by(self, login: &str, from: &str) -> Self {
        self.step(
            login,
            Action::ChangeBase {
                from: from.to_owned(),
            },
        )
    }

    /// Edits the description.
    #[must_use]
    pub fn body_edited_by(self, login: &str, text: &str) -> Self {
        self.step(login, Action::EditBody(text.to_owned()))
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

    /// How it is merged.
    #[must_use]
    pub fn method(self, method: MergeMethod) -> Self {
        self.edit(|plan| plan.method = method)
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
        let mut reasons: Vec<String> = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        reasons.sort();
        truth.push(Truth {
            organization: organization.login.clone(),
            repository: repository.name.clone(),
            number: landed.number,
            branch: landed.base_name.clone(),
            merged_at: landed.merged_at,
            merge_commit: landed.merge_commit.clone(),
            verdict,
            reasons,
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
        let first_is_commit = matches!(
            plan.steps.first(),
            Some(Step {
                action: Action::Commit { .. },
                ..
            })
        );
        if !first_is_commit {
            let action = Action::Commit {
                co_authors: Vec::new(),
                committer: None,
            };
            plan.steps.insert(
                0,
                Step {
                    actor: plan.author,
                    time: None,
                    action,
                },
            );
        }
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
