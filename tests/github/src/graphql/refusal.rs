//! Errors in GitHub's words and shape. The compiler's own messages are translated; an error of a resolver carries GitHub's
//! `type` in front of its message until it leaves.
use apollo_compiler::{
    diagnostic::Diagnostic,
    resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue},
    validation::{DiagnosticData, DiagnosticList},
};
use serde_json::{Value, json};

/// Stand around and between type and message while an error travels through the compiler.
const START: char = '\u{1e}';
const SEPARATOR: char = '\u{1f}';
const END: char = '\u{1d}';
/// A `FORBIDDEN` of single sign-on, which has an extension.
pub(super) const SAML: &str = "SAML";
/// What the compiler puts in front of a resolver's message.
const PREFIX: &str = "resolver error: ";

/// An item of a list that failed. The compiler knows errors of whole lists only; an object of a type that does not exist
/// makes it report one item, with its index in the path and null in its place, as GitHub does.
struct Refused(String);

impl ObjectValue for Refused {
    fn type_name(&self) -> &str {
        &self.0
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        Err(self.unknown_field_error(info))
    }
}

/// An error of a field, with GitHub's `type`.
pub(super) fn failure(kind: &str, message: &str) -> FieldError {
    FieldError {
        message: format!("{START}{kind}{SEPARATOR}{message}{END}"),
    }
}

/// An item of a list: where it fails, the others stay.
pub(super) fn item(
    resolved: Result<ResolvedValue<'_>, FieldError>,
) -> Result<ResolvedValue<'_>, FieldError> {
    resolved.or_else(|error| Ok(ResolvedValue::object(Refused(error.message))))
}

/// A body with one error and no data.
pub(super) fn plain(message: &str) -> Value {
    json!({ "errors": [{ "message": message }] })
}

/// The operation asked for is not in the document.
pub(super) fn no_operation(name: Option<&str>) -> Value {
    plain(&name.map_or_else(
        || "An operation name is required".to_owned(),
        |name| format!("No operation named \"{name}\""),
    ))
}

/// Moves the `type` out of each message, to where GitHub has it.
pub(super) fn with_types(mut response: Value) -> Value {
    let errors = response.get_mut("errors").and_then(Value::as_array_mut);
    for error in errors.into_iter().flatten() {
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        let marked = message
            .split_once(START)
            .and_then(|(_, rest)| rest.split_once(END));
        if let Some((kind, words)) = marked.and_then(|(inner, _)| inner.split_once(SEPARATOR)) {
            let saml = kind == SAML;
            error["type"] = json!(if saml { "FORBIDDEN" } else { kind });
            error["message"] = json!(words);
            if saml {
                error["extensions"] = json!({ "saml_failure": true });
            }
        } else {
            error["message"] = json!(message.strip_prefix(PREFIX).unwrap_or(&message));
        }
    }
    response
}

/// The body for a document that does not fit the schema: status 200, no data.
pub(super) fn invalid(errors: &DiagnosticList) -> Value {
    let name = |diagnostic: &Diagnostic<'_, DiagnosticData>| diagnostic.error.unstable_error_name();
    // A field that does not exist leaves an empty selection behind, which is no error of its own.
    let undefined = errors
        .iter()
        .any(|diagnostic| name(&diagnostic) == Some("UndefinedField"));
    let errors: Vec<Value> = errors
        .iter()
        .filter(|diagnostic| !(undefined && name(diagnostic) == Some("MissingSubselection")))
        .map(|diagnostic| {
            let theirs = diagnostic.to_json();
            let compat = diagnostic.error.unstable_compat_message();
            let message = compat.unwrap_or_else(|| theirs.message.clone());
            let mut error = translate(name(&diagnostic).unwrap_or("ParseError"), &message);
            error["locations"] = json!(theirs.locations);
            error
        })
        .collect();
    json!({ "errors": errors })
}

fn translate(name: &str, message: &str) -> Value {
    let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    match (name, quoted.as_slice()) {
        ("UndefinedField", [field, kind, ..]) => json!({
            "message": format!("Field '{field}' doesn't exist on type '{kind}'"),
            "extensions": { "code": "undefinedField", "typeName": kind, "fieldName": field },
        }),
        ("UndefinedArgument", [argument, coordinate, ..]) => {
            let field = coordinate.split(['.', '(']).nth(1).unwrap_or(coordinate);
            json!({
                "message": format!("Field '{field}' doesn't accept argument '{argument}'"),
                "extensions": { "code": "argumentNotAccepted", "name": field, "typeName": "Field", "argumentName": argument },
            })
        }
        ("RequiredArgument", [field, argument, ..]) => json!({
            "message": format!("Field '{field}' is missing required arguments: {argument}"),
            "extensions": { "code": "missingRequiredArguments", "className": "Field", "name": field, "arguments": argument },
        }),
        ("UnusedFragment", [fragment, ..]) => json!({
            "message": format!("Fragment {fragment} was defined, but not used"),
            "extensions": { "code": "useAndDefineFragment", "fragmentName": fragment },
        }),
        _ => json!({ "message": message, "extensions": { "code": name } }),
    }
}
