//! What a backtest prints: the object of a scan and, with a second policy, what that one says otherwise.

use std::collections::BTreeMap;

use serde::Serialize;

use super::difference::{Difference, Judgement};
use crate::cli::layout::{self, Row};
use crate::cli::outcome::{Counts, Outcome};
use crate::cli::render::{self, Format};

const HEADER: [&str; 4] = ["CHANGE", "BEFORE", "AFTER", "WHY"];

/// The result of a backtest.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// What the second policy says altogether.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) against: Option<Against>,
    /// The changes of which it says something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) differences: Option<Vec<Difference>>,
}

/// The second policy, and its counts over all organizations.
#[derive(Debug, Serialize)]
pub(super) struct Against {
    pub(super) policy: String,
    pub(super) totals: Counts,
}

// === impl Report ===

impl Report {
    /// The whole output, its last line ended.
    pub(super) fn text(&self, format: Format) -> serde_json::Result<String> {
        if format == Format::Json {
            return Ok(serde_json::to_string_pretty(self)? + "\n");
        }
        let mut lines = render::lines(&self.outcome, format);
        if let (Some(against), Some(differences)) = (&self.against, &self.differences) {
            lines.push(String::new());
            lines.extend(compared(against, differences, format));
        }
        Ok(layout::joined(&lines))
    }
}

fn compared(against: &Against, differences: &[Difference], format: Format) -> Vec<String> {
    let mut lines = Vec::new();
    if !differences.is_empty() {
        let rows: Vec<Row> = differences.iter().map(|it| row(it, format)).collect();
        lines = render::rows_of(&HEADER, &rows, format);
        lines.push(String::new());
    }
    let Against { policy, totals } = against;
    let counts = render::counts(totals);
    let against = format!("against {policy}: changes in it: {counts}");
    let differences = format!("differences: {}", kinds(differences));
    lines.extend(
        [against, differences]
            .iter()
            .flat_map(|text| render::sentence(text, format)),
    );
    lines
}

/// How many changes go from which verdict to which.
fn kinds(differences: &[Difference]) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for it in differences {
        let (before, after) = (verdict(it.before.as_ref()), verdict(it.after.as_ref()));
        *kinds.entry(format!("{before} → {after}")).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    match differences.len() {
        0 => "none".to_owned(),
        all => format!("{all}: {}", kinds.join(", ")),
    }
}

fn row(difference: &Difference, format: Format) -> Row {
    let Difference {
        organization,
        repository,
        number,
        url,
        before,
        after,
        ..
    } = difference;
    let name = format!("{organization}/{repository}#{number}");
    let name = match format {
        Format::Markdown => format!("[{name}]({url})"),
        Format::Table | Format::Json => name,
    };
    let (before, after) = (before.as_ref(), after.as_ref());
    vec![name, verdict(before), verdict(after), why(before, after)]
}

fn verdict(judgement: Option<&Judgement>) -> String {
    let Some(judgement) = judgement else {
        return "not audited".to_owned();
    };
    let severity = judgement.severity;
    let severity = severity.map(|it| format!(" {}", it.as_str()));
    format!("{}{}", judgement.verdict, severity.unwrap_or_default())
}

/// The grounds that go, with a minus, and those that come, with a plus.
fn why(before: Option<&Judgement>, after: Option<&Judgement>) -> String {
    let (before, after) = (grounds(before), grounds(after));
    let gone = beyond(&before, &after).map(|(kind, _)| format!("- {kind}"));
    let come = beyond(&after, &before).map(|(kind, message)| format!("+ {kind}: {message}"));
    gone.chain(come).collect::<Vec<_>>().join("\n")
}

/// Those whose kind is not there.
fn beyond<'a>(
    here: &'a [(String, String)],
    there: &'a [(String, String)],
) -> impl Iterator<Item = &'a (String, String)> {
    let known = |kind: &str| there.iter().any(|(other, _)| other == kind);
    here.iter().filter(move |(kind, _)| !known(kind))
}

fn grounds(judgement: Option<&Judgement>) -> Vec<(String, String)> {
    let Some(judgement) = judgement else {
        return Vec::new();
    };
    let reasons = judgement.reasons.iter();
    let reasons = reasons.map(|it| (it.kind.to_string(), it.message.clone()));
    let missing = judgement.missing.iter();
    let missing = missing.map(|it| (it.kind.as_str().to_owned(), it.message.clone()));
    let exemption = judgement.exemption.iter();
    let exemption = exemption.map(|it| ("Exemption".to_owned(), it.clone()));
    reasons.chain(missing).chain(exemption).collect()
}
