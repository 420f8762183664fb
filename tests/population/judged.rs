//! What was declared of each change, what was said of it, and the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mergeaudit_test_github::{Truth, Verdict};
use serde_json::Value;

/// A change, by repository and number.
type Change = (String, u64);

/// Which of an author's two declarations counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The smallest one.
    Default,
    /// With emergencies, an exemption, a rule and release branches.
    Extended,
}

/// Verdict and reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    verdict: String,
    reasons: Vec<String>,
    /// Of what nobody approved at all, which an emergency makes a warning; of all else not compared.
    severity: Option<String>,
}

/// What runs said, the last word on each change.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    changes: BTreeMap<Change, Judgement>,
    /// What went against the rules on the way.
    faults: Vec<String>,
}

// === impl Judgement ===

impl Judgement {
    fn is_determined(&self) -> bool {
        self.verdict != "Undetermined"
    }
}

// === impl Judged ===

impl Judged {
    /// Takes in the changes of one run.
    pub(crate) fn hear(&mut self, result: &Value) {
        for change in result["changes"].as_array().unwrap() {
            let (change, judgement) = read(change);
            let before = self.changes.insert(change.clone(), judgement);
            if before.is_some_and(|before| before.is_determined()) {
                self.faults.push(format!("{change:?} was judged twice"));
            }
        }
    }

    /// Everything that differs from what was declared, with the kind of change; empty if nothing does.
    pub(crate) fn compare(&self, truths: &[Truth], policy: Policy) -> String {
        let mut differences = self.faults.join("\n");
        let mut rest = self.changes.clone();
        for truth in truths {
            let change = (truth.repository.clone(), truth.number);
            let (found, expected) = (rest.remove(&change), declared(truth, policy));
            if found != expected {
                let _ = writeln!(
                    differences,
                    "{change:?} {:?}: declared {expected:?}, found {found:?}",
                    truth.kind
                );
            }
        }
        for (change, found) in rest {
            let _ = writeln!(differences, "{change:?}: not declared, found {found:?}");
        }
        differences
    }

    /// The counts that a chain with these changes has: all, compliant, non-compliant, exempt, undetermined.
    pub(crate) fn count(truths: &[Truth], policy: Policy) -> [usize; 5] {
        let verdicts = truths.iter().filter_map(|truth| declared(truth, policy));
        let verdicts: Vec<String> = verdicts.map(|judgement| judgement.verdict).collect();
        let of = |wanted: &str| verdicts.iter().filter(|it| *it == wanted).count();
        [
            verdicts.len(),
            of("Compliant"),
            of("NonCompliant"),
            of("Exempt"),
            of("Undetermined"),
        ]
    }
}

/// None for what is not to be audited.
fn declared(truth: &Truth, policy: Policy) -> Option<Judgement> {
    let extended = &truth.extended;
    let (verdict, reasons, is_emergency) = match policy {
        Policy::Default => (truth.verdict, &truth.reasons, false),
        Policy::Extended => (extended.verdict, &extended.reasons, extended.emergency),
    };
    let severity = if is_emergency { "Warning" } else { "Critical" };
    (verdict != Verdict::OutOfScope).then(|| Judgement {
        verdict: format!("{verdict:?}"),
        severity: is_mere_lack(reasons).then(|| severity.to_owned()),
        reasons: reasons.clone(),
    })
}

fn is_mere_lack(reasons: &[String]) -> bool {
    reasons == ["ApprovalMissing"]
}

fn read(change: &Value) -> (Change, Judgement) {
    let reasons = change["reasons"].as_array().unwrap().iter();
    let mut reasons: Vec<String> = reasons
        .map(|reason| reason["type"].as_str().unwrap().to_owned())
        .collect();
    reasons.sort();
    let text = |field: &str| change[field].as_str().unwrap().to_owned();
    let severity = is_mere_lack(&reasons).then(|| text("severity"));
    let judgement = Judgement {
        verdict: text("verdict"),
        reasons,
        severity,
    };
    (
        (text("repository"), change["number"].as_u64().unwrap()),
        judgement,
    )
}
