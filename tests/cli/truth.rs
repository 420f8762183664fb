//! What a scan finds in a seeded world is what the author of that world declared.

use std::collections::BTreeMap;

use mergeaudit_test_github::Verdict;
use serde_json::Value;

use crate::place::{Place, seeded};

/// Verdict and reasons, by repository and number.
pub(crate) type Judged = BTreeMap<(String, u64), (String, Vec<String>)>;

pub(crate) fn declared(place: &Place) -> Judged {
    let world = place.github.world();
    let audited = world
        .truth
        .iter()
        .filter(|truth| truth.verdict != Verdict::OutOfScope);
    let judged = audited.map(|truth| {
        let change = (truth.repository.clone(), truth.number);
        (
            change,
            (format!("{:?}", truth.verdict), truth.reasons.clone()),
        )
    });
    judged.collect()
}

pub(crate) fn found(result: &Value) -> Judged {
    let changes = result["changes"].as_array().unwrap().iter();
    let judged = changes.map(|change| {
        let reasons = change["reasons"].as_array().unwrap().iter();
        let mut reasons: Vec<String> = reasons
            .map(|reason| reason["type"].as_str().unwrap().to_owned())
            .collect();
        reasons.sort();
        let repository = change["repository"].as_str().unwrap().to_owned();
        let verdict = change["verdict"].as_str().unwrap().to_owned();
        (
            (repository, change["number"].as_u64().unwrap()),
            (verdict, reasons),
        )
    });
    judged.collect()
}

/// The part of `one` that `other` does not say as well.
pub(crate) fn beyond(one: &Judged, other: &Judged) -> Judged {
    let mut rest = one.clone();
    rest.retain(|change, judged| other.get(change) != Some(judged));
    rest
}

#[test]
fn every_change_gets_the_verdict_and_the_reasons_that_were_declared() {
    for seed in [1, 2, 3] {
        let place = Place::new(seeded(seed, &["acme"], 60), &["acme"]);
        let result = place.result(1, &["--all"]);
        let (found, declared) = (found(&result), declared(&place));
        assert_eq!(
            (beyond(&found, &declared), beyond(&declared, &found)),
            (Judged::new(), Judged::new()),
            "found but not declared, and declared but not found, of seed {seed}"
        );
        assert!(found.len() > 40, "{}", found.len());
        assert_eq!(result["changes"].as_array().unwrap().len(), found.len());
    }
}
