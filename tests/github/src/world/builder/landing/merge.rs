//! The merge of a pull request onto its base branch, each way that GitHub offers.
use jiff::Timestamp;

use super::{
    super::history::{Draft, branch_head, commit, person},
    Landing,
};
use crate::{
    id::{Oid, UserId},
    world::{Commit, EventKind, MergeMethod, PullRequest, PullRequestState},
};

impl Landing<'_> {
    /// Merges the pull request and moves the base branch.
    pub(super) fn merge(&mut self, time: Timestamp, by: Option<UserId>, method: MergeMethod) {
        let base = branch_head(self.repository, &self.pull_request.base_name);
        self.pull_request.base_oid.clone_from(&base);
        let landed = match method {
            MergeMethod::Merge => self.merge_commit(time, by, base),
            MergeMethod::Squash => self.squash(time, base),
            MergeMethod::Rebase => self.rebase(time, by, base),
        };
        let number = self.pull_request.number;
        let brought = self.pull_request.commits.iter().chain(&landed);
        self.repository
            .introduced_by
            .extend(brought.map(|oid| (oid.clone(), number)));
        let head = landed.last().cloned().unwrap_or_default();
        self.repository
            .branches
            .insert(self.pull_request.base_name.clone(), head.clone());
        self.repository.pushed_at = self.repository.pushed_at.max(time);
        self.pull_request.state = PullRequestState::Merged;
        self.pull_request.merged_at = Some(time);
        self.pull_request.merged_by = by;
        self.pull_request.merge_commit = Some(head.clone());
        self.pull_request.updated_at = self.pull_request.updated_at.max(time);
        let base = self.pull_request.base_name.clone();
        self.event(time, by, EventKind::Merged { commit: head, base });
    }

    fn merge_commit(&mut self, time: Timestamp, by: Option<UserId>, base: Oid) -> Vec<Oid> {
        let PullRequest {
            number,
            head_name,
            title,
            head_oid,
            ..
        } = &self.pull_request;
        let message = format!("Merge pull request #{number} from {head_name}\n\n{title}");
        let parents = vec![base, head_oid.clone()];
        let authors = vec![self.person(by)];
        let draft = Draft {
            authors,
            committer: self.github(),
            time,
            parents,
            message,
            by_github: true,
        };
        vec![commit(self.ids, self.repository, draft)]
    }

    fn squash(&mut self, time: Timestamp, base: Oid) -> Vec<Oid> {
        let mut authors = vec![self.person(self.pull_request.author)];
        for oid in &self.pull_request.commits {
            let theirs = self
                .repository
                .commits
                .get(oid)
                .into_iter()
                .flat_map(|commit| &commit.authors);
            for person in theirs {
                if !authors.contains(person) {
                    authors.push(person.clone());
                }
            }
        }
        let message = format!(
            "{} (#{})",
            self.pull_request.title, self.pull_request.number
        );
        let draft = Draft {
            authors,
            committer: self.github(),
            time,
            parents: vec![base],
            message,
            by_github: true,
        };
        vec![commit(self.ids, self.repository, draft)]
    }

    /// New copies, which whoever merges commits and GitHub does not sign; merges are left out
    /// (<https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges>).
    fn rebase(&mut self, time: Timestamp, by: Option<UserId>, base: Oid) -> Vec<Oid> {
        let commits = &self.repository.commits;
        let originals: Vec<Commit> = self
            .pull_request
            .commits
            .iter()
            .filter_map(|oid| commits.get(oid).cloned())
            .filter(|commit| commit.parents.len() < 2)
            .collect();
        let mut landed = vec![];
        let mut parent = base;
        for original in originals {
            let draft = Draft {
                authors: original.authors,
                committer: person(self.users, by),
                time,
                parents: vec![parent],
                message: original.message,
                by_github: false,
            };
            parent = commit(self.ids, self.repository, draft);
            landed.push(parent.clone());
        }
        landed
    }
}
