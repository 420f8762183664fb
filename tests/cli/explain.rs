//! `mergeaudit explain`: why a change got its verdict, from the archive and from GitHub.

use std::fs;

use jiff::SignedDuration;
use mergeaudit_test_github::{Verdict, World};
use regex::Regex;
use serde_json::Value;

use crate::backtest::redacted;
use crate::place::{Ended, Place, clean, files, minutes_ago};

const EVIDENCE: [&str; 2] = ["--evidence", "mergeaudit-evidence"];
const FILE: [&str; 2] = ["-f", "policy.yaml"];

/// A change, and what must be told of it.
struct Story {
    title: &'static str,
    verdict: Verdict,
    reasons: &'static [&'static str],
    /// The last review: what it is worth, and why.
    review: Option<(&'static str, &'static str)>,
}

const BAD: Verdict = Verdict::NonCompliant;

/// One change for each reason that reviews give, one that nobody can judge, and one that is fine.
const STORIES: [Story; 11] = [
    Story {
        title: "Missing",
        verdict: BAD,
        reasons: &["ApprovalMissing"],
        review: None,
    },
    Story {
        title: "Late",
        verdict: BAD,
        reasons: &["ApprovalAfterMerge"],
        review: Some(("DoesNotCount", "it came after the merge")),
    },
    Story {
        title: "Stale",
        verdict: BAD,
        reasons: &["ApprovalStale"],
        review: Some(("DoesNotCount", "stale: it is of ")),
    },
    Story {
        title: "Own",
        verdict: BAD,
        reasons: &["ApprovalByAuthor"],
        review: Some(("DoesNotCount", "own author")),
    },
    Story {
        title: "Contributed",
        verdict: BAD,
        reasons: &["ApprovalByContributor"],
        review: Some(("DoesNotCount", "wrote a part of it: ")),
    },
    Story {
        title: "Bot",
        verdict: BAD,
        reasons: &["ApprovalByBot"],
        review: Some(("DoesNotCount", "by an app")),
    },
    Story {
        title: "Reader",
        verdict: BAD,
        reasons: &["ApproverWithoutWrite"],
        review: Some(("DoesNotCount", "without write permission")),
    },
    Story {
        title: "Dismissed",
        verdict: BAD,
        reasons: &["ApprovalDismissed"],
        review: Some(("DoesNotCount", "dismissed before the merge by carol")),
    },
    Story {
        title: "Refused",
        verdict: BAD,
        reasons: &["ChangesRequested"],
        review: Some(("Objects", "stood by it")),
    },
    Story {
        title: "Gone",
        verdict: Verdict::Undetermined,
        reasons: &[],
        review: Some(("Unclear", "account is deleted")),
    },
    Story {
        title: "Commented",
        verdict: Verdict::Compliant,
        reasons: &[],
        review: Some(("DoesNotCount", "a comment is neither")),
    },
];

/// The stories in `payments`, numbered from 2.
fn stories() -> World {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let _ = acme
        .repository("payments")
        .writers(&["alice", "bob", "carol"])
        .readers(&["rita"]);
    for (at, story) in STORIES.iter().enumerate() {
        let merged_at = minutes_ago(170 - 10 * i64::try_from(at).unwrap());
        let mut payments = acme.repository("payments");
        let pull = payments.merged_pull_request(story.title).author("alice");
        let pull = pull.merged_at(merged_at);
        let late = merged_at + SignedDuration::from_mins(5);
        let pull = match story.title {
            "Late" => pull.approved_by("bob").at(late),
            "Stale" => pull.approved_by("bob").committed_by("alice"),
            "Own" => pull.approved_by("alice"),
            "Contributed" => pull.committed_by("bob").approved_by("bob"),
            "Bot" => pull.approved_by("ci[bot]"),
            "Reader" => pull.approved_by("rita"),
            "Dismissed" => pull.approved_by("bob").dismissed_by("carol", "bob"),
            "Refused" => pull.approved_by("bob").changes_requested_by("bob"),
            "Gone" => pull.approved_by("ghost"),
            "Commented" => pull.approved_by("bob").commented_by("carol"),
            _ => pull,
        };
        let _ = pull.declare(story.verdict, story.reasons);
    }
    world
}

fn explain(place: &Place, change: &str, arguments: &[&str]) -> Ended {
    let mut command = place.asking("explain", &[&[change], arguments].concat());
    if arguments.contains(&"--evidence") {
        command.env_remove("GITHUB_TOKEN");
    }
    Ended::of(&mut command)
}

fn code(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::NonCompliant => 1,
        Verdict::Undetermined => 2,
        Verdict::Compliant | Verdict::Exempt | Verdict::OutOfScope => 0,
    }
}

fn types(list: &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|it| it["type"].as_str().unwrap()).collect()
}

/// Explains every story and sees that the reasons, and the review's part in them, are told.
#[track_caller]
fn assert_told(place: &Place, from: &[&str]) {
    for (at, story) in STORIES.iter().enumerate() {
        let change = format!("acme/payments#{}", at + 2);
        let arguments = [from, &["-o", "json"]].concat();
        let result = explain(place, &change, &arguments).json(code(story.verdict));
        let explanations = result["explanations"].as_array().unwrap();
        assert_eq!(explanations.len(), 1, "{change}: {result}");
        let it = &explanations[0];
        let verdict = format!("{:?}", story.verdict);
        assert_eq!(
            (it["verdict"].as_str(), it["number"].as_u64()),
            (Some(verdict.as_str()), u64::try_from(at + 2).ok())
        );
        let explanation = &it["explanation"];
        assert_eq!(explanation["verdict"], verdict, "{change}");
        assert_eq!(types(&it["reasons"]), story.reasons, "{change}");
        let answers = explanation["requirements"].as_array().unwrap();
        let violated = answers
            .iter()
            .filter(|it| it["outcome"] == "Violated")
            .count();
        assert_eq!(violated > 0, story.verdict == BAD, "{change}");
        let last = explanation["reviews"].as_array().unwrap().last();
        let Some((worth, why)) = story.review else {
            assert_eq!(last, None, "{change}");
            continue;
        };
        let last = last.unwrap();
        assert_eq!(last["worth"], worth, "{change}");
        assert!(
            last["because"].to_string().contains(why),
            "{change}: {last}"
        );
        assert!(!explanation["commits"].as_array().unwrap().is_empty());
    }
}

#[test]
fn every_kind_of_reason_is_explained_from_the_archive() {
    let place = Place::new(stories(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 1);
    let before = files(place.directory.path());
    let requests = place.github.requests().len();
    assert_told(&place, &EVIDENCE);
    assert_eq!(files(place.directory.path()), before);
    assert_eq!(
        place.github.requests().len(),
        requests,
        "GitHub is not asked"
    );
}

#[test]
fn what_was_recorded_when_by_which_policy_is_told() {
    let place = Place::new(stories(), &["acme"]);
    let entry = place.result(1, &[])["organizations"][0]["entry"].clone();
    // A policy that was edited since explains nothing that was judged before.
    let edited = place
        .policy(&["acme"])
        .replace("spec:\n", "spec:\n  requirements: {approvals: 2}\n");
    place.write("policy.yaml", &edited);
    place.minutes_pass(5);
    let number = place.merge("payments", &["bob"]);
    place.minutes_pass(5);
    assert_eq!(place.scan(&[]).code, 1);
    let of = |number: u64, code| {
        let change = format!("ACME/Payments#{number}");
        let json = [EVIDENCE.as_slice(), &["-o", "json"]].concat();
        explain(&place, &change, &json).json(code)["explanations"][0].clone()
    };
    let (old, new) = (of(1, 0), of(number, 1));
    assert_eq!(old["recorded"][0]["entry"], entry);
    assert_eq!(old["recorded"][0]["verdict"], "Compliant");
    assert_eq!(old["recorded"][0]["policyDigest"], old["policy"]["digest"]);
    assert_eq!(old["policy"]["name"], "soc2");
    assert_ne!(old["policy"]["digest"], new["policy"]["digest"]);
    let first = |it: &Value| it["explanation"]["requirements"][0]["requirement"].clone();
    assert_eq!(first(&old), "an approval by one person that counts");
    assert_eq!(first(&new), "approvals by 2 people that count");
}

#[test]
fn each_policy_that_audited_the_change_is_told() {
    let place = Place::new(clean(), &["acme"]);
    let soft = place.policy(&["acme"]).replace("name: soc2", "name: other");
    place.write("other.yaml", &soft);
    assert_eq!(place.scan(&[]).code, 0);
    assert_eq!(Ended::of(&mut place.command("other.yaml", &[])).code, 0);
    let names = |arguments: &[&str]| {
        let arguments = [EVIDENCE.as_slice(), &["-o", "json"], arguments].concat();
        let result = explain(&place, "acme/payments#1", &arguments).json(0);
        let explanations = result["explanations"].as_array().unwrap().clone();
        let name = |it: &Value| it["policy"]["name"].as_str().unwrap().to_owned();
        explanations.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["other", "soc2"]);
    assert_eq!(names(&["--policy", "default/soc2"]), ["soc2"]);
}

#[test]
fn the_address_of_the_page_means_the_change() {
    let place = Place::new(clean(), &["acme"]);
    let result = place.result(0, &["--all"]);
    let page = result["changes"][0]["url"].as_str().unwrap();
    let host = Regex::new("://[^/]+").unwrap();
    let page = host.replace(
        page,
        format!("://{}", place.github.url().replace("http://", "")),
    );
    let ended = explain(&place, &page, &EVIDENCE);
    assert_eq!(ended.code, 0, "{}", ended.said());
    assert!(
        ended.stdout.starts_with("acme/payments#1: Round to even\n"),
        "{}",
        ended.stdout
    );
    let elsewhere = explain(
        &place,
        "https://ghes.example.com/acme/payments/pull/1",
        &EVIDENCE,
    );
    elsewhere.assert_refused(&["acme/payments#1 is not recorded", "0 chains searched"]);
}

#[test]
fn an_explanation_for_people() {
    let place = Place::new(stories(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 1);
    for format in ["table", "markdown"] {
        let arguments = [EVIDENCE.as_slice(), &["-o", format]].concat();
        let stale = explain(&place, "acme/payments#4", &arguments);
        let gone = explain(&place, "acme/payments#11", &arguments);
        assert_eq!((stale.code, gone.code), (1, 2));
        assert!(!stale.stdout.contains('\u{1b}'), "no colour in a pipe");
        let text = format!("{}\n=== another ===\n\n{}", stale.stdout, gone.stdout);
        insta::assert_snapshot!(
            format!("explain_{format}"),
            without_digests(&redacted(&text))
        );
    }
}

/// Without the digests and commits that differ from run to run.
fn without_digests(text: &str) -> String {
    let digest = Regex::new("sha256:[0-9a-f]{64}").unwrap();
    let text = digest.replace_all(text, "[digest]");
    let commit = Regex::new(r"\b[0-9a-f]{40}\b").unwrap();
    commit.replace_all(&text, "[commit]").into_owned()
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let place = Place::new(clean(), &["acme"]);
    let refuse = |change: &str, arguments: &[&str], words: &[&str]| {
        explain(&place, change, arguments).assert_refused(words);
    };
    for change in ["1234", "acme/payments", "https://github.com/acme/payments"] {
        refuse(
            change,
            &FILE,
            &[
                change,
                "is no pull request",
                "ORGANIZATION/REPOSITORY#NUMBER",
            ],
        );
    }
    refuse("acme/payments#1", &[], &["--file"]);
    refuse(
        "acme/payments#1",
        &["--evidence", "absent"],
        &["--evidence absent: there is no such directory"],
    );
    refuse(
        "acme/payments#1",
        &["-f", "policy.yaml", "--policy", "default/soc2"],
        &["--evidence"],
    );
    refuse(
        "acme/payments#1",
        &["-f", "policy.yaml", "--evidence", "."],
        &["cannot be used with"],
    );
    assert_eq!(place.scan(&[]).code, 0);
    refuse(
        "acme/payments#99",
        &EVIDENCE,
        &["acme/payments#99 is not recorded in --evidence mergeaudit-evidence (1 chains searched)"],
    );
    assert!(!place.github.requests().is_empty());
}

#[test]
fn a_damaged_archive_is_not_taken_for_one_without_the_change() {
    let place = Place::new(clean(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 0);
    let records = files(&place.chain("acme").join("records"));
    fs::remove_file(&records[0]).unwrap();
    let ended = explain(&place, "acme/payments#1", &EVIDENCE);
    ended.assert_refused(&["records of entry 2", "corrupt"]);
}

#[test]
fn every_kind_of_reason_is_explained_from_github() {
    let place = Place::new(stories(), &["acme"]);
    let before = files(place.directory.path());
    assert_told(&place, &FILE);
    assert_eq!(files(place.directory.path()), before);
}

#[test]
fn what_the_policy_does_not_audit_is_told_so() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let _ = payments
        .merged_pull_request("Elsewhere")
        .author("alice")
        .base("develop")
        .merged_at(minutes_ago(100))
        .declare(Verdict::OutOfScope, &[]);
    let place = Place::new(world, &["acme"]);
    let json = [FILE.as_slice(), &["-o", "json"]].concat();
    let of = |number: u64| {
        let change = format!("acme/payments#{number}");
        explain(&place, &change, &json).json(0)["explanations"][0].clone()
    };
    assert_eq!(of(1)["notAudited"], Value::Null);
    assert_eq!(
        of(2)["notAudited"],
        "the branch develop is not among spec.branches"
    );
    assert_eq!(of(2)["verdict"], "NonCompliant");
    let excluding = place.policy(&["acme"]).replace(
        "- name: acme",
        "- name: acme\n    repositories: {exclude: [pay*]}",
    );
    place.write("policy.yaml", &excluding);
    assert_eq!(of(1)["notAudited"], "the repository payments is excluded");
}

#[test]
fn what_github_does_not_show_or_did_not_merge_is_refused() {
    let mut world = clean();
    let _ = world
        .organization("acme")
        .repository("payments")
        .pull_request("Open")
        .author("alice")
        .open();
    let place = Place::new(world, &["acme"]);
    let refuse = |change: &str, words: &[&str]| {
        explain(&place, change, &FILE).assert_refused(words);
    };
    refuse(
        "acme/payments#2",
        &["acme/payments#2 is not merged", "only what landed"],
    );
    refuse(
        "acme/payments#99",
        &["no pull request acme/payments#99", "check the name"],
    );
    refuse("acme/nothing#1", &["no pull request acme/nothing#1"]);
    refuse(
        "globex/payments#1",
        &["organization globex is not in the policy of policy.yaml"],
    );
    let mut without = place.asking("explain", &["acme/payments#1", "-f", "policy.yaml"]);
    Ended::of(without.env_remove("GITHUB_TOKEN")).assert_refused(&["no token"]);
}

#[test]
fn a_title_that_was_changed_after_the_merge_is_told() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let number = payments
        .merged_pull_request("Fix rounding")
        .author("alice")
        .approved_by("bob")
        .merged_at(minutes_ago(160))
        .retitled_by("alice", "PAY-7: Fix rounding")
        .at(minutes_ago(150))
        .declare(BAD, &["Rule/ticket"]);
    let place = Place::new(world, &["acme"]);
    let spec = "spec:\n  rules: [{name: ticket, expression: \"change.title.startsWith('PAY-')\", message: no ticket}]\n";
    let policy = place.policy(&["acme"]).replace("spec:\n", spec);
    place.write("policy.yaml", &policy);
    assert_eq!(place.scan(&[]).code, 1);
    let change = format!("acme/payments#{number}");
    for from in [FILE.as_slice(), EVIDENCE.as_slice()] {
        let told = explain(&place, &change, from);
        assert_eq!(told.code, 1, "{}", told.said());
        for words in [
            &format!("{change}: Fix rounding\n"),
            "retitled after the merge by alice at ",
            "\"PAY-7: Fix rounding\"",
            "- Rule/ticket: no ticket",
        ] {
            assert!(
                told.stdout.contains(words),
                "{words:?} is not in {}",
                told.stdout
            );
        }
        let json = [from, &["-o", "json"]].concat();
        let it = explain(&place, &change, &json).json(1)["explanations"][0].clone();
        assert_eq!(it["title"], "Fix rounding");
        assert_eq!(it["currentTitle"], "PAY-7: Fix rounding");
        assert_eq!(it["renamed"][0]["by"], "alice");
        assert_eq!(it["renamed"][0]["title"], it["currentTitle"]);
    }
}

#[test]
fn rules_and_emergencies_are_told() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let _ = payments
        .merged_pull_request("PAY-1 Bump")
        .author("dependabot[bot]")
        .merged_at(minutes_ago(170))
        .declare(BAD, &["ApprovalMissing"]);
    let _ = payments
        .merged_pull_request("Customers cannot pay")
        .author("alice")
        .labeled_by("alice", "emergency")
        .body("Justification: customers cannot pay.")
        .merged_at(minutes_ago(160))
        .declare(BAD, &["ApprovalMissing"]);
    let place = Place::new(world, &["acme"]);
    let spec = "spec:\n  rules: [{name: ticket, expression: \"change.title.startsWith('PAY-')\", message: no ticket}]\n  \
         emergency: {labels: [emergency], justificationPattern: '(?im)^justification:\\s*(.+)$'}\n";
    let policy = place.policy(&["acme"]).replace("spec:\n", spec);
    place.write("policy.yaml", &policy);
    let told = |number: u64, code| {
        let ended = explain(&place, &format!("acme/payments#{number}"), &FILE);
        assert_eq!(ended.code, code, "{}", ended.said());
        ended.stdout
    };
    let hurry = told(3, 1);
    for words in [
        "emergency: labelled emergency by alice; justification: customers cannot pay.",
        "NO    Rule/ticket",
        "Rule/ticket: ",
    ] {
        assert!(hurry.contains(words), "{words:?} is not in {hurry}");
    }
    let bump = told(2, 1);
    for words in [
        "yes   Rule/ticket",
        "NO    an approval by one person that counts",
    ] {
        assert!(bump.contains(words), "{words:?} is not in {bump}");
    }
}
