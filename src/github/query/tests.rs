//! The queries are valid against GitHub's published schema, and cheap by GitHub's published formula.

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};

use serde_json::{Value, json};

use super::*;
use crate::github::depth::Depth;

/// The part of GitHub's schema that the simulator answers, checked there to be a subset of the published one.
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/github/schema.graphql");

const ALL: [Query; 11] = [
    ORGANIZATION,
    REPOSITORIES,
    MERGED_PULL_REQUESTS,
    MERGED_PULL_REQUEST_IDS,
    COUNTS,
    PULL_REQUESTS,
    PULL_REQUEST,
    MORE_REVIEWS,
    MORE_EVENTS,
    MORE_COMMITS,
    MORE_AUTHORS,
];

fn schema() -> Valid<Schema> {
    let text = std::fs::read_to_string(SCHEMA).unwrap();
    Schema::parse_and_validate(text, SCHEMA).unwrap()
}

fn parse(schema: &Valid<Schema>, query: Query) -> Valid<ExecutableDocument> {
    ExecutableDocument::parse_and_validate(schema, query.text, query.name)
        .unwrap_or_else(|error| panic!("{}: {}", query.name, error.errors))
}

/// The requests that fill every connection, each assumed to be as long as its `first`: GitHub's formula.
///
/// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#predicting-the-point-value-of-a-query>
fn requests(
    document: &ExecutableDocument,
    set: &SelectionSet,
    times: i64,
    variables: &Value,
) -> i64 {
    let nested = |selection: &Selection| match selection {
        Selection::Field(field) => {
            let argument = |name: &str| {
                let mut arguments = field.arguments.iter();
                let found = arguments.find(|argument| argument.name == name)?;
                Some(match found.value.as_variable() {
                    Some(name) => variables[name.as_str()].clone(),
                    None => found.value.to_i32().map_or(Value::Null, Value::from),
                })
            };
            let first = argument("first").map(|first| first.as_i64().unwrap());
            let ids =
                argument("ids").map(|ids| i64::try_from(ids.as_array().unwrap().len()).unwrap());
            let each = times * first.or(ids).unwrap_or(1);
            first.map_or(0, |_| times) + requests(document, &field.selection_set, each, variables)
        }
        Selection::InlineFragment(inline) => {
            requests(document, &inline.selection_set, times, variables)
        }
        Selection::FragmentSpread(spread) => {
            let fragment = &document.fragments[&spread.fragment_name];
            requests(document, &fragment.selection_set, times, variables)
        }
    };
    set.selections.iter().map(nested).sum()
}

fn points(query: Query, variables: &Value) -> i64 {
    let schema = schema();
    let document = parse(&schema, query);
    let operation = document.operations.get(None).unwrap();
    let requests = requests(&document, &operation.selection_set, 1, variables);
    ((requests + 50) / 100).max(1)
}

fn page(depth: Depth, n: usize) -> Value {
    depth.variables(true, json!({ "n": n, "ids": vec!["PR_1"; n] }))
}

#[test]
fn every_query_is_valid_and_called_by_its_operation_name() {
    let schema = schema();
    for query in ALL {
        let document = parse(&schema, query);
        let operation = document.operations.get(None).unwrap();
        assert_eq!(
            operation.name.as_ref().map(apollo_compiler::Name::as_str),
            Some(query.name)
        );
    }
}

#[test]
fn a_page_costs_what_the_table_says() {
    for (n, expected) in [(25, 6), (50, 12), (100, 23)] {
        assert_eq!(
            points(MERGED_PULL_REQUESTS, &page(Depth::Usual, n)),
            expected
        );
    }
    assert_eq!(points(PULL_REQUESTS, &page(Depth::Usual, 100)), 23);
    assert_eq!(points(PULL_REQUESTS, &page(Depth::Long, 25)), 51);
    assert_eq!(points(PULL_REQUEST, &page(Depth::Long, 1)), 2);
    assert_eq!(points(MORE_COMMITS, &json!({ "n": 100 })), 2);
}

#[test]
fn every_other_query_costs_one_point() {
    for query in [
        ORGANIZATION,
        REPOSITORIES,
        MERGED_PULL_REQUEST_IDS,
        COUNTS,
        MORE_REVIEWS,
        MORE_EVENTS,
        MORE_AUTHORS,
    ] {
        assert_eq!(points(query, &json!({ "n": 100 })), 1, "{}", query.name);
    }
}

#[test]
fn every_query_asks_what_it_costs() {
    for query in ALL {
        assert!(
            query.text.contains("rateLimit {\n    cost\n  }"),
            "{}",
            query.name
        );
    }
}

#[test]
fn no_query_asks_for_an_email_address() {
    for query in ALL {
        assert!(
            !query.text.to_lowercase().contains("email"),
            "{}",
            query.name
        );
    }
}
