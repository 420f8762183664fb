//! Rules in CEL: what a policy demands beyond approvals, each a reason of its own. <https://cel.dev>
//!
//! An expression reads the variable `change` (see `subject`) and is true for a change that keeps the rule. False breaks it.
//! An expression that gives no answer (an error at run time, something that is no boolean, too slow) makes the change
//! undetermined, [`RuleNotEvaluated`](super::verdict::MissingType::RuleNotEvaluated): absence of an answer is neither
//! compliance nor violation.
//!
//! A text from a policy must not harm whoever judges by it. Parser and interpreter recurse, and a stack that overflows ends the
//! process; an interpreter cannot be interrupted. So:
//!
//! 1. an expression has at most [`MAX_LENGTH`] characters;
//! 2. it is compiled, run and dropped only on a thread with a stack of its own (`worker`);
//! 3. of functions there are only those of the standard that make nothing larger (`check`); loops are nested twice at most;
//! 4. what it could take at most, over the largest change, is counted before it ever runs (`cost`);
//! 5. the change that it sees is bounded (`subject`), and an answer that takes over two seconds is none.

mod check;
mod cost;
mod subject;
mod worker;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::message::cut;
use super::requirements::{InvalidRequirements, Rule};
use super::verdict::{Reason, ReasonType, Severity};
pub(super) use subject::Subject;
use subject::Unknown;
use worker::{Answer, Worker};

/// The most characters of an expression.
pub const MAX_LENGTH: usize = 2048;

/// The most rules of a policy.
pub const MAX_RULES: usize = 32;

/// The longest that an answer may take; it takes microseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// The most characters of an error of the interpreter.
const PROBLEM_LENGTH: usize = 160;

/// The rules of a policy, compiled.
#[derive(Debug)]
pub(super) struct Rules {
    demanded: Vec<Rule>,
    expressions: Arc<[String]>,
    /// None once one was given up; a new one takes its place.
    worker: Mutex<Option<Worker>>,
    /// The longest that an answer may take.
    patience: Duration,
}

/// What the rules say of one change.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The broken ones, by name.
    pub(super) broken: Vec<Reason>,
    /// How bad that is.
    pub(super) severity: Option<Severity>,
    /// The ones that gave no answer, by name: `name (problem)`.
    pub(super) failed: Vec<String>,
}

// === impl Rules ===

impl Rules {
    /// Compiles the rules. Fails on the first that is no rule.
    pub(super) fn new(rules: &[Rule]) -> Result<Self, InvalidRequirements> {
        check_bounds(rules)?;
        let expressions: Arc<[String]> = rules.iter().map(|rule| rule.expression.clone()).collect();
        let worker = Worker::start(&expressions).map_err(|(at, problem)| {
            let name = &rules[at].name;
            InvalidRequirements::field(
                format!("rules[{at}].expression"),
                format!("the rule {name} is not valid: {problem}"),
            )
        })?;
        Ok(Self {
            demanded: rules.to_vec(),
            expressions,
            worker: Mutex::new(Some(worker)),
            patience: PATIENCE,
        })
    }

    /// What every rule says of the change.
    pub(super) fn evaluate(&self, subject: Result<Subject, String>) -> Outcome {
        let unknown = subject.as_ref().map(Subject::unknown).unwrap_or_default();
        let answers = match subject {
            Ok(subject) => self.answers(&Arc::new(subject)),
            Err(problem) => vec![Err(problem); self.demanded.len()],
        };
        let mut said: Vec<(&Rule, Answer)> = self.demanded.iter().zip(answers).collect();
        said.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let mut outcome = Outcome::default();
        for (rule, answer) in said {
            outcome.add(rule, answer, &unknown);
        }
        outcome
    }

    /// One answer per rule. A rule that gives none costs its thread, and the next ones get another.
    fn answers(&self, subject: &Arc<Subject>) -> Vec<Answer> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answers = Vec::with_capacity(self.demanded.len());
        while answers.len() < self.demanded.len() {
            let current = match worker.take() {
                Some(current) => Ok(current),
                None => Worker::start(&self.expressions),
            };
            match current {
                Ok(current) => {
                    if current.ask(subject, &mut answers, self.demanded.len(), self.patience) {
                        *worker = Some(current);
                    }
                }
                Err((_, problem)) => answers.push(Err(problem)),
            }
        }
        answers
    }
}

// === impl Outcome ===

impl Outcome {
    fn add(&mut self, rule: &Rule, answer: Answer, unknown: &[Unknown]) {
        match answer {
            Ok(true) => {}
            Ok(false) => {
                let default = || format!("breaks the rule {}", rule.name);
                self.broken.push(Reason {
                    kind: ReasonType::Rule(rule.name.clone()),
                    message: rule.message.clone().unwrap_or_else(default),
                });
                self.severity = self.severity.max(Some(rule.severity));
            }
            Err(problem) => {
                let problem = cut(&subject::explained(problem, unknown), PROBLEM_LENGTH);
                self.failed.push(format!("{} ({problem})", rule.name));
            }
        }
    }
}

/// What the API server refuses too, of a policy that comes from a file.
fn check_bounds(rules: &[Rule]) -> Result<(), InvalidRequirements> {
    if rules.len() > MAX_RULES {
        let problem = format!("there are {}, {MAX_RULES} at most", rules.len());
        return Err(InvalidRequirements::field("rules", problem));
    }
    let mut names = BTreeSet::new();
    for (at, rule) in rules.iter().enumerate() {
        if !names.insert(&rule.name) {
            let problem = format!("{} is the name of another rule", rule.name);
            return Err(InvalidRequirements::field(
                format!("rules[{at}].name"),
                problem,
            ));
        }
        let length = rule.expression.chars().count();
        if length > MAX_LENGTH {
            let problem = format!(
                "the rule {} has {length} characters, {MAX_LENGTH} at most",
                rule.name
            );
            return Err(InvalidRequirements::field(
                format!("rules[{at}].expression"),
                problem,
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
