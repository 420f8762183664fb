//! Exit codes, and what is said when something is wrong.

use mergeaudit_test_github::Verdict;
use serde_json::Value;

use crate::place::{Ended, Place, TOKEN, clean, files, minutes_ago, reviewed};

/// Refused before anything was scanned: code 3, all of these words on standard error, nothing on standard output.
#[track_caller]
fn assert_refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, 3, "{}", ended.said());
    assert_eq!(ended.stdout, "");
    for word in words {
        assert!(
            ended.stderr.contains(word),
            "{word:?} is not in {:?}",
            ended.stderr
        );
    }
    assert!(ended.stderr.lines().count() < 12, "{}", ended.stderr);
}

/// The policy with one text replaced, scanned.
#[track_caller]
fn scan_edited(from: &str, to: &str) -> Ended {
    let place = Place::new(clean(), &["acme"]);
    let policy = place.policy(&["acme"]);
    assert!(policy.contains(from), "{policy}");
    place.write("policy.yaml", &policy.replace(from, to));
    let ended = place.scan(&[]);
    let archive = place.directory.path().join("mergeaudit-evidence");
    assert!(!archive.exists(), "a refused policy leaves no trace");
    ended
}

#[test]
fn a_clean_organization_ends_with_0() {
    let result = Place::new(clean(), &["acme"]).result(0, &[]);
    assert_eq!(result["organizations"][0]["error"], Value::Null);
    assert_eq!(result["changes"].as_array().unwrap().len(), 0);
}

#[test]
fn an_approval_by_nobody_knows_whom_ends_with_2() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let _ = payments
        .merged_pull_request("Gone")
        .author("alice")
        .approved_by("ghost")
        .merged_at(minutes_ago(120))
        .declare(Verdict::Undetermined, &[]);
    let place = Place::new(world, &["acme"]);
    let result = place.result(2, &[]);
    assert_eq!(result["changes"][0]["verdict"], "Undetermined");
    assert_eq!(result["changes"][0]["missing"][0]["type"], "ReviewAuthor");
    // It stays so: nothing new is listed, and it is not clean.
    let again = place.result(2, &[]);
    assert_eq!(again["organizations"][0]["totals"]["undetermined"], 1);
}

#[test]
fn one_unknown_organization_ends_with_2_and_hides_no_other() {
    let place = Place::new(clean(), &["nobody", "acme"]);
    let result = place.result(2, &[]);
    let [unknown, known] = result["organizations"].as_array().unwrap().as_slice() else {
        panic!("{result}")
    };
    let error = unknown["error"].as_str().unwrap();
    assert!(
        error.contains("organization nobody") && error.contains("check the name"),
        "{error}"
    );
    assert_eq!(
        (&unknown["entry"], &unknown["window"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&known["error"], &known["totals"]["compliant"]),
        (&Value::Null, &1.into())
    );
}

#[test]
fn organizations_that_all_fail_end_with_3_and_say_why() {
    let place = Place::new(clean(), &["nobody", "noone"]);
    let ended = place.scan(&["-o", "json"]);
    for one in ended.json(3)["organizations"].as_array().unwrap() {
        assert!(
            one["error"].as_str().unwrap().contains("check the name"),
            "{one}"
        );
    }
    assert!(
        ended.stderr.contains("organization nobody"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_wrong_or_revoked_token_ends_with_3_and_is_not_shown() {
    let place = Place::new(clean(), &["acme"]);
    let wrong = "ghp_wrong0123456789";
    let ended = Ended::of(
        place
            .command("policy.yaml", &["-o", "json"])
            .env("GITHUB_TOKEN", wrong),
    );
    let error = ended.json(3)["organizations"][0]["error"].to_string();
    assert!(error.contains("401 Bad credentials"), "{error}");
    assert!(!ended.said().contains(wrong));
    assert!(place.github.revoke(TOKEN));
    assert_eq!(place.scan(&[]).code, 3);
}

#[test]
fn no_token_is_refused() {
    let place = Place::new(clean(), &["acme"]);
    let without = Ended::of(place.command("policy.yaml", &[]).env_remove("GITHUB_TOKEN"));
    assert_refused(&without, &["no token", "GITHUB_TOKEN", "--token-file"]);
    let empty = Ended::of(place.command("policy.yaml", &[]).env("GITHUB_TOKEN", " \n"));
    assert_refused(&empty, &["no token", "GITHUB_TOKEN"]);
    let file = Ended::of(&mut place.command("policy.yaml", &["--token-file", "absent"]));
    assert_refused(&file, &["--token-file absent", "No such file"]);
    place.write("empty", "\n");
    let file = Ended::of(&mut place.command("policy.yaml", &["--token-file", "empty"]));
    assert_refused(&file, &["--token-file empty", "no token"]);
    let mut two_lines = place.command("policy.yaml", &[]);
    let two_lines = Ended::of(two_lines.env("GITHUB_TOKEN", "ghp_one\nghp_two"));
    assert_refused(&two_lines, &["GITHUB_TOKEN", "the token and nothing else"]);
    assert!(!two_lines.stderr.contains("ghp_"), "{}", two_lines.stderr);
    assert!(place.github.requests().is_empty());
}

#[test]
fn a_token_file_goes_before_the_environment() {
    let place = Place::new(clean(), &["acme"]);
    place.write("token", &format!("{TOKEN}\n"));
    let mut command = place.command("policy.yaml", &["--token-file", "token"]);
    let ended = Ended::of(command.env("GITHUB_TOKEN", "ghp_another"));
    assert_eq!(ended.code, 0, "{}", ended.said());
}

#[test]
fn a_policy_file_that_is_none_is_refused() {
    let place = Place::new(clean(), &["acme"]);
    let scan = |file| Ended::of(&mut place.command(file, &[]));
    assert_refused(&scan("absent.yaml"), &["absent.yaml", "No such file"]);
    place.write(
        "two.yaml",
        &[place.policy(&["acme"]), place.policy(&["acme"])].join("---\n"),
    );
    assert_refused(
        &scan("two.yaml"),
        &["two.yaml", "more than one AuditPolicy", "file of its own"],
    );
    place.write(
        "other.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n",
    );
    assert_refused(&scan("other.yaml"), &["other.yaml", "no AuditPolicy"]);
    place.write("broken.yaml", "spec: [");
    assert_refused(&scan("broken.yaml"), &["broken.yaml", "line 1"]);
    let bare = Ended::of(place.command("policy.yaml", &[]).arg("--surprise"));
    assert_refused(&bare, &["--surprise", "--help"]);
}

#[test]
fn a_policy_that_cannot_be_obeyed_is_refused_with_field_and_fix() {
    let schedule = scan_edited("*/15 * * * *", "61 * * * *");
    assert_refused(&schedule, &["policy.yaml", "spec.schedule", "61"]);
    let zone = scan_edited("spec:\n", "spec:\n  timeZone: Europe/Atlantis\n");
    assert_refused(&zone, &["spec.timeZone", "Europe/Atlantis"]);
    let unsupported = scan_edited("spec:\n", "spec:\n  searchQuery: review:required\n");
    assert_refused(&unsupported, &["spec.searchQuery", "remove it"]);
    let host = scan_edited("http://127.0.0.1", "https://ghes.example.com");
    assert_refused(
        &host,
        &[
            "spec.github.apiUrl",
            "ghes.example.com",
            "--allowed-github-hosts",
        ],
    );
    let glob = scan_edited("spec:\n", "spec:\n  branches: [\"release/[\"]\n");
    assert_refused(&glob, &["branches", "release/["]);
}

#[test]
fn an_archive_that_cannot_be_is_refused() {
    let place = Place::new(clean(), &["acme"]);
    assert_refused(
        &place.scan(&["--evidence", "s3://bucket"]),
        &["--evidence s3://bucket", "file:///"],
    );
    assert_refused(
        &place.scan(&["--evidence", "policy.yaml"]),
        &["--evidence policy.yaml", "not a directory"],
    );
}

#[test]
fn the_token_is_in_no_output_and_no_file() {
    let mut world = clean();
    reviewed(&mut world, "globex");
    let place = Place::new(world, &["acme", "globex", "nobody"]);
    for log in ["debug", "trace"] {
        let ended = place.scan(&["--log", log, "-o", "json"]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains("DEBUG"), "{}", ended.stderr);
        assert!(!ended.said().contains(TOKEN), "with --log {log}");
    }
    let archived = files(&place.directory.path().join("mergeaudit-evidence"));
    assert!(archived.len() > 6);
    for file in archived {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(TOKEN), "{}", file.display());
    }
}
