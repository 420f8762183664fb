//! Issue search, one grammar for REST and GraphQL.
//! <https://docs.github.com/search-github/searching-on-github/searching-issues-and-pull-requests>
pub(crate) mod grammar;
mod matching;
pub(crate) mod range;

use self::grammar::{Order, Qualifier, SearchQuery};
use crate::{
    tokens::Token,
    world::{Organization, PullRequest, Repository, World},
};

/// Results that a search gives at most, whatever it found (<https://docs.github.com/rest/search/search>).
pub(crate) const MOST_RESULTS: usize = 1000;

/// Why a search is refused. REST answers 422.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The query's text is at fault; why.
    Invalid(String),
    /// Nothing it names can be seen by this token.
    Invisible,
}

impl Refusal {
    /// The words of the error.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Invalid(message) => message,
            Self::Invisible => {
                "The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them."
            }
        }
    }
}

/// A repository together with its owner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'w> {
    /// The owner.
    pub organization: &'w Organization,
    /// The repository.
    pub repository: &'w Repository,
}

/// A pull request together with where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit<'w> {
    /// Where.
    pub place: Place<'w>,
    /// What.
    pub pull_request: &'w PullRequest,
}

/// Everything a token can see that matches, in order. Private repositories that it cannot read are left out silently.
pub(crate) fn search<'w>(
    world: &'w World,
    token: &Token,
    text: &str,
) -> Result<Vec<Hit<'w>>, Refusal> {
    let query = SearchQuery::parse(text).map_err(Refusal::Invalid)?;
    check_visible(world, token, &query)?;
    let mut hits: Vec<Hit<'w>> = places(world, token)
        .flat_map(|place| {
            place
                .repository
                .pull_requests
                .iter()
                .map(move |pull_request| Hit {
                    place,
                    pull_request,
                })
        })
        .filter(|hit| {
            world.index.has(hit.pull_request)
                && query
                    .terms
                    .iter()
                    .all(|term| matching::matches(world, *hit, &term.qualifier) != term.negated)
        })
        .collect();
    hits.sort_by_cached_key(|hit| sort_key(&query, *hit));
    Ok(hits)
}

fn places<'w>(world: &'w World, token: &Token) -> impl Iterator<Item = Place<'w>> {
    world.organizations.iter().flat_map(move |organization| {
        token
            .readable(organization)
            .into_iter()
            .map(move |repository| Place {
                organization,
                repository,
            })
    })
}

/// An organization or repository that cannot be seen, named alone, fails the search.
fn check_visible(world: &World, token: &Token, query: &SearchQuery) -> Result<(), Refusal> {
    let seen = query
        .terms
        .iter()
        .filter(|term| !term.negated)
        .all(|term| match &term.qualifier {
            Qualifier::Owner(login) => world
                .find_organization(login)
                .is_some_and(|organization| token.sees_organization(organization)),
            Qualifier::Repository { owner, name } => places(world, token).any(|place| {
                place.organization.login.eq_ignore_ascii_case(owner)
                    && place.repository.name.eq_ignore_ascii_case(name)
            }),
            _ => true,
        });
    if seen {
        Ok(())
    } else {
        Err(Refusal::Invisible)
    }
}

fn sort_key(query: &SearchQuery, hit: Hit<'_>) -> (i64, u64) {
    let Hit { pull_request, .. } = hit;
    let id = pull_request.id;
    match query.order {
        Order::CreatedAscending => (pull_request.created_at.as_second(), id),
        Order::CreatedDescending => (-pull_request.created_at.as_second(), u64::MAX - id),
        Order::UpdatedAscending => (pull_request.updated_at.as_second(), id),
        Order::UpdatedDescending => (-pull_request.updated_at.as_second(), u64::MAX - id),
    }
}
