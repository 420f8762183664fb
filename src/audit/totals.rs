//! Counts of changes by verdict: one shape for archive, status, metrics and command line.

use serde::{Deserialize, Serialize};

use super::record::{ChangeKind, Record};
use super::verdict::{Severity, Verdict};

/// How many changes of a chain got which verdict so far, each change once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// All changes with a determined verdict.
    pub changes: i64,
    /// Compliant ones.
    pub compliant: i64,
    /// Exempt ones.
    pub exempt: i64,
    /// Non-compliant ones from before the genesis, which are not in `non_compliant`.
    pub baseline: i64,
    /// Non-compliant ones from after the genesis, by kind and severity; only counts above zero, in order.
    pub non_compliant: Vec<NonCompliantCount>,
}

/// How many non-compliant changes of one kind and severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NonCompliantCount {
    /// The kind.
    pub kind: ChangeKind,
    /// The severity.
    pub severity: Severity,
    /// How many.
    pub count: i64,
}

// === impl Totals ===

impl Totals {
    /// Counts a change whose verdict has just been determined; an undetermined one counts nowhere.
    pub fn count(&mut self, record: &Record) {
        match &record.verdict {
            Verdict::Undetermined { .. } => return,
            Verdict::Compliant => self.compliant += 1,
            Verdict::Exempt { .. } => self.exempt += 1,
            Verdict::NonCompliant { .. } if record.baseline => self.baseline += 1,
            Verdict::NonCompliant { severity, .. } => {
                self.count_non_compliant(record.kind, *severity, 1);
            }
        }
        self.changes += 1;
    }

    /// Adds another chain's counts, for the sum over organizations.
    pub fn add(&mut self, other: &Self) {
        self.changes += other.changes;
        self.compliant += other.compliant;
        self.exempt += other.exempt;
        self.baseline += other.baseline;
        for row in &other.non_compliant {
            self.count_non_compliant(row.kind, row.severity, row.count);
        }
    }

    /// All non-compliant ones from after the genesis.
    pub fn non_compliant_count(&self) -> i64 {
        self.non_compliant.iter().map(|row| row.count).sum()
    }

    fn count_non_compliant(&mut self, kind: ChangeKind, severity: Severity, count: i64) {
        let key = |row: &NonCompliantCount| (row.kind, row.severity);
        match self
            .non_compliant
            .binary_search_by_key(&(kind, severity), key)
        {
            Ok(at) => self.non_compliant[at].count += count,
            Err(at) => self.non_compliant.insert(
                at,
                NonCompliantCount {
                    kind,
                    severity,
                    count,
                },
            ),
        }
    }
}

#[cfg(test)]
mod tests;
