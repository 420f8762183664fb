//! What marks an emergency, and what does not.

use super::*;
use crate::audit::fixtures::{at, pull_request};

const PATTERN: &str = r"(?im)^justification:[ \t]*(\S.*)$";

fn emergencies(pattern: Option<&str>) -> Emergencies {
    let mark = EmergencyMark {
        labels: vec!["emergency".to_owned(), "hotfix".to_owned()],
        justification_pattern: pattern.map(str::to_owned),
        review_within_seconds: 3600,
    };
    Emergencies::new(&mark).unwrap()
}

fn marking(pull: &PullRequest) -> Marking {
    emergencies(Some(PATTERN)).marking(pull)
}

/// The label, and who put it on.
fn label(pull: &PullRequest) -> Option<(String, String)> {
    match emergencies(None).marking(pull) {
        Marking::Declared(emergency) => {
            let by = emergency.labeled_by.map(|by| by.login);
            Some((emergency.label, by.unwrap_or_default()))
        }
        Marking::None => None,
        Marking::Unjustified(note) => panic!("{note}"),
    }
}

fn justification(body: &str) -> Option<String> {
    match marking(
        &pull_request()
            .labeled("emergency", "bob", "11:00")
            .described(body),
    ) {
        Marking::Declared(emergency) => emergency.justification,
        Marking::Unjustified(_) => None,
        Marking::None => panic!("{body:?}"),
    }
}

#[test]
fn the_labels_as_of_the_merge_count() {
    let p = pull_request;
    let by = |label: &str, login: &str| Some((label.to_owned(), login.to_owned()));
    let cases = [
        ("no label", p(), None),
        (
            "put on before the merge",
            p().labeled("emergency", "bob", "11:00"),
            by("emergency", "bob"),
        ),
        (
            "put on at the second of the merge",
            p().labeled("emergency", "bob", "12:00"),
            by("emergency", "bob"),
        ),
        (
            "put on after the merge",
            p().labeled("emergency", "bob", "12:01"),
            None,
        ),
        (
            "taken off before the merge",
            p().labeled("emergency", "bob", "10:00")
                .unlabeled("emergency", "carol", "11:00"),
            None,
        ),
        (
            "taken off after the merge",
            p().labeled("emergency", "bob", "10:00")
                .unlabeled("emergency", "carol", "13:00"),
            by("emergency", "bob"),
        ),
        (
            "taken off, then put on by somebody else",
            p().labeled("emergency", "bob", "10:00")
                .unlabeled("emergency", "bob", "10:30")
                .labeled("emergency", "carol", "11:00"),
            by("emergency", "carol"),
        ),
        ("another label", p().labeled("bug", "bob", "11:00"), None),
        (
            "in other letters",
            p().labeled("Emergency", "bob", "11:00"),
            by("Emergency", "bob"),
        ),
        (
            "the first of two that was put on",
            p().labeled("hotfix", "bob", "10:00")
                .labeled("emergency", "carol", "11:00"),
            by("hotfix", "bob"),
        ),
    ];
    for (sentence, pull, expected) in cases {
        assert_eq!(label(&pull), expected, "{sentence}");
    }
}

#[test]
fn the_justification_is_the_first_group_of_what_a_reader_sees() {
    let long = format!("Justification: {}", "x".repeat(600));
    let cases = [
        ("Justification: the site is down", Some("the site is down")),
        ("What\r\njustification:  down \r\nmore", Some("down")),
        ("", None),
        ("Justification:", None),
        ("Justification:   \n## Checklist", None),
        ("Justification: <!-- say why -->", None),
        ("Justification: <!-- say why", None),
        ("<!--\nJustification: hidden\n-->", None),
        (
            "Justification: <!-- say why --> payments fail",
            Some("payments fail"),
        ),
        ("There is no justification: none at all", None),
    ];
    for (body, expected) in cases {
        assert_eq!(justification(body).as_deref(), expected, "{body:?}");
    }
    assert_eq!(justification(&long).unwrap().chars().count(), 512);
}

#[test]
fn a_description_that_was_edited_after_the_merge_justifies_nothing() {
    let edited = |time: &str| {
        let mut pull = pull_request()
            .labeled("emergency", "bob", "11:00")
            .described("Justification: the site is down");
        pull.body_edited_at = Some(at(time));
        marking(&pull)
    };
    assert!(matches!(edited("11:30"), Marking::Declared(_)));
    assert!(matches!(edited("12:00"), Marking::Declared(_)));
    let Marking::Unjustified(note) = edited("12:01") else {
        panic!("justified");
    };
    assert_eq!(
        note,
        "labeled emergency by bob before the merge, but no emergency: its description was edited after the merge, at \
         2026-03-02T12:01:00Z, so whether it held a justification is not known"
    );
}

#[test]
fn somebody_must_have_reviewed_it_so_long_after_the_merge() {
    let Marking::Declared(emergency) =
        emergencies(None).marking(&pull_request().labeled("hotfix", "bob", "11:00"))
    else {
        panic!("no emergency");
    };
    assert_eq!(emergency.review_due_time, at("13:00"));
    assert_eq!(emergency.justification, None);
}

#[test]
fn a_pattern_without_a_group_is_the_justification_itself() {
    let marking = emergencies(Some("INC-[0-9]+")).marking(
        &pull_request()
            .labeled("hotfix", "bob", "11:00")
            .described("see INC-42."),
    );
    let Marking::Declared(emergency) = marking else {
        panic!("{marking:?}");
    };
    assert_eq!(emergency.justification.as_deref(), Some("INC-42"));
}

#[test]
fn a_pattern_that_does_not_compile_or_grows_too_large_is_refused() {
    for pattern in ["(", "a{1000}{1000}", r"(?=x)"] {
        let mark = EmergencyMark {
            labels: vec!["emergency".to_owned()],
            justification_pattern: Some(pattern.to_owned()),
            review_within_seconds: 60,
        };
        let error = Emergencies::new(&mark).unwrap_err().to_string();
        let start = "emergency.justificationPattern: ";
        assert!(
            error.starts_with(start) && error.contains(pattern),
            "{error}"
        );
        assert!(!error.contains('\n'), "{error}");
    }
}
