//! A rule is tried on changes that nobody made, before any change is judged by it: one that gives no answer whatever the change, or
//! one that is neither true nor false, would make every change undetermined.
//!
//! Nothing is refused that depends on what a change holds: texts are tried as words, numbers, times and durations, lists are long,
//! and a key or an index that is computed may be missing.

use std::sync::Arc;

use cel::{Context, Env, ExecutionError, Program, Timestamp, Value};
use serde::Serialize;

/// What every text of a change is, in turn.
const TEXTS: [&str; 6] = ["word", "1", "1.5", "true", "2026-03-02T12:00:00Z", "1h"];

/// How many items every list has.
const ITEMS: usize = 10;

/// A change as a rule sees it; the same fields as those of `subject`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Example<'a> {
    kind: &'a str,
    organization: &'a str,
    repository: &'a str,
    branch: &'a str,
    number: i64,
    url: &'a str,
    title: &'a str,
    body: &'a str,
    author: Account<'a>,
    merged_by: Account<'a>,
    created_time: Timestamp,
    merged_time: Timestamp,
    labels: [&'a str; ITEMS],
    commits: i64,
    head_commit: &'a str,
    approvals: [Approval<'a>; ITEMS],
    reviewers: [&'a str; ITEMS],
    emergency: Emergency<'a>,
}

#[derive(Serialize)]
struct Account<'a> {
    login: &'a str,
    kind: &'a str,
}

#[derive(Serialize)]
struct Approval<'a> {
    login: &'a str,
    kind: &'a str,
    time: Timestamp,
    commit: &'a str,
    counts: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Emergency<'a> {
    label: &'a str,
    labeled_by: &'a str,
    justification: &'a str,
    review_due_time: Timestamp,
}

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
    let example = Example::of(text);
    context
        .add_variable(super::check::CHANGE, example)
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

// === impl Example ===

impl<'a> Example<'a> {
    fn of(text: &'a str) -> Self {
        let account = || Account {
            login: text,
            kind: "User",
        };
        let approval = || Approval {
            login: text,
            kind: "User",
            time: Timestamp::default(),
            commit: text,
            counts: true,
        };
        Self {
            kind: "PullRequest",
            organization: text,
            repository: text,
            branch: text,
            number: 1234,
            url: text,
            title: text,
            body: text,
            author: account(),
            merged_by: account(),
            created_time: Timestamp::default(),
            merged_time: Timestamp::default(),
            labels: [text; ITEMS],
            commits: 1,
            head_commit: text,
            approvals: std::array::from_fn(|_| approval()),
            reviewers: [text; ITEMS],
            emergency: Emergency {
                label: text,
                labeled_by: text,
                justification: text,
                review_due_time: Timestamp::default(),
            },
        }
    }
}
