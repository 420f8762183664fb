//! Makes commits: the first of a repository, on branches, and straight pushes.
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::RepositoryBuilder;
use crate::{
    clock::time,
    id::{Oid, UserId},
    world::{Commit, Ids, Person, Repository, User, Visibility, World},
};

/// When repositories were created: long before anything that tests look at.
const CREATED: &str = "2024-01-01T00:00:00Z";

/// What differs between commits.
pub(super) struct Draft {
    pub(super) authors: Vec<Person>,
    pub(super) committer: Person,
    pub(super) time: Timestamp,
    pub(super) parents: Vec<Oid>,
    pub(super) message: String,
    pub(super) by_github: bool,
}

/// A private repository with one commit on `main`.
pub(super) fn new_repository(ids: &mut Ids, name: &str) -> Repository {
    let created_at = time(CREATED);
    let mut repository = Repository {
        id: ids.fresh(),
        name: name.to_owned(),
        former_names: Vec::new(),
        visibility: Visibility::Private,
        archived: false,
        fork: false,
        default_branch: "main".to_owned(),
        created_at,
        pushed_at: created_at,
        branches: BTreeMap::new(),
        commits: BTreeMap::new(),
        permissions: BTreeMap::new(),
        pull_requests: Vec::new(),
        introduced_by: BTreeMap::new(),
    };
    let draft = Draft {
        authors: vec![Person::github()],
        committer: Person::github(),
        time: created_at,
        parents: Vec::new(),
        message: "Initial commit".to_owned(),
        by_github: true,
    };
    let head = commit(ids, &mut repository, draft);
    repository.branches.insert("main".to_owned(), head);
    repository
}

/// Adds a commit to a repository's objects and returns its name.
pub(super) fn commit(ids: &mut Ids, repository: &mut Repository, draft: Draft) -> Oid {
    let oid = ids.next_oid();
    let new = Commit {
        oid: oid.clone(),
        serial: ids.last,
        authors: draft.authors,
        committer: draft.committer,
        authored_at: draft.time,
        committed_at: draft.time,
        parents: draft.parents,
        message: draft.message,
        signed_by_github: draft.by_github,
        via_web: draft.by_github,
    };
    repository.commits.insert(oid.clone(), new);
    oid
}

/// How an account shows in commits; the deleted one has a name and no account.
pub(super) fn person(users: &BTreeMap<UserId, User>, user: Option<UserId>) -> Person {
    let found = user.and_then(|id| users.get(&id));
    let Some(found) = found else {
        return Person {
            name: "Somebody".to_owned(),
            email: "somebody@example.com".to_owned(),
            user,
        };
    };
    let login = found.rest_login();
    Person {
        email: format!("{}+{login}@users.noreply.github.com", found.id),
        name: login,
        user,
    }
}

/// The head of a branch, which is cut from the default branch if it does not exist.
pub(super) fn branch_head(repository: &mut Repository, branch: &str) -> Oid {
    let default = repository
        .branches
        .get(&repository.default_branch)
        .cloned()
        .unwrap_or_default();
    repository
        .branches
        .entry(branch.to_owned())
        .or_insert(default)
        .clone()
}

/// The moment a little after the last push.
pub(super) fn later(repository: &Repository, by: SignedDuration) -> Timestamp {
    repository
        .pushed_at
        .checked_add(by)
        .unwrap_or(repository.pushed_at)
}

/// Pushes one commit straight to a branch.
pub(super) fn push(
    builder: &mut RepositoryBuilder<'_>,
    branch: &str,
    author: &str,
    time: Timestamp,
) -> Oid {
    let user = builder.world.user(author);
    let World {
        ids,
        users,
        organizations,
        ..
    } = &mut *builder.world;
    let repository = &mut organizations[builder.organization].repositories[builder.index];
    let who = person(users, user);
    let parent = branch_head(repository, branch);
    let message = format!("Push by {author}");
    let draft = Draft {
        authors: vec![who.clone()],
        committer: who,
        time,
        parents: vec![parent],
        message,
        by_github: false,
    };
    let oid = commit(ids, repository, draft);
    repository.branches.insert(branch.to_owned(), oid.clone());
    repository.pushed_at = repository.pushed_at.max(time);
    oid
}
