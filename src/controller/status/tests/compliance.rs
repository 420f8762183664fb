//! When a policy is compliant and its coverage complete.

use super::*;

#[test]
fn compliance_names_the_first_of_what_stands_against_it() {
    let cases = [
        (
            Counts {
                open: 2,
                undetermined: 1,
                withheld: 1,
                ..Counts::default()
            },
            "False/FindingsOpen",
        ),
        (
            Counts {
                undetermined: 1,
                withheld: 1,
                ..Counts::default()
            },
            "False/Undetermined",
        ),
        (
            Counts {
                withheld: 1,
                ..Counts::default()
            },
            "False/FindingsWithheld",
        ),
        (
            Counts {
                refused: 1,
                ..Counts::default()
            },
            "False/FindingsWithheld",
        ),
        (
            Counts {
                baseline: 9,
                ..Counts::default()
            },
            "True/NoFindings",
        ),
    ];
    for (counts, expected) in cases {
        let status = Case::acme(done()).counting(counts).seen("12:16");
        assert_eq!(compliant(&status), expected);
        assert_eq!(
            ready(&status),
            "True/Succeeded",
            "findings never make a policy not ready"
        );
    }
}

#[test]
fn a_finding_that_the_api_server_refused_counts_as_withheld() {
    let counts = Counts {
        open: 3,
        withheld: 1,
        refused: 1,
        baseline: 4,
        ..Counts::default()
    };
    let findings = Case::acme(done())
        .counting(counts)
        .seen("12:16")
        .findings
        .unwrap();
    assert_eq!(
        (findings.open, findings.withheld, findings.baseline),
        (3, 2, 4)
    );
}

#[test]
fn compliance_is_unknown_from_the_second_slot_without_a_success_on() {
    let mut case = Case::acme(done());
    assert_eq!(compliant(&case.seen("12:30:30")), "True/NoFindings");
    assert_eq!(compliant(&case.seen("12:44:59")), "True/NoFindings");
    let status = case.seen("12:45");
    assert_eq!(compliant(&status), "Unknown/Stale");
    assert!(
        message(&status, ConditionType::Compliant).contains("12:15:02"),
        "{status:?}"
    );
}

#[test]
fn a_success_dated_by_a_github_whose_clock_is_behind_ours_is_not_stale_too_early() {
    let mut chain = scanned(at("12:15"));
    chain.last_success = Some(at("12:14:58"));
    let mut case = Case::acme(unknown().with(chain));
    assert_eq!(compliant(&case.seen("12:30:01")), "True/NoFindings");
    assert_eq!(compliant(&case.seen("12:45")), "Unknown/Stale");
}

#[test]
fn one_stale_organization_makes_all_stale() {
    let two = json!({"organizations": [{"name": "acme"}, {"name": "beta"}]});
    let fresh = unknown().with(scanned(at("12:45")));
    let status = Case::new(two, [("acme", fresh), ("beta", done())]).seen("12:46");
    assert_eq!(compliant(&status), "Unknown/Stale");
    assert_eq!(status.last_checked_time, Some(whole_seconds(at("12:15"))));
    assert_eq!(
        status.last_successful_time,
        Some(whole_seconds(at("12:15:02")))
    );
}

#[test]
fn a_finding_of_one_organization_is_not_hidden_by_another_that_was_never_scanned() {
    let two = json!({"organizations": [{"name": "acme"}, {"name": "gone"}]});
    let gone = || unknown().failing(failure(Reason::OrganizationNotFound, at("12:40")));
    let open = Counts {
        open: 1,
        ..Counts::default()
    };
    let case = Case::new(two.clone(), [("acme", done()), ("gone", gone())]);
    assert_eq!(
        compliant(&case.counting(open).seen("12:16")),
        "False/FindingsOpen"
    );
    let mut case = Case::new(two, [("acme", done()), ("gone", gone())]);
    assert_eq!(compliant(&case.seen("12:16")), "Unknown/NotYetChecked");
}

#[test]
fn an_organization_of_which_nothing_is_audited_is_neither_covered_nor_compliant() {
    let mut chain = scanned(at("12:15"));
    chain.repositories_audited = 0;
    let status = Case::acme(unknown().with(chain)).seen("12:16");
    assert_eq!(compliant(&status), "Unknown/NothingAudited");
    assert_eq!(ready(&status), "True/Succeeded");
    assert_eq!(
        says(&status, ConditionType::CoverageComplete),
        "False/NothingAudited"
    );
    let message = message(&status, ConditionType::CoverageComplete);
    assert!(
        message.contains("organization acme: GitHub shows none of its repositories"),
        "{message}"
    );
}

#[test]
fn coverage_is_what_this_version_can_prove() {
    let status = Case::acme(done()).seen("12:16");
    assert_eq!(
        says(&status, ConditionType::CoverageComplete),
        "Unknown/VisibilityLimited"
    );
    let forbidden = json!({"requirements": {"directPushes": "Forbidden"}});
    let status = Case::new(forbidden, [("acme", done())]).seen("12:16");
    assert_eq!(
        says(&status, ConditionType::CoverageComplete),
        "False/PullRequestsOnly"
    );
}
