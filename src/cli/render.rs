//! The result of a scan or a backtest as text, purely: for people, for programs, for an issue.

use super::layout::{self, Row};
use super::outcome::{Change, Counts, OrganizationOutcome, Outcome};

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

/// The whole output, its last line ended.
pub(super) fn text(outcome: &Outcome, format: Format) -> serde_json::Result<String> {
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(outcome)? + "\n",
        Format::Table | Format::Markdown => layout::joined(&lines(outcome, format)),
    })
}

/// The changes, and what they add up to, for people.
pub(super) fn lines(outcome: &Outcome, format: Format) -> Vec<String> {
    let is_markdown = format == Format::Markdown;
    let mut lines = Vec::new();
    if !outcome.changes.is_empty() {
        let changes = outcome.changes.iter();
        let rows: Vec<Row> = changes.map(|change| row(change, is_markdown)).collect();
        lines = rows_of(&HEADER, &rows, format);
        lines.push(String::new());
    }
    lines.extend(summary(outcome).flat_map(|text| sentence(&text, format)));
    lines
}

/// A sentence below a table.
pub(super) fn sentence(text: &str, format: Format) -> Vec<String> {
    match format {
        Format::Markdown => vec![format!("- {text}")],
        Format::Table | Format::Json => layout::wrap(text, layout::WIDTH),
    }
}

/// A table in the format for people that was asked for.
pub(super) fn rows_of(header: &[&str], rows: &[Row], format: Format) -> Vec<String> {
    match format {
        Format::Markdown => layout::markdown(header, rows),
        Format::Table | Format::Json => layout::table(header, rows),
    }
}

fn row(change: &Change, is_markdown: bool) -> Row {
    let severity = match (change.severity, change.baseline) {
        (Some(_), true) => "Baseline",
        (Some(severity), false) => severity.as_str(),
        (None, _) => "-",
    };
    vec![
        change.verdict.to_owned(),
        severity.to_owned(),
        change.name(is_markdown),
        why(change),
    ]
}

/// A line for each ground.
fn why(change: &Change) -> String {
    grounds(change).join("\n")
}

/// Each reason, or whatever else the verdict rests on.
pub(super) fn grounds(change: &Change) -> Vec<String> {
    let reasons = change
        .reasons
        .iter()
        .map(|reason| format!("{}: {}", reason.kind, reason.message));
    let missing = change
        .missing
        .iter()
        .map(|missing| format!("{}: {}", missing.kind.as_str(), missing.message));
    let notes = change.notes.iter().cloned();
    reasons.chain(missing).chain(notes).collect()
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
    // Only a scan leaves an entry; what a backtest counts is its window.
    let of = one.entry.map_or("in it", |_| "so far");
    let counts = counts(&one.totals);
    let mut lines = vec![format!("{name}: {window}changes {of}: {counts}")];
    lines.extend(one.debts.iter().map(|debt| {
        let what = debt.repository.as_deref().unwrap_or("the organization");
        let (since, reason) = (debt.since, &debt.reason);
        format!("{name}: not audited: {what} since {since}: {reason}")
    }));
    lines
}

/// Counts in words.
pub(super) fn counts(totals: &Counts) -> String {
    let baseline = match totals.baseline {
        0 => String::new(),
        baseline => format!(" ({baseline} of them baseline)"),
    };
    format!(
        "{}; {} compliant, {} non-compliant{baseline}, {} exempt, {} undetermined",
        totals.changes, totals.compliant, totals.non_compliant, totals.exempt, totals.undetermined
    )
}

// === impl Change ===

impl Change {
    /// What people call it, linked in Markdown.
    pub(super) fn name(&self, is_markdown: bool) -> String {
        let Self {
            organization,
            repository,
            number,
            url,
            ..
        } = self;
        let name = format!("{organization}/{repository}#{number}");
        if is_markdown {
            format!("[{name}]({url})")
        } else {
            name
        }
    }
}
