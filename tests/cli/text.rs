//! The result as text, and pipes that close.

use std::io::Read as _;
use std::process::Stdio;

use mergeaudit_test_github::{Verdict, World};
use regex::Regex;

use crate::place::{Ended, Place, clean, mergeaudit, minutes_ago};

/// One change of each verdict that the default requirements know, in two organizations, and one organization that fails.
fn world() -> World {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").readers(&["rita"]);
    let _ = payments
        .merged_pull_request("Hurry")
        .author("alice")
        .merged_at(minutes_ago(170))
        .non_compliant(&["ApprovalMissing"]);
    let _ = payments
        .merged_pull_request("Twice wrong")
        .author("alice")
        .approved_by("rita")
        .changes_requested_by("bob")
        .merged_at(minutes_ago(160))
        .non_compliant(&["ApproverWithoutWrite", "ChangesRequested"]);
    let _ = payments
        .merged_pull_request("Gone")
        .author("alice")
        .approved_by("ghost")
        .merged_at(minutes_ago(150))
        .declare(Verdict::Undetermined, &[]);
    let mut globex = world.organization("globex");
    let _ = globex
        .repository("a-repository-with-quite-a-long-name")
        .merged_pull_request("Hurry")
        .author("carol")
        .merged_at(minutes_ago(140))
        .non_compliant(&["ApprovalMissing"]);
    world
}

/// Without what differs from run to run.
fn redacted(text: &str) -> String {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap();
    time.replace_all(text, "[time]").into_owned()
}

/// What two runs print: what was there before, and something new.
fn printed(format: &str) -> String {
    let place = Place::new(world(), &["acme", "globex", "nobody"]);
    let first = place.scan(&["-o", format]);
    assert_eq!(first.code, 1, "{}", first.said());
    place.minutes_pass(10);
    place.merge("payments", &[]);
    place.merge("payments", &["bob"]);
    place.minutes_pass(5);
    let second = place.scan(&["-o", format, "--all"]);
    assert_eq!(second.code, 1, "{}", second.said());
    redacted(&format!(
        "{}\n=== later, with --all ===\n\n{}",
        first.stdout, second.stdout
    ))
}

#[test]
fn a_table_for_people() {
    insta::assert_snapshot!("table", printed("table"));
}

#[test]
fn markdown_for_an_issue() {
    insta::assert_snapshot!("markdown", printed("markdown"));
}

#[test]
fn a_closed_pipe_is_no_failure_and_hides_no_verdict() {
    let place = Place::new(world(), &["acme"]);
    for (format, code) in [("json", 1), ("table", 2), ("markdown", 2)] {
        let mut command = place.command("policy.yaml", &["-o", format]);
        let ended = closed(&mut command);
        assert_eq!(ended.code, code, "-o {format}: {}", ended.stderr);
        assert!(!ended.stderr.contains("pipe"), "{}", ended.stderr);
    }
    let ended = closed(mergeaudit().arg("crd"));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let ended = closed(mergeaudit().args(["scan", "--help"]));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

/// Runs a command whose output nobody reads.
fn closed(command: &mut std::process::Command) -> Ended {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    Ended {
        code: child.wait().unwrap().code().unwrap(),
        stdout: String::new(),
        stderr,
    }
}
