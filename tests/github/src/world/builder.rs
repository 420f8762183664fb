//! Describes organizations and repositories readably, for tests and seeded worlds.
mod history;
mod landing;
mod plan;
mod story;

use jiff::Timestamp;

pub use self::plan::PullRequestBuilder;
use super::{Organization, Permission, Repository, Visibility, World};
use crate::id::UserId;

/// Describes an organization.
#[derive(Debug)]
pub struct OrganizationBuilder<'w> {
    world: &'w mut World,
    index: usize,
}

/// Describes a repository.
#[derive(Debug)]
pub struct RepositoryBuilder<'w> {
    pub(super) world: &'w mut World,
    pub(super) organization: usize,
    pub(super) index: usize,
}

// === impl World ===

impl World {
    /// The organization of that login, created if need be.
    pub fn organization(&mut self, login: &str) -> OrganizationBuilder<'_> {
        let found = self
            .organizations
            .iter()
            .position(|entry| entry.login.eq_ignore_ascii_case(login));
        let index = found.unwrap_or_else(|| {
            let id = self.ids.fresh();
            self.organizations.push(Organization {
                id,
                login: login.to_owned(),
                repositories: Vec::new(),
            });
            self.organizations.len() - 1
        });
        OrganizationBuilder { world: self, index }
    }
}

// === impl OrganizationBuilder ===

impl OrganizationBuilder<'_> {
    /// The repository of that name, created if need be: private, with one commit on `main`.
    pub fn repository(&mut self, name: &str) -> RepositoryBuilder<'_> {
        let repositories = &self.world.organizations[self.index].repositories;
        let found = repositories
            .iter()
            .position(|entry| entry.name.eq_ignore_ascii_case(name));
        let index = found.unwrap_or_else(|| {
            let repository = history::new_repository(&mut self.world.ids, name);
            let repositories = &mut self.world.organizations[self.index].repositories;
            repositories.push(repository);
            repositories.len() - 1
        });
        RepositoryBuilder {
            world: self.world,
            organization: self.index,
            index,
        }
    }
}

// === impl RepositoryBuilder ===

impl RepositoryBuilder<'_> {
    pub(super) fn repository(&mut self) -> &mut Repository {
        &mut self.world.organizations[self.organization].repositories[self.index]
    }

    /// Who may see it.
    #[must_use]
    pub fn visibility(mut self, visibility: Visibility) -> Self {
        self.repository().visibility = visibility;
        self
    }

    /// Makes it read-only.
    #[must_use]
    pub fn archived(mut self) -> Self {
        self.repository().archived = true;
        self
    }

    /// Renames the default branch.
    #[must_use]
    pub fn default_branch(mut self, name: &str) -> Self {
        let repository = self.repository();
        let old = std::mem::replace(&mut repository.default_branch, name.to_owned());
        if let Some(head) = repository.branches.remove(&old) {
            repository.branches.insert(name.to_owned(), head);
        }
        self
    }

    /// Gives people write permission.
    #[must_use]
    pub fn writers(self, logins: &[&str]) -> Self {
        self.permit(logins, Permission::Write)
    }

    /// Gives people read permission only.
    #[must_use]
    pub fn readers(self, logins: &[&str]) -> Self {
        self.permit(logins, Permission::Read)
    }

    /// Gives people a permission.
    #[must_use]
    pub fn permit(mut self, logins: &[&str], permission: Permission) -> Self {
        let users: Vec<UserId> = logins
            .iter()
            .filter_map(|login| self.world.user(login))
            .collect();
        self.repository()
            .permissions
            .extend(users.into_iter().map(|user| (user, permission)));
        self
    }

    /// Starts a pull request. What is not said is realistic: one commit by the author, `main` as base, merged an hour
    /// after the repository's last push.
    pub fn pull_request(&mut self, title: &str) -> PullRequestBuilder<'_> {
        PullRequestBuilder::new(self, title)
    }

    /// Starts a pull request that is merged; finish it with the declared truth. Same as [`Self::pull_request`].
    pub fn merged_pull_request(&mut self, title: &str) -> PullRequestBuilder<'_> {
        self.pull_request(title)
    }

    /// Pushes a commit straight to a branch and returns its object id.
    pub fn push(&mut self, branch: &str, author: &str, time: Timestamp) -> String {
        history::push(self, branch, author, time)
    }
}
