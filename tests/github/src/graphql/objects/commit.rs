//! `Commit`, its history, and `PullRequestCommit`.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use jiff::Timestamp;

use super::{
    git::{GitActorObject, SignatureObject},
    pull_request::pull_request_page,
    repository::{RepositoryObject, demand},
};
use crate::{
    graphql::{
        View,
        connection::page,
        refusal::failure,
        value::{Resolved, WEB, leaf, null, object, text_argument, time},
    },
    id::NodeId,
    search::{Hit, Place},
    tokens::Grant,
    world::{Commit, Person, PullRequestState},
};

/// A commit.
pub(super) struct CommitObject<'w> {
    pub(super) view: View<'w>,
    pub(super) place: Place<'w>,
    pub(super) commit: &'w Commit,
}

/// A commit as part of a pull request.
pub(super) struct PullRequestCommitObject<'w> {
    hit: Hit<'w>,
    commit: CommitObject<'w>,
}

type Located<'w> = (Place<'w>, &'w Commit);

fn make<'w>(view: View<'w>, (place, commit): Located<'w>) -> Resolved<'w> {
    object(CommitObject {
        view,
        place,
        commit,
    })
}

impl<'w> CommitObject<'w> {
    fn path(&self) -> String {
        let Place {
            organization,
            repository,
        } = self.place;
        format!(
            "/{}/{}/commit/{}",
            organization.login, repository.name, self.commit.oid
        )
    }

    fn history(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        demand(self.view, Grant::Contents)?;
        let since = instant(info, "since")?;
        let until = instant(info, "until")?;
        let place = self.place;
        let commits: Vec<Located<'w>> = place
            .repository
            .history(&self.commit.oid)
            .into_iter()
            .filter(|commit| since.is_none_or(|since| commit.committed_at >= since))
            .filter(|commit| until.is_none_or(|until| commit.committed_at <= until))
            .map(|commit| (place, commit))
            .collect();
        page("CommitHistoryConnection", info, self.view, commits, make)
    }

    fn parents(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        let place = self.place;
        let found = self
            .commit
            .parents
            .iter()
            .filter_map(|oid| Some((place, place.repository.commits.get(oid)?)));
        page("CommitConnection", info, self.view, found.collect(), make)
    }

    /// The merged pull request that brought it; for a commit outside of the default branch, open ones too.
    fn pull_requests(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        demand(self.view, Grant::PullRequests)?;
        let place = self.place;
        let oid = &self.commit.oid;
        let brought_by = place.repository.introduced_by.get(oid);
        let hits = place
            .repository
            .pull_requests
            .iter()
            .filter(|pull_request| {
                Some(&pull_request.number) == brought_by
                    || (pull_request.state == PullRequestState::Open
                        && pull_request.commits.contains(oid))
            });
        let hits: Vec<Hit<'w>> = hits
            .map(|pull_request| Hit {
                place,
                pull_request,
            })
            .collect();
        pull_request_page(info, self.view, hits)
    }

    fn people(&self, info: &ResolveInfo<'_>) -> Option<Resolved<'w>> {
        let Self { view, commit, .. } = *self;
        let actor = |person| {
            object(GitActorObject {
                view,
                person,
                time: commit.authored_at,
            })
        };
        Some(match info.field_name() {
            "author" => commit.authors.first().map_or_else(null, actor),
            "committer" => object(GitActorObject {
                view,
                person: &commit.committer,
                time: commit.committed_at,
            }),
            "authoredByCommitter" => leaf(commit.authors.first() == Some(&commit.committer)),
            "authors" => {
                let people: Vec<(&'w Person, Timestamp)> = commit
                    .authors
                    .iter()
                    .map(|person| (person, commit.authored_at))
                    .collect();
                page(
                    "GitActorConnection",
                    info,
                    view,
                    people,
                    |view, (person, time)| object(GitActorObject { view, person, time }),
                )
            }
            _ => return None,
        })
    }

    fn text(&self, field: &str) -> Option<Resolved<'w>> {
        let commit = self.commit;
        let (headline, body) = commit
            .message
            .split_once("\n\n")
            .unwrap_or((&commit.message, ""));
        Some(match field {
            "message" => leaf(commit.message.as_str()),
            "messageHeadline" => leaf(headline),
            "messageBody" => leaf(body),
            "oid" => leaf(commit.oid.as_str()),
            "abbreviatedOid" => leaf(&commit.oid[..7.min(commit.oid.len())]),
            "id" => leaf(NodeId::Commit(self.place.repository.id, commit.oid.clone()).encode()),
            "resourcePath" => leaf(self.path()),
            "url" => leaf(format!("{WEB}{}", self.path())),
            _ => return None,
        })
    }
}

fn instant(
    info: &ResolveInfo<'_>,
    name: &str,
) -> Result<Option<Timestamp>, apollo_compiler::resolvers::FieldError> {
    let Some(text) = text_argument(info, name) else {
        return Ok(None);
    };
    let message =
        format!("Argument '{name}' has an invalid value ({text:?}). Expected type 'GitTimestamp'.");
    text.parse()
        .map(Some)
        .map_err(|_| failure("UNPROCESSABLE", &message))
}

impl ObjectValue for CommitObject<'_> {
    fn type_name(&self) -> &'static str {
        "Commit"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self {
            view,
            place,
            commit,
        } = *self;
        let field = info.field_name();
        match field {
            "authoredDate" => time(commit.authored_at),
            "committedDate" => time(commit.committed_at),
            "committedViaWeb" => leaf(commit.via_web),
            "signature" if commit.signed_by_github => object(SignatureObject),
            "signature" => null(),
            "repository" => object(RepositoryObject { view, place }),
            "history" => self.history(info),
            "parents" => self.parents(info),
            "associatedPullRequests" => self.pull_requests(info),
            _ => self
                .text(field)
                .or_else(|| self.people(info))
                .unwrap_or_else(|| Err(self.unknown_field_error(info))),
        }
    }
}

impl<'w> PullRequestCommitObject<'w> {
    /// A commit of a pull request.
    pub(super) fn find(view: View<'w>, hit: Hit<'w>, oid: &str) -> Option<Self> {
        let place = hit.place;
        let commit = place.repository.commits.get(oid)?;
        Some(Self {
            hit,
            commit: CommitObject {
                view,
                place,
                commit,
            },
        })
    }
}

impl ObjectValue for PullRequestCommitObject<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequestCommit"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let CommitObject {
            view,
            place,
            commit,
        } = self.commit;
        let number = self.hit.pull_request.number;
        let path = || {
            let (owner, name) = (&place.organization.login, &place.repository.name);
            format!("/{owner}/{name}/pull/{number}/commits/{}", commit.oid)
        };
        match info.field_name() {
            "id" => leaf(NodeId::Other("PURC", format!("{number}:{}", commit.oid)).encode()),
            "commit" => object(CommitObject {
                view,
                place,
                commit,
            }),
            "resourcePath" => leaf(path()),
            "url" => leaf(format!("{WEB}{}", path())),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}
