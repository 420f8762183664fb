//! Who gets the free places.

use super::*;
use crate::audit::finding::PostMergeReview;
use crate::audit::fixtures::{acknowledged, at, finding as critical, user};
use crate::audit::record::ChangeKey;

/// A Critical finding of a pull request that landed so many minutes after noon.
fn finding(number: i64) -> Finding {
    let mut finding = critical();
    finding.identity.change = ChangeKey::PullRequest { number };
    finding.merged_at = at("12:00") + SignedDuration::from_mins(number);
    finding
}

fn warning(number: i64) -> Finding {
    Finding {
        severity: Some(Severity::Warning),
        ..finding(number)
    }
}

fn undetermined(number: i64) -> Finding {
    Finding {
        severity: None,
        reasons: Vec::new(),
        ..finding(number)
    }
}

fn baseline(number: i64) -> Finding {
    Finding {
        baseline: true,
        closed_at: Some(at("12:30")),
        ..finding(number)
    }
}

fn reviewed(finding: Finding) -> Finding {
    Finding {
        review: Some(PostMergeReview {
            sequence: 4,
            by: user("bob"),
            at: at("13:00"),
            review: "R".to_owned(),
            commit: "c".to_owned(),
        }),
        closed_at: Some(at("13:00")),
        ..finding
    }
}

fn published(finding: Finding) -> Finding {
    Finding {
        published: Some(2),
        ..finding
    }
}

fn circumstances(max_open: i64) -> Circumstances<'static> {
    Circumstances {
        policy: "soc2",
        max_open,
        retention: SignedDuration::from_hours(24),
        elsewhere: Places::default(),
        now: at("14:00"),
    }
}

fn numbers(found: Vec<(String, &Finding)>) -> Vec<i64> {
    let number = |finding: &Finding| match finding.identity.change {
        ChangeKey::PullRequest { number } => number,
        ChangeKey::Push { .. } => 0,
    };
    found.into_iter().map(|(_, found)| number(found)).collect()
}

fn next_of(findings: &[Finding], circumstances: &Circumstances<'_>) -> Vec<i64> {
    numbers(next(findings.iter(), circumstances, |_| false))
}

#[test]
fn free_places_go_to_the_critical_first_and_then_to_what_landed_first() {
    let all = [warning(1), undetermined(2), finding(4), finding(3)];
    assert_eq!(next_of(&all, &circumstances(3)), [3, 4, 1]);
    assert_eq!(next_of(&all, &circumstances(500)), [3, 4, 1, 2]);
}

#[test]
fn what_is_published_stays_though_something_worse_comes_or_there_may_be_fewer() {
    let all = [published(warning(1)), published(warning(2)), finding(3)];
    for max_open in [1, 2] {
        assert!(next_of(&all, &circumstances(max_open)).is_empty());
    }
    assert_eq!(next_of(&all, &circumstances(3)), [3]);
}

#[test]
fn a_place_is_free_when_its_finding_closes_and_not_while_it_is_acknowledged_for_a_term() {
    let next_beside = |first: Finding| {
        let all = [published(first), published(finding(2)), finding(3)];
        next_of(&all, &circumstances(2))
    };
    for (holds, why) in [
        (finding(1), "open"),
        (undetermined(1), "undetermined"),
        (acknowledged(finding(1), Some("20:00")), "for a term"),
        (acknowledged(finding(1), Some("13:30")), "open again"),
        (
            acknowledged(undetermined(1), None),
            "acknowledged without a verdict",
        ),
    ] {
        assert!(next_beside(holds).is_empty(), "{why}");
    }
    let resolved = Finding {
        resolved: true,
        ..undetermined(1)
    };
    for (leaves, why) in [
        (acknowledged(finding(1), None), "acknowledged for good"),
        (reviewed(finding(1)), "reviewed"),
        (resolved, "resolved"),
        (baseline(1), "baseline"),
    ] {
        assert_eq!(next_beside(leaves), [3], "{why}");
    }
}

#[test]
fn baseline_findings_have_places_of_their_own() {
    let all = [
        published(baseline(1)),
        published(baseline(2)),
        baseline(3),
        finding(4),
    ];
    assert_eq!(next_of(&all, &circumstances(2)), [4]);
    assert_eq!(next_of(&all, &circumstances(3)), [3, 4]);
    // Where more are published than may be, there is no place, and none of the other kind is lost.
    assert_eq!(next_of(&all, &circumstances(1)), [4]);
}

#[test]
fn what_closed_while_it_was_withheld_needs_no_place_and_what_nobody_was_told_of_is_not_told() {
    let resolved = Finding {
        resolved: true,
        ..undetermined(3)
    };
    let all = [published(finding(1)), reviewed(finding(2)), resolved];
    assert_eq!(next_of(&all, &circumstances(1)), [2]);
    let retired_soon = Circumstances {
        retention: SignedDuration::from_mins(30),
        ..circumstances(1)
    };
    assert!(next_of(&all, &retired_soon).is_empty());
}

#[test]
fn what_is_in_the_cluster_already_is_published_whatever_the_places() {
    let all = [warning(1), warning(2), finding(3)];
    let there = finding_name("soc2", &all[1]);
    let found = next(all.iter(), &circumstances(1), |name| name == there);
    assert_eq!(numbers(found), [2]);
    let found = next(all.iter(), &circumstances(2), |name| name == there);
    assert_eq!(numbers(found), [2, 3]);
    let before = [acknowledged(warning(1), Some("20:00")), finding(2)];
    assert_eq!(next_of(&before, &circumstances(1)), [1]);
}

#[test]
fn findings_of_chains_that_are_not_known_take_places_too() {
    let all = [finding(1), finding(2), baseline(3)];
    let elsewhere = Places {
        open: 2,
        baseline: 0,
    };
    let circumstances = Circumstances {
        elsewhere,
        ..circumstances(3)
    };
    assert_eq!(next_of(&all, &circumstances), [1, 3]);
}
