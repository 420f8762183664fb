//! GraphQL: executed against the committed subset of GitHub's published schema, and refused as GitHub refuses.
mod connection;
mod cost;
mod flaw;
mod null;
mod objects;
mod refusal;
mod value;

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use apollo_compiler::{
    ExecutableDocument, Schema, collections::HashMap, executable::Operation,
    request::coerce_variable_values, resolvers::Execution, response::JsonMap, schema::Implementers,
    validation::Valid,
};
use jiff::Timestamp;
use serde_json::{Value, json};

pub use self::null::nullable_paths;
use self::{cost::Weight, objects::QueryObject};
pub(crate) use self::{flaw::Flaw, null::with_null};
use crate::{settings::SearchSettings, tokens::Token, world::World};

/// The part of GitHub's schema that is simulated, as text.
pub const SDL: &str = include_str!("../schema.graphql");

/// The parsed schema.
#[derive(Debug)]
pub(crate) struct Engine {
    schema: Valid<Schema>,
    implementers: HashMap<apollo_compiler::Name, Implementers>,
    /// Documents that were found valid, by their text: a client asks with the same few again and again.
    known: Mutex<std::collections::HashMap<String, Arc<Valid<ExecutableDocument>>>>,
}

/// Texts that are remembered; beyond that all are forgotten, so that generated queries do not pile up.
const MOST_KNOWN: usize = 100;

/// A budget as `rateLimit` shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    pub(crate) used: u64,
    pub(crate) reset: Timestamp,
}

/// What resolvers look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'w> {
    pub(crate) world: &'w World,
    pub(crate) token: &'w Token,
    /// None where nothing is limited.
    pub(crate) rate: Option<Rate>,
    pub(crate) weight: Weight,
    /// A part of the answer that is to fail.
    pub(crate) flaw: Option<&'w Flaw>,
    pub(crate) search: SearchSettings,
}

/// A request that may be executed.
#[derive(Debug)]
pub(crate) struct Prepared {
    document: Arc<Valid<ExecutableDocument>>,
    variables: Valid<JsonMap>,
    name: Option<String>,
    pub(crate) weight: Weight,
}

impl Engine {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let schema = Schema::parse_and_validate(SDL, "schema.graphql")
            .map_err(|error| anyhow::anyhow!("{}", error.errors))
            .context("the simulator's schema.graphql is invalid")?;
        let implementers = schema.implementers_map();
        Ok(Self {
            schema,
            implementers,
            known: Mutex::default(),
        })
    }

    /// Parses and checks a request; the error is the body of the answer.
    pub(crate) fn prepare(&self, request: &Value) -> Result<Prepared, Value> {
        let text = request["query"].as_str();
        let text = text.ok_or_else(|| {
            refusal::plain("A query attribute must be specified and must be a string.")
        })?;
        let document = self.document(text)?;
        let name = request["operationName"].as_str().map(str::to_owned);
        let (variables, weight) = self.weigh(&document, name.as_deref(), &request["variables"])?;
        Ok(Prepared {
            document,
            variables,
            name,
            weight,
        })
    }

    fn document(&self, text: &str) -> Result<Arc<Valid<ExecutableDocument>>, Value> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = known.get(text) {
            return Ok(Arc::clone(document));
        }
        let document = ExecutableDocument::parse_and_validate(&self.schema, text, "query.graphql")
            .map_err(|error| refusal::invalid(&error.errors))?;
        let document = Arc::new(document);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(text.to_owned(), Arc::clone(&document));
        Ok(document)
    }

    fn weigh(
        &self,
        document: &Valid<ExecutableDocument>,
        name: Option<&str>,
        variables: &Value,
    ) -> Result<(Valid<JsonMap>, Weight), Value> {
        let operation = document
            .operations
            .get(name)
            .map_err(|_| refusal::no_operation(name))?;
        let raw = match serde_json_bytes::Value::from(variables.clone()) {
            serde_json_bytes::Value::Object(map) => map,
            _ => JsonMap::new(),
        };
        let variables = coerce_variable_values(&self.schema, operation, &raw)
            .map_err(|error| refusal::plain(&error.to_graphql_error(&document.sources).message))?;
        let weight = cost::weigh(document, operation, &variables)?;
        Ok((variables, weight))
    }

    /// Executes a request. The answer has `errors` beside `data` where parts failed.
    pub(crate) fn execute(&self, prepared: &Prepared, view: View<'_>) -> Vec<u8> {
        let operation = prepared.operation();
        let query = QueryObject {
            view,
            dry: prepared.is_dry_run(),
        };
        let mut execution = Execution::new(&self.schema, &prepared.document)
            .implementers_map(&self.implementers)
            .enable_schema_introspection(true)
            .coerced_variable_values(&prepared.variables);
        if let Some(operation) = operation {
            execution = execution.operation(operation);
        }
        let body = match execution.execute_sync(&query) {
            // Pages are long: without errors there is nothing to translate, and no second copy to be made.
            Ok(response) if response.errors.is_empty() => {
                return serde_json::to_vec(&response).unwrap_or_default();
            }
            Ok(response) => refusal::with_types(json!(response)),
            Err(error) => {
                refusal::plain(&error.to_graphql_error(&prepared.document.sources).message)
            }
        };
        body.to_string().into_bytes()
    }
}

impl Prepared {
    fn operation(&self) -> Option<&Operation> {
        self.document
            .operations
            .get(self.name.as_deref())
            .ok()
            .map(AsRef::as_ref)
    }

    /// Whether only the cost is asked for.
    pub(crate) fn is_dry_run(&self) -> bool {
        self.operation().is_some_and(cost::is_dry_run)
    }
}
