//! The shapes of a commit, who wrote it, and whether GitHub itself made it.

use serde::Deserialize;

use super::{Actor, Connection, Item, Unusable, without_addresses};
use crate::audit::facts;

/// How GitHub begins the headline of a commit that accepts one or several review suggestions.
///
/// <https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request>
const SUGGESTION_HEADLINE: &str = "Apply suggestion";

#[derive(Debug, Deserialize)]
pub(in crate::github) struct PullRequestCommit {
    pub(in crate::github) commit: Commit,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::github) struct Commit {
    pub(in crate::github) id: String,
    oid: String,
    message_headline: String,
    committer: Option<GitActor>,
    signature: Option<Signature>,
    pub(in crate::github) authors: Option<Connection<GitActor>>,
    parents: Option<Parents>,
}

#[derive(Debug, Default, Deserialize)]
pub(in crate::github) struct GitActor {
    name: Option<String>,
    user: Option<Actor>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signature {
    is_valid: bool,
    was_signed_by_git_hub: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parents {
    total_count: i64,
    #[serde(default)]
    nodes: Vec<Parent>,
}

#[derive(Debug, Deserialize)]
struct Parent {
    oid: String,
}

// === impl Commit ===

impl Commit {
    /// With all `authors`, those of further pages too. Somebody wrote it: where GitHub names nobody, it is somebody unknown.
    pub(super) fn into_fact(self, mut authors: Vec<GitActor>) -> Result<facts::Commit, Unusable> {
        let untold = |what| format!("commit {}: GitHub does not tell its {what}", self.oid);
        let parents = self.parents.ok_or_else(|| untold("parents"))?;
        if authors.is_empty() {
            authors.push(GitActor::default());
        }
        let authors: Vec<facts::Contributor> =
            authors.into_iter().map(GitActor::into_fact).collect();
        let signature = self.signature.as_ref();
        let verified = signature.is_some_and(|it| it.is_valid);
        let is_signed = verified && signature.is_some_and(|it| it.was_signed_by_git_hub);
        // An app's commit through the API is signed by GitHub too, but the app commits it.
        let made_by_github = is_signed && self.committer.as_ref().is_some_and(GitActor::is_github);
        let is_suggestion = self.message_headline.starts_with(SUGGESTION_HEADLINE);
        Ok(facts::Commit {
            oid: self.oid,
            accepted_suggestion: made_by_github && is_suggestion && authors.len() >= 2,
            authors,
            committer: self
                .committer
                .filter(|_| !made_by_github)
                .map(GitActor::into_fact),
            made_by_github,
            verified,
            parents: parents.total_count,
            parent_oids: parents.nodes.into_iter().map(|parent| parent.oid).collect(),
        })
    }
}

// === impl GitActor ===

impl Item for GitActor {
    fn of_null() -> Option<Self> {
        Some(Self::default())
    }
}

impl GitActor {
    fn into_fact(self) -> facts::Contributor {
        facts::Contributor {
            user: self.user.map(Actor::into_fact),
            name: self.name.map(|name| without_addresses(&name)),
        }
    }

    /// Whether it names GitHub itself. Anybody can choose a name: only with GitHub's signature does it mean anything.
    fn is_github(&self) -> bool {
        match &self.user {
            Some(user) => user.login == "web-flow",
            None => self.name.as_deref() == Some("GitHub"),
        }
    }
}
