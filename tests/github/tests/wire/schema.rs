//! The schema that is simulated is a part of the one that GitHub publishes.
use std::collections::HashMap;

use apollo_compiler::{
    Schema,
    schema::{ExtendedType, FieldDefinition},
};
use mergeaudit_test_github::SDL;

const PUBLISHED: &str = include_str!("../../published.txt");

/// The published lines by kind and name: `field Type.name` → `(arguments): Type`.
fn published() -> HashMap<String, String> {
    let lines = PUBLISHED.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let name: String = line
                .char_indices()
                .take_while(|(index, character)| *index < 6 || !matches!(character, '(' | ':'))
                .map(|(_, character)| character)
                .collect();
            let rest = line[name.len()..].to_owned();
            (name, rest)
        })
        .collect()
}

fn argument_list(signature: &str) -> Vec<String> {
    let Some(inner) = signature
        .strip_prefix('(')
        .and_then(|rest| rest.rsplit_once("): "))
    else {
        return Vec::new();
    };
    // Defaults may hold commas in braces and brackets.
    let mut depth = 0;
    let mut arguments = vec![String::new()];
    for character in inner.0.chars() {
        depth += match character {
            '{' | '[' => 1,
            '}' | ']' => -1,
            _ => 0,
        };
        if character == ',' && depth == 0 {
            arguments.push(String::new());
        } else if let Some(last) = arguments.last_mut() {
            last.push(character);
        }
    }
    arguments
        .into_iter()
        .map(|argument| argument.trim().to_owned())
        .collect()
}

fn check_field(
    published: &HashMap<String, String>,
    kind: &str,
    field: &FieldDefinition,
) -> Result<(), String> {
    let name = format!("field {kind}.{}", field.name);
    let signature = published
        .get(&name)
        .ok_or_else(|| format!("{name} is not published"))?;
    let theirs = signature
        .rsplit_once(": ")
        .map_or(signature.as_str(), |(_, kind)| kind);
    if theirs != field.ty.to_string() {
        return Err(format!("{name} is published as {theirs}, not {}", field.ty));
    }
    let arguments = argument_list(signature);
    for argument in &field.arguments {
        let ours = format!("{}: {}", argument.name, argument.ty);
        if !arguments
            .iter()
            .any(|theirs| *theirs == ours || theirs.starts_with(&format!("{ours} = ")))
        {
            return Err(format!(
                "{name}: the argument {ours} is not published; {arguments:?} are"
            ));
        }
    }
    let missing = arguments.iter().find(|argument| {
        argument.ends_with('!')
            && !field
                .arguments
                .iter()
                .any(|ours| argument.starts_with(&format!("{}:", ours.name)))
    });
    missing.map_or(Ok(()), |argument| {
        Err(format!("{name} lacks the mandatory argument {argument}"))
    })
}

fn check_members<'a>(
    published: &HashMap<String, String>,
    name: &str,
    mut members: impl Iterator<Item = &'a str>,
) -> Result<(), String> {
    let line = published
        .get(name)
        .ok_or_else(|| format!("{name} is not published"))?;
    let theirs: Vec<&str> = line.trim_start_matches(':').split_whitespace().collect();
    let strange = members.find(|member| !theirs.contains(member));
    strange.map_or(Ok(()), |member| Err(format!("{name} has no {member}")))
}

fn check(sdl: &str) -> Result<(), String> {
    let schema =
        Schema::parse_and_validate(sdl, "schema.graphql").map_err(|error| error.to_string())?;
    let published = published();
    for (name, kind) in schema.types.iter().filter(|(_, kind)| !kind.is_built_in()) {
        match kind {
            ExtendedType::Object(object) => {
                object
                    .fields
                    .values()
                    .try_for_each(|field| check_field(&published, name, field))?;
                let interfaces = object
                    .implements_interfaces
                    .iter()
                    .map(|interface| interface.as_str());
                check_members(&published, &format!("implements {name}"), interfaces)?;
            }
            ExtendedType::Interface(interface) => {
                interface
                    .fields
                    .values()
                    .try_for_each(|field| check_field(&published, name, field))?;
            }
            ExtendedType::Union(union) => {
                check_members(
                    &published,
                    &format!("union {name}"),
                    union.members.iter().map(|member| member.as_str()),
                )?;
            }
            ExtendedType::Enum(values) => {
                check_members(
                    &published,
                    &format!("enum {name}"),
                    values.values.keys().map(apollo_compiler::Name::as_str),
                )?;
            }
            ExtendedType::InputObject(input) => {
                for field in input.fields.values() {
                    check_members(
                        &published,
                        &format!("input {name}.{}", field.name),
                        std::iter::once(field.ty.to_string().as_str()),
                    )?;
                }
            }
            ExtendedType::Scalar(_) => {
                check_members(&published, &format!("scalar {name}"), std::iter::empty())?;
            }
        }
    }
    Ok(())
}

#[test]
fn every_type_field_argument_and_value_is_published() {
    check(SDL).unwrap();
}

#[test]
fn an_invented_field_argument_or_value_is_noticed() {
    for (ours, invented) in [
        (
            "  mergedAt: DateTime\n",
            "  mergedAt: DateTime\n  mergedVia: String\n",
        ),
        ("  mergedAt: DateTime\n", "  mergedAt: DateTime!\n"),
        (
            "organization(login: String!)",
            "organization(login: String!, id: ID)",
        ),
        ("organization(login: String!)", "organization"),
        ("enum SearchType {\n", "enum SearchType {\n  EVERYTHING\n"),
        (
            "type Label implements Node",
            "type Label implements Node & UniformResourceLocatable",
        ),
    ] {
        assert!(SDL.contains(ours), "{ours}");
        assert!(
            check(&SDL.replacen(ours, invented, 1)).is_err(),
            "{invented}"
        );
    }
}
