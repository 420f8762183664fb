//! The one object that `-o json` prints: DESIGN §8.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mergeaudit::digest::Digest;
use serde_json::{Value, json};

use crate::place::{Place, clean, minutes_ago, seeded};

/// The example of the design, with something in every list.
fn example() -> Value {
    json!({"policy": "soc2-cc8-1", "organizations": [{"name": "acme", "window": {"since": "…", "until": "…"},
        "entry": {"sequence": 7, "digest": "sha256:…"},
        "totals": {"changes": 0, "compliant": 0, "nonCompliant": 0, "baseline": 0, "exempt": 0, "undetermined": 0},
        "debts": [], "error": null}],
      "changes": [{"organization": "acme", "repository": "payments", "kind": "PullRequest", "number": 1234, "branch": "main",
        "commit": "…", "commits": ["…"], "url": "…", "verdict": "NonCompliant", "severity": "Critical",
        "baseline": false, "reasons": [{"type": "ApprovalMissing", "message": "…"}], "missing": []}]})
}

/// The keys of every object of a value, by the path to it.
fn keys(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let path = format!("{path}.{key}");
                keys(value, &path, into);
                into.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, path, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn keys_of(value: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    keys(value, "", &mut paths);
    paths
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[track_caller]
fn sum(totals: &Value) -> i64 {
    let parts = ["compliant", "nonCompliant", "exempt", "undetermined"];
    parts
        .iter()
        .map(|part| totals[part].as_i64().unwrap())
        .sum()
}

#[test]
fn every_key_of_the_design_is_there_and_no_other() {
    let place = Place::new(seeded(1, &["acme"], 120), &["acme"]);
    let result = place.result(1, &["--all"]);
    let mut expected = keys_of(&example());
    // Something undetermined has these.
    expected.extend([".changes.missing.type", ".changes.missing.message"].map(str::to_owned));
    assert_eq!(keys_of(&result), expected);
}

#[test]
fn every_change_has_every_key_and_each_value_its_type() {
    let place = Place::new(seeded(2, &["acme"], 40), &["acme"]);
    let result = place.result(1, &["--all"]);
    let expected: BTreeSet<String> = example()["changes"][0]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    for change in result["changes"].as_array().unwrap() {
        let members: BTreeSet<String> = change.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, expected);
        assert_eq!(change["organization"], "acme");
        assert_eq!(change["kind"], "PullRequest");
        let is_ledger = change["repository"] == "ledger";
        assert_eq!(change["branch"], if is_ledger { "trunk" } else { "main" });
        assert_eq!(change["commits"], json!([]));
        assert_eq!(change["commit"].as_str().unwrap().len(), 40);
        let (repository, number) = (
            change["repository"].as_str().unwrap(),
            change["number"].as_u64().unwrap(),
        );
        let url = change["url"].as_str().unwrap();
        assert!(
            url.ends_with(&format!("/acme/{repository}/pull/{number}")),
            "{url}"
        );
        let reasons = change["reasons"].as_array().unwrap();
        let missing = change["missing"].as_array().unwrap();
        match change["verdict"].as_str().unwrap() {
            "NonCompliant" => {
                assert!(!reasons.is_empty() && missing.is_empty());
                assert!(["Critical", "Warning"].contains(&change["severity"].as_str().unwrap()));
                assert_eq!(change["baseline"], true, "it merged before the first run");
            }
            "Undetermined" => {
                assert!(reasons.is_empty() && !missing.is_empty());
                assert_eq!(change["severity"], Value::Null);
            }
            verdict => {
                assert_eq!(verdict, "Compliant");
                assert!(reasons.is_empty() && missing.is_empty());
                assert_eq!(change["severity"], Value::Null);
            }
        }
    }
}

#[test]
fn an_entry_has_the_digest_of_its_file() {
    let place = Place::new(clean(), &["acme"]);
    for sequence in [2, 3] {
        let result = place.result(0, &[]);
        let entry = &result["organizations"][0]["entry"];
        assert_eq!(entry["sequence"], sequence, "after genesis and control");
        let digest = Digest::of(&place.entry("acme", &entry["sequence"]));
        assert_eq!(entry["digest"], digest.to_string());
    }
}

#[test]
fn only_compliant_changes_are_left_out_without_all() {
    let place = Place::new(seeded(1, &["acme"], 120), &["acme"]);
    let result = place.result(1, &[]);
    let totals = &result["organizations"][0]["totals"];
    let listed = result["changes"].as_array().unwrap();
    assert!(listed.iter().all(|change| change["verdict"] != "Compliant"));
    let left_out = totals["compliant"].as_i64().unwrap();
    assert!(left_out > 0);
    assert_eq!(
        i64::try_from(listed.len()).unwrap() + left_out,
        totals["changes"].as_i64().unwrap()
    );
    assert_eq!(sum(totals), totals["changes"].as_i64().unwrap());
    assert_eq!(
        totals["nonCompliant"], totals["baseline"],
        "all of it merged before the first run"
    );
}

#[test]
fn the_next_run_goes_on_where_the_chain_ends() {
    let place = Place::new(seeded(1, &["acme"], 120), &["acme"]);
    let first = place.result(1, &["--all"]);
    place.minutes_pass(10);
    let second = place.result(2, &["--all"]);
    let of = |result: &Value, field: &str| result["organizations"][0][field].clone();
    assert_eq!(second["changes"], json!([]), "nothing is judged twice");
    assert_eq!(of(&first, "totals"), of(&second, "totals"));
    let until = time(&of(&first, "window")["until"]);
    let overlap = SignedDuration::from_hours(1);
    assert_eq!(
        time(&of(&second, "window")["since"]),
        until - overlap,
        "windows touch, and overlap"
    );
    assert!(time(&of(&second, "window")["until"]) >= until + SignedDuration::from_mins(10));
    let sequence = |result: &Value| of(result, "entry")["sequence"].as_u64().unwrap();
    assert_eq!(sequence(&second), sequence(&first) + 1);
}

#[test]
fn the_first_window_begins_the_lookback_before_the_first_run() {
    let before = minutes_ago(24 * 60) - SignedDuration::from_secs(1);
    let place = Place::new(clean(), &["acme"]);
    let result = place.result(0, &[]);
    let since = time(&result["organizations"][0]["window"]["since"]);
    assert!(before <= since && since <= minutes_ago(24 * 60), "{since}");
}

#[test]
fn what_merged_before_the_first_run_is_baseline_and_what_merges_later_is_not() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let old = payments
        .merged_pull_request("Hurry")
        .author("alice")
        .merged_at(minutes_ago(120));
    let old = old.non_compliant(&["ApprovalMissing"]);
    let place = Place::new(world, &["acme"]);

    let first = place.result(1, &[]);
    assert_eq!(first["changes"][0]["number"], old);
    assert_eq!(first["changes"][0]["baseline"], true);
    assert_eq!(first["organizations"][0]["totals"]["baseline"], 1);

    place.minutes_pass(10);
    let new = place.merge("payments", &[]);
    let reviewed = place.merge("payments", &["bob"]);
    place.minutes_pass(5);
    let second = place.result(1, &["--all"]);
    let changes = second["changes"].as_array().unwrap();
    let find = |number| {
        changes
            .iter()
            .find(|change| change["number"] == number)
            .unwrap()
    };
    assert_eq!(changes.len(), 2);
    assert_eq!(find(new)["baseline"], false);
    assert_eq!(find(new)["verdict"], "NonCompliant");
    assert_eq!(find(new)["severity"], "Critical");
    assert_eq!(find(reviewed)["verdict"], "Compliant");
    let totals = json!({"changes": 4, "compliant": 2, "nonCompliant": 2, "baseline": 1, "exempt": 0, "undetermined": 0});
    assert_eq!(second["organizations"][0]["totals"], totals);

    place.minutes_pass(5);
    let third = place.result(0, &["--all"]);
    assert_eq!(
        third["changes"],
        json!([]),
        "what was found is not found again"
    );
    assert_eq!(third["organizations"][0]["totals"], totals);
}
