//! What a query costs, by GitHub's published formula, and the limits on pages, checked before anything is executed.
//! <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>
use std::collections::BTreeSet;

use apollo_compiler::{
    ExecutableDocument,
    ast::Value as Literal,
    executable::{Field, Operation, Selection, SelectionSet},
    response::JsonMap,
};
use serde_json::{Value, json};

/// Longest page.
const LONGEST_PAGE: i64 = 100;
/// Most nodes of one call.
const MOST_NODES: u64 = 500_000;

/// Points and nodes of a query.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weight {
    /// Requests needed to fill every connection, through a hundred, rounded, at least 1.
    pub(crate) points: u64,
    /// Nodes if every connection is full.
    pub(crate) nodes: u64,
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    variables: &'a JsonMap,
    path: Vec<String>,
    /// Connections that were counted: two fragments may ask for the same one.
    counted: BTreeSet<(Vec<String>, String)>,
    requests: u64,
    nodes: u64,
    errors: Vec<Value>,
}

/// Weighs an operation, or refuses it with the body of the answer.
pub(super) fn weigh(
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &JsonMap,
) -> Result<Weight, Value> {
    let mut walk = Walk {
        document,
        variables,
        path: Vec::new(),
        counted: BTreeSet::new(),
        requests: 0,
        nodes: 0,
        errors: Vec::new(),
    };
    walk.selection_set(&operation.selection_set, 1);
    if !walk.errors.is_empty() {
        return Err(json!({ "data": null, "errors": walk.errors }));
    }
    if walk.nodes > MOST_NODES {
        let message = format!(
            "This query requests up to {} possible nodes which exceeds the maximum limit of 500,000.",
            walk.nodes
        );
        return Err(
            json!({ "errors": [{ "type": "MAX_NODE_LIMIT_EXCEEDED", "message": message }] }),
        );
    }
    Ok(Weight {
        points: ((walk.requests + 50) / 100).max(1),
        nodes: walk.nodes,
    })
}

/// Whether the operation asks only for its cost.
pub(super) fn is_dry_run(operation: &Operation) -> bool {
    operation
        .selection_set
        .root_fields_named("rateLimit")
        .any(|field| {
            field
                .specified_argument_by_name("dryRun")
                .is_some_and(|value| value.to_bool() == Some(true))
        })
}

trait RootFields {
    fn root_fields_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field>;
}

impl RootFields for SelectionSet {
    fn root_fields_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        self.selections
            .iter()
            .filter_map(Selection::as_field)
            .map(AsRef::as_ref)
            .filter(move |field: &&Field| field.name == name)
    }
}

impl Walk<'_> {
    fn selection_set(&mut self, set: &SelectionSet, multiplier: u64) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.field(&set.ty, field, multiplier),
                Selection::InlineFragment(fragment) => {
                    self.selection_set(&fragment.selection_set, multiplier);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.selection_set(&fragment.selection_set, multiplier);
                    }
                }
            }
        }
    }

    fn field(&mut self, parent: &str, field: &Field, multiplier: u64) {
        self.path.push(field.response_key().to_string());
        let mut below = multiplier;
        if field.selection_set.ty.ends_with("Connection") {
            let page = self.page(field);
            if self.counted.insert((self.path.clone(), parent.to_owned())) {
                self.requests += multiplier;
                self.nodes += multiplier * page;
            }
            below = multiplier * page;
        } else if field.name == "nodes" && field.specified_argument_by_name("ids").is_some() {
            let count = self.list_length(field);
            self.nodes += multiplier * count;
            below = multiplier * count;
        }
        self.selection_set(&field.selection_set, below);
        self.path.pop();
    }

    /// The length of the page that a connection asks for; 0 after an error.
    fn page(&mut self, field: &Field) -> u64 {
        let name = &field.name;
        let (argument, length) = match (self.int(field, "first"), self.int(field, "last")) {
            (None, None) => {
                let message = format!(
                    "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
                );
                return self.error("MISSING_PAGINATION_BOUNDARIES", &message);
            }
            (Some(_), Some(_)) => {
                let message = format!(
                    "Passing both `first` and `last` to paginate the `{name}` connection is not supported."
                );
                return self.error("UNPROCESSABLE", &message);
            }
            (Some(first), None) => ("first", first),
            (None, Some(last)) => ("last", last),
        };
        if length > LONGEST_PAGE {
            let message = format!(
                "Requesting {length} records on the `{name}` connection exceeds the `{argument}` limit of 100 records."
            );
            return self.error("EXCESSIVE_PAGINATION", &message);
        }
        match u64::try_from(length) {
            Ok(length) if length > 0 => length,
            _ => {
                let message =
                    format!("`{argument}` on the `{name}` connection must be between 1 and 100.");
                self.error("EXCESSIVE_PAGINATION", &message)
            }
        }
    }

    fn error(&mut self, kind: &str, message: &str) -> u64 {
        self.errors
            .push(json!({ "type": kind, "path": self.path, "message": message }));
        0
    }

    fn int(&self, field: &Field, argument: &str) -> Option<i64> {
        match field.specified_argument_by_name(argument)?.as_ref() {
            Literal::Int(value) => value.try_to_i32().ok().map(i64::from),
            Literal::Variable(name) => self.variables.get(name.as_str())?.as_i64(),
            _ => None,
        }
    }

    fn list_length(&self, field: &Field) -> u64 {
        let length = match field.specified_argument_by_name("ids").map(AsRef::as_ref) {
            Some(Literal::List(items)) => items.len(),
            Some(Literal::Variable(name)) => self
                .variables
                .get(name.as_str())
                .and_then(|value| value.as_array())
                .map_or(0, Vec::len),
            _ => 0,
        };
        length as u64
    }
}
