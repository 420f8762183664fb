//! The conventions that every field of the generated definitions keeps.
//! <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md>

use kube::CustomResourceExt;

use super::*;
use crate::api::{AuditFinding, AuditPolicy};

fn definitions() -> [Value; 2] {
    [AuditPolicy::crd(), AuditFinding::crd()].map(|crd| {
        let mut definition = serde_json::to_value(crd).unwrap();
        tidy(&mut definition);
        definition
    })
}

fn schema(definition: &Value) -> &Value {
    &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
}

/// What is wrong with a field and those below it.
fn complaints(field: &Value, path: &str) -> Vec<String> {
    let has = |keyword: &str| field.get(keyword).is_some();
    let mut wrong: Vec<&str> = match field["type"].as_str() {
        Some("object") if has("properties") => Vec::new(),
        Some("array") => array_complaints(field),
        Some("string") if has("maxLength") || has("enum") || has("format") => Vec::new(),
        Some("integer") if has("format") && has("minimum") => Vec::new(),
        Some("boolean") => Vec::new(),
        _ => vec!["has no type, or no bound"],
    };
    if field["format"]
        .as_str()
        .is_some_and(|format| format.starts_with("uint"))
    {
        wrong.push("has a format that the API server does not know");
    }
    if has("nullable")
        || has("anyOf")
        || has("oneOf")
        || has("x-kubernetes-preserve-unknown-fields")
    {
        wrong.push("is not plainly structural");
    }
    let description = field["description"].as_str().unwrap_or_default();
    if description.contains('`') || description.contains("](") {
        wrong.push("has Markdown in its description");
    }
    let mut all: Vec<String> = wrong
        .iter()
        .map(|wrong| format!("{path} {wrong}"))
        .collect();
    for (name, property) in field["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        if property["description"]
            .as_str()
            .unwrap_or_default()
            .is_empty()
        {
            all.push(format!("{path} has no description"));
        }
        all.extend(complaints(property, &path));
    }
    all
}

fn array_complaints(field: &Value) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    if field.get("maxItems").is_none() || field.get("x-kubernetes-list-type").is_none() {
        wrong.push("has no bound, or no list type");
    }
    let item = &field["items"];
    if item["type"] == "object" && item["description"].as_str().unwrap_or_default().is_empty() {
        wrong.push("has items without a description");
    }
    if !complaints(item, "item").is_empty() {
        wrong.push("has items that break a convention");
    }
    wrong
}

fn empty_lists(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Array(items) if items.is_empty() => vec![path.to_owned()],
        Value::Array(items) => items
            .iter()
            .flat_map(|item| empty_lists(item, path))
            .collect(),
        Value::Object(members) => {
            let below =
                |(key, member): (&String, &Value)| empty_lists(member, &format!("{path}.{key}"));
            members.iter().flat_map(below).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[test]
fn every_field_is_typed_bounded_and_described() {
    for definition in definitions() {
        let complaints = complaints(schema(&definition), "");
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

#[test]
fn there_is_no_empty_list_that_git_and_cluster_would_differ_in() {
    for definition in definitions() {
        assert_eq!(empty_lists(&definition, ""), Vec::<String>::new());
    }
}

#[test]
fn every_rule_says_what_is_wrong() {
    fn rules(value: &Value, found: &mut Vec<Value>) {
        if let Some(rules) = value
            .get("x-kubernetes-validations")
            .and_then(Value::as_array)
        {
            found.extend(rules.clone());
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| rules(item, found)),
            Value::Object(members) => members.values().for_each(|member| rules(member, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    for definition in &definitions() {
        rules(definition, &mut found);
    }
    assert!(found.len() > 30, "{}", found.len());
    let silent: Vec<_> = found
        .iter()
        .filter(|rule| rule["message"].as_str().unwrap_or_default().is_empty())
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn the_lint_finds_what_it_looks_for() {
    let text = "a text";
    for (schema, complaint) in [
        (
            json_schema!({"type": "string", "description": text}),
            ".x has no type, or no bound",
        ),
        (
            json_schema!({"type": "string", "maxLength": 1}),
            ".x has no description",
        ),
        (
            json_schema!({"type": "integer", "format": "int64", "description": text}),
            ".x has no type, or no bound",
        ),
        (
            json_schema!({"type": "integer", "format": "uint32", "minimum": 0, "description": text}),
            ".x has a format that the API server does not know",
        ),
        (
            json_schema!({"type": "boolean", "nullable": true, "description": text}),
            ".x is not plainly structural",
        ),
        (
            json_schema!({"type": "boolean", "description": "see `y`"}),
            ".x has Markdown in its description",
        ),
        (
            json_schema!({"type": "array", "items": {"type": "boolean"}, "description": text}),
            ".x has no bound, or no list type",
        ),
        (
            json_schema!({"type": "array", "items": {"type": "string"}, "maxItems": 1, "x-kubernetes-list-type": "set", "description": text}),
            ".x has items that break a convention",
        ),
    ] {
        let root = json_schema!({"type": "object", "properties": {"x": schema}});
        assert_eq!(complaints(root.as_value(), ""), [complaint]);
    }
}

#[test]
fn what_the_derive_writes_and_nobody_needs_is_dropped() {
    let mut value = serde_json::json!({
        "nullable": true, "default": null, "format": "uint32", "required": [], "enum": ["A", null],
        "description": "two\nlines\n\nand a paragraph", "properties": {"default": {"type": "string"}},
    });
    tidy(&mut value);
    let expected = serde_json::json!({
        "enum": ["A"], "description": "two lines\n\nand a paragraph", "properties": {"default": {"type": "string"}},
    });
    assert_eq!(value, expected);
}

#[test]
fn the_names_of_the_cores_enums_are_all_there() {
    use crate::audit::facts::ActorKind;
    use crate::audit::record::ChangeKind;
    use crate::audit::requirements::{ApprovedCommit, IndependentOf, Permission};
    use crate::audit::verdict::Severity;

    fn listed(schema: &Value, names: &[Value]) {
        let mut expected = schema["enum"].as_array().unwrap().clone();
        let mut names = names.to_vec();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        expected.sort_by_key(text);
        names.sort_by_key(text);
        assert_eq!(expected, names);
    }
    fn name(value: impl serde::Serialize) -> Value {
        serde_json::to_value(value).unwrap()
    }
    let [policy, finding] = definitions();
    let spec = &schema(&policy)["properties"]["spec"]["properties"];
    let requirements = &spec["requirements"]["properties"];
    let approver = &requirements["approver"]["properties"];
    listed(
        &requirements["approvedCommit"],
        &[name(ApprovedCommit::Head), name(ApprovedCommit::Any)],
    );
    listed(
        &approver["permission"],
        &[name(Permission::Write), name(Permission::Any)],
    );
    let independent = [
        IndependentOf::CommitAuthors,
        IndependentOf::PullRequestAuthor,
    ];
    listed(&approver["independentOf"], &independent.map(name));
    let spec = &schema(&finding)["properties"]["spec"]["properties"];
    listed(
        &spec["severity"],
        &[name(Severity::Warning), name(Severity::Critical)],
    );
    let change = &spec["change"]["properties"];
    let kinds = [
        ChangeKind::PullRequest,
        ChangeKind::DirectPush,
        ChangeKind::ForcePush,
    ];
    listed(&change["kind"], &kinds.map(name));
    let kinds = [
        ActorKind::User,
        ActorKind::Bot,
        ActorKind::Mannequin,
        ActorKind::Organization,
        ActorKind::EnterpriseUserAccount,
        ActorKind::Other,
    ];
    listed(&change["author"]["properties"]["kind"], &kinds.map(name));
}
