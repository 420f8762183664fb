//! Who is behind the commits.

use serde::Serialize;

use crate::audit::contributor::contributors_to;
use crate::audit::facts::{Commit, Contributor, PullRequest};
use crate::audit::message::short;

/// A commit, and the people who make it theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitPeople {
    /// Its object id.
    pub oid: String,
    /// Who authored and committed it, each once, with what they are.
    pub people: Vec<String>,
    /// What is to be known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The people behind each commit.
pub(super) fn people(pull: &PullRequest) -> Vec<CommitPeople> {
    let commits = pull.commits.iter();
    commits
        .map(|commit| CommitPeople {
            oid: commit.oid.clone(),
            people: of(commit),
            note: note(commit),
        })
        .collect()
}

/// The commits that this account has a part in, by the first characters of their ids.
pub(super) fn written_by(account: &crate::audit::facts::Actor, pull: &PullRequest) -> Vec<String> {
    let is_theirs = |it: &Contributor| {
        let user = it.user.as_ref();
        user.is_some_and(|user| user.is_same_as(account))
    };
    let commits = pull.commits.iter().filter(|it| !it.is_merge_by_github());
    let theirs = commits.filter(|commit| contributors_to(commit).any(is_theirs));
    theirs.map(|commit| short(&commit.oid)).collect()
}

fn of(commit: &Commit) -> Vec<String> {
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    let roles = std::iter::once("author").chain(std::iter::repeat("co-author"));
    let authors = commit.authors.iter().zip(roles);
    let committer = commit.committer.iter().map(|it| (it, "committer"));
    for (contributor, role) in authors.chain(committer) {
        let name = name(contributor);
        match parts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, roles)) => roles.push(role),
            None => parts.push((name, vec![role])),
        }
    }
    let described = parts.into_iter();
    described
        .map(|(name, roles)| format!("{name} ({})", roles.join(", ")))
        .collect()
}

fn name(contributor: &Contributor) -> String {
    match (&contributor.user, &contributor.name) {
        (Some(user), _) => user.login.clone(),
        (None, Some(name)) => format!("{name:?}, linked to no account"),
        (None, None) => "somebody without a name or an account".to_owned(),
    }
}

fn note(commit: &Commit) -> Option<String> {
    let note = if commit.is_merge_by_github() {
        "a merge that GitHub made: nobody becomes a contributor by it"
    } else if commit.accepted_suggestion {
        "an accepted review suggestion: who suggested it is no contributor"
    } else {
        return None;
    };
    Some(note.to_owned())
}
