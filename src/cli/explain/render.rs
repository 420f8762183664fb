//! An explanation as text, purely.

use serde::Serialize;

use super::explained::{Explained, Recorded, Renamed};
use crate::audit::explanation::{Explanation, Fulfilment};
use crate::audit::facts::ReviewState;
use crate::audit::verdict::Severity;
use crate::cli::layout::{self, Row};
use crate::cli::outcome;
use crate::cli::render::{Format, grounds, rows_of};

/// The one object that `-o json` prints.
#[derive(Serialize)]
struct Output<'a> {
    explanations: &'a [Explained],
}

/// The whole output, its last line ended.
pub(super) fn text(explained: &[Explained], format: Format) -> serde_json::Result<String> {
    if format == Format::Json {
        let output = Output {
            explanations: explained,
        };
        return Ok(serde_json::to_string_pretty(&output)? + "\n");
    }
    let told = explained.iter().map(|it| lines(it, format));
    let told: Vec<Vec<String>> = told.collect();
    Ok(layout::joined(&told.join(&String::new())))
}

fn lines(it: &Explained, format: Format) -> Vec<String> {
    let mut lines = about(it, format);
    lines.extend(verdict(it, format));
    let Some(explanation) = &it.explanation else {
        let text = "The policy's text cannot be obeyed by this version: what was recorded is all that can be told.";
        lines.extend(paragraph(text, format));
        return lines;
    };
    lines.extend(differs(it, explanation, format));
    for (header, rows) in tables(explanation) {
        if !rows.is_empty() {
            lines.push(String::new());
            lines.extend(rows_of(&header, &rows, format));
        }
    }
    let (listed, total) = (explanation.commits.len(), explanation.commits_total);
    if i64::try_from(listed).is_ok_and(|listed| listed < total) {
        let text = format!("GitHub lists only {listed} of {total} commits.");
        lines.extend(paragraph(&text, format));
    }
    lines
}

/// What it is, by which policy it was judged, and where that is recorded.
fn about(it: &Explained, format: Format) -> Vec<String> {
    let name = it.change.name(format == Format::Markdown);
    let title = it.title.as_ref().unwrap_or(&it.current_title);
    let title = title.replace(char::is_control, " ");
    let heading = match format {
        Format::Markdown => format!("### {name}: {title}"),
        Format::Table | Format::Json => format!("{name}: {title}"),
    };
    let somebody = |login: &Option<String>| login.clone().unwrap_or_else(|| "somebody".to_owned());
    let (author, merged_by) = (somebody(&it.author), somebody(&it.merged_by));
    let (at, branch, head) = (it.merged_time, &it.change.branch, &it.head_commit);
    let mut facts = vec![
        format!("opened by {author}; merged by {merged_by} at {at} into {branch}"),
        format!("merged head {head}"),
    ];
    facts.extend(titles(it));
    facts.extend([
        format!(
            "policy {}/{} {}",
            it.policy.namespace, it.policy.name, it.policy.digest
        ),
        format!("facts as of {}", it.observed_time),
    ]);
    facts.extend(it.recorded.iter().map(recorded));
    let line = |text: &String| match format {
        Format::Markdown => vec![format!("- {text}")],
        Format::Table | Format::Json => layout::wrap(text, layout::WIDTH),
    };
    let below = match format {
        Format::Markdown => String::new(),
        Format::Table | Format::Json => it.change.url.clone(),
    };
    let mut lines = vec![heading, below];
    lines.extend(facts.iter().flat_map(line));
    lines
}

/// What became of the title after the merge, or that nobody knows what it was then.
fn titles(it: &Explained) -> Vec<String> {
    let unknown = it.title.is_none().then(|| {
        "GitHub's timeline lacks a change of its title: what it was at the merge is not known"
            .to_owned()
    });
    let renamed = it.renamed.iter().map(|Renamed { title, time, by }| {
        let by = by.as_deref().unwrap_or("somebody");
        format!("retitled after the merge by {by} at {time}: {title:?}")
    });
    unknown.into_iter().chain(renamed).collect()
}

fn recorded(it: &Recorded) -> String {
    let Recorded {
        entry,
        verdict,
        policy_digest: _,
        judged_time,
    } = it;
    let (sequence, digest) = (entry.sequence, entry.digest);
    format!("recorded as {verdict} at {judged_time} in entry {sequence} {digest}")
}

fn verdict(it: &Explained, format: Format) -> Vec<String> {
    let severity = it.change.severity.map(Severity::as_str);
    let severity = severity.map_or_else(String::new, |it| format!(", {it}"));
    let baseline = if it.change.baseline {
        ", baseline: it landed before auditing began"
    } else {
        ""
    };
    let verdict = format!("{}{severity}{baseline}", it.change.verdict);
    let verdict = match format {
        Format::Markdown => format!("**{verdict}**"),
        Format::Table | Format::Json => verdict,
    };
    let mut lines = vec![String::new(), verdict];
    if format == Format::Markdown {
        lines.push(String::new());
    }
    let outside = it.not_audited.iter();
    let outside = outside.map(|why| format!("not audited by this policy: {why}"));
    for ground in grounds(&it.change).into_iter().chain(outside) {
        match format {
            Format::Markdown => lines.push(format!("- {ground}")),
            Format::Table | Format::Json => {
                lines.extend(layout::wrap(&format!("- {ground}"), layout::WIDTH));
            }
        }
    }
    lines
}

/// What is recorded stays; that it would be judged otherwise now is worth a word.
fn differs(it: &Explained, explanation: &Explanation, format: Format) -> Vec<String> {
    let now = outcome::verdict_name(&explanation.verdict);
    if now == it.change.verdict {
        return Vec::new();
    }
    let text = format!(
        "This version judges the same facts to be {now}; what was recorded stays, and the tables below say what is true now."
    );
    paragraph(&text, format)
}

fn paragraph(text: &str, format: Format) -> Vec<String> {
    let text = match format {
        Format::Markdown => vec![text.to_owned()],
        Format::Table | Format::Json => layout::wrap(text, layout::WIDTH),
    };
    std::iter::once(String::new()).chain(text).collect()
}

fn tables(explanation: &Explanation) -> [(Vec<&'static str>, Vec<Row>); 3] {
    [
        (vec!["MET?", "REQUIREMENT"], requirements(explanation)),
        (
            vec!["REVIEW BY", "AT", "STATE", "COUNTS?", "WHY"],
            reviews(explanation),
        ),
        (vec!["COMMIT", "BY"], commits(explanation)),
    ]
}

fn requirements(explanation: &Explanation) -> Vec<Row> {
    let answers = explanation.requirements.iter();
    answers
        .map(|it| {
            let met = match it.outcome {
                Fulfilment::Met => "yes",
                Fulfilment::Violated => "NO",
                Fulfilment::Unclear => "unclear",
                Fulfilment::NotApplicable => "-",
            };
            let because = it.because.iter().map(|why| format!("\n- {why}"));
            let text = it.requirement.clone() + &because.collect::<String>();
            vec![met.to_owned(), text]
        })
        .collect()
}

fn reviews(explanation: &Explanation) -> Vec<Row> {
    use crate::audit::explanation::Worth;
    let answers = explanation.reviews.iter();
    answers
        .map(|it| {
            let author = it.author.clone();
            let at = it.submitted_at.map(|at| at.to_string());
            let worth = match it.worth {
                Worth::Counts => "yes",
                Worth::Objects => "objects",
                Worth::DoesNotCount => "NO",
                Worth::Unclear => "unclear",
            };
            vec![
                author.unwrap_or_else(|| "(deleted)".to_owned()),
                at.unwrap_or_else(|| "-".to_owned()),
                state(it.state).to_owned(),
                worth.to_owned(),
                it.because.join("\n"),
            ]
        })
        .collect()
}

fn state(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Approved => "approved",
        ReviewState::ChangesRequested => "changes requested",
        ReviewState::Commented => "commented",
        ReviewState::Dismissed => "dismissed",
        ReviewState::Pending => "pending",
    }
}

fn commits(explanation: &Explanation) -> Vec<Row> {
    let commits = explanation.commits.iter();
    commits
        .map(|it| {
            let oid: String = it.oid.chars().take(12).collect();
            let note = it.note.iter().map(|note| format!("\n{note}"));
            vec![oid, it.people.join(", ") + &note.collect::<String>()]
        })
        .collect()
}
