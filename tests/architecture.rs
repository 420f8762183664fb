//! The shape of the source: who may use whom, no file outside the module tree, no file too long.
//!
//! Reads the sources as text. The tokens are enough: a path is `name :: name`, whether in a `use` or in the middle of an
//! expression. Test code (`#[cfg(test)] mod …` and files named `tests.rs`) is held to the directions only.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, helpers of tests too"
)]

#[path = "architecture/paths.rs"]
mod paths;
#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/tokens.rs"]
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use paths::{external_paths, internal_paths};
use rules::{Externals, RULES};
use tokens::{Source, tokenize};

/// The most lines of production code in one file.
const LONGEST_FILE: usize = 400;

// --- the tree as it is -----------------------------------------------------------------------------------------------------

#[test]
fn modules_use_only_what_their_level_allows() {
    let crates = dependencies(&read(&root().join("Cargo.toml")));
    assert!(
        crates.contains("kube") && crates.contains("aws_lc_rs"),
        "{crates:?}"
    );
    let violations: Vec<String> = sources()
        .iter()
        .flat_map(|(file, text)| violations(file, text, &crates))
        .collect();
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

#[test]
fn every_module_of_the_crate_has_a_rule() {
    let files = sources();
    let top: BTreeSet<String> = files.keys().filter_map(|file| top_module(file)).collect();
    let ruled: BTreeSet<String> = RULES.iter().map(|rule| rule.module.to_owned()).collect();
    let unruled: Vec<&String> = top.difference(&ruled).collect();
    assert!(
        unruled.is_empty(),
        "add to tests/architecture/rules.rs: {unruled:?}"
    );
}

#[test]
fn every_file_is_part_of_the_crate() {
    let files = sources();
    let orphans: Vec<String> = files
        .keys()
        .filter(|file| is_orphan(file, &files))
        .map(|file| file.display().to_string())
        .collect();
    assert!(orphans.is_empty(), "no `mod` declares {orphans:?}");
}

#[test]
fn every_file_says_its_purpose_first_and_is_short_enough_to_read() {
    let complaints: Vec<String> = sources()
        .iter()
        .flat_map(|(file, text)| shape(file, text))
        .collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

// --- what the checks find --------------------------------------------------------------------------------------------------

fn found(file: &str, text: &str) -> Vec<String> {
    let crates = [
        "kube",
        "tokio",
        "jiff",
        "regex",
        "serde_json",
        "octocrab",
        "anyhow",
    ];
    let crates = crates.iter().map(ToString::to_string).collect();
    violations(Path::new(file), text, &crates)
}

#[test]
fn a_use_of_a_higher_level_is_found() {
    for text in [
        "use crate::github::Client;",
        "use crate::{digest::Digest, github::{self, Client}};",
        "use crate::github as g;",
        "fn f() { let _ = crate::github::Client::new(); }",
        "fn f(_: &crate :: github :: Client) {}",
        "use super::super::github::Client;",
        "mod inner { use super::super::super::github::Client; }",
        "pub use ::mergeaudit::github::Client;",
        "#[cfg(test)] mod tests { use crate::github::Client; }",
    ] {
        let found = found("src/audit/facts.rs", text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains("audit may not use github"), "{found:?}");
    }
}

#[test]
fn edges_may_not_use_each_other() {
    for (file, text) in [
        ("src/github.rs", "use crate::evidence::Entry;"),
        ("src/github/wire.rs", "use super::super::metrics::Metrics;"),
        ("src/evidence/entry.rs", "use crate::api::AuditPolicy;"),
        ("src/metrics/families.rs", "use crate::api::AuditPolicy;"),
        ("src/scan.rs", "use crate::api::AuditPolicy;"),
        ("src/scan.rs", "use crate::controller::run;"),
        ("src/server.rs", "use crate::cli::Arguments;"),
    ] {
        assert_eq!(found(file, text).len(), 1, "{file}: {text}");
    }
}

#[test]
fn a_forbidden_crate_is_found() {
    for (file, text) in [
        ("src/audit/facts.rs", "use kube::Resource;"),
        ("src/audit.rs", "fn f() { tokio::spawn(async {}); }"),
        ("src/audit.rs", "use serde_json::Value;"),
        ("src/schedule.rs", "use regex::Regex;"),
        ("src/digest.rs", "use std::fs;"),
        ("src/digest.rs", "use std::{fmt, env::var};"),
        ("src/audit.rs", "type Map = ::std::net::IpAddr;"),
        ("src/github.rs", "use kube::Client;"),
        ("src/evidence.rs", "use octocrab::Octocrab;"),
        ("src/scan.rs", "use kube::Client;"),
        ("src/scan.rs", "use anyhow::Result;"),
    ] {
        assert_eq!(found(file, text).len(), 1, "{file}: {text}");
    }
}

#[test]
fn what_the_table_allows_is_not_found() {
    for (file, text) in [
        (
            "src/audit/facts.rs",
            "use crate::digest::Digest; use jiff::Timestamp; use std::fmt;",
        ),
        (
            "src/audit/facts.rs",
            "use super::verdict::Verdict; use super::super::digest::Digest;",
        ),
        (
            "src/audit.rs",
            "// use crate::github::Client;\n/* kube::Client /* nested */ tokio:: */",
        ),
        (
            "src/audit.rs",
            "const S: &str = \"crate::github\"; const R: &str = r#\"kube::\"#;",
        ),
        (
            "src/audit.rs",
            "/// See [`crate::github`].\n#[cfg(test)] mod tests { use tokio::time; }",
        ),
        (
            "src/audit.rs",
            "fn f<'a>(x: &'a str, c: char) -> bool { c == ':' && x.tokio() }",
        ),
        (
            "src/audit.rs",
            "mod kube {} fn f() { self::kube::x(); local::tokio::y(); }",
        ),
        ("src/schedule/cron.rs", "use jiff::Timestamp;"),
        (
            "src/github/wire.rs",
            "use super::paging; use crate::clock::Clock; use octocrab::Octocrab;",
        ),
        (
            "src/scan.rs",
            "use crate::{audit, github::Client, evidence};",
        ),
        (
            "src/controller/reconcile.rs",
            "use crate::{api, scan, metrics}; use kube::Client;",
        ),
        ("src/main.rs", "use mergeaudit::cli; use anyhow::Result;"),
    ] {
        assert_eq!(found(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}

#[test]
fn an_orphan_is_found() {
    let files: BTreeMap<PathBuf, String> = [
        ("src/lib.rs", "pub mod audit;\n// mod ghost;"),
        ("src/audit.rs", "#[cfg(test)]\nmod tests;\nmod facts;"),
        ("src/audit/facts.rs", ""),
        ("src/audit/tests.rs", ""),
        ("src/audit/lost.rs", ""),
        ("src/ghost.rs", ""),
        ("src/nowhere/x.rs", ""),
    ]
    .iter()
    .map(|(file, text)| (PathBuf::from(file), (*text).to_owned()))
    .collect();
    let orphans: Vec<_> = files
        .keys()
        .filter(|file| is_orphan(file, &files))
        .collect();
    assert_eq!(
        orphans,
        [
            Path::new("src/audit/lost.rs"),
            Path::new("src/ghost.rs"),
            Path::new("src/nowhere/x.rs")
        ]
    );
}

#[test]
fn a_file_without_a_purpose_or_too_long_is_found() {
    let file = Path::new("src/audit.rs");
    assert_eq!(shape(file, "//! Judges.\n"), Vec::<String>::new());
    assert_eq!(shape(file, "use std::fmt;\n").len(), 1);
    let long = format!("//! Judges.\n{}", "fn f() {}\n".repeat(LONGEST_FILE));
    assert_eq!(shape(file, &long).len(), 1);
    // Tests do not count.
    let tests = "    fn f() {}\n".repeat(LONGEST_FILE);
    let tested = format!("//! Judges.\n#[cfg(test)]\nmod tests {{\n{tests}}}\n");
    assert_eq!(shape(file, &tested), Vec::<String>::new());
    assert_eq!(
        shape(Path::new("src/audit/tests.rs"), &long),
        Vec::<String>::new()
    );
}

// --- the checks ------------------------------------------------------------------------------------------------------------

fn violations(file: &Path, text: &str, crates: &BTreeSet<String>) -> Vec<String> {
    let Some(rule) = top_module(file).and_then(|top| RULES.iter().find(|rule| rule.module == top))
    else {
        return Vec::new();
    };
    let source = tokenize(text);
    let forbidden_modules = internal_paths(&source.all, &module_path(file))
        .into_iter()
        .filter(|module| module != rule.module && !rule.may_use(module))
        // A name that is no module is an item of the crate's root.
        .filter(|module| RULES.iter().any(|rule| rule.module == module))
        .map(|module| format!("{}: {} may not use {module}", file.display(), rule.module));
    let production = if is_test_file(file) {
        &[][..]
    } else {
        &source.production
    };
    let forbidden_crates = external_paths(production, crates)
        .into_iter()
        .filter(|path| match rule.externals {
            Externals::Any => false,
            Externals::Only(allowed) => {
                (rules::is_impure(path) && !is_excepted(file, path))
                    || !(path.starts_with("std::") || allowed.contains(&root_of(path)))
            }
            Externals::AllBut(forbidden) => forbidden.contains(&root_of(path)),
        })
        .map(|path| format!("{}: {} may not use {path}", file.display(), rule.module));
    forbidden_modules.chain(forbidden_crates).collect()
}

fn is_excepted(file: &Path, path: &str) -> bool {
    let mut exceptions = rules::EXCEPTIONS.iter();
    exceptions.any(|(place, root)| file == Path::new(place) && path.starts_with(root))
}

fn root_of(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

fn is_orphan(file: &Path, files: &BTreeMap<PathBuf, String>) -> bool {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let parents = match file.parent() {
        Some(folder) if folder == Path::new("src") => {
            if name == "lib" || name == "main" {
                return false;
            }
            vec![folder.join("lib.rs"), folder.join("main.rs")]
        }
        Some(folder) => vec![folder.with_extension("rs")],
        None => Vec::new(),
    };
    !parents
        .iter()
        .filter_map(|parent| files.get(parent))
        .any(|text| declares(text, &name))
}

fn declares(text: &str, module: &str) -> bool {
    let tokens = tokenize(text).all;
    tokens
        .windows(3)
        .any(|window| window[0] == "mod" && window[1] == module && window[2] == ";")
}

fn shape(file: &Path, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if !text.starts_with("//!") {
        complaints.push(format!(
            "{}: starts without `//!` and its purpose",
            file.display()
        ));
    }
    let Source {
        production_lines, ..
    } = tokenize(text);
    if production_lines > LONGEST_FILE && !is_test_file(file) {
        complaints.push(format!(
            "{}: {production_lines} lines without tests, {LONGEST_FILE} is the limit",
            file.display()
        ));
    }
    complaints
}

fn is_test_file(file: &Path) -> bool {
    file.components().any(|part| {
        matches!(
            part.as_os_str().to_str(),
            Some("tests.rs" | "tests" | "fixtures.rs")
        )
    })
}

/// `audit` for `src/audit.rs` and for everything under `src/audit/`; `main` for the binary, none for `src/lib.rs`.
fn top_module(file: &Path) -> Option<String> {
    module_path(file).into_iter().next()
}

/// `[audit, facts]` for `src/audit/facts.rs`.
fn module_path(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix("src").unwrap_or(file).with_extension("");
    let parts = inside
        .iter()
        .map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| part != "lib").collect()
}

// --- reading ---------------------------------------------------------------------------------------------------------------

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Every source of the crate by its path, from the crate's root.
fn sources() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = read(&path);
                files.insert(path.strip_prefix(root()).unwrap().to_owned(), text);
            }
        }
    }
    assert!(files.len() > 10, "the sources were not found");
    files
}

/// The names that `[dependencies]` brings, as code writes them.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let lines = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['=', '.', ' ']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(|name| name.replace('-', "_"))
        .collect()
}
