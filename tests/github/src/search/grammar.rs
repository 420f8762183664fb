//! The words of a search query: qualifiers, and the order of the results.
//! <https://docs.github.com/search-github/searching-on-github/searching-issues-and-pull-requests>
use super::range::TimeRange;
use crate::{settings::UnknownQualifiers, world::Visibility};

/// Order of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    CreatedAscending,
    CreatedDescending,
    UpdatedAscending,
    UpdatedDescending,
}

/// Whose time a range is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeField {
    Created,
    Updated,
    Merged,
    Closed,
}

/// What `review:` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReviewFilter {
    None,
    Required,
    Approved,
    ChangesRequested,
}

/// What must hold of a pull request.
#[derive(Debug, Clone)]
pub(crate) enum Qualifier {
    /// `org:` or `user:`.
    Owner(String),
    /// `repo:owner/name`.
    Repository {
        /// Owner's login.
        owner: String,
        /// Name.
        name: String,
    },
    /// `is:pr`, `type:pr`: everything in this world.
    PullRequest,
    /// `is:issue`, `type:issue`: nothing in this world.
    Issue,
    /// `is:merged`; `is:unmerged` is its contrary.
    Merged(bool),
    /// `is:open`; `is:closed` is its contrary and includes merged ones.
    Open(bool),
    /// `is:draft`, `draft:`.
    Draft(bool),
    /// `is:public`, `is:private`, `is:internal`.
    Visibility(Visibility),
    /// `archived:`.
    Archived(bool),
    /// `created:`, `updated:`, `merged:`, `closed:`.
    Time(TimeField, TimeRange),
    /// `base:`.
    Base(String),
    /// `head:`, a beginning.
    Head(String),
    /// `author:`; an app as `app/name`.
    Author(String),
    /// `review:`.
    Review(ReviewFilter),
    /// `label:`.
    Label(String),
    /// A word of the title or the description.
    Word(String),
    /// What is no qualifier of this search: it holds of nothing.
    Unknown,
}

/// `sort:` without its name.
pub(super) fn parse_order(text: &str) -> Result<Order, String> {
    Ok(match text {
        "created-asc" => Order::CreatedAscending,
        "created" | "created-desc" => Order::CreatedDescending,
        "updated-asc" => Order::UpdatedAscending,
        "updated" | "updated-desc" => Order::UpdatedDescending,
        other => return Err(format!("sort:{other} is not simulated.")),
    })
}

/// Reads one word; the error is for people.
pub(super) fn parse_qualifier(
    part: &str,
    unknown_names: UnknownQualifiers,
) -> Result<Qualifier, String> {
    let Some((name, value)) = part.split_once(':') else {
        return Ok(Qualifier::Word(part.to_owned()));
    };
    let unknown = || format!("The value {value:?} of the qualifier {name} is not known.");
    if value.is_empty() {
        return Err(format!("The qualifier {name} has no value."));
    }
    let range = |field| {
        TimeRange::parse(value)
            .map(|range| Qualifier::Time(field, range))
            .ok_or_else(unknown)
    };
    Ok(match name {
        "org" | "user" => Qualifier::Owner(value.to_owned()),
        "repo" => {
            let (owner, name) = value.split_once('/').ok_or_else(unknown)?;
            Qualifier::Repository {
                owner: owner.to_owned(),
                name: name.to_owned(),
            }
        }
        "is" | "type" | "state" => parse_is(value).ok_or_else(unknown)?,
        "draft" => Qualifier::Draft(value.parse().map_err(|_| unknown())?),
        "archived" => Qualifier::Archived(value.parse().map_err(|_| unknown())?),
        "created" => range(TimeField::Created)?,
        "updated" => range(TimeField::Updated)?,
        "merged" => range(TimeField::Merged)?,
        "closed" => range(TimeField::Closed)?,
        "base" => Qualifier::Base(value.to_owned()),
        "head" => Qualifier::Head(value.to_owned()),
        "author" => Qualifier::Author(value.to_owned()),
        "label" => Qualifier::Label(value.to_owned()),
        "review" => Qualifier::Review(parse_review(value).ok_or_else(unknown)?),
        _ if unknown_names == UnknownQualifiers::FindNothing => Qualifier::Unknown,
        other => return Err(format!("The qualifier {other} is not known.")),
    })
}

fn parse_is(value: &str) -> Option<Qualifier> {
    Some(match value {
        "pr" | "pull-request" => Qualifier::PullRequest,
        "issue" => Qualifier::Issue,
        "merged" => Qualifier::Merged(true),
        "unmerged" => Qualifier::Merged(false),
        "open" => Qualifier::Open(true),
        "closed" => Qualifier::Open(false),
        "draft" => Qualifier::Draft(true),
        "public" => Qualifier::Visibility(Visibility::Public),
        "private" => Qualifier::Visibility(Visibility::Private),
        "internal" => Qualifier::Visibility(Visibility::Internal),
        _ => return None,
    })
}

fn parse_review(value: &str) -> Option<ReviewFilter> {
    Some(match value {
        "none" => ReviewFilter::None,
        "required" => ReviewFilter::Required,
        "approved" => ReviewFilter::Approved,
        "changes_requested" | "changes-requested" => ReviewFilter::ChangesRequested,
        _ => return None,
    })
}
