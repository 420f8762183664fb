//! Totals of the core as totals of a status, and back.

use crate::api::audit_policy::status::{ChangeTotals, NonCompliantTotal};
use crate::audit::totals::{NonCompliantCount, Totals};

impl From<&Totals> for ChangeTotals {
    fn from(totals: &Totals) -> Self {
        let Totals {
            changes,
            compliant,
            exempt,
            baseline,
            non_compliant,
        } = totals;
        let row = |row: &NonCompliantCount| NonCompliantTotal {
            kind: row.kind,
            severity: row.severity,
            count: row.count,
        };
        Self {
            changes: *changes,
            compliant: *compliant,
            exempt: *exempt,
            baseline: *baseline,
            non_compliant: non_compliant.iter().map(row).collect(),
        }
    }
}

impl From<&ChangeTotals> for Totals {
    /// In the core's order, whatever the order in the status: rows of a list-map have none.
    fn from(totals: &ChangeTotals) -> Self {
        let ChangeTotals {
            changes,
            compliant,
            exempt,
            baseline,
            non_compliant,
        } = totals;
        let row = |row: &NonCompliantTotal| NonCompliantCount {
            kind: row.kind,
            severity: row.severity,
            count: row.count,
        };
        let mut rows: Vec<_> = non_compliant.iter().map(row).collect();
        rows.sort_unstable_by_key(|row| (row.kind, row.severity));
        Self {
            changes: *changes,
            compliant: *compliant,
            exempt: *exempt,
            baseline: *baseline,
            non_compliant: rows,
        }
    }
}
