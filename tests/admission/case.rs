//! One line of a table: what is changed of a good object, and what the API server says to it.

use std::collections::BTreeSet;

use serde_json::Value;

/// A change to a good object, by JSON merge patch (RFC 7386).
pub(crate) struct Case {
    pub(crate) sentence: &'static str,
    pub(crate) patch: Value,
    /// A part of the API server's message; none where it accepts.
    pub(crate) refusal: Option<&'static str>,
}

pub(crate) fn refused(sentence: &'static str, patch: Value, message: &'static str) -> Case {
    let refusal = Some(message);
    Case {
        sentence,
        patch,
        refusal,
    }
}

pub(crate) fn accepted(sentence: &'static str, patch: Value) -> Case {
    let refusal = None;
    Case {
        sentence,
        patch,
        refusal,
    }
}

impl Case {
    /// What is wrong with the answer; none where it is the expected one.
    pub(crate) fn complaint<T>(&self, answer: &kube::Result<T>) -> Option<String> {
        let sentence = self.sentence;
        match (self.refusal, answer) {
            (None, Ok(_)) => None,
            (None, Err(error)) => Some(format!("{sentence}: refused: {error}")),
            (Some(part), Ok(_)) => Some(format!("{sentence}: accepted; expected: {part}")),
            (Some(part), Err(error)) if error.to_string().contains(part) => None,
            (Some(part), Err(error)) => {
                Some(format!("{sentence}: expected {part:?}, got: {error}"))
            }
        }
    }
}

/// The object after a JSON merge patch.
pub(crate) fn merged(mut object: Value, patch: &Value) -> Value {
    let (Some(members), Some(changes)) = (object.as_object_mut(), patch.as_object()) else {
        return patch.clone();
    };
    for (key, change) in changes {
        if change.is_null() {
            members.remove(key);
        } else {
            let old = members.remove(key).unwrap_or_else(|| serde_json::json!({}));
            members.insert(key.clone(), merged(old, change));
        }
    }
    object
}

/// The paths that a value mentions, without the indexes of lists: `spec.organizations.name`.
pub(crate) fn mentioned(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                let path = format!("{path}.{key}");
                mentioned(member, &path, paths);
                paths.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| mentioned(item, path, paths)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The paths of every field that a schema knows, in the same form.
pub(crate) fn fields(schema: &Value, path: &str, paths: &mut BTreeSet<String>) {
    if let Some(items) = schema.get("items") {
        fields(items, path, paths);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        fields(property, &path, paths);
        paths.insert(path);
    }
}
