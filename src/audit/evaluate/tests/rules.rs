//! What rules make of a verdict.

use super::*;
use crate::audit::requirements::Rule;

fn rule(name: &str, expression: &str, severity: Severity) -> Rule {
    Rule {
        name: name.to_owned(),
        expression: expression.to_owned(),
        message: None,
        severity,
    }
}

/// Demands these rules, each a warning.
fn rules<const N: usize>(expressions: [(&str, &str); N]) -> impl FnOnce(&mut Requirements) {
    let rules = expressions.map(|(name, expression)| rule(name, expression, Warning));
    move |it| it.rules = rules.to_vec()
}

fn broken(name: &str) -> ReasonType {
    ReasonType::Rule(name.to_owned())
}

fn approved() -> PullRequest {
    pull_request().approved("bob", "11:00")
}

#[test]
fn a_broken_rule_is_a_reason_of_its_own() {
    let ticket = [("ticket", "change.title.matches('^[A-Z]+-[0-9]+')")];
    let case = given("approved, without a ticket", approved()).by(rules(ticket));
    case.is_warning(&[broken("ticket")]);
    assert_eq!(case.messages(), ["breaks the rule ticket"]);
    let titled = PullRequest {
        title: "PAY-7 Round up".to_owned(),
        ..approved()
    };
    given("approved, with a ticket", titled)
        .by(rules(ticket))
        .is_compliant();
    given("neither approved nor with a ticket", pull_request())
        .by(rules(ticket))
        .is_critical(&[ApprovalMissing, broken("ticket")]);
    let spoken = |it: &mut Requirements| {
        it.rules = vec![Rule {
            message: Some("the title names no ticket".to_owned()),
            ..rule("ticket", "false", Warning)
        }];
    };
    assert_eq!(
        given("", approved()).by(spoken).messages(),
        ["the title names no ticket"]
    );
}

#[test]
fn a_ticket_that_is_named_after_the_merge_came_too_late() {
    let ticket = [("ticket", "change.title.matches('^[A-Z]+-[0-9]+')")];
    given(
        "named before the merge",
        approved().retitled("PAY-7 Round up", "11:30"),
    )
    .by(rules(ticket))
    .is_compliant();
    given(
        "named after the merge",
        approved().retitled("PAY-7 Round up", "12:30"),
    )
    .by(rules(ticket))
    .is_warning(&[broken("ticket")]);
    given(
        "struck out after the merge",
        approved()
            .retitled("PAY-7 Round up", "11:30")
            .retitled("Round up", "12:30"),
    )
    .by(rules(ticket))
    .is_compliant();
    let gap = PullRequest {
        title: "PAY-8 Round down".to_owned(),
        ..approved().retitled("PAY-7 Round up", "11:30")
    };
    given("a change of the title is missing", gap.clone())
        .by(rules(ticket))
        .lacks(&[RuleNotEvaluated]);
    given("and no rule reads it", gap).is_compliant();
}

#[test]
fn broken_rules_are_listed_by_name_and_the_worst_counts() {
    let several = |it: &mut Requirements| {
        it.rules = vec![
            rule("z", "false", Warning),
            rule("kept", "true", Critical),
            rule("a", "false", Critical),
        ];
    };
    given("two of three are broken", approved())
        .by(several)
        .is_critical(&[broken("a"), broken("z")]);
    let overridden = |it: &mut Requirements| {
        several(it);
        it.severities = vec![SeverityRule {
            reasons: vec!["Rule/a".to_owned(), "Rule/z".to_owned()],
            repositories: Vec::new(),
            severity: Warning,
        }];
    };
    given("but the policy says it is a warning", approved())
        .by(overridden)
        .is_warning(&[broken("a"), broken("z")]);
}

#[test]
fn a_rule_without_an_answer_leaves_the_change_open() {
    let first_label = [("label", "change.labels[0] == 'ready'")];
    let case = given("there is no first label", approved()).by(rules(first_label));
    case.lacks(&[RuleNotEvaluated]);
    let messages = case.messages();
    assert!(
        messages[0].contains("label (Index out of bounds"),
        "{messages:?}"
    );
    let number = [("number", "change.number")];
    let case = given("a number is no answer", approved()).by(rules(number));
    case.lacks(&[RuleNotEvaluated]);
    assert!(
        case.messages()[0].ends_with("number (it gives int, not true or false)"),
        "{:?}",
        case.messages()
    );
    given("not approved either", pull_request())
        .by(rules(number))
        .is_critical(&[ApprovalMissing]);
    given("unclear either", approved_by_ghost())
        .by(rules(number))
        .lacks(&[ReviewAuthor, RuleNotEvaluated]);
    given("another rule is broken", approved())
        .by(rules([("a", "change.number"), ("b", "false")]))
        .is_warning(&[broken("b")]);
}

#[test]
fn a_reason_tells_that_more_is_unknown() {
    let unclear =
        given("unclear, and a rule is broken", approved_by_ghost()).by(rules([("a", "false")]));
    unclear.is_warning(&[broken("a")]);
    assert_eq!(
        unclear.messages(),
        ["breaks the rule a; more may be wrong, which missing evidence hides: ReviewAuthor"]
    );
}

#[test]
fn rules_hold_where_nothing_is_demanded_of_reviews() {
    let none = |it: &mut Requirements| {
        it.approvals = 0;
        it.rules = vec![rule("reviewed", "change.reviewers.size() > 0", Critical)];
    };
    given("nobody looked at it", pull_request())
        .by(none)
        .is_critical(&[broken("reviewed")]);
    given(
        "somebody commented",
        pull_request().commented("bob", "11:00"),
    )
    .by(none)
    .is_compliant();
    given("somebody objected", pull_request().refused("bob", "11:00"))
        .by(none)
        .is_compliant();
}

#[test]
fn only_what_decides_asks_for_the_description() {
    let mut requirements = requirements();
    assert!(!requirements.needs_description());
    requirements.rules = vec![rule("a", "change.title != ''", Warning)];
    assert!(!requirements.needs_description());
    requirements.rules = vec![rule("a", "change.body != ''", Warning)];
    assert!(requirements.needs_description());
    requirements.rules.clear();
    let mut mark = crate::audit::requirements::EmergencyMark {
        labels: vec!["emergency".to_owned()],
        justification_pattern: None,
        review_within_seconds: 60,
    };
    requirements.emergency = Some(mark.clone());
    assert!(!requirements.needs_description());
    mark.justification_pattern = Some("x".to_owned());
    requirements.emergency = Some(mark);
    assert!(requirements.needs_description());
}
