//! What is generated and committed equals what the code says. `UPDATE=1 cargo test --test generated` rewrites it.

use std::fs;
use std::path::Path;

/// The first lines that differ, with a few lines around them.
fn difference(committed: &str, generated: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (committed.lines().collect(), generated.lines().collect());
    let at = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let from = at.saturating_sub(3);
    let show = |mark: &str, lines: &[&str]| -> String {
        let lines = lines.iter().skip(from).take(12);
        let marked: Vec<_> = lines.map(|line| format!("{mark} {line}")).collect();
        marked.join("\n")
    };
    format!(
        "from line {}:\n{}\n{}\n",
        from + 1,
        show("-", &old),
        show("+", &new)
    )
}

#[test]
fn the_definitions_in_crds_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let generated = mergeaudit::api::crds().unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in &generated {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in &generated {
        let committed = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            committed == *text,
            "crds/{name} is not what the code says, {}run: UPDATE=1 cargo test --test generated",
            difference(&committed, text)
        );
    }
    let expected: Vec<_> = generated.iter().map(|(name, _)| name.clone()).collect();
    for file in fs::read_dir(&folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(
            expected.contains(&name),
            "crds/{name} is of no definition in the code: delete it"
        );
    }
}

#[test]
fn the_readme_lists_the_metrics_of_the_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let generated = with_table(&readme, &metrics_table()).expect("the two marks of the table");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &generated).unwrap();
        return;
    }
    assert!(
        readme == generated,
        "README.md does not list the metrics of the code, {}run: UPDATE=1 cargo test --test generated",
        difference(&readme, &generated)
    );
}

/// The text with the table between its two marks replaced; none where a mark is missing.
fn with_table(readme: &str, table: &str) -> Option<String> {
    let (begin, end) = ("<!-- metrics: generated -->\n", "<!-- end of metrics -->");
    let (before, rest) = readme.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{table}{end}{after}"))
}

fn metrics_table() -> String {
    use mergeaudit::metrics::names::{DOMAIN, PROCESS};
    let row = |metric: &mergeaudit::metrics::names::Metric| {
        let labels = metric.labels.join(", ");
        format!(
            "| `{}` | {} | {labels} | {} |\n",
            metric.name,
            metric.kind.as_str(),
            metric.help
        )
    };
    let rows: String = DOMAIN.iter().chain(PROCESS).map(row).collect();
    format!("| metric | type | labels | meaning |\n|---|---|---|---|\n{rows}")
}
