//! Nulls: GitHub may say null wherever its schema allows it, and does not always say why.
use std::collections::BTreeSet;

use anyhow::Context as _;
use apollo_compiler::{
    ExecutableDocument, Schema,
    ast::Type,
    executable::{Selection, SelectionSet},
};
use serde_json::Value;

/// An answer's body with null at a path of its data.
pub(crate) fn with_null(body: &[u8], path: &str) -> Vec<u8> {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
        return body.to_vec();
    };
    let parts: Vec<&str> = path.split('.').collect();
    strike(&mut answer["data"], &parts);
    answer.to_string().into_bytes()
}

/// What is not there stays away: a list may be shorter, an object of another type.
fn strike(value: &mut Value, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else {
        *value = Value::Null;
        return;
    };
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                if *first == "*" || index.to_string() == *first {
                    strike(item, rest);
                }
            }
        }
        Value::Object(fields) => {
            if let Some(field) = fields.get_mut(*first) {
                strike(field, rest);
            }
        }
        _ => {}
    }
}

/// Every path of a query's data at which the published schema allows null, with `*` for the items of a list: what
/// [`crate::FaultKind::Null`] takes.
///
/// # Errors
/// When the text is no query against the schema.
pub fn nullable_paths(query: &str) -> anyhow::Result<BTreeSet<String>> {
    let schema = Schema::parse_and_validate(super::SDL, "schema.graphql")
        .map_err(|error| anyhow::anyhow!("{}", error.errors))
        .context("the simulator's schema.graphql is invalid")?;
    let document = ExecutableDocument::parse_and_validate(&schema, query, "query.graphql")
        .map_err(|error| anyhow::anyhow!("{}", error.errors))
        .context("the query is invalid")?;
    let mut paths = BTreeSet::new();
    for operation in document.operations.iter() {
        let mut walk = Walk {
            document: &document,
            path: Vec::new(),
            paths: &mut paths,
        };
        walk.set(&operation.selection_set);
    }
    Ok(paths)
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    path: Vec<String>,
    paths: &'a mut BTreeSet<String>,
}

impl Walk<'_> {
    fn set(&mut self, set: &SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    self.path.push(field.response_key().to_string());
                    self.value(field.ty(), &field.selection_set);
                    self.path.pop();
                }
                Selection::InlineFragment(inline) => self.set(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.set(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn value(&mut self, ty: &Type, set: &SelectionSet) {
        if !ty.is_non_null() {
            self.paths.insert(self.path.join("."));
        }
        if ty.is_list() {
            self.path.push("*".to_owned());
            self.value(ty.item_type(), set);
            self.path.pop();
        } else {
            self.set(set);
        }
    }
}
