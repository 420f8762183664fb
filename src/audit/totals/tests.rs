//! Tests of counts.

use super::*;
use crate::audit::evaluate::Judge;
use crate::audit::facts::{PullRequest, ReviewState};
use crate::audit::fixtures::{at, judging, pull_request, requirements, review};
use crate::audit::record::Judging;

fn record(pull: PullRequest) -> Record {
    let judge = Judge::new(&requirements()).unwrap();
    judging(&judge).record(pull)
}

fn stale() -> PullRequest {
    pull_request().approved_on("bob", "11:00", "gone")
}

fn counted(records: &[Record]) -> Totals {
    let mut totals = Totals::default();
    for record in records {
        totals.count(record);
    }
    totals
}

fn row(kind: ChangeKind, severity: Severity, count: i64) -> NonCompliantCount {
    NonCompliantCount {
        kind,
        severity,
        count,
    }
}

#[test]
fn every_determined_change_counts_once_by_its_verdict() {
    let approved = pull_request().approved("bob", "11:00");
    let unclear = pull_request().reviewed(review(None, ReviewState::Approved, "11:00"));
    let mut exempt = record(approved.clone());
    exempt.verdict = Verdict::Exempt {
        exemption: "bots".to_owned(),
        ground: String::new(),
    };
    let totals = counted(&[
        record(pull_request()),
        record(stale()),
        record(pull_request()),
        record(approved),
        record(unclear),
        exempt,
    ]);
    let expected = Totals {
        changes: 5,
        compliant: 1,
        exempt: 1,
        baseline: 0,
        non_compliant: vec![
            row(ChangeKind::PullRequest, Severity::Warning, 1),
            row(ChangeKind::PullRequest, Severity::Critical, 2),
        ],
    };
    assert_eq!(totals, expected);
    assert_eq!(totals.non_compliant_count(), 3);
}

#[test]
fn baseline_counts_apart_and_only_what_is_non_compliant() {
    let judge = Judge::new(&requirements()).unwrap();
    let late = Judging {
        genesis: at("13:00"),
        ..judging(&judge)
    };
    let approved = pull_request().approved("bob", "11:00");
    let totals = counted(&[late.record(pull_request()), late.record(approved)]);
    let expected = Totals {
        changes: 2,
        compliant: 1,
        baseline: 1,
        ..Totals::default()
    };
    assert_eq!(totals, expected);
    assert_eq!(totals.non_compliant_count(), 0);
}

#[test]
fn sums_do_not_depend_on_the_order() {
    let mut push = record(pull_request());
    push.kind = ChangeKind::DirectPush;
    let one = counted(&[record(pull_request()), push.clone()]);
    let other = counted(&[record(stale()), push]);
    let sum = |parts: [&Totals; 2]| {
        let mut sum = Totals::default();
        for part in parts {
            sum.add(part);
        }
        sum
    };
    assert_eq!(sum([&one, &other]), sum([&other, &one]));
    let expected = [
        row(ChangeKind::PullRequest, Severity::Warning, 1),
        row(ChangeKind::PullRequest, Severity::Critical, 1),
        row(ChangeKind::DirectPush, Severity::Critical, 2),
    ];
    assert_eq!(sum([&one, &other]).non_compliant, expected);
    assert_eq!(sum([&one, &other]).changes, 4);
}
