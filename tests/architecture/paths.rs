//! Which modules and crates the paths of a file name, groups such as `use crate::{a, b::c}` spelled out.

use std::collections::BTreeSet;

/// The root modules of this crate that are named by `crate::…`, `mergeaudit::…` or enough `super::`s.
pub(crate) fn internal_paths(tokens: &[String], module: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in paths(tokens) {
        match path[0].as_str() {
            "crate" | "mergeaudit" => found.extend(path.get(1).cloned()),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                // Within an inline module, such as one of tests, it takes one more: both readings count.
                if up == module.len() || up == module.len() + 1 {
                    found.extend(path.get(up).cloned());
                }
            }
            _ => {}
        }
    }
    found
}

/// The paths that start with one of these crates or `std`.
pub(crate) fn external_paths(tokens: &[String], crates: &BTreeSet<String>) -> BTreeSet<String> {
    paths(tokens)
        .into_iter()
        .filter(|path| crates.contains(&path[0]) || matches!(path[0].as_str(), "std" | "core"))
        .map(|path| path.join("::").replacen("core::", "std::", 1))
        .collect()
}

/// Every path of two or more parts, and every path after `use`.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| tokens[before].as_str());
        let after_use = before == Some("use");
        // A global path `::name` starts at its `::`, a continued one is read from its start.
        if token == "::" && !before.is_some_and(|before| is_name(before) || before == ">") {
            tree(tokens, at + 1, &[], &mut found);
        } else if is_name(token) && before != Some("::") && before != Some(".") {
            let is_path = tokens.get(at + 1).is_some_and(|next| next == "::");
            if is_path || after_use {
                tree(tokens, at, &[], &mut found);
            }
        } else if token == "{" && after_use {
            tree(tokens, at, &[], &mut found);
        }
    }
    found
}

/// Reads a use tree, `a::b::{c, d::*}`, or a plain path; returns where it ends.
fn tree(
    tokens: &[String],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => return group(tokens, at + 1, &path, found),
            Some(name) if is_name(name) => path.push(name.to_owned()),
            _ => break,
        }
        at += 1;
        if tokens.get(at).is_none_or(|token| token != "::") {
            break;
        }
        at += 1;
    }
    if !path.is_empty() {
        found.push(path);
    }
    at
}

/// Reads the parts of a group up to its closing brace.
fn group(
    tokens: &[String],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "}" => return at + 1,
            "," | "*" => at += 1,
            // `a as b`: the new name is no path.
            "as" => at += 2,
            _ => at = tree(tokens, at, prefix, found).max(at + 1),
        }
    }
    at
}

/// Keywords that stand before a path or a group are no names.
fn is_name(token: &str) -> bool {
    let word = token.chars().all(|c| c.is_alphanumeric() || c == '_');
    word && !token.is_empty()
        && !matches!(
            token,
            "use" | "pub" | "as" | "in" | "return" | "mut" | "dyn" | "impl" | "for" | "where"
        )
}
