//! Who wrote a pull request: everybody who authored, committed or co-authored a commit of it.
//!
//! Not made a contributor: GitHub itself as committer; whoever pressed the button for a merge that GitHub made (the commits
//! that it brings are listed themselves, or come from the base branch); and whoever is named as co-author by an accepted review
//! suggestion, since suggesting is reviewing. Who accepts a suggestion is its author, and a contributor.
//!
//! Two limits, for which GitHub's answer has no field: a conflict resolved in GitHub's web editor looks like any merge that GitHub
//! made; and the author of a commit is what its e-mail address says, which its committer can choose.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::facts::{Actor, ActorKind, Commit, Contributor, PullRequest};

/// The mark of an app's name in a commit: `dependabot[bot]`.
const BOT_SUFFIX: &str = "[bot]";

/// The people behind the commits of one pull request.
pub(super) struct Contributors<'a> {
    accounts: Vec<Cow<'a, Actor>>,
    unlinked: BTreeSet<String>,
}

// === impl Contributors ===

impl<'a> Contributors<'a> {
    /// Everybody behind the listed commits.
    pub(super) fn of(pull: &'a PullRequest) -> Self {
        let mut contributors = Self {
            accounts: Vec::new(),
            unlinked: BTreeSet::new(),
        };
        for commit in pull.commits.iter().filter(|it| !it.is_merge_by_github()) {
            for contributor in contributors_to(commit) {
                contributors.add(contributor, commit);
            }
        }
        contributors
    }

    /// Whether this account is one of them.
    pub(super) fn include(&self, account: &Actor) -> bool {
        self.accounts.iter().any(|known| known.is_same_as(account))
    }

    /// The names of those whom GitHub links to no account, each once.
    ///
    /// Each could be anybody, an approver too. A name is free to choose, so it proves neither that somebody is the author nor that
    /// they are not; but it tells how many people there are: behind `n` names are at most `n` of the approvers.
    /// A nameless one is named by the commit.
    pub(super) fn unlinked(&self) -> &BTreeSet<String> {
        &self.unlinked
    }

    fn add(&mut self, contributor: &'a Contributor, commit: &Commit) {
        if let Some(app) = app_behind(contributor, commit) {
            self.accounts.push(Cow::Owned(app));
        } else if let Some(user) = &contributor.user {
            self.accounts.push(Cow::Borrowed(user));
        } else {
            let nameless = || format!("the author of {}", commit.oid);
            let name = contributor.name.clone();
            self.unlinked.insert(name.unwrap_or_else(nameless));
        }
    }
}

/// Authors and committer, without the co-authors that an accepted suggestion names.
pub(super) fn contributors_to(commit: &Commit) -> impl Iterator<Item = &Contributor> {
    let suggestion = commit.made_by_github && commit.accepted_suggestion;
    let authors = if suggestion { 1 } else { commit.authors.len() };
    commit.authors.iter().take(authors).chain(&commit.committer)
}

/// The app behind a commit, as a reviewer of that name would appear.
///
/// GitHub links commits to users only: an app appears as a user whose login ends in `[bot]`, which no person's can, or is not
/// linked. Then the name is trusted under GitHub's signature, which an app's commit gets only when the app did not choose the
/// author itself.
/// <https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots>
pub(super) fn app_behind(contributor: &Contributor, commit: &Commit) -> Option<Actor> {
    let signed = || contributor.name.as_ref().filter(|_| commit.made_by_github);
    let linked = contributor.user.as_ref().map(|user| &user.login);
    let name = linked.or_else(signed)?;
    Some(Actor {
        id: None,
        login: name.strip_suffix(BOT_SUFFIX)?.to_owned(),
        kind: ActorKind::Bot,
    })
}

/// The login of an app, however people write it: `dependabot`, `dependabot[bot]`, as in `app/dependabot`.
pub(super) fn app_login(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let text = text.strip_prefix("app/").unwrap_or(&text);
    text.strip_suffix(BOT_SUFFIX).unwrap_or(text).to_owned()
}
