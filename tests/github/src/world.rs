//! The world that the simulator serves: plain data about organizations, people, repositories and what happened in them.
pub mod builder;
mod commit;
mod pull_request;
pub mod seeded;
mod truth;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use self::{
    commit::{Commit, Person},
    pull_request::{
        Event, EventKind, Label, MergeMethod, PullRequest, PullRequestState, Review, ReviewState,
    },
    truth::{Truth, Verdict},
};
use crate::{
    id::{self, Oid, UserId},
    tokens::{App, Token},
};

/// Everything that exists. Mutable while it is served: each request sees it as it is at that moment.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Where fresh identities come from.
    pub ids: Ids,
    /// People and apps by database id. Who is not in here any more shows as null (GitHub's ghost).
    pub users: BTreeMap<UserId, User>,
    /// Organizations, in the order of their creation.
    pub organizations: Vec<Organization>,
    /// Tokens that exist, revoked ones too.
    pub tokens: Vec<Token>,
    /// GitHub Apps with their public key.
    pub apps: Vec<App>,
    /// What the author of this world declares about each change. Never computed from the facts.
    pub truth: Vec<Truth>,
}

/// Hands out identities; the same seed and order give the same ones.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    /// What object ids are derived from.
    pub seed: u64,
    /// The last database id handed out.
    pub last: u64,
}

/// What kind of actor an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// A person.
    User,
    /// A GitHub App.
    Bot,
    /// A placeholder for somebody of an imported repository.
    Mannequin,
}

/// An account.
#[derive(Debug, Clone)]
pub struct User {
    /// Identity that survives a rename.
    pub id: UserId,
    /// Name; a bot's without the `[bot]` that REST appends.
    pub login: String,
    /// Person, app or placeholder.
    pub kind: UserKind,
}

/// An organization.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Identity that survives a rename.
    pub id: u64,
    /// Name.
    pub login: String,
    /// Its repositories, in the order of their creation.
    pub repositories: Vec<Repository>,
}

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

// === impl Ids ===

impl Ids {
    /// A fresh database id.
    pub fn fresh(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// A fresh object id.
    pub fn next_oid(&mut self) -> Oid {
        let serial = self.fresh();
        id::oid(&["commit", &self.seed.to_string(), &serial.to_string()])
    }
}

// === impl World ===

impl World {
    /// An empty world. The seed decides its object ids.
    pub fn new(seed: u64) -> Self {
        Self {
            ids: Ids { seed, last: 1000 },
            ..Self::default()
        }
    }

    /// The account of that login, created on first mention: a login that ends in `[bot]` is an app's,
    /// and `ghost` is nobody, an account that was deleted.
    pub fn user(&mut self, login: &str) -> Option<UserId> {
        if login == "ghost" {
            return None;
        }
        if let Some(user) = self
            .users
            .values()
            .find(|user| user.rest_login().eq_ignore_ascii_case(login))
        {
            return Some(user.id);
        }
        let id = self.ids.fresh();
        let (name, kind) = login
            .strip_suffix("[bot]")
            .map_or((login, UserKind::User), |name| (name, UserKind::Bot));
        self.users.insert(
            id,
            User {
                id,
                login: name.to_owned(),
                kind,
            },
        );
        Some(id)
    }

    /// Finds an organization; logins ignore case, as on GitHub.
    pub fn find_organization(&self, login: &str) -> Option<&Organization> {
        self.organizations
            .iter()
            .find(|organization| organization.login.eq_ignore_ascii_case(login))
    }

    /// Finds a repository; names ignore case.
    pub fn find_repository(&self, organization: &str, name: &str) -> Option<&Repository> {
        let found = self.find_organization(organization)?;
        found
            .repositories
            .iter()
            .find(|repository| repository.name.eq_ignore_ascii_case(name))
    }

    /// Finds a repository to change it.
    pub fn find_repository_mut(
        &mut self,
        organization: &str,
        name: &str,
    ) -> Option<&mut Repository> {
        let found = self
            .organizations
            .iter_mut()
            .find(|entry| entry.login.eq_ignore_ascii_case(organization))?;
        found
            .repositories
            .iter_mut()
            .find(|repository| repository.name.eq_ignore_ascii_case(name))
    }

    /// Finds a pull request.
    pub fn find_pull_request(
        &self,
        organization: &str,
        repository: &str,
        number: u64,
    ) -> Option<&PullRequest> {
        self.find_repository(organization, repository)?
            .pull_request(number)
    }

    /// Deletes an account: what it did stays, with a null actor.
    pub fn delete_user(&mut self, login: &str) {
        self.users
            .retain(|_, user| !user.rest_login().eq_ignore_ascii_case(login));
    }
}

// === impl User ===

impl User {
    /// The login as REST and commits spell it: an app's with `[bot]`.
    pub fn rest_login(&self) -> String {
        match self.kind {
            UserKind::Bot => format!("{}[bot]", self.login),
            UserKind::User | UserKind::Mannequin => self.login.clone(),
        }
    }
}

// === impl Repository ===

impl Repository {
    /// Finds a pull request by number.
    pub fn pull_request(&self, number: u64) -> Option<&PullRequest> {
        self.pull_requests
            .iter()
            .find(|pull_request| pull_request.number == number)
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
