//! Connections: a page of a list, with totals and opaque cursors.
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};

use super::{
    View,
    refusal::{failure, item},
    value::{Resolved, leaf, null, object},
};
use crate::id;

/// Makes the object of one item.
pub(super) type Make<'w, T> = fn(View<'w>, T) -> Resolved<'w>;

/// A page of a list.
pub(super) struct Connection<'w, T> {
    type_name: &'static str,
    view: View<'w>,
    items: Vec<T>,
    make: Make<'w, T>,
    total: usize,
    start: usize,
    end: usize,
}

struct Edge<'c, 'w, T> {
    connection: &'c Connection<'w, T>,
    index: usize,
}

struct PageInfo {
    start: usize,
    end: usize,
    length: usize,
}

/// The page of a list that the field's arguments ask for.
pub(super) fn page<'w, T: Clone + 'w>(
    type_name: &'static str,
    info: &ResolveInfo<'_>,
    view: View<'w>,
    items: Vec<T>,
    make: Make<'w, T>,
) -> Resolved<'w> {
    capped_page(type_name, info, view, (items, usize::MAX), make)
}

/// The same for a list whose end cannot be reached: the total counts all, pages end at the bound.
pub(super) fn capped_page<'w, T: Clone + 'w>(
    type_name: &'static str,
    info: &ResolveInfo<'_>,
    view: View<'w>,
    (mut items, bound): (Vec<T>, usize),
    make: Make<'w, T>,
) -> Resolved<'w> {
    if let Some(flaw) = view.flaw {
        flaw.strike_connection(type_name)?;
    }
    let total = items.len();
    items.truncate(bound);
    let (start, end) = window(info, items.len())?;
    object(Connection {
        type_name,
        view,
        items,
        make,
        total,
        start,
        end,
    })
}

fn window(info: &ResolveInfo<'_>, length: usize) -> Result<(usize, usize), FieldError> {
    let after = cursor(info, "after")?.unwrap_or(0).min(length);
    let before = cursor(info, "before")?
        .map_or(length, |position| position.saturating_sub(1))
        .clamp(after, length);
    let count = |name| {
        info.arguments()
            .get(name)
            .and_then(serde_json_bytes::Value::as_u64)
            .map(|count| usize::try_from(count).unwrap_or(0))
    };
    Ok(match (count("first"), count("last")) {
        (Some(first), _) => (after, before.min(after + first)),
        (None, Some(last)) => (after.max(before.saturating_sub(last)), before),
        (None, None) => (after, before),
    })
}

fn cursor(info: &ResolveInfo<'_>, name: &str) -> Result<Option<usize>, FieldError> {
    let Some(text) = info.arguments().get(name).and_then(|value| value.as_str()) else {
        return Ok(None);
    };
    let message = format!("`{text}` does not appear to be a valid cursor.");
    id::position(text)
        .map(Some)
        .ok_or_else(|| failure("INVALID_CURSOR_ARGUMENTS", &message))
}

impl<'w, T: Clone + 'w> Connection<'w, T> {
    fn node(&self, index: usize) -> Resolved<'w> {
        if let Some(flaw) = self.view.flaw {
            flaw.strike_node(self.type_name)?;
        }
        self.items
            .get(index)
            .map_or_else(null, |item| (self.make)(self.view, item.clone()))
    }
}

/// Lists make the compiler's values invariant in their lifetime: what lives longer must be told that it may live shorter.
fn shorten<'w: 'a, 'a>(resolved: Resolved<'w>) -> Resolved<'a> {
    Ok(match resolved? {
        ResolvedValue::Leaf(value) => ResolvedValue::Leaf(value),
        ResolvedValue::Object(value) => ResolvedValue::Object(value),
        ResolvedValue::List(items) => ResolvedValue::List(Box::new(items.map(shorten))),
        ResolvedValue::SkipForPartialExecution => ResolvedValue::SkipForPartialExecution,
    })
}

impl<'w, T: Clone + 'w> ObjectValue for Connection<'w, T> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let range = self.start..self.end;
        match info.field_name() {
            "totalCount" | "issueCount" => leaf(self.total),
            "filteredCount" => leaf(self.items.len().saturating_sub(self.start)),
            "nodes" => Ok(ResolvedValue::List(Box::new(
                range.map(|index| item(shorten(self.node(index)))),
            ))),
            "edges" => Ok(ResolvedValue::List(Box::new(range.map(|index| {
                object(Edge {
                    connection: self,
                    index,
                })
            })))),
            "pageInfo" => object(PageInfo {
                start: self.start,
                end: self.end,
                length: self.items.len(),
            }),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl<'w, T: Clone + 'w> ObjectValue for Edge<'_, 'w, T> {
    fn type_name(&self) -> &str {
        match self.connection.type_name {
            "SearchResultItemConnection" => "SearchResultItemEdge",
            "RepositoryConnection" => "RepositoryEdge",
            _ => "PullRequestEdge",
        }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "cursor" => leaf(id::cursor(self.index + 1)),
            "node" => shorten(self.connection.node(self.index)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

impl ObjectValue for PageInfo {
    fn type_name(&self) -> &'static str {
        "PageInfo"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let empty = self.start >= self.end;
        match info.field_name() {
            "hasNextPage" => leaf(self.end < self.length),
            "hasPreviousPage" => leaf(self.start > 0),
            "startCursor" | "endCursor" if empty => null(),
            "startCursor" => leaf(id::cursor(self.start + 1)),
            "endCursor" => leaf(id::cursor(self.end)),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}
