//! The result of a scan as text: for people, for programs, for an issue.

use std::io::{self, Write};

use super::outcome::{Change, Outcome};

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

/// Prints to standard output.
pub(super) fn print(outcome: &Outcome, format: Format) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, outcome)?;
            writeln!(out)?;
        }
        Format::Table => {
            changes(&mut out, outcome, &table_row, None)?;
            summary(&mut out, outcome)?;
        }
        Format::Markdown => {
            let rule = Some("|---|---|---|---|");
            changes(&mut out, outcome, &markdown_row, rule)?;
            summary(&mut out, outcome)?;
        }
    }
    Ok(())
}

type Row = dyn Fn([&str; 4]) -> String;

fn changes(
    out: &mut impl Write,
    outcome: &Outcome,
    row: &Row,
    rule: Option<&str>,
) -> io::Result<()> {
    if outcome.changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", row(["VERDICT", "SEVERITY", "CHANGE", "WHY"]))?;
    if let Some(rule) = rule {
        writeln!(out, "{rule}")?;
    }
    for change in &outcome.changes {
        let severity = match (change.severity, change.baseline) {
            (Some(_), true) => "Baseline",
            (Some(severity), false) => severity.as_str(),
            (None, _) => "-",
        };
        let name = format!(
            "{}/{}#{}",
            change.organization, change.repository, change.number
        );
        writeln!(
            out,
            "{}",
            row([change.verdict, severity, &name, &why(change)])
        )?;
    }
    writeln!(out)
}

fn table_row([verdict, severity, change, why]: [&str; 4]) -> String {
    format!("{verdict:<13} {severity:<9} {change:<32} {why}")
        .trim_end()
        .to_owned()
}

fn markdown_row(cells: [&str; 4]) -> String {
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
    format!("| {} |", cells.join(" | "))
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

fn summary(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    for one in &outcome.organizations {
        if let Some(error) = &one.error {
            writeln!(out, "{}: not scanned: {error}", one.name)?;
            continue;
        }
        let totals = &one.totals;
        write!(
            out,
            "{}: {} changes so far: {} compliant, {} non-compliant ({} of them baseline), {} exempt, {} undetermined",
            one.name,
            totals.changes,
            totals.compliant,
            totals.non_compliant,
            totals.baseline,
            totals.exempt,
            totals.undetermined
        )?;
        if let Some(window) = &one.window {
            write!(out, "; this run: {} to {}", window.since, window.until)?;
        }
        writeln!(out)?;
        for debt in &one.debts {
            let what = debt.repository.as_deref().unwrap_or("the organization");
            writeln!(
                out,
                "{}: owed for {what} since {}: {}",
                one.name, debt.since, debt.reason
            )?;
        }
    }
    Ok(())
}
