//! A rule is tried on changes that nobody made, before any change is judged by it: one that gives no answer whatever the change, or
//! one that is neither true nor false, would make every change undetermined.
//!
//! Nothing is refused that depends on what a change holds: texts are tried as words, numbers, times and durations, lists are long,
//! and a key or an index that is computed may be missing.

use std::sync::Arc;

use cel::{Context, Env, ExecutionError, Program, Value};

use super::check::CHANGE;
use super::subject::Subject;

/// What every text of a change is, in turn.
const TEXTS: [&str; 6] = ["word", "1", "1.5", "true", "2026-03-02T12:00:00Z", "1h"];

/// Fails with what is wrong with the rule, of whose text `program` was made.
pub(super) fn check(env: &Arc<Env>, program: &Program, text: &str) -> Result<(), String> {
    let mut refusal = None;
    let mut answered = false;
    for example in TEXTS {
        match run(env, program, example) {
            Ok(Value::Bool(_)) => answered = true,
            Ok(other) => {
                return Err(format!(
                    "it gives a value of type {}; a rule is true or false, such as change.title != ''",
                    other.type_of()
                ));
            }
            Err(error) if depends_on_the_change(&error, text) => answered = true,
            Err(error) => refusal = Some(error),
        }
    }
    match refusal {
        Some(error) if !answered => {
            Err(format!("it gives no answer, whatever the change: {error}"))
        }
        _ => Ok(()),
    }
}

fn run(env: &Arc<Env>, program: &Program, text: &str) -> Result<Value, ExecutionError> {
    let mut context = Context::with_env(Arc::clone(env));
    context
        .add_variable(CHANGE, Subject::example(text))
        .map_err(|error| ExecutionError::InternalError(error.to_string()))?;
    program.execute(&context)
}

/// Whether another change could have what was missing: not a field that is written out.
fn depends_on_the_change(error: &ExecutionError, text: &str) -> bool {
    match error {
        ExecutionError::IndexOutOfBounds(_) => true,
        ExecutionError::NoSuchKey(key) => {
            let written = [
                format!(".{key}"),
                format!("['{key}']"),
                format!("[\"{key}\"]"),
            ];
            !written.iter().any(|field| text.contains(field))
        }
        _ => false,
    }
}
