//! A policy's spec held against the schema of its definition, as strictly as an API server that was asked to be strict: what it
//! would refuse, or drop with a warning, is named. The schema's rules in CEL are not run here; what they guard is checked again where the
//! policy becomes a plan.

use regex::Regex;
use serde_json::Value;

/// Takes out nulls, as an API server does before it fills in defaults.
///
/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable>
pub(super) fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(prune_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Everything that is wrong with a value at `path`, each with the path to it and what it must be.
pub(super) fn problems(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    if let Some(expected) = schema["type"].as_str()
        && !is_of_type(value, expected)
    {
        return vec![format!("{path}: must be {}", with_article(expected))];
    }
    let mut problems: Vec<String> = BOUNDS
        .iter()
        .filter_map(|bound| bound(schema, value))
        .map(|must| format!("{path}: must {must}"))
        .collect();
    problems.extend(of_members(schema, value, path));
    problems
}

fn of_members(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let mut problems = missing(schema, value, path);
            for (name, member) in members {
                let path = format!("{path}.{name}");
                match (&schema["properties"], &schema["properties"][name]) {
                    (Value::Object(known), Value::Null) => problems.push(unknown(&path, known)),
                    (_, schema) => problems.extend(self::problems(schema, member, &path)),
                }
            }
            problems
        }
        Value::Array(items) => {
            let of = |(at, item)| problems(&schema["items"], item, &format!("{path}[{at}]"));
            items.iter().enumerate().flat_map(of).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn missing(schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let required = schema["required"].as_array().into_iter().flatten();
    let missing = required.filter_map(Value::as_str);
    let missing = missing.filter(|name| value.get(name).is_none());
    missing
        .map(|name| format!("{path}.{name}: must be set"))
        .collect()
}

fn unknown(path: &str, known: &serde_json::Map<String, Value>) -> String {
    let known: Vec<&str> = known.keys().map(String::as_str).collect();
    format!("{path}: unknown field; known are {}", known.join(", "))
}

fn is_of_type(value: &Value, expected: &str) -> bool {
    match expected {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        _ => true,
    }
}

fn with_article(expected: &str) -> String {
    match expected {
        "array" => "a list".to_owned(),
        "integer" | "object" => format!("an {expected}"),
        _ => format!("a {expected}"),
    }
}

/// A keyword of the schema: what the value must do, where it does not.
type Bound = fn(&Value, &Value) -> Option<String>;

const BOUNDS: [Bound; 5] = [one_of, in_range, long_enough, matching, distinct];

fn one_of(schema: &Value, value: &Value) -> Option<String> {
    let allowed = schema["enum"].as_array()?;
    let names: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
    (!allowed.contains(value)).then(|| format!("be one of {}", names.join(", ")))
}

fn in_range(schema: &Value, value: &Value) -> Option<String> {
    let number = value.as_f64()?;
    let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
    let low = least.filter(|least| number < *least);
    let high = most.filter(|most| number > *most);
    let low = low.map(|least| format!("be at least {least}"));
    low.or_else(|| high.map(|most| format!("be at most {most}")))
}

/// Characters of a string, items of a list.
fn long_enough(schema: &Value, value: &Value) -> Option<String> {
    let (length, least, most, what) = match value {
        Value::String(text) => (
            text.chars().count(),
            &schema["minLength"],
            &schema["maxLength"],
            "characters",
        ),
        Value::Array(items) => (
            items.len(),
            &schema["minItems"],
            &schema["maxItems"],
            "items",
        ),
        _ => return None,
    };
    let length = u64::try_from(length).ok()?;
    if least.as_u64().is_some_and(|least| length < least) {
        return Some(format!("have at least {least} {what}"));
    }
    let long = most.as_u64().is_some_and(|most| length > most);
    long.then(|| format!("have at most {most} {what}"))
}

fn matching(schema: &Value, value: &Value) -> Option<String> {
    let (pattern, text) = (schema["pattern"].as_str()?, value.as_str()?);
    let matches = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    (!matches).then(|| format!("match {pattern}, and {text:?} does not"))
}

/// Items of a list that is a set, or a map by a key.
fn distinct(schema: &Value, value: &Value) -> Option<String> {
    let items = value.as_array()?;
    let key = match schema["x-kubernetes-list-type"].as_str()? {
        "set" => None,
        "map" => Some(schema["x-kubernetes-list-map-keys"][0].as_str()?),
        _ => return None,
    };
    let identity = |item: &'_ Value| key.map_or_else(|| item.clone(), |key| item[key].clone());
    let identities: Vec<Value> = items.iter().map(identity).collect();
    let mut repeated = identities.iter().enumerate();
    let (_, twice) = repeated.find(|(at, item)| identities[..*at].contains(item))?;
    Some(format!("name {twice} once only"))
}
