//! `User`, `Bot`, `Mannequin`, `EnterpriseUserAccount` and `Organization`.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::repository::RepositoryObject;
use crate::{
    graphql::{
        View,
        connection::page,
        value::{
            Resolved, WEB, bool_argument, leaf, null, number, object, object_or_null,
            order_argument, text_argument,
        },
    },
    id::{NodeId, UserId},
    search::Place,
    world::{Organization, User, UserKind, Visibility},
};

/// A person, an app or a placeholder.
pub(super) struct AccountObject<'w>(pub(super) &'w User);

/// An account where the schema says `User`: GitHub shows an app that way in commits, with `[bot]` in its login.
pub(super) struct CommitUserObject<'w>(pub(super) &'w User);

/// An organization.
pub(super) struct OrganizationObject<'w> {
    pub(super) view: View<'w>,
    pub(super) organization: &'w Organization,
}

/// Whoever acted, or null for a deleted account.
pub(super) fn actor(view: View<'_>, user: Option<UserId>) -> Resolved<'_> {
    object_or_null(
        user.and_then(|id| view.world.users.get(&id))
            .map(AccountObject),
    )
}

/// A person where only a person fits, or null.
pub(super) fn person(view: View<'_>, user: Option<UserId>) -> Resolved<'_> {
    object_or_null(
        user.and_then(|id| view.world.users.get(&id))
            .map(CommitUserObject),
    )
}

fn account_field<'a>(user: &User, login: &str, field: &str) -> Option<Resolved<'a>> {
    let path = match user.kind {
        UserKind::Bot => format!("/apps/{}", user.login),
        UserKind::User | UserKind::Mannequin => format!("/{}", user.login),
        UserKind::EnterpriseUserAccount => format!("/enterprises/corp/people/{}", user.login),
    };
    let id = match user.kind {
        UserKind::User => NodeId::User(user.id),
        UserKind::Bot => NodeId::Bot(user.id),
        UserKind::Mannequin => NodeId::Mannequin(user.id),
        UserKind::EnterpriseUserAccount => NodeId::Other("EUA", user.id.to_string()),
    };
    Some(match field {
        "databaseId" => number(user.id),
        "id" => leaf(id.encode()),
        "login" => leaf(login),
        "name" => null(),
        "resourcePath" => leaf(path),
        "url" => leaf(format!("{WEB}{path}")),
        _ => return None,
    })
}

impl ObjectValue for AccountObject<'_> {
    fn type_name(&self) -> &'static str {
        match self.0.kind {
            UserKind::User => "User",
            UserKind::Bot => "Bot",
            UserKind::Mannequin => "Mannequin",
            UserKind::EnterpriseUserAccount => "EnterpriseUserAccount",
        }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        account_field(self.0, &self.0.login, info.field_name())
            .unwrap_or_else(|| Err(self.unknown_field_error(info)))
    }
}

impl ObjectValue for CommitUserObject<'_> {
    fn type_name(&self) -> &'static str {
        "User"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let login = self.0.rest_login();
        account_field(self.0, &login, info.field_name())
            .unwrap_or_else(|| Err(self.unknown_field_error(info)))
    }
}

impl<'w> OrganizationObject<'w> {
    fn repositories(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        let organization = self.organization;
        let archived = bool_argument(info, "isArchived");
        let fork = bool_argument(info, "isFork");
        let privacy = text_argument(info, "privacy");
        let visibility = text_argument(info, "visibility");
        let mut places: Vec<Place<'w>> = self
            .view
            .token
            .readable(organization)
            .into_iter()
            .filter(|repository| archived.is_none_or(|wanted| repository.archived == wanted))
            .filter(|repository| fork.is_none_or(|wanted| repository.fork == wanted))
            .filter(|repository| {
                privacy.is_none_or(|wanted| {
                    (wanted == "PUBLIC") == (repository.visibility == Visibility::Public)
                })
            })
            .filter(|repository| {
                visibility.is_none_or(|wanted| repository.visibility.as_str() == wanted)
            })
            .map(|repository| Place {
                organization,
                repository,
            })
            .collect();
        if let Some((field, descending)) = order_argument(info) {
            match field {
                "NAME" => places.sort_by(|a, b| a.repository.name.cmp(&b.repository.name)),
                "PUSHED_AT" | "UPDATED_AT" => {
                    places.sort_by_key(|place| place.repository.pushed_at);
                }
                _ => places.sort_by_key(|place| place.repository.created_at),
            }
            if descending {
                places.reverse();
            }
        }
        page(
            "RepositoryConnection",
            info,
            self.view,
            places,
            |view, place| object(RepositoryObject { view, place }),
        )
    }
}

impl ObjectValue for OrganizationObject<'_> {
    fn type_name(&self) -> &'static str {
        "Organization"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Organization { id, login, .. } = self.organization;
        match info.field_name() {
            "databaseId" => number(*id),
            "id" => leaf(NodeId::Organization(*id).encode()),
            "login" | "name" => leaf(login.as_str()),
            "resourcePath" => leaf(format!("/{login}")),
            "url" => leaf(format!("{WEB}/{login}")),
            "viewerCanAdminister" => leaf(self.view.token.administers(self.organization)),
            "repositories" => self.repositories(info),
            "repository" => RepositoryObject::resolve(info, self.view, login),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}
