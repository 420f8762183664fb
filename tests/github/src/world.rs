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
    /// Where former full names of repositories lead, in lower case, to the repository's id: renamed, transferred, or of an
    /// organization that was renamed.
    pub redirects: BTreeMap<String, u64>,
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
    /// A managed account of an enterprise, which has no database id.
    EnterpriseUserAccount,
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

    /// Adds a managed account of an enterprise.
    pub fn enterprise_user(&mut self, login: &str) -> UserId {
        self.add_user(login, UserKind::EnterpriseUserAccount)
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
        let current = self.find_current(organization, name);
        current
            .or_else(|| self.find_former(organization, name))
            .map(|(_, repository)| repository)
    }

    /// The repository of that name today, and its owner.
    pub fn find_current(
        &self,
        organization: &str,
        name: &str,
    ) -> Option<(&Organization, &Repository)> {
        let owner = self.find_organization(organization)?;
        let mut repositories = owner.repositories.iter();
        repositories
            .find(|repository| repository.name.eq_ignore_ascii_case(name))
            .map(|repository| (owner, repository))
    }

    /// The repository that had that name before, and its owner today.
    pub fn find_former(
        &self,
        organization: &str,
        name: &str,
    ) -> Option<(&Organization, &Repository)> {
        let id = self.redirects.get(&full_name(organization, name))?;
        self.organizations.iter().find_map(|owner| {
            let mut repositories = owner.repositories.iter();
            repositories
                .find(|repository| repository.id == *id)
                .map(|repository| (owner, repository))
        })
    }

    /// Renames a repository: everything declared about it goes by the new name, and the old one leads to it.
    pub fn rename_repository(&mut self, organization: &str, from: &str, to: &str) {
        let Some(repository) = self.find_repository_mut(organization, from) else {
            return;
        };
        let id = repository.id;
        let former = std::mem::replace(&mut repository.name, to.to_owned());
        repository.former_names.push(former);
        self.redirects.insert(full_name(organization, from), id);
        for truth in self.truth_of(organization, Some(from)) {
            to.clone_into(&mut truth.repository);
        }
    }

    /// Transfers a repository to another organization, which must exist: its identity stays, and the old name leads to it.
    pub fn transfer_repository(&mut self, from: &str, name: &str, to: &str) {
        let is = |wanted: &str| {
            let wanted = wanted.to_owned();
            move |entry: &Organization| entry.login.eq_ignore_ascii_case(&wanted)
        };
        let (Some(source), Some(target)) = (
            self.organizations.iter().position(is(from)),
            self.organizations.iter().position(is(to)),
        ) else {
            return;
        };
        let repositories = &mut self.organizations[source].repositories;
        let Some(index) = repositories
            .iter()
            .position(|repository| repository.name.eq_ignore_ascii_case(name))
        else {
            return;
        };
        let repository = repositories.remove(index);
        self.redirects.insert(full_name(from, name), repository.id);
        self.organizations[target].repositories.push(repository);
        for truth in self.truth_of(from, Some(name)) {
            to.clone_into(&mut truth.organization);
        }
    }

    /// Renames an organization: its repositories' old names lead on, its own old name leads nowhere
    /// (<https://docs.github.com/organizations/managing-organization-settings/renaming-an-organization>).
    pub fn rename_organization(&mut self, from: &str, to: &str) {
        let mut organizations = self.organizations.iter_mut();
        let Some(found) = organizations.find(|entry| entry.login.eq_ignore_ascii_case(from)) else {
            return;
        };
        to.clone_into(&mut found.login);
        let former = found.repositories.iter();
        let former = former.map(|repository| (full_name(from, &repository.name), repository.id));
        self.redirects.extend(former);
        let of_tokens = self.tokens.iter_mut().flat_map(|token| &mut token.access);
        let installations = self.apps.iter_mut().flat_map(|app| &mut app.installations);
        let of_apps = installations.map(|installation| &mut installation.access);
        for access in of_tokens.chain(of_apps) {
            if access.organization.eq_ignore_ascii_case(from) {
                to.clone_into(&mut access.organization);
            }
        }
        for truth in self.truth_of(from, None) {
            to.clone_into(&mut truth.organization);
        }
    }

    /// What is declared about an organization, or about one of its repositories.
    fn truth_of(
        &mut self,
        organization: &str,
        repository: Option<&str>,
    ) -> impl Iterator<Item = &mut Truth> {
        self.truth.iter_mut().filter(move |truth| {
            truth.organization.eq_ignore_ascii_case(organization)
                && repository.is_none_or(|name| truth.repository.eq_ignore_ascii_case(name))
        })
    }

    /// Somebody approves the head of a pull request, merged or not; none where there is no such pull request.
    pub fn approve(
        &mut self,
        (organization, repository, number): (&str, &str, u64),
        login: &str,
        at: jiff::Timestamp,
    ) -> Option<()> {
        let (author, id) = (self.user(login), self.ids.fresh());
        let repository = self.find_repository_mut(organization, repository)?;
        let mut pulls = repository.pull_requests.iter_mut();
        let pull = pulls.find(|pull| pull.number == number)?;
        pull.reviews.push(Review {
            id,
            state: ReviewState::Approved,
            submitted_at: at,
            author,
            commit: pull.head_oid.clone(),
            last_edited_at: None,
            body: String::new(),
        });
        Some(())
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

/// A repository's name with its owner's, as redirects know it.
fn full_name(organization: &str, name: &str) -> String {
    format!("{organization}/{name}").to_lowercase()
}

// === impl User ===

impl User {
    /// The login as REST and commits spell it: an app's with `[bot]`.
    pub fn rest_login(&self) -> String {
        match self.kind {
            UserKind::Bot => format!("{}[bot]", self.login),
            UserKind::User | UserKind::Mannequin | UserKind::EnterpriseUserAccount => {
                self.login.clone()
            }
        }
    }
}
