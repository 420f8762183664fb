//! Emergencies: whether people had marked a change, by label and justification, as one that could not wait for review.
//!
//! Both count as of the merge. Labels have events, so what was on at the merge, and who put it on, is known whatever GitHub shows
//! today. A description has none: edited after the merge, what it said before is unknown, and it holds no justification. What
//! is between `<!--` and `-->` is not seen by anybody who reads it, so a template left as it was justifies nothing.

use jiff::SignedDuration;
use regex::{Regex, RegexBuilder};

use super::facts::{LabelEvent, PullRequest};
use super::message::{cut, login};
use super::requirements::{EmergencyMark, InvalidRequirements};
use super::verdict::Emergency;

/// The most characters of a justification that are kept.
const JUSTIFICATION_LENGTH: usize = 512;

/// The most bytes of a compiled pattern: repetitions within repetitions need more.
const PATTERN_SIZE: usize = 1 << 20;

/// How a policy lets people mark emergencies, with its pattern compiled.
#[derive(Debug, Clone)]
pub(super) struct Emergencies {
    mark: EmergencyMark,
    pattern: Option<Regex>,
}

/// What people had marked a change as.
#[derive(Debug)]
pub(super) enum Marking {
    /// As nothing.
    None,
    /// As an emergency, by label and, where one is demanded, justification.
    Declared(Emergency),
    /// By label only; says who did and what is wrong with the justification.
    Unjustified(String),
}

// === impl Emergencies ===

impl Emergencies {
    pub(super) fn new(mark: &EmergencyMark) -> Result<Self, InvalidRequirements> {
        let pattern = mark.justification_pattern.as_deref();
        Ok(Self {
            mark: mark.clone(),
            pattern: pattern.map(compiled).transpose()?,
        })
    }

    /// What the change was marked as at its merge.
    pub(super) fn marking(&self, pull: &PullRequest) -> Marking {
        let says_so =
            |event: &&LabelEvent| self.mark.labels.iter().any(|name| event.is_named(name));
        let Some(label) = pull.labels_as_of_merge().into_iter().find(says_so) else {
            return Marking::None;
        };
        match self.justification(pull) {
            Ok(justification) => Marking::Declared(self.emergency(pull, label, justification)),
            Err(problem) => Marking::Unjustified(format!(
                "labeled {} by {} before the merge, but no emergency: {problem}",
                label.name,
                login(label.by.as_ref())
            )),
        }
    }

    fn emergency(
        &self,
        pull: &PullRequest,
        label: &LabelEvent,
        justification: Option<String>,
    ) -> Emergency {
        let within = SignedDuration::from_secs(self.mark.review_within_seconds);
        let due = pull.merged_at.checked_add(within);
        Emergency {
            label: label.name.clone(),
            labeled_by: label.by.clone(),
            justification,
            review_due_time: due.unwrap_or(jiff::Timestamp::MAX),
        }
    }

    /// The justification, none where none is demanded; or what is wrong with it.
    fn justification(&self, pull: &PullRequest) -> Result<Option<String>, String> {
        let Some(pattern) = &self.pattern else {
            return Ok(None);
        };
        if let Some(at) = pull
            .body_edited_at
            .filter(|_| pull.was_edited_after_merge())
        {
            return Err(format!(
                "its description was edited after the merge, at {at}, so whether it held a justification is not known"
            ));
        }
        let body = visible(pull.body.as_deref().unwrap_or_default());
        let found = first_group(pattern, &body).filter(|text| !text.is_empty());
        let missing = || "its description holds no justification".to_owned();
        let justification = found.ok_or_else(missing)?;
        Ok(Some(cut(justification, JUSTIFICATION_LENGTH)))
    }
}

fn compiled(pattern: &str) -> Result<Regex, InvalidRequirements> {
    let built = RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).build();
    built.map_err(|error| {
        let text = error.to_string();
        // The last line names the problem; those before show the pattern.
        let problem = text.lines().last().unwrap_or_default();
        let problem = problem.trim_start_matches("error: ");
        InvalidRequirements::field(
            "emergency.justificationPattern",
            format!("{pattern:?} is no regular expression: {problem}; write it as RE2 does"),
        )
    })
}

/// The first group of the first match, or all of it where the pattern has no group.
fn first_group<'t>(pattern: &Regex, text: &'t str) -> Option<&'t str> {
    let captures = pattern.captures(text)?;
    let group = usize::from(captures.len() > 1);
    captures.get(group).map(|found| found.as_str().trim())
}

/// What a reader sees of a description: without comments, and with plain line ends.
fn visible(body: &str) -> String {
    let mut seen = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, comment)) = rest.split_once("<!--") {
        seen.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    seen.push_str(rest);
    seen.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests;
