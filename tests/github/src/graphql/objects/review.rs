//! `PullRequestReview` and the lists of them.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::{
    account::actor, commit::CommitObject, pull_request::visible_hit, repository::RepositoryObject,
};
use crate::{
    graphql::{
        View,
        connection::page,
        value::{
            Resolved, WEB, bool_argument, leaf, list_argument, null, number, object,
            object_or_null, text_argument, time,
        },
    },
    id::{NodeId, UserId},
    search::{Hit, Place},
    world::{Permission, Review},
};

/// A review.
pub(super) struct ReviewObject<'w> {
    pub(super) view: View<'w>,
    pub(super) hit: Hit<'w>,
    pub(super) review: &'w Review,
}

/// `reviews`: every review in the order of submission.
pub(super) fn reviews<'w>(info: &ResolveInfo<'_>, view: View<'w>, hit: Hit<'w>) -> Resolved<'w> {
    let states = list_argument(info, "states");
    let author = text_argument(info, "author").map(|login| login_id(view, login));
    let wanted = hit
        .pull_request
        .reviews
        .iter()
        .filter(|review| {
            states
                .as_ref()
                .is_none_or(|states| states.contains(&review.state.as_str()))
        })
        .filter(|review| author.is_none_or(|author| author.is_some() && review.author == author))
        .collect();
    list(info, view, hit, wanted)
}

/// `latestReviews` and `latestOpinionatedReviews`: the last of each person.
pub(super) fn latest_reviews<'w>(
    info: &ResolveInfo<'_>,
    view: View<'w>,
    hit: Hit<'w>,
    opinions: bool,
) -> Resolved<'w> {
    let writers_only = bool_argument(info, "writersOnly").unwrap_or(false);
    let mut latest = hit.pull_request.latest_reviews(opinions);
    latest.retain(|review| !writers_only || can_push(hit.place, review.author));
    list(info, view, hit, latest)
}

fn list<'w>(
    info: &ResolveInfo<'_>,
    view: View<'w>,
    hit: Hit<'w>,
    reviews: Vec<&'w Review>,
) -> Resolved<'w> {
    let items: Vec<(Hit<'w>, &'w Review)> =
        reviews.into_iter().map(|review| (hit, review)).collect();
    page(
        "PullRequestReviewConnection",
        info,
        view,
        items,
        |view, (hit, review)| object(ReviewObject { view, hit, review }),
    )
}

fn login_id(view: View<'_>, login: &str) -> Option<UserId> {
    view.world
        .users
        .values()
        .find(|user| user.login.eq_ignore_ascii_case(login))
        .map(|user| user.id)
}

fn can_push(place: Place<'_>, user: Option<UserId>) -> bool {
    user.is_some_and(|user| place.repository.can_push(user))
}

/// What somebody is to a repository, as `CommentAuthorAssociation` spells it; says nothing about write access.
pub(super) fn association(place: Place<'_>, user: Option<UserId>) -> &'static str {
    match user.and_then(|user| place.repository.permissions.get(&user)) {
        Some(Permission::Admin) => "OWNER",
        Some(_) => "MEMBER",
        None => "NONE",
    }
}

impl ObjectValue for ReviewObject<'_> {
    fn type_name(&self) -> &'static str {
        "PullRequestReview"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self { view, hit, review } = *self;
        let Hit {
            place,
            pull_request,
        } = hit;
        let path = || {
            let (owner, name) = (&place.organization.login, &place.repository.name);
            format!(
                "/{owner}/{name}/pull/{}#pullrequestreview-{}",
                pull_request.number, review.id
            )
        };
        match info.field_name() {
            "id" => leaf(NodeId::Review(review.id).encode()),
            "fullDatabaseId" => leaf(review.id.to_string()),
            "databaseId" => number(review.id),
            // Nobody reviews for a team in this world.
            "onBehalfOf" => page("TeamConnection", info, view, Vec::<()>::new(), |_, ()| {
                null()
            }),
            "state" => leaf(review.state.as_str()),
            "submittedAt" | "createdAt" => time(review.submitted_at),
            "updatedAt" => time(review.last_edited_at.unwrap_or(review.submitted_at)),
            "lastEditedAt" => time(review.last_edited_at),
            "author" => actor(view, review.author),
            "authorAssociation" => leaf(association(place, review.author)),
            "authorCanPushToRepository" => leaf(can_push(place, self.living_author())),
            "body" | "bodyText" => leaf(review.body.as_str()),
            "commit" => {
                let commit = place.repository.commits.get(&review.commit);
                object_or_null(commit.map(|commit| CommitObject {
                    view,
                    place,
                    commit,
                }))
            }
            "pullRequest" => visible_hit(view, hit),
            "repository" => object(RepositoryObject { view, place }),
            "resourcePath" => leaf(path()),
            "url" => leaf(format!("{WEB}{}", path())),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl ReviewObject<'_> {
    /// The reviewer, unless the account was deleted.
    fn living_author(&self) -> Option<UserId> {
        self.review
            .author
            .filter(|id| self.view.world.users.contains_key(id))
    }
}
