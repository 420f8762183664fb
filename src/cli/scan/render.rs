//! The result of a scan as text, purely: for people, for programs, for an issue.

use super::outcome::{Change, OrganizationOutcome, Outcome};

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Columns, for a terminal
    Table,
    /// One object, for programs
    Json,
    /// A table in Markdown, for an issue or a page
    Markdown,
}

const HEADER: [&str; 4] = ["VERDICT", "SEVERITY", "CHANGE", "WHY"];

/// A row of the table, by [`HEADER`].
type Row = [String; 4];

/// The whole output, its last line ended.
pub(super) fn text(outcome: &Outcome, format: Format) -> serde_json::Result<String> {
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(outcome)? + "\n",
        Format::Table => table(outcome),
        Format::Markdown => markdown(outcome),
    })
}

fn table(outcome: &Outcome) -> String {
    let plain = |change: &Change| row(change, name(change));
    let mut rows = vec![HEADER.map(str::to_owned)];
    rows.extend(outcome.changes.iter().map(plain));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths = [0, 1, 2].map(|column| width(column).unwrap_or(0));
    let line = |row: &Row| {
        let [verdict, severity, change, why] = row;
        let [first, second, third] = widths;
        let line = format!("{verdict:first$}  {severity:second$}  {change:third$}  {why}");
        line.trim_end().to_owned()
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    if outcome.changes.is_empty() {
        lines.clear();
    } else {
        lines.push(String::new());
    }
    lines.extend(summary(outcome));
    joined(&lines)
}

fn markdown(outcome: &Outcome) -> String {
    let linked = |change: &Change| row(change, format!("[{}]({})", name(change), change.url));
    let line = |row: Row| format!("| {} |", row.map(|cell| escaped(&cell)).join(" | "));
    let mut lines = Vec::new();
    if !outcome.changes.is_empty() {
        lines.push(line(HEADER.map(str::to_owned)));
        lines.push("|---|---|---|---|".to_owned());
        lines.extend(outcome.changes.iter().map(linked).map(line));
        lines.push(String::new());
    }
    lines.extend(summary(outcome).map(|text| format!("- {text}")));
    joined(&lines)
}

fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

/// Nothing ends the cell that it is in.
fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|").replace('\n', " ")
}

fn row(change: &Change, name: String) -> Row {
    let severity = match (change.severity, change.baseline) {
        (Some(_), true) => "Baseline",
        (Some(severity), false) => severity.as_str(),
        (None, _) => "-",
    };
    [
        change.verdict.to_owned(),
        severity.to_owned(),
        name,
        why(change),
    ]
}

fn name(change: &Change) -> String {
    let Change {
        organization,
        repository,
        number,
        ..
    } = change;
    format!("{organization}/{repository}#{number}")
}

fn why(change: &Change) -> String {
    let reasons = change
        .reasons
        .iter()
        .map(|reason| format!("{}: {}", reason.kind, reason.message));
    let missing = change
        .missing
        .iter()
        .map(|missing| format!("{}: {}", missing.kind.as_str(), missing.message));
    reasons.chain(missing).collect::<Vec<_>>().join("; ")
}

fn summary(outcome: &Outcome) -> impl Iterator<Item = String> {
    outcome.organizations.iter().flat_map(about)
}

/// One line, and one for each debt.
fn about(one: &OrganizationOutcome) -> Vec<String> {
    let name = &one.name;
    if let Some(error) = &one.error {
        return vec![format!("{name}: not scanned: {error}")];
    }
    let window = one.window.as_ref().map_or_else(String::new, |window| {
        format!("audited from {} to {}; ", window.since, window.until)
    });
    let mut lines = vec![format!("{name}: {window}{}", so_far(one))];
    lines.extend(one.debts.iter().map(|debt| {
        let what = debt.repository.as_deref().unwrap_or("the organization");
        let (since, reason) = (debt.since, &debt.reason);
        format!("{name}: not audited: {what} since {since}: {reason}")
    }));
    lines
}

fn so_far(one: &OrganizationOutcome) -> String {
    let totals = &one.totals;
    format!(
        "changes so far: {}; {} compliant, {} non-compliant ({} of them baseline), {} exempt, {} undetermined",
        totals.changes,
        totals.compliant,
        totals.non_compliant,
        totals.baseline,
        totals.exempt,
        totals.undetermined
    )
}
