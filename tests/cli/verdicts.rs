//! Emergencies, exemptions and rules, from the answer on the wire to the verdict that is printed.

use mergeaudit_test_github::Verdict;
use serde_json::Value;

use crate::place::{Place, clean, minutes_ago};

const DEMANDS: &str = r#"  emergency:
    labels: [emergency]
    justificationPattern: '(?im)^justification:[ \t]*(\S.*)$'
  rules:
  - {name: no-reverts, expression: "!change.title.startsWith('Revert')", message: a revert needs a change of its own}
  - {name: labelled-first, expression: "change.labels[0] != ''"}
"#;

/// The changes that the scan lists, by title's number: `[verdict, severity, types of reasons or of what is missing]`.
fn found(result: &Value, number: u64) -> (String, String, Vec<String>) {
    let changes = result["changes"].as_array().unwrap();
    let change = changes
        .iter()
        .find(|change| change["number"] == number)
        .unwrap();
    let word = |field: &str| change[field].as_str().unwrap_or_default().to_owned();
    let grounds = ["reasons", "missing"].into_iter();
    let grounds = grounds.flat_map(|field| change[field].as_array().unwrap());
    let types = grounds.map(|ground| ground["type"].as_str().unwrap().to_owned());
    (word("verdict"), word("severity"), types.collect())
}

#[test]
fn what_a_policy_demands_besides_reviews_is_judged_as_of_the_merge() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let justification = "Justification: customers cannot pay.";
    let justified = payments
        .merged_pull_request("Hurry")
        .author("alice")
        .labeled_by("alice", "emergency")
        .body(justification)
        .merged_at(minutes_ago(120))
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
    let silent = payments
        .merged_pull_request("Hurry without a word")
        .author("alice")
        .labeled_by("alice", "emergency")
        .merged_at(minutes_ago(120))
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
    let edited = payments
        .merged_pull_request("Hurry, explain later")
        .author("alice")
        .labeled_by("alice", "emergency")
        .body("Nothing yet")
        .merged_at(minutes_ago(120))
        .body_edited_by("alice", justification)
        .at(minutes_ago(60))
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
    let reverted = payments
        .merged_pull_request("Revert it")
        .author("alice")
        .labeled_by("alice", "emergency")
        .approved_by("bob")
        .merged_at(minutes_ago(120))
        .declare(Verdict::NonCompliant, &["Rule/no-reverts"]);
    let unanswered = payments
        .merged_pull_request("Calm")
        .author("alice")
        .approved_by("bob")
        .merged_at(minutes_ago(120))
        .declare(Verdict::Undetermined, &[]);
    let place = Place::new(world, &["acme"]);
    place.write("policy.yaml", &(place.policy(&["acme"]) + DEMANDS));
    let result = place.result(1, &[]);
    let expected = |verdict: &str, severity: &str, kind: &str| {
        (
            verdict.to_owned(),
            severity.to_owned(),
            vec![kind.to_owned()],
        )
    };
    let violation = |severity, kind| expected("NonCompliant", severity, kind);
    assert_eq!(
        found(&result, justified),
        violation("Warning", "ApprovalMissing")
    );
    assert_eq!(
        found(&result, silent),
        violation("Critical", "ApprovalMissing")
    );
    assert_eq!(
        found(&result, edited),
        violation("Critical", "ApprovalMissing")
    );
    assert_eq!(
        found(&result, reverted),
        violation("Warning", "Rule/no-reverts")
    );
    assert_eq!(
        found(&result, unanswered),
        expected("Undetermined", "", "RuleNotEvaluated")
    );
    let said = result.to_string();
    assert!(said.contains("edited after the merge"), "{said}");
}

#[test]
fn an_exemption_holds_where_it_says_and_of_authors_only_what_is_verified() {
    let mut world = clean();
    let mut acme = world.organization("acme");
    let mut docs = acme.repository("docs");
    let exempt = docs
        .merged_pull_request("Mend a comma")
        .author("alice")
        .merged_at(minutes_ago(120))
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
    let mut payments = acme.repository("payments");
    let _ = payments
        .merged_pull_request("Update, without a signature")
        .author("dependabot[bot]")
        .merged_at(minutes_ago(120))
        .declare(Verdict::NonCompliant, &["ApprovalMissing"]);
    let place = Place::new(world, &["acme"]);
    let terms = format!(
        "reason: checked, approvedBy: ciso, expirationTime: \"{}\"",
        minutes_ago(-60 * 24 * 30)
    );
    let exemptions = format!(
        "  exemptions:\n  - {{name: docs, repositories: [docs], {terms}}}\n  \
         - {{name: updates, authors: [app/dependabot], {terms}}}\n"
    );
    place.write("policy.yaml", &(place.policy(&["acme"]) + &exemptions));
    let result = place.result(1, &[]);
    assert_eq!(found(&result, exempt).0, "Exempt", "{result}");
    let said = result.to_string();
    assert!(
        said.contains("the exemption updates does not hold: commit"),
        "{said}"
    );
    let totals = &result["organizations"][0]["totals"];
    assert_eq!(
        (&totals["exempt"], &totals["nonCompliant"]),
        (&1.into(), &1.into())
    );
}
