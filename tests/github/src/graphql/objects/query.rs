//! `Query` and `RateLimit`.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};

use super::{
    account::{AccountObject, CommitUserObject, OrganizationObject},
    commit::CommitObject,
    pull_request::visible_hit,
    repository::{RefObject, RepositoryObject, admit},
    review::ReviewObject,
};
use crate::{
    graphql::{
        Rate, View,
        connection::capped_page,
        refusal::{failure, item},
        value::{
            Resolved, list_argument, null, number, object, object_or_null, text_argument, time,
        },
    },
    id::NodeId,
    search::{Hit, MOST_RESULTS, Place, Refusal, search},
    settings::Backend,
};

/// Most ids of one `nodes`.
const MOST_IDS: usize = 100;

/// The root.
pub(in crate::graphql) struct QueryObject<'w> {
    pub(in crate::graphql) view: View<'w>,
    /// Only the cost is asked for: nothing but `rateLimit` is evaluated.
    pub(in crate::graphql) dry: bool,
}

struct RateLimitObject<'w> {
    view: View<'w>,
    rate: Rate,
}

impl<'w> QueryObject<'w> {
    fn organization(&self, login: &str) -> Resolved<'w> {
        admit(self.view, login)?;
        let found = self.view.world.find_organization(login);
        match found.filter(|organization| self.view.token.sees_organization(organization)) {
            Some(organization) => object(OrganizationObject {
                view: self.view,
                organization,
            }),
            None => Err(failure(
                "NOT_FOUND",
                &format!("Could not resolve to an Organization with the login of '{login}'."),
            )),
        }
    }

    fn search(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        let text = text_argument(info, "query").unwrap_or_default();
        let settings = self.view.search;
        let backend = match text_argument(info, "type") {
            Some("ISSUE_ADVANCED") => Backend::Advanced,
            _ => settings.plain,
        };
        let found = search(self.view.world, self.view.token, (backend, settings), text);
        let hits: Vec<Hit<'w>> = match found {
            Err(Refusal::Invisible) if settings.silent_in_graphql => Vec::new(),
            found => found.map_err(|refusal| failure("UNPROCESSABLE", refusal.message()))?,
        };
        let bound = MOST_RESULTS;
        capped_page(
            "SearchResultItemConnection",
            info,
            self.view,
            (hits, bound),
            visible_hit,
        )
    }

    fn node(&self, text: &str) -> Resolved<'w> {
        let found = NodeId::decode(text)
            .and_then(|id| self.account_node(&id).or_else(|| self.repository_node(&id)));
        let missing = format!("Could not resolve to a node with the global id of '{text}'");
        found.unwrap_or_else(|| Err(failure("NOT_FOUND", &missing)))
    }

    fn account_node(&self, id: &NodeId) -> Option<Resolved<'w>> {
        let view = self.view;
        match id {
            NodeId::Organization(id) => {
                let organization = view
                    .world
                    .organizations
                    .iter()
                    .find(|entry| entry.id == *id)?;
                Some(object(OrganizationObject { view, organization }))
            }
            NodeId::User(id) | NodeId::Bot(id) | NodeId::Mannequin(id) => {
                Some(object(AccountObject(view.world.users.get(id)?)))
            }
            NodeId::PullRequest(id) => {
                let hit = self.places().find_map(|place| {
                    let pull_request = place.repository.pull_request_by_id(*id)?;
                    Some(Hit {
                        place,
                        pull_request,
                    })
                })?;
                Some(visible_hit(view, hit))
            }
            NodeId::Review(id) => self.hits().find_map(|hit| {
                let review = hit
                    .pull_request
                    .reviews
                    .iter()
                    .find(|review| review.id == *id)?;
                Some(object(ReviewObject { view, hit, review }))
            }),
            _ => None,
        }
    }

    fn repository_node(&self, id: &NodeId) -> Option<Resolved<'w>> {
        let view = self.view;
        let place = |id: &u64| self.places().find(|place| place.repository.id == *id);
        match id {
            NodeId::Repository(id) => Some(object(RepositoryObject {
                view,
                place: place(id)?,
            })),
            NodeId::Commit(id, oid) => {
                let place = place(id)?;
                let commit = place.repository.commits.get(oid)?;
                Some(object(CommitObject {
                    view,
                    place,
                    commit,
                }))
            }
            NodeId::Ref(id, name) => Some(object(RefObject::find(view, place(id)?, name)?)),
            _ => None,
        }
    }

    fn places(&self) -> impl Iterator<Item = Place<'w>> + use<'w> {
        let view = self.view;
        view.world
            .organizations
            .iter()
            .flat_map(move |organization| {
                view.token
                    .readable(organization)
                    .into_iter()
                    .map(move |repository| Place {
                        organization,
                        repository,
                    })
            })
    }

    fn hits(&self) -> impl Iterator<Item = Hit<'w>> + use<'w> {
        self.places().flat_map(Place::hits)
    }
}

impl ObjectValue for QueryObject<'_> {
    fn type_name(&self) -> &'static str {
        "Query"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let view = self.view;
        let name = info.field_name();
        if self.dry && name != "rateLimit" {
            return Ok(ResolvedValue::SkipForPartialExecution);
        }
        match name {
            "viewer" => view
                .world
                .users
                .get(&view.token.owner)
                .map_or_else(null, |user| object(CommitUserObject(user))),
            "rateLimit" => object_or_null(view.rate.map(|rate| RateLimitObject { view, rate })),
            "organization" => self.organization(text_argument(info, "login").unwrap_or_default()),
            "repository" => {
                let owner = text_argument(info, "owner").unwrap_or_default();
                RepositoryObject::resolve(info, view, owner)
            }
            "search" => self.search(info),
            "node" => self.node(text_argument(info, "id").unwrap_or_default()),
            "nodes" => {
                let ids = list_argument(info, "ids").unwrap_or_default();
                if ids.len() > MOST_IDS {
                    let count = ids.len();
                    let message = format!(
                        "You may not provide more than 100 node ids; you provided {count}."
                    );
                    return Err(failure("ARGUMENT_LIMIT", &message));
                }
                Ok(ResolvedValue::List(Box::new(
                    ids.into_iter().map(|id| item(self.node(id))),
                )))
            }
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl ObjectValue for RateLimitObject<'_> {
    fn type_name(&self) -> &'static str {
        "RateLimit"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self { view, rate } = *self;
        let weight = view.weight;
        match info.field_name() {
            "cost" => number(weight.points),
            "nodeCount" => number(weight.nodes),
            "limit" => number(rate.limit),
            "remaining" => number(rate.remaining),
            "used" => number(rate.used),
            "resetAt" => time(rate.reset),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}
