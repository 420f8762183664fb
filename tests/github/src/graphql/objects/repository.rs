//! `Repository` and `Ref`.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};

use super::{
    account::OrganizationObject,
    commit::CommitObject,
    pull_request::{pull_request_page, visible_hit},
};
use crate::{
    graphql::{
        View,
        connection::page,
        refusal::{SAML, failure},
        value::{
            Resolved, WEB, bool_argument, leaf, list_argument, null, number, object,
            object_or_null, order_argument, text_argument, time,
        },
    },
    id::NodeId,
    search::{Hit, Place},
    tokens::{Barrier, Grant},
    world::{PullRequestState, Visibility},
};

/// A repository.
pub(super) struct RepositoryObject<'w> {
    pub(super) view: View<'w>,
    pub(super) place: Place<'w>,
}

/// A branch.
pub(super) struct RefObject<'w> {
    view: View<'w>,
    place: Place<'w>,
    name: &'w str,
    head: &'w str,
}

impl<'w> RepositoryObject<'w> {
    /// The repository of that name, or that had it before unless `followRenames` is false, if the token sees it.
    pub(super) fn resolve(info: &ResolveInfo<'_>, view: View<'w>, owner: &str) -> Resolved<'w> {
        let name = text_argument(info, "name").unwrap_or_default();
        let follows = bool_argument(info, "followRenames").unwrap_or(true);
        admit(view, owner)?;
        let found = view.world.find_current(owner, name);
        let found = found.or_else(|| {
            follows
                .then(|| view.world.find_former(owner, name))
                .flatten()
        });
        let found = found
            .filter(|(organization, repository)| view.token.can_read(organization, repository))
            .map(|(organization, repository)| Place {
                organization,
                repository,
            });
        let missing = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
        let place = found.ok_or_else(|| failure("NOT_FOUND", &missing))?;
        object(Self { view, place })
    }

    fn hits(&self) -> impl Iterator<Item = Hit<'w>> + use<'w> {
        self.place.hits()
    }

    fn pull_requests(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        demand(self.view, Grant::PullRequests)?;
        let states = list_argument(info, "states");
        let labels = list_argument(info, "labels");
        let base = text_argument(info, "baseRefName");
        let head = text_argument(info, "headRefName");
        let mut hits: Vec<Hit<'w>> = self
            .hits()
            .filter(|hit| {
                states
                    .as_ref()
                    .is_none_or(|states| states.contains(&state(hit.pull_request.state)))
            })
            .filter(|hit| base.is_none_or(|base| hit.pull_request.base_name == base))
            .filter(|hit| head.is_none_or(|head| hit.pull_request.head_name == head))
            .filter(|hit| {
                let carried = &hit.pull_request.labels;
                labels.as_ref().is_none_or(|names| {
                    carried
                        .iter()
                        .any(|label| names.contains(&label.name.as_str()))
                })
            })
            .collect();
        if let Some((field, descending)) = order_argument(info) {
            match field {
                "UPDATED_AT" => {
                    hits.sort_by_key(|hit| (hit.pull_request.updated_at, hit.pull_request.number));
                }
                _ => hits.sort_by_key(|hit| (hit.pull_request.created_at, hit.pull_request.number)),
            }
            if descending {
                hits.reverse();
            }
        }
        pull_request_page(info, self.view, hits)
    }

    fn commit(&self, oid: &str) -> Resolved<'w> {
        demand(self.view, Grant::Contents)?;
        let Self { view, place } = *self;
        object_or_null(
            place
                .repository
                .commits
                .get(oid)
                .map(|commit| CommitObject {
                    view,
                    place,
                    commit,
                }),
        )
    }

    fn object(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        let oid = text_argument(info, "oid")
            .or_else(|| text_argument(info, "expression"))
            .unwrap_or_default();
        let branch = oid.strip_prefix("refs/heads/").unwrap_or(oid);
        let head = self
            .place
            .repository
            .branches
            .get(branch)
            .map_or(oid, String::as_str);
        self.commit(head)
    }

    fn branch(&self, name: &str) -> Resolved<'w> {
        object_or_null(RefObject::find(self.view, self.place, name))
    }

    /// `refs`: branches only; this world has no tags.
    fn branches(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        let place = self.place;
        let prefix = text_argument(info, "refPrefix").unwrap_or_default();
        let query = text_argument(info, "query")
            .unwrap_or_default()
            .to_lowercase();
        // `refs/heads/release/` asks for what is below a folder.
        let folder = prefix
            .strip_prefix("refs/heads/")
            .or_else(|| "refs/heads/".starts_with(prefix).then_some(""));
        let names = place.repository.branches.keys().filter(|name| {
            folder.is_some_and(|folder| name.starts_with(folder))
                && name.to_lowercase().contains(&query)
        });
        let names: Vec<(Place<'w>, &'w str)> = names.map(|name| (place, name.as_str())).collect();
        page(
            "RefConnection",
            info,
            self.view,
            names,
            |view, (place, name)| object_or_null(RefObject::find(view, place, name)),
        )
    }

    fn pull_request(&self, info: &ResolveInfo<'_>) -> Resolved<'w> {
        let number = info
            .arguments()
            .get("number")
            .and_then(serde_json_bytes::Value::as_u64)
            .unwrap_or_default();
        let missing = format!("Could not resolve to a PullRequest with the number of {number}.");
        let found = self.hits().find(|hit| hit.pull_request.number == number);
        visible_hit(
            self.view,
            found.ok_or_else(|| failure("NOT_FOUND", &missing))?,
        )
    }
}

impl ObjectValue for RepositoryObject<'_> {
    fn type_name(&self) -> &'static str {
        "Repository"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Place {
            organization,
            repository,
        } = self.place;
        let full_name = format!("{}/{}", organization.login, repository.name);
        match info.field_name() {
            "databaseId" => number(repository.id),
            "id" => leaf(NodeId::Repository(repository.id).encode()),
            "name" => leaf(repository.name.as_str()),
            "nameWithOwner" => leaf(full_name),
            "resourcePath" => leaf(format!("/{full_name}")),
            "url" => leaf(format!("{WEB}/{full_name}")),
            "isArchived" => leaf(repository.archived),
            "isEmpty" => leaf(repository.branches.is_empty()),
            "isDisabled" => leaf(false),
            "isFork" => leaf(repository.fork),
            "isPrivate" => leaf(repository.visibility != Visibility::Public),
            "visibility" => leaf(repository.visibility.as_str()),
            "createdAt" => time(repository.created_at),
            "pushedAt" | "updatedAt" => time(repository.pushed_at),
            "autoMergeAllowed" | "mergeCommitAllowed" | "rebaseMergeAllowed"
            | "squashMergeAllowed" => leaf(true),
            "owner" => object(OrganizationObject {
                view: self.view,
                organization,
            }),
            "viewerPermission" => match repository.permissions.get(&self.view.token.owner) {
                Some(permission) => leaf(permission.as_str()),
                None => leaf("READ"),
            },
            "defaultBranchRef" => self.branch(&repository.default_branch),
            "refs" => self.branches(info),
            "ref" => self.branch(text_argument(info, "qualifiedName").unwrap_or_default()),
            "object" => self.object(info),
            "pullRequest" => self.pull_request(info),
            "pullRequests" => self.pull_requests(info),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl<'w> RefObject<'w> {
    /// The branch of that name, bare or from `refs/heads/`.
    pub(super) fn find(view: View<'w>, place: Place<'w>, name: &str) -> Option<Self> {
        let bare = name.strip_prefix("refs/heads/").unwrap_or(name);
        let (name, head) = place.repository.branches.get_key_value(bare)?;
        Some(Self {
            view,
            place,
            name,
            head,
        })
    }
}

impl ObjectValue for RefObject<'_> {
    fn type_name(&self) -> &'static str {
        "Ref"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self {
            view,
            place,
            name,
            head,
        } = *self;
        match info.field_name() {
            "id" => leaf(NodeId::Ref(place.repository.id, name.to_owned()).encode()),
            "name" => leaf(name),
            "prefix" => leaf("refs/heads/"),
            "target" => RepositoryObject { view, place }.commit(head),
            // No rule protects anything in this world yet.
            "branchProtectionRule" => null(),
            "rules" => page(
                "RepositoryRuleConnection",
                info,
                view,
                Vec::<()>::new(),
                |_, ()| null(),
            ),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

/// Fails as GitHub does where the token lacks a permission.
pub(super) fn demand(
    view: View<'_>,
    grant: Grant,
) -> Result<(), apollo_compiler::resolvers::FieldError> {
    if view.token.missing.contains(&grant) {
        return Err(failure("FORBIDDEN", view.token.refusal()));
    }
    Ok(())
}

/// Fails where an organization keeps the token out.
pub(super) fn admit(
    view: View<'_>,
    login: &str,
) -> Result<(), apollo_compiler::resolvers::FieldError> {
    match view.token.barrier(login) {
        None => Ok(()),
        Some(Barrier::SingleSignOn) => Err(failure(SAML, Barrier::SSO_MESSAGE)),
        Some(Barrier::ClassicForbidden) => {
            Err(failure("FORBIDDEN", &Barrier::classic_message(login)))
        }
    }
}

/// As `PullRequestState` spells it.
pub(super) fn state(state: PullRequestState) -> &'static str {
    match state {
        PullRequestState::Open => "OPEN",
        PullRequestState::Closed => "CLOSED",
        PullRequestState::Merged => "MERGED",
    }
}
