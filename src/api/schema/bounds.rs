//! What `kubectl explain` does not show of a definition, said in its descriptions: the bounds and the default of each field that
//! people write.

use serde_json::{Map, Value};

/// Adds bounds and default to the description of every field below this schema.
pub(super) fn tell(schema: &mut Value) {
    if let Some(items) = schema.get_mut("items") {
        tell(items);
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for field in properties.into_iter().flat_map(Map::values_mut) {
        tell(field);
        let said = [bounds(field), default(field)];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if let Some(Value::String(description)) = field.get_mut("description")
            && !said.is_empty()
        {
            description.push(' ');
            description.push_str(&said.join(" "));
        }
    }
}

fn bounds(schema: &Value) -> Option<String> {
    let bounds = match schema["type"].as_str()? {
        "integer" => range(schema, "minimum", "maximum", "")?,
        "string" => range(schema, "minLength", "maxLength", " characters")?,
        "array" => {
            let items = range(schema, "minItems", "maxItems", " items")?;
            match range(&schema["items"], "minLength", "maxLength", " characters") {
                Some(each) => format!("{items}, of {each}"),
                None => items,
            }
        }
        _ => return None,
    };
    Some(format!("Bounds: {bounds}."))
}

/// `1 to 63 characters`.
fn range(schema: &Value, least: &str, most: &str, unit: &str) -> Option<String> {
    let most = schema[most].as_f64()?;
    let least = schema[least].as_f64().unwrap_or(0.0);
    Some(format!("{least} to {most}{unit}"))
}

/// That of a structure follows from its fields.
fn default(schema: &Value) -> Option<String> {
    let default = match &schema["default"] {
        Value::String(text) => text.clone(),
        Value::Null | Value::Object(_) => return None,
        other => other.to_string(),
    };
    Some(format!("Default: {default}."))
}
