//! Reads a search query. Unlike GitHub, which takes an unknown `word:word` as text, this fails: a typing error in a query
//! must not silently find too little.
use super::range::TimeRange;
use crate::world::Visibility;

/// Longest free text, in characters, "not including operators or qualifiers".
const LONGEST_TEXT: usize = 256;

/// A whole query.
#[derive(Debug, Clone)]
pub(crate) struct SearchQuery {
    /// All must hold.
    pub terms: Vec<Term>,
    /// Order of the results.
    pub order: Order,
}

/// A qualifier, or its contrary.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    /// With a leading `-`.
    pub negated: bool,
    /// What must hold.
    pub qualifier: Qualifier,
}

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
}

impl SearchQuery {
    /// Reads a query; the error is for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self {
            terms: Vec::new(),
            order: Order::CreatedDescending,
        };
        for part in split(text)? {
            query.add(&part)?;
        }
        query.check_length()?;
        query.check_one_owner()?;
        Ok(query)
    }

    fn add(&mut self, part: &str) -> Result<(), String> {
        if matches!(part, "AND" | "OR" | "NOT") || part.starts_with('(') {
            return Err(format!(
                "The operator {part} is not simulated: write qualifiers that must all hold."
            ));
        }
        if let Some(order) = part.strip_prefix("sort:") {
            self.order = parse_order(order)?;
            return Ok(());
        }
        let (negated, positive) = part
            .strip_prefix('-')
            .map_or((false, part), |rest| (true, rest));
        let qualifier = parse_qualifier(positive)?;
        if negated && matches!(qualifier, Qualifier::Time(..)) {
            return Err(format!("{part}: a date cannot be negated."));
        }
        self.terms.push(Term { negated, qualifier });
        Ok(())
    }

    fn check_length(&self) -> Result<(), String> {
        let words = self.terms.iter().map(|term| match &term.qualifier {
            Qualifier::Word(word) => word.chars().count(),
            _ => 0,
        });
        if words.sum::<usize>() > LONGEST_TEXT {
            return Err("The search is longer than 256 characters.".to_owned());
        }
        Ok(())
    }

    /// Several owners mean OR in GitHub's older search and AND in its newer one, so nobody may rely on either.
    fn check_one_owner(&self) -> Result<(), String> {
        let is_owner = |term: &&Term| {
            matches!(
                term.qualifier,
                Qualifier::Owner(_) | Qualifier::Repository { .. }
            )
        };
        if self
            .terms
            .iter()
            .filter(|term| !term.negated)
            .filter(is_owner)
            .count()
            > 1
        {
            return Err("Several org:, user: or repo: mean OR in one of GitHub's searches and AND in the other: write one.".to_owned());
        }
        Ok(())
    }
}

/// Splits at spaces outside of quotes and takes the quotes away.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => parts.push(String::new()),
            other => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.push(other)),
        }
    }
    if quoted {
        return Err("A quotation mark is not closed.".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    Ok(parts)
}

fn parse_order(text: &str) -> Result<Order, String> {
    Ok(match text {
        "created-asc" => Order::CreatedAscending,
        "created" | "created-desc" => Order::CreatedDescending,
        "updated-asc" => Order::UpdatedAscending,
        "updated" | "updated-desc" => Order::UpdatedDescending,
        other => return Err(format!("sort:{other} is not simulated.")),
    })
}

fn parse_qualifier(part: &str) -> Result<Qualifier, String> {
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
