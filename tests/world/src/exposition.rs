//! Metrics as a scrape of `/metrics` gives them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

/// One scrape.
#[derive(Debug, Clone)]
pub struct Exposition(Vec<Series>);

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The metric's name; for a histogram, with `_bucket`, `_sum` or `_count`.
    pub name: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

// === impl Exposition ===

impl Exposition {
    /// Reads the text format. Source: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
    ///
    /// # Errors
    /// The line that cannot be read.
    pub fn parse(text: &str) -> Result<Self> {
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let series = lines.map(|line| {
            parse_line(line).with_context(|| format!("reading the exposition's line {line:?}"))
        });
        Ok(Self(series.collect::<Result<_>>()?))
    }

    /// The sum of the series of that name that have at least these labels; none where there is no such series.
    pub fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.series(name, labels)
            .map(|series| series.value)
            .reduce(|sum, value| sum + value)
    }

    /// The series of that name that have at least these labels.
    pub fn series<'a>(
        &'a self,
        name: &'a str,
        labels: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = &'a Series> {
        self.0.iter().filter(move |series| {
            let has = |(label, value): &(&str, &str)| {
                series
                    .labels
                    .get(*label)
                    .is_some_and(|found| found == value)
            };
            series.name == name && labels.iter().all(has)
        })
    }
}

fn parse_line(line: &str) -> Result<Series> {
    let end = line.find(['{', ' ']).context("there is no value")?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while let Some((label, after)) = rest.trim_start_matches(',').split_once("=\"") {
            if rest.starts_with('}') {
                break;
            }
            let (value, after) = quoted(after).context("a label's value has no end")?;
            labels.insert(label.to_owned(), value);
            rest = after;
        }
        rest = rest.strip_prefix('}').context("the labels have no end")?;
    }
    let value = rest
        .split_whitespace()
        .next()
        .context("there is no value")?;
    Ok(Series {
        name: name.to_owned(),
        labels,
        value: value.parse().context("the value is no number")?,
    })
}

/// The text up to the closing quote, escapes resolved, and what follows the quote.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[index + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                escaped => value.push(escaped),
            },
            plain => value.push(plain),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_found_by_name_and_some_of_their_labels() {
        let text = "# HELP m x\n# TYPE m counter\nm{a=\"1\",b=\"x \\\"y\\\"\"} 2\nm{a=\"2\",b=\"z\"} 3\nup 1\n";
        let exposition = Exposition::parse(text).unwrap();
        assert_eq!(exposition.metric("m", &[("b", "x \"y\"")]), Some(2.0));
        assert_eq!(exposition.metric("m", &[]), Some(5.0));
        assert_eq!(exposition.metric("m", &[("a", "3")]), None);
        assert_eq!(exposition.metric("up", &[]), Some(1.0));
    }
}
