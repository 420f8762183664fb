//! `PullRequest` and its small companions.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use jiff::Timestamp;

use super::{
    account::{OrganizationObject, actor},
    commit::{CommitObject, PullRequestCommitObject},
    event::timeline,
    repository::{RefObject, RepositoryObject, demand, state},
    review::{association, latest_reviews, reviews},
};
use crate::{
    graphql::{
        View,
        connection::{capped_page, page},
        value::{Resolved, WEB, leaf, null, number, object, object_or_null, time},
    },
    id::{NodeId, UserId},
    search::Hit,
    tokens::Grant,
    world::Label,
};

/// Commits that GitHub lists of a pull request (<https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request>).
const MOST_COMMITS: usize = 250;

/// A pull request.
pub(super) struct PullRequestObject<'w> {
    view: View<'w>,
    hit: Hit<'w>,
}

/// A label's name.
pub(super) struct LabelObject<'w>(pub(super) &'w str);

struct EditObject<'w> {
    view: View<'w>,
    time: Timestamp,
    editor: Option<UserId>,
}

/// The pull request, unless the token may not read pull requests.
pub(super) fn visible_hit<'w>(view: View<'w>, hit: Hit<'w>) -> Resolved<'w> {
    demand(view, Grant::PullRequests)?;
    object(PullRequestObject { view, hit })
}

/// A page of pull requests.
pub(super) fn pull_request_page<'w>(
    info: &ResolveInfo<'_>,
    view: View<'w>,
    hits: Vec<Hit<'w>>,
) -> Resolved<'w> {
    page("PullRequestConnection", info, view, hits, visible_hit)
}

impl<'w> PullRequestObject<'w> {
    fn path(&self) -> String {
        let Hit {
            place,
            pull_request,
        } = self.hit;
        format!(
            "/{}/{}/pull/{}",
            place.organization.login, place.repository.name, pull_request.number
        )
    }

    fn identity(&self, field: &str) -> Option<Resolved<'w>> {
        let pull_request = self.hit.pull_request;
        Some(match field {
            "id" => leaf(NodeId::PullRequest(pull_request.id).encode()),
            "fullDatabaseId" => leaf(pull_request.id.to_string()),
            "databaseId" => number(pull_request.id),
            "number" => leaf(i64::try_from(pull_request.number).unwrap_or_default()),
            "title" => leaf(pull_request.title.as_str()),
            "body" | "bodyText" => leaf(pull_request.body.as_str()),
            "resourcePath" => leaf(self.path()),
            "url" | "permalink" => leaf(format!("{WEB}{}", self.path())),
            "baseRefName" => leaf(pull_request.base_name.as_str()),
            "baseRefOid" => leaf(pull_request.base_oid.as_str()),
            "headRefName" => leaf(pull_request.head_name.as_str()),
            "headRefOid" => leaf(pull_request.head_oid.as_str()),
            _ => return None,
        })
    }

    fn state(&self, field: &str) -> Option<Resolved<'w>> {
        let pull_request = self.hit.pull_request;
        Some(match field {
            "state" => leaf(state(pull_request.state)),
            "isDraft" => leaf(pull_request.draft),
            "isCrossRepository" => leaf(pull_request.cross_repository),
            "isInMergeQueue" => leaf(false),
            "merged" => leaf(pull_request.merged_at.is_some()),
            "closed" => leaf(pull_request.closed_time().is_some()),
            "createdAt" => time(pull_request.created_at),
            "updatedAt" => time(pull_request.updated_at),
            "lastEditedAt" => time(pull_request.last_edited_at),
            "mergedAt" => time(pull_request.merged_at),
            "closedAt" => time(pull_request.closed_time()),
            // No rule requires reviews in this world, no check runs, and auto-merge ends with the merge.
            "reviewDecision" | "statusCheckRollup" | "autoMergeRequest" => null(),
            _ => return None,
        })
    }

    fn relation(&self, field: &str) -> Option<Resolved<'w>> {
        let Self { view, hit } = *self;
        let Hit {
            place,
            pull_request,
        } = hit;
        let commit = |oid: &str| {
            place
                .repository
                .commits
                .get(oid)
                .map(|commit| CommitObject {
                    view,
                    place,
                    commit,
                })
        };
        Some(match field {
            "editor" if pull_request.last_edited_at.is_none() => null(),
            "author" | "editor" => actor(view, pull_request.author),
            "authorAssociation" => leaf(association(place, pull_request.author)),
            "mergedBy" => actor(view, pull_request.merged_by),
            "mergeCommit" => object_or_null(pull_request.merge_commit.as_deref().and_then(commit)),
            "headRepository" | "headRepositoryOwner" if pull_request.cross_repository => null(),
            "headRepositoryOwner" => object(OrganizationObject {
                view,
                organization: place.organization,
            }),
            "repository" | "baseRepository" | "headRepository" => {
                object(RepositoryObject { view, place })
            }
            "baseRef" => object_or_null(RefObject::find(view, place, &pull_request.base_name)),
            "headRef" => object_or_null(RefObject::find(view, place, &pull_request.head_name)),
            _ => return None,
        })
    }

    fn list(&self, info: &ResolveInfo<'_>) -> Option<Resolved<'w>> {
        let Self { view, hit } = *self;
        let pull_request = hit.pull_request;
        Some(match info.field_name() {
            "reviews" => reviews(info, view, hit),
            "latestReviews" => latest_reviews(info, view, hit, false),
            "latestOpinionatedReviews" => latest_reviews(info, view, hit, true),
            "timelineItems" => timeline(info, view, hit),
            "commits" => {
                let items: Vec<(Hit<'w>, &'w String)> =
                    pull_request.commits.iter().map(|oid| (hit, oid)).collect();
                capped_page(
                    "PullRequestCommitConnection",
                    info,
                    view,
                    (items, MOST_COMMITS),
                    |view, (hit, oid)| {
                        object_or_null(PullRequestCommitObject::find(view, hit, oid))
                    },
                )
            }
            "labels" => {
                let items: Vec<&'w Label> = pull_request.labels.iter().collect();
                page("LabelConnection", info, view, items, |_, label| {
                    object(LabelObject(&label.name))
                })
            }
            "userContentEdits" => {
                let edits: Vec<_> = pull_request
                    .last_edited_at
                    .into_iter()
                    .map(|time| (time, pull_request.author))
                    .collect();
                page(
                    "UserContentEditConnection",
                    info,
                    view,
                    edits,
                    |view, (time, editor)| object(EditObject { view, time, editor }),
                )
            }
            "closingIssuesReferences" => {
                page("IssueConnection", info, view, Vec::<()>::new(), |_, ()| {
                    null()
                })
            }
            _ => return None,
        })
    }
}

impl ObjectValue for PullRequestObject<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequest"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let field = info.field_name();
        self.identity(field)
            .or_else(|| self.state(field))
            .or_else(|| self.relation(field))
            .or_else(|| self.list(info))
            .unwrap_or_else(|| Err(self.unknown_field_error(info)))
    }
}

impl ObjectValue for LabelObject<'_> {
    fn type_name(&self) -> &'static str {
        "Label"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "id" => leaf(NodeId::Other("LA", self.0.to_owned()).encode()),
            "name" => leaf(self.0),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl ObjectValue for EditObject<'_> {
    fn type_name(&self) -> &'static str {
        "UserContentEdit"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "id" => leaf(NodeId::Other("UCE", self.time.to_string()).encode()),
            "createdAt" | "editedAt" => time(self.time),
            "deletedAt" => null(),
            "editor" => actor(self.view, self.editor),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}
