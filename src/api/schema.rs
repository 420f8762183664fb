//! From the derived definitions to the YAML that is shipped: what the derive writes and an API server
//! need not see is taken out.

mod bounds;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::ser::Error as _;
use serde_json::{Map, Value};

const HEADER: &str = "# Generated from src/api: UPDATE=1 cargo test --test generated\n";

/// The file's name and its text.
pub(super) fn to_yaml(crd: &CustomResourceDefinition) -> serde_json::Result<(String, String)> {
    let name = format!("{}.yaml", crd.metadata.name.as_deref().unwrap_or_default());
    let mut definition = serde_json::to_value(crd)?;
    tidy(&mut definition);
    tell_bounds(&mut definition);
    let text = serde_saphyr::to_string(&definition).map_err(serde_json::Error::custom)?;
    Ok((name, format!("{HEADER}{text}")))
}

/// Drops `nullable`, empty lists and defaults of null, which tools that compare with Git report as differences for ever, formats that the API
/// server does not know and warns of, and the line breaks of the source inside descriptions.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, value| !is_noise(key, value));
            for (key, value) in map.iter_mut() {
                match (key.as_str(), &*value) {
                    ("description", Value::String(text)) => *value = unwrap_lines(text).into(),
                    ("enum", Value::Array(_)) => drop_nulls(value),
                    _ => tidy(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Of what people write: a policy's spec, and the acknowledgement of a finding.
fn tell_bounds(definition: &mut Value) {
    let written = ["/spec/properties/acknowledgement", "/spec"];
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties";
    let found = written.iter().find_map(|part| {
        let pointer = format!("{schema}{part}");
        definition.pointer(&pointer).is_some().then_some(pointer)
    });
    if let Some(schema) = found.and_then(|pointer| definition.pointer_mut(&pointer)) {
        bounds::tell(schema);
    }
}

fn is_noise(key: &str, value: &Value) -> bool {
    match (key, value) {
        ("nullable", Value::Bool(_)) | ("default", Value::Null) => true,
        ("format", Value::String(format)) => format.starts_with("uint"),
        (_, Value::Array(items)) => items.is_empty(),
        _ => false,
    }
}

fn drop_nulls(values: &mut Value) {
    if let Value::Array(values) = values {
        values.retain(|value| !value.is_null());
    }
}

/// A paragraph per line: `kubectl explain` wraps by itself.
fn unwrap_lines(text: &str) -> String {
    let paragraphs = text
        .split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// A string out of a closed set; for enums of the core, which know no schema.
pub(super) fn one_of(names: &[&str]) -> Schema {
    json_schema!({"type": "string", "enum": names})
}

/// Of a time that a person writes, in CEL. The API server takes more for a `date-time` than is one (`+99:99`, a list), and Kubernetes
/// knows times that we do not (the last day of the year 9999): an object with such a time could not be read.
pub(super) const TIME: &str = "self < timestamp('9999-01-01T00:00:00Z')";

/// Of a text, in CEL: it says something.
pub(super) const NOT_BLANK: &str = r"self.matches(r'\S')";

/// Of a name that a policy gives something, in CEL.
pub(super) const NAME: &str = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')";
pub(super) const NAME_MESSAGE: &str = "name is lower-case letters, digits and dashes between them";

/// Of globs on names of repositories, in CEL. Without it the API server shows the pattern, and nothing else.
pub(super) const GLOBS: &str =
    r"self.all(glob, glob.matches(r'^[A-Za-z0-9._*?\[\]{},-][A-Za-z0-9._*?\[\]{},!-]*$'))";
pub(super) const GLOBS_MESSAGE: &str = "globs are on names of repositories without the organization, such as payments-*: letters, \
    digits, . _ -, and * ? [a-z] {a,b}; a ! in front excludes nothing";

/// The severities of the core.
pub(super) fn severity(_: &mut SchemaGenerator) -> Schema {
    one_of(&["Critical", "Warning"])
}

/// The kinds of change of the core.
pub(super) fn change_kind(_: &mut SchemaGenerator) -> Schema {
    one_of(&["PullRequest", "DirectPush", "ForcePush"])
}

/// A digest of the core.
pub(super) fn digest(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "maxLength": 71, "pattern": "^sha256:[0-9a-f]{64}$"})
}

/// A list-map of `metav1.Condition`, with the bounds that Kubernetes gives its fields and the derive leaves out.
/// <https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/types.go>
pub(super) fn conditions(generator: &mut SchemaGenerator) -> Schema {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
    let mut item = generator.subschema_for::<Condition>();
    if let Some(Value::Object(properties)) = item.get_mut("properties") {
        bound_condition(properties);
    }
    json_schema!({
        "type": "array", "items": item, "maxItems": 16,
        "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
    })
}

fn bound_condition(properties: &mut Map<String, Value>) {
    let mut bound = |field: &str, keyword: &str, value: Value| {
        if let Some(Value::Object(schema)) = properties.get_mut(field) {
            schema.insert(keyword.to_owned(), value);
        }
    };
    bound("message", "maxLength", 32768.into());
    bound("observedGeneration", "minimum", 0.into());
    bound("reason", "minLength", 1.into());
    bound("reason", "maxLength", 1024.into());
    bound(
        "reason",
        "pattern",
        "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$".into(),
    );
    bound(
        "status",
        "enum",
        ["True", "False", "Unknown"].as_slice().into(),
    );
    bound("type", "maxLength", 316.into());
}

#[cfg(test)]
mod tests;
