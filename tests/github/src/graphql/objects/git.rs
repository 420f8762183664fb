//! `GitActor` and `GpgSignature`.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use jiff::Timestamp;

use super::account::person;
use crate::{
    graphql::{
        View,
        value::{Resolved, leaf, time},
    },
    world::Person,
};

/// Somebody in a commit.
pub(super) struct GitActorObject<'w> {
    pub(super) view: View<'w>,
    pub(super) person: &'w Person,
    pub(super) time: Timestamp,
}

/// GitHub's own signature, valid.
pub(super) struct SignatureObject;

impl ObjectValue for GitActorObject<'_> {
    fn type_name(&self) -> &'static str {
        "GitActor"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "name" => leaf(self.person.name.as_str()),
            "email" => leaf(self.person.email.as_str()),
            "date" => time(self.time),
            "user" => person(self.view, self.person.user),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl ObjectValue for SignatureObject {
    fn type_name(&self) -> &'static str {
        "GpgSignature"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "isValid" | "wasSignedByGitHub" => leaf(true),
            "state" => leaf("VALID"),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}
