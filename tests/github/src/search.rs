//! Issue search, one grammar for REST and GraphQL.
//! <https://docs.github.com/search-github/searching-on-github/searching-issues-and-pull-requests>
mod expression;
mod grammar;
mod matching;
mod range;

use self::{
    expression::SearchQuery,
    grammar::{Order, Qualifier},
};
use crate::{
    settings::{Backend, SearchSettings},
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
    /// An author that it names is nobody, or hides.
    NoAuthor,
}

impl Refusal {
    /// The words of the error.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Invalid(message) => message,
            Self::Invisible => {
                "The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them."
            }
            Self::NoAuthor => {
                "The listed users cannot be searched either because the users do not exist or you do not have permission to view the users."
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

/// Everything a token can see that matches, in order. Private repositories that it cannot read are left out silently, and so
/// is every repository beyond the first 4,000 that match the query.
pub(crate) fn search<'w>(
    world: &'w World,
    token: &Token,
    (backend, settings): (Backend, SearchSettings),
    text: &str,
) -> Result<Vec<Hit<'w>>, Refusal> {
    let unknown = settings.unknown_qualifiers;
    let query = SearchQuery::parse(text, backend, unknown).map_err(Refusal::Invalid)?;
    check_visible(world, token, &query)?;
    let is_searched = |place: &Place<'w>| {
        query
            .condition
            .may_hold(&|qualifier| matching::matches_place(*place, qualifier))
    };
    let matches = |hit: &Hit<'w>| {
        let is = |qualifier: &Qualifier| matching::matches(world, *hit, qualifier);
        world.index.has(hit.pull_request) && query.condition.holds(&is)
    };
    let mut hits: Vec<Hit<'w>> = places(world, token)
        .filter(is_searched)
        .take(settings.repositories)
        .flat_map(Place::hits)
        .filter(matches)
        .collect();
    hits.sort_by_cached_key(|hit| sort_key(&query, *hit));
    Ok(hits)
}

impl<'w> Place<'w> {
    /// Its pull requests.
    pub(crate) fn hits(self) -> impl Iterator<Item = Hit<'w>> {
        let all = self.repository.pull_requests.iter();
        all.map(move |pull_request| Hit {
            place: self,
            pull_request,
        })
    }
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

/// Fails where none of the organizations and repositories that are named can be seen (of several, those that cannot are left
/// out silently), and where an author is nobody.
fn check_visible(world: &World, token: &Token, query: &SearchQuery) -> Result<(), Refusal> {
    let positive = query.condition.positive();
    let mut named = positive
        .iter()
        .filter_map(|qualifier| is_visible(world, token, qualifier))
        .peekable();
    if named.peek().is_some() && !named.any(|visible| visible) {
        return Err(Refusal::Invisible);
    }
    let is_nobody = |qualifier: &&Qualifier| match qualifier {
        Qualifier::Author(login) => !world
            .users
            .values()
            .any(|account| matching::is_named(account, login)),
        _ => false,
    };
    if positive.into_iter().any(|qualifier| is_nobody(&qualifier)) {
        return Err(Refusal::NoAuthor);
    }
    Ok(())
}

fn is_visible(world: &World, token: &Token, qualifier: &Qualifier) -> Option<bool> {
    match qualifier {
        Qualifier::Owner(login) => Some(
            world
                .find_organization(login)
                .is_some_and(|organization| token.sees_organization(organization)),
        ),
        Qualifier::Repository { .. } => Some(
            places(world, token)
                .any(|place| matching::matches_place(place, qualifier) == Some(true)),
        ),
        _ => None,
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
