//! The world that the simulator serves: plain data about organizations, people, repositories and what happened in them.
pub mod builder;
mod commit;
mod index;
mod pull_request;
mod repository;
pub mod seeded;
mod truth;

use std::collections::BTreeMap;

pub use self::{
    commit::{Commit, Person},
    index::SearchIndex,
    pull_request::{
        Event, EventKind, Label, MergeMethod, PullRequest, PullRequestState, Review, ReviewState,
    },
    repository::{Permission, Repository, Visibility},
    truth::{Extended, Truth, Verdict},
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
    /// How well the search index keeps up.
    pub index: SearchIndex,
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
        let (name, kind) = login
            .strip_suffix("[bot]")
            .map_or((login, UserKind::User), |name| (name, UserKind::Bot));
        Some(self.add_user(name, kind))
    }

    /// Adds a placeholder for somebody of an imported repository.
    pub fn mannequin(&mut self, login: &str) -> UserId {
        self.add_user(login, UserKind::Mannequin)
    }

    fn add_user(&mut self, login: &str, kind: UserKind) -> UserId {
        let id = self.ids.fresh();
        let login = login.to_owned();
        self.users.insert(id, User { id, login, kind });
        id
    }

    /// Finds an organization; logins ignore case, as on GitHub.
    pub fn find_organization(&self, login: &str) -> Option<&Organization> {
        self.organizations
            .iter()
            .find(|organization| organization.login.eq_ignore_ascii_case(login))
    }

    /// Finds a repository; names ignore case, and a former name still leads to it
    /// (<https://docs.github.com/repositories/creating-and-managing-repositories/renaming-a-repository>).
    pub fn find_repository(&self, organization: &str, name: &str) -> Option<&Repository> {
        let repositories = &self.find_organization(organization)?.repositories;
        let now = repositories
            .iter()
            .find(|repository| repository.name.eq_ignore_ascii_case(name));
        now.or_else(|| {
            let mut repositories = repositories.iter();
            repositories.find(|repository| repository.was_named(name))
        })
    }

    /// Renames a repository: everything declared about it goes by the new name, and the old one leads to it.
    pub fn rename_repository(&mut self, organization: &str, from: &str, to: &str) {
        let Some(repository) = self.find_repository_mut(organization, from) else {
            return;
        };
        let former = std::mem::replace(&mut repository.name, to.to_owned());
        repository.former_names.push(former);
        let is_it = |truth: &&mut Truth| {
            truth.organization.eq_ignore_ascii_case(organization)
                && truth.repository.eq_ignore_ascii_case(from)
        };
        for truth in self.truth.iter_mut().filter(is_it) {
            to.clone_into(&mut truth.repository);
        }
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
