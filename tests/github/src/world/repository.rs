//! A repository: its commit graph, its branches, its pull requests, and who may do what in it.
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Commit, PullRequest};
use crate::id::{Oid, UserId};

/// Who may see a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Whoever was given access.
    Private,
    /// Every member of the enterprise.
    Internal,
}

impl Visibility {
    /// As GraphQL's `RepositoryVisibility` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::Private => "PRIVATE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// What an account may do in a repository, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Look.
    Read,
    /// Look and sort issues.
    Triage,
    /// Push.
    Write,
    /// Push and manage.
    Maintain,
    /// Everything.
    Admin,
}

impl Permission {
    /// As GraphQL's `RepositoryPermission` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Triage => "TRIAGE",
            Self::Write => "WRITE",
            Self::Maintain => "MAINTAIN",
            Self::Admin => "ADMIN",
        }
    }
}

/// A repository with its commit graph.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Identity that survives renames and transfers.
    pub id: u64,
    /// Name without the owner.
    pub name: String,
    /// Names that it had before.
    pub former_names: Vec<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Read-only for everybody.
    pub archived: bool,
    /// A fork of another repository.
    pub fork: bool,
    /// Name of the default branch.
    pub default_branch: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When something was last pushed.
    pub pushed_at: Timestamp,
    /// Head of each branch.
    pub branches: BTreeMap<String, Oid>,
    /// Every commit that was ever pushed, reachable or not.
    pub commits: BTreeMap<Oid, Commit>,
    /// What each account may do *now*; `authorCanPushToRepository` reads this live.
    pub permissions: BTreeMap<UserId, Permission>,
    /// Pull requests by ascending number.
    pub pull_requests: Vec<PullRequest>,
    /// The merged pull request that brought a commit, for `associatedPullRequests`.
    pub introduced_by: BTreeMap<Oid, u64>,
}

// === impl Repository ===

impl Repository {
    /// Finds a pull request by number.
    pub fn pull_request(&self, number: u64) -> Option<&PullRequest> {
        let found = self
            .pull_requests
            .binary_search_by_key(&number, |pull_request| pull_request.number);
        found.ok().map(|index| &self.pull_requests[index])
    }

    /// Finds a pull request by its database id, which ascends with the number.
    pub fn pull_request_by_id(&self, id: u64) -> Option<&PullRequest> {
        let found = self
            .pull_requests
            .binary_search_by_key(&id, |pull_request| pull_request.id);
        found.ok().map(|index| &self.pull_requests[index])
    }

    /// Whether it once had this name.
    pub fn was_named(&self, name: &str) -> bool {
        let mut former = self.former_names.iter();
        former.any(|it| it.eq_ignore_ascii_case(name))
    }

    /// Commits reachable from `head` and not from `base`, oldest first: what GitHub calls a pull request's commits.
    pub fn between(&self, base: &str, head: &str) -> Vec<Oid> {
        let known: BTreeSet<&str> = self
            .history(base)
            .into_iter()
            .map(|commit| commit.oid.as_str())
            .collect();
        let mut fresh: Vec<&Commit> = self.history(head);
        fresh.retain(|commit| !known.contains(commit.oid.as_str()));
        fresh
            .iter()
            .rev()
            .map(|commit| commit.oid.clone())
            .collect()
    }

    /// Whether an account may push now.
    pub fn can_push(&self, user: UserId) -> bool {
        self.permissions
            .get(&user)
            .is_some_and(|permission| *permission >= Permission::Write)
    }

    /// Commits reachable from one, newest first by committer date, as `git log` lists them.
    pub fn history(&self, from: &str) -> Vec<&Commit> {
        let mut pending = vec![from];
        let mut seen = BTreeMap::new();
        while let Some(oid) = pending.pop() {
            if let Some(commit) = self.commits.get(oid)
                && seen.insert(oid, commit).is_none()
            {
                pending.extend(commit.parents.iter().map(String::as_str));
            }
        }
        let mut commits: Vec<&Commit> = seen.into_values().collect();
        commits.sort_by(|a, b| {
            b.committed_at
                .cmp(&a.committed_at)
                .then(b.serial.cmp(&a.serial))
        });
        commits
    }
}
