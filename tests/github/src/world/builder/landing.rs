//! Replays the story of a pull request: commits, reviews and events, and then the merge onto the base branch.
mod head;
mod merge;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    history::{branch_head, person},
    story::{Action, Merger, Plan, Step},
};
use crate::{
    id::{Oid, UserId},
    world::{
        Event, EventKind, Ids, Label, Person, PullRequest, PullRequestState, Repository, Review,
        ReviewState, User,
    },
};

struct Landing<'a> {
    ids: &'a mut Ids,
    users: &'a BTreeMap<UserId, User>,
    repository: &'a mut Repository,
    pull_request: PullRequest,
}

/// Makes the pull request that a plan describes, with its commits in the repository.
pub(super) fn land(
    ids: &mut Ids,
    users: &BTreeMap<UserId, User>,
    repository: &mut Repository,
    plan: &Plan,
) -> PullRequest {
    let pull_request = opened(ids, repository, plan);
    let mut landing = Landing {
        ids,
        users,
        repository,
        pull_request,
    };
    let merged_at = plan
        .merged_at
        .filter(|_| plan.outcome == PullRequestState::Merged);
    let split = plan
        .steps
        .partition_point(|step| merged_at.is_none() || step.time <= merged_at);
    plan.steps[..split]
        .iter()
        .for_each(|step| landing.apply(step));
    match (plan.outcome, plan.merged_at) {
        (PullRequestState::Merged, Some(time)) => {
            landing.merge(time, merger(plan), plan.method);
            if plan.head.is_kept {
                landing.keep_head();
            }
        }
        (PullRequestState::Closed, Some(time)) => landing.close(time),
        _ => landing.keep_head(),
    }
    plan.steps[split..]
        .iter()
        .for_each(|step| landing.apply(step));
    landing.pull_request
}

fn merger(plan: &Plan) -> Option<UserId> {
    match plan.merger {
        Merger::Author => plan.author,
        Merger::Account(account) => account,
    }
}

fn opened(ids: &mut Ids, repository: &mut Repository, plan: &Plan) -> PullRequest {
    let number = repository
        .pull_requests
        .last()
        .map_or(1, |last| last.number + 1);
    let base_oid = branch_head(repository, &plan.base);
    let (start, commits) = beginning(repository, &base_oid, plan);
    let created_at = plan.created_at.unwrap_or(repository.pushed_at);
    PullRequest {
        id: ids.fresh(),
        number,
        title: plan.title.clone(),
        body: plan.body.clone(),
        last_edited_at: None,
        author: plan.author,
        state: PullRequestState::Open,
        draft: plan.draft,
        created_at,
        updated_at: created_at,
        merged_at: None,
        closed_at: None,
        searchable_at: plan.searchable_at,
        merged_by: None,
        merge_method: plan.method,
        base_name: plan.base.clone(),
        head_oid: start,
        base_oid,
        head_name: plan
            .head
            .name
            .clone()
            .unwrap_or_else(|| format!("change-{number}")),
        merge_commit: None,
        cross_repository: plan.head.in_fork,
        labels: Vec::new(),
        reviews: Vec::new(),
        events: Vec::new(),
        commits,
    }
}

/// The head as the pull request is opened, and the commits that it has then.
fn beginning(repository: &Repository, base: &str, plan: &Plan) -> (Oid, Vec<Oid>) {
    let taken = plan.head.name.as_ref().filter(|_| plan.head.is_taken);
    let head = taken.and_then(|branch| repository.branches.get(branch));
    match head {
        Some(head) => (head.clone(), repository.between(base, head)),
        None => (fork_point(repository, base, plan), Vec::new()),
    }
}

/// Where the head branch leaves the base. One that is updated later begins a commit behind, or there were nothing to update.
fn fork_point(repository: &Repository, base: &str, plan: &Plan) -> Oid {
    let is_updated = plan
        .steps
        .iter()
        .any(|step| matches!(step.action, Action::UpdateFromBase { .. }));
    let parent = repository
        .commits
        .get(base)
        .and_then(|commit| commit.parents.first());
    parent
        .filter(|_| is_updated)
        .map_or_else(|| base.to_owned(), Clone::clone)
}

impl Landing<'_> {
    fn apply(&mut self, step: &Step) {
        let time = step.time.unwrap_or(self.pull_request.updated_at);
        self.pull_request.updated_at = self.pull_request.updated_at.max(time);
        match &step.action {
            Action::Commit(hands) => self.add_commit(time, step.actor, hands),
            Action::UpdateFromBase { by_hand } => {
                self.update_from_base(time, step.actor, *by_hand);
            }
            Action::ForcePush => self.force_push(time, step.actor),
            Action::Review(state) => self.review(time, step.actor, *state),
            Action::Dismiss { reviewer } => self.dismiss(time, step.actor, *reviewer),
            Action::Label(name) => self.label(time, step.actor, name),
            Action::Unlabel(name) => {
                self.pull_request.labels.retain(|label| label.name != *name);
                self.event(
                    time,
                    step.actor,
                    EventKind::Unlabeled {
                        label: name.clone(),
                    },
                );
            }
            Action::Queue => self.event(
                time,
                step.actor,
                EventKind::AddedToMergeQueue {
                    enqueuer: step.actor,
                },
            ),
            Action::AutoMerge => self.event(time, step.actor, EventKind::AutoMergeEnabled),
            Action::ChangeBase { from } => {
                let current = self.pull_request.base_name.clone();
                self.event(
                    time,
                    step.actor,
                    EventKind::BaseRefChanged {
                        previous: from.clone(),
                        current,
                    },
                );
            }
            Action::EditBody(text) => {
                self.pull_request.body.clone_from(text);
                self.pull_request.last_edited_at = Some(time);
            }
            Action::Retitle(title) => self.retitle(time, step.actor, title),
            Action::LoseReviewedCommit => self.lose_reviewed_commit(),
            Action::Ready => {
                self.pull_request.draft = false;
                self.event(time, step.actor, EventKind::ReadyForReview);
            }
            Action::Reopen => self.event(time, step.actor, EventKind::Reopened),
        }
    }

    fn keep_head(&mut self) {
        let (name, head) = (&self.pull_request.head_name, &self.pull_request.head_oid);
        self.repository.branches.insert(name.clone(), head.clone());
    }

    fn event(&mut self, time: Timestamp, actor: Option<UserId>, kind: EventKind) {
        let id = self.ids.fresh();
        self.pull_request.events.push(Event {
            id,
            time,
            actor,
            kind,
        });
    }

    /// GitHub itself as committer: linked to the account `web-flow` in a world that has it, as GitHub's own is.
    fn github(&self) -> Person {
        let mut users = self.users.values();
        let account = users.find(|user| user.login == "web-flow");
        Person {
            user: account.map(|account| account.id),
            ..Person::github()
        }
    }

    fn person(&self, user: Option<UserId>) -> Person {
        person(self.users, user)
    }

    fn review(&mut self, time: Timestamp, author: Option<UserId>, state: ReviewState) {
        let (id, commit) = (self.ids.fresh(), self.pull_request.head_oid.clone());
        let body = if state == ReviewState::Approved {
            String::new()
        } else {
            "See the lines.".to_owned()
        };
        let review = Review {
            id,
            state,
            submitted_at: time,
            author,
            commit,
            last_edited_at: None,
            body,
        };
        self.pull_request.reviews.push(review);
    }

    fn dismiss(&mut self, time: Timestamp, actor: Option<UserId>, reviewer: Option<UserId>) {
        let opinions = self.pull_request.reviews.iter_mut().rev();
        let Some(review) = opinions
            .into_iter()
            .find(|review| review.author == reviewer && review.state.is_opinion())
        else {
            return;
        };
        let previous = std::mem::replace(&mut review.state, ReviewState::Dismissed);
        let review = review.id;
        self.event(
            time,
            actor,
            EventKind::ReviewDismissed {
                review,
                previous,
                message: Some("Outdated".to_owned()),
            },
        );
    }

    fn label(&mut self, time: Timestamp, actor: Option<UserId>, name: &str) {
        self.pull_request.labels.push(Label {
            name: name.to_owned(),
            labeled_by: actor,
            labeled_at: time,
        });
        self.event(
            time,
            actor,
            EventKind::Labeled {
                label: name.to_owned(),
            },
        );
    }

    fn retitle(&mut self, time: Timestamp, actor: Option<UserId>, title: &str) {
        let current = title.to_owned();
        let previous = std::mem::replace(&mut self.pull_request.title, current.clone());
        self.event(time, actor, EventKind::RenamedTitle { previous, current });
    }

    /// A commit that no branch holds is collected some day, and its reviews name none from then on.
    fn lose_reviewed_commit(&mut self) {
        if let Some(review) = self.pull_request.reviews.last_mut() {
            review.commit.clear();
        }
    }

    fn close(&mut self, time: Timestamp) {
        self.pull_request.state = PullRequestState::Closed;
        self.pull_request.closed_at = Some(time);
        self.pull_request.updated_at = self.pull_request.updated_at.max(time);
    }
}
