//! Decides whether a pull request matches one qualifier.
use super::{
    Hit, Place,
    grammar::{Qualifier, ReviewFilter, TimeField},
};
use crate::world::{PullRequest, PullRequestState, ReviewState, User, UserKind, World};

/// Whether it matches.
pub(super) fn matches(world: &World, hit: Hit<'_>, qualifier: &Qualifier) -> bool {
    let Hit {
        place,
        pull_request,
    } = hit;
    match qualifier {
        Qualifier::Owner(_)
        | Qualifier::Repository { .. }
        | Qualifier::Visibility(_)
        | Qualifier::Archived(_) => matches_place(place, qualifier) == Some(true),
        Qualifier::PullRequest => true,
        Qualifier::Issue | Qualifier::Unknown => false,
        Qualifier::Merged(merged) => pull_request.merged_at.is_some() == *merged,
        Qualifier::Open(open) => (pull_request.state == PullRequestState::Open) == *open,
        Qualifier::Draft(draft) => pull_request.draft == *draft,
        Qualifier::Time(field, range) => {
            time(pull_request, *field).is_some_and(|time| range.contains(time))
        }
        Qualifier::Base(name) => pull_request.base_name == *name,
        Qualifier::Head(beginning) => pull_request.head_name.starts_with(beginning.as_str()),
        Qualifier::Author(login) => is_author(world, pull_request, login),
        Qualifier::Review(filter) => reviewed(pull_request, *filter),
        Qualifier::Label(name) => pull_request
            .labels
            .iter()
            .any(|label| label.name.eq_ignore_ascii_case(name)),
        Qualifier::Word(wanted) => {
            let text = format!("{} {}", pull_request.title, pull_request.body).to_lowercase();
            text.contains(&wanted.to_lowercase())
        }
    }
}

/// Whether a repository matches a qualifier; none where that is about its pull requests.
pub(super) fn matches_place(place: Place<'_>, qualifier: &Qualifier) -> Option<bool> {
    let Place {
        organization,
        repository,
    } = place;
    Some(match qualifier {
        Qualifier::Owner(login) => organization.login.eq_ignore_ascii_case(login),
        Qualifier::Repository { owner, name } => {
            organization.login.eq_ignore_ascii_case(owner)
                && repository.name.eq_ignore_ascii_case(name)
        }
        Qualifier::Visibility(visibility) => repository.visibility == *visibility,
        Qualifier::Archived(archived) => repository.archived == *archived,
        _ => return None,
    })
}

fn time(pull_request: &PullRequest, field: TimeField) -> Option<jiff::Timestamp> {
    match field {
        TimeField::Created => Some(pull_request.created_at),
        TimeField::Updated => Some(pull_request.updated_at),
        TimeField::Merged => pull_request.merged_at,
        TimeField::Closed => pull_request.closed_time(),
    }
}

fn is_author(world: &World, pull_request: &PullRequest, login: &str) -> bool {
    let author = pull_request.author.and_then(|id| world.users.get(&id));
    author.is_some_and(|author| is_named(author, login))
}

/// Whether `author:` names an account.
pub(super) fn is_named(account: &User, login: &str) -> bool {
    match login.strip_prefix("app/") {
        Some(app) => account.kind == UserKind::Bot && account.login.eq_ignore_ascii_case(app),
        None => account.rest_login().eq_ignore_ascii_case(login),
    }
}

/// GitHub does not say what `review:` means after a merge. Here it looks at what reviews say now.
fn reviewed(pull_request: &PullRequest, filter: ReviewFilter) -> bool {
    let latest = pull_request.latest_reviews(true);
    let any = |state| latest.iter().any(|review| review.state == state);
    match filter {
        ReviewFilter::None => pull_request.reviews.is_empty(),
        ReviewFilter::Required => {
            !any(ReviewState::Approved) && !any(ReviewState::ChangesRequested)
        }
        ReviewFilter::Approved => any(ReviewState::Approved) && !any(ReviewState::ChangesRequested),
        ReviewFilter::ChangesRequested => any(ReviewState::ChangesRequested),
    }
}
