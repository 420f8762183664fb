//! `mergeaudit backtest`: a past window, judged by one policy or by two, with nothing left behind.

use std::collections::BTreeMap;

use mergeaudit_test_github::{Verdict, World};
use regex::Regex;
use serde_json::{Value, json};

use crate::place::{Ended, Place, clean, files, minutes_ago, seeded};
use crate::truth::{Judged, beyond, declared, found};

fn backtest(place: &Place, arguments: &[&str]) -> Ended {
    let arguments = [&["-f", "policy.yaml"], arguments].concat();
    Ended::of(&mut place.asking("backtest", &arguments))
}

#[track_caller]
fn result(place: &Place, code: i32, arguments: &[&str]) -> Value {
    let arguments = [&["--since", "1d", "-o", "json"], arguments].concat();
    backtest(place, &arguments).json(code)
}

/// The policy with these lines in its spec, in a file of this name.
fn policy(place: &Place, file: &str, lines: &str) {
    let text = place.policy(&["acme"]);
    place.write(
        file,
        &text.replace("spec:\n", &format!("spec:\n  {lines}\n")),
    );
}

#[test]
fn a_backtest_says_what_was_declared() {
    for seed in [1, 4] {
        let place = Place::new(seeded(seed, &["acme"], 60), &["acme"]);
        let result = result(&place, 1, &["--all"]);
        let (found, declared) = (found(&result), declared(&place));
        assert_eq!(
            (beyond(&found, &declared), beyond(&declared, &found)),
            (Judged::new(), Judged::new()),
            "found but not declared, and declared but not found, of seed {seed}"
        );
        let one = &result["organizations"][0];
        assert_eq!(one["totals"]["changes"], found.len());
        assert_eq!(
            one["totals"]["baseline"], 0,
            "there is no chain to be older than"
        );
        assert_eq!((&one["entry"], &one["error"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn a_backtest_says_the_same_again_and_writes_nothing() {
    let place = Place::new(seeded(2, &["acme"], 40), &["acme"]);
    let before = files(place.directory.path());
    let window = ["--until", &minutes_ago(80).to_string()];
    let [one, another] = [(); 2].map(|()| result(&place, 1, &window));
    assert_eq!(one, another);
    assert_eq!(files(place.directory.path()), before);
}

#[test]
fn what_a_backtest_prints_has_the_keys_of_a_scan() {
    let place = Place::new(seeded(2, &["acme"], 40), &["acme"]);
    let (scan, backtest) = (place.result(1, &[]), result(&place, 1, &[]));
    let keys = |value: &Value| {
        let members = value.as_object().unwrap();
        members.keys().cloned().collect::<Vec<_>>()
    };
    for path in [
        "",
        "/organizations/0",
        "/organizations/0/totals",
        "/changes/0",
    ] {
        let of = |value: &Value| keys(value.pointer(path).unwrap());
        assert_eq!(of(&scan), of(&backtest), "{path}");
    }
}

#[test]
fn only_what_merged_in_the_window_is_judged() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    for (title, minutes) in [("Early", 301), ("First", 300), ("Late", 200)] {
        let _ = acme
            .repository("ledger")
            .merged_pull_request(title)
            .author("alice")
            .merged_at(minutes_ago(minutes))
            .non_compliant(&["ApprovalMissing"]);
    }
    let place = Place::new(world, &["acme"]);
    let merged_at = |number| {
        let world = place.github.world();
        let mut truth = world.truth.iter();
        let it = truth.find(|it| it.repository == "ledger" && it.number == number);
        it.unwrap().merged_at.unwrap().to_string()
    };
    let (first, late) = (merged_at(2), merged_at(3));
    let ended = backtest(&place, &["--since", &first, "--until", &late, "-o", "json"]);
    let result = ended.json(1);
    let numbers: Vec<&Value> = changes(&result).iter().map(|it| &it["number"]).collect();
    assert_eq!(numbers, [2], "the end of a window is not in it");
    let window = &result["organizations"][0]["window"];
    assert_eq!(window, &json!({"since": first, "until": late}));
}

fn changes(result: &Value) -> &Vec<Value> {
    result["changes"].as_array().unwrap()
}

/// One change that two writers approved, one with one approval, one with a stale one, one with none.
fn graded() -> World {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme
        .repository("payments")
        .writers(&["alice", "bob", "carol"]);
    let _ = payments
        .merged_pull_request("Two")
        .author("alice")
        .approved_by("bob")
        .approved_by("carol")
        .merged_at(minutes_ago(170))
        .compliant();
    let _ = payments
        .merged_pull_request("Stale")
        .author("alice")
        .approved_by("bob")
        .committed_by("alice")
        .merged_at(minutes_ago(160))
        .non_compliant(&["ApprovalStale"]);
    let _ = payments
        .merged_pull_request("None")
        .author("alice")
        .merged_at(minutes_ago(150))
        .non_compliant(&["ApprovalMissing"]);
    world
}

/// Verdicts before and after, by number.
fn differences(result: &Value) -> BTreeMap<u64, (Value, Value)> {
    let differences = result["differences"].as_array().unwrap().iter();
    let of = |it: &Value, side: &str| it[side]["verdict"].clone();
    differences
        .map(|it| {
            (
                it["number"].as_u64().unwrap(),
                (of(it, "before"), of(it, "after")),
            )
        })
        .collect()
}

#[test]
fn a_stricter_policy_shows_what_would_no_longer_pass() {
    let place = Place::new(graded(), &["acme"]);
    policy(&place, "two.yaml", "requirements: {approvals: 2}");
    let result = result(&place, 1, &["--against", "two.yaml"]);
    let (good, bad) = (json!("Compliant"), json!("NonCompliant"));
    let expected = [(1, (good, bad.clone())), (3, (bad.clone(), bad))];
    assert_eq!(differences(&result), BTreeMap::from(expected));
    let stale = &result["differences"][1];
    let kinds = |side: &str| -> Vec<&str> {
        let reasons = stale[side]["reasons"].as_array().unwrap().iter();
        reasons.map(|it| it["type"].as_str().unwrap()).collect()
    };
    assert_eq!(kinds("before"), ["ApprovalStale"]);
    assert_eq!(kinds("after"), ["ApprovalMissing", "ApprovalStale"]);
    assert_eq!(result["against"]["policy"], "soc2");
    assert_eq!(result["against"]["totals"]["nonCompliant"], 3);
    assert_eq!(result["organizations"][0]["totals"]["nonCompliant"], 2);
}

#[test]
fn a_looser_policy_shows_what_would_pass() {
    let place = Place::new(graded(), &["acme"]);
    policy(&place, "any.yaml", "requirements: {approvedCommit: Any}");
    let result = result(&place, 1, &["--against", "any.yaml"]);
    let expected = [(3, (json!("NonCompliant"), json!("Compliant")))];
    assert_eq!(differences(&result), BTreeMap::from(expected));
    assert_eq!(result["differences"][0]["before"]["severity"], "Warning");
    assert_eq!(result["differences"][0]["after"]["severity"], Value::Null);
    assert_eq!(result["against"]["totals"]["compliant"], 3);
}

#[test]
fn a_policy_does_not_differ_from_itself_and_costs_no_request_more() {
    let place = Place::new(seeded(3, &["acme"], 40), &["acme"]);
    let alone = result(&place, 1, &[]);
    let requests = place.github.requests().len();
    let compared = result(&place, 1, &["--against", "policy.yaml"]);
    assert_eq!(compared["differences"], json!([]));
    assert_eq!(
        compared["against"]["totals"],
        alone["organizations"][0]["totals"]
    );
    assert_eq!(compared["changes"], alone["changes"]);
    assert_eq!(place.github.requests().len(), 2 * requests);
}

#[test]
fn what_a_policy_leaves_out_is_null_there() {
    let place = Place::new(graded(), &["acme"]);
    let narrow = place.policy(&["acme"]).replace(
        "- name: acme",
        "- name: acme\n    repositories: {exclude: [payments]}",
    );
    place.write("narrow.yaml", &narrow);
    let result = result(&place, 1, &["--against", "narrow.yaml"]);
    assert_eq!(differences(&result).len(), 4);
    for difference in result["differences"].as_array().unwrap() {
        assert_eq!(difference["after"], Value::Null);
        assert_eq!(difference["repository"], "payments");
    }
    assert_eq!(result["against"]["totals"]["changes"], 0);
}

/// Without what differs from run to run.
pub(crate) fn redacted(text: &str) -> String {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap();
    let text = time.replace_all(text, "[--------time------]");
    let commit = Regex::new(r"\b[0-9a-f]{12}\b").unwrap();
    commit.replace_all(&text, "[--commit--]").into_owned()
}

#[test]
fn differences_for_people() {
    let place = Place::new(graded(), &["acme"]);
    policy(&place, "two.yaml", "requirements: {approvals: 2}");
    for format in ["table", "markdown"] {
        let arguments = ["--since", "1d", "--against", "two.yaml", "-o", format];
        let ended = backtest(&place, &arguments);
        assert_eq!(ended.code, 1, "{}", ended.said());
        assert!(!ended.stdout.contains('\u{1b}'), "no colour in a pipe");
        let mut lines = ended.stdout.lines();
        assert!(
            format != "table" || lines.all(|line| line.chars().count() <= 100),
            "{}",
            ended.stdout
        );
        insta::assert_snapshot!(format!("backtest_{format}"), redacted(&ended.stdout));
    }
}

#[test]
fn exit_codes_are_those_of_a_scan() {
    let place = Place::new(clean(), &["acme"]);
    assert_eq!(result(&place, 0, &[])["changes"], json!([]));
    place.write("policy.yaml", &place.policy(&["acme", "nobody"]));
    let partial = result(&place, 2, &[]);
    let error = partial["organizations"][1]["error"].as_str().unwrap();
    assert!(
        error.contains("organization nobody could not be read: ")
            && error.contains("check the name"),
        "{error}"
    );
    place.write("policy.yaml", &place.policy(&["nobody"]));
    result(&place, 3, &[]);
    let mut world = clean();
    let _ = world
        .organization("acme")
        .repository("payments")
        .merged_pull_request("Gone")
        .author("alice")
        .approved_by("ghost")
        .merged_at(minutes_ago(120))
        .declare(Verdict::Undetermined, &[]);
    result(&Place::new(world, &["acme"]), 2, &[]);
}

/// Refused before GitHub was asked anything: code 3, and these words.
#[track_caller]
fn assert_refused(place: &Place, arguments: &[&str], words: &[&str]) {
    let ended = backtest(place, arguments);
    ended.assert_refused(words);
    assert!(place.github.requests().is_empty());
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let place = Place::new(clean(), &["acme"]);
    let policy = place.policy(&["acme"]);
    assert_refused(&place, &[], &["--since"]);
    assert_refused(
        &place,
        &["--since", "soon"],
        &["--since", "is no time", "7d"],
    );
    assert_refused(&place, &["--since", "-7d"], &["--since", "is no time"]);
    let turned = ["--since", "2026-01-02", "--until", "2026-01-01"];
    assert_refused(
        &place,
        &turned,
        &["--since must be before --until", "2026-01-01"],
    );
    let future = ["--since", "2999-01-01"];
    assert_refused(&place, &future, &["--since must be before now"]);
    let against = |file| ["--since", "1d", "--against", file];
    assert_refused(
        &place,
        &against("absent.yaml"),
        &["absent.yaml", "No such file"],
    );
    place.write("more.yaml", &place.policy(&["acme", "globex"]));
    assert_refused(
        &place,
        &against("more.yaml"),
        &[
            "--against",
            "organization globex is not in the policy of --file",
        ],
    );
    place.write(
        "other.yaml",
        &policy.replace(&place.github.url(), "http://127.0.0.1:9"),
    );
    assert_refused(
        &place,
        &against("other.yaml"),
        &[
            "--against",
            "apiUrl is on 127.0.0.1:9",
            "facts of one GitHub",
        ],
    );
    place.write(
        "ghes.yaml",
        &policy.replace(&place.github.url(), "https://ghes.example.com/api/v3"),
    );
    assert_refused(
        &place,
        &against("ghes.yaml"),
        &["ghes.yaml", "--allowed-github-hosts"],
    );
}
