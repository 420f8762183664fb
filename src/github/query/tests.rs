//! The queries are valid against GitHub's published schema, and cheap by GitHub's published formula.

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::{ExecutableDocument, Schema, validation::Valid};

use super::*;

/// The part of GitHub's schema that the simulator answers, checked there to be a subset of the published one.
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/github/schema.graphql");

const ALL: [Query; 10] = [
    ORGANIZATION,
    REPOSITORIES,
    MERGED_PULL_REQUESTS,
    COUNTS,
    PULL_REQUESTS,
    MORE_REVIEWS,
    MORE_DISMISSALS,
    MORE_COMMITS,
    CONTRIBUTORS,
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

/// The requests that fill every connection, each assumed to be as long as its `first`: GitHub's formula. `n` is the page's
/// size, `ids` how many ids are given.
///
/// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#predicting-the-point-value-of-a-query>
fn requests(
    document: &ExecutableDocument,
    set: &SelectionSet,
    times: i32,
    n: i32,
    ids: i32,
) -> i32 {
    let nested = |selection: &Selection| match selection {
        Selection::Field(field) => {
            let first = field
                .arguments
                .iter()
                .find(|argument| argument.name == "first");
            let first = first.map(|argument| argument.value.to_i32().unwrap_or(n));
            let each = match first {
                Some(first) => times * first,
                None if field.name == "nodes" && !field.arguments.is_empty() => ids,
                None => times,
            };
            first.map_or(0, |_| times) + requests(document, &field.selection_set, each, n, ids)
        }
        Selection::InlineFragment(inline) => {
            requests(document, &inline.selection_set, times, n, ids)
        }
        Selection::FragmentSpread(spread) => {
            let fragment = &document.fragments[&spread.fragment_name];
            requests(document, &fragment.selection_set, times, n, ids)
        }
    };
    set.selections.iter().map(nested).sum()
}

fn points(query: Query, n: i32, ids: i32) -> i32 {
    let schema = schema();
    let document = parse(&schema, query);
    let operation = document.operations.get(None).unwrap();
    let requests = requests(&document, &operation.selection_set, 1, n, ids);
    ((requests + 50) / 100).max(1)
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
fn a_page_of_25_pull_requests_costs_one_point() {
    assert_eq!(points(MERGED_PULL_REQUESTS, 25, 0), 1);
    assert_eq!(points(PULL_REQUESTS, 0, 25), 1);
}

#[test]
fn the_authors_and_parents_of_100_commits_cost_two_points() {
    assert_eq!(points(CONTRIBUTORS, 0, 100), 2);
}

#[test]
fn every_other_query_costs_one_point() {
    for query in [
        ORGANIZATION,
        REPOSITORIES,
        COUNTS,
        MORE_REVIEWS,
        MORE_DISMISSALS,
        MORE_COMMITS,
        MORE_AUTHORS,
    ] {
        assert_eq!(points(query, 100, 0), 1, "{}", query.name);
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
