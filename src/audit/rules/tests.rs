//! What a rule can say, and that no text of a policy harms whoever judges by it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::audit::approval::Assessment;
use crate::audit::emergency::{Emergencies, Marking};
use crate::audit::facts::PullRequest;
use crate::audit::facts::ReviewState;
use crate::audit::fixtures::{app, at, pull_request, requirements, review, user};
use crate::audit::requirements::{EmergencyMark, Requirements};

fn rule(expression: &str) -> Rule {
    Rule {
        name: "a".to_owned(),
        expression: expression.to_owned(),
        message: None,
        severity: Severity::Warning,
    }
}

fn demanding(expression: &str) -> Requirements {
    Requirements {
        rules: vec![rule(expression)],
        ..requirements()
    }
}

/// Whether the change keeps the rule, or why there is no answer.
fn answer(expression: &str, pull: &PullRequest) -> Result<bool, String> {
    let requirements = demanding(expression);
    let mark = EmergencyMark {
        labels: vec!["emergency".to_owned()],
        justification_pattern: None,
        review_within_seconds: 3600,
    };
    let emergency = match Emergencies::new(&mark).unwrap().marking(pull) {
        Marking::Declared(emergency) => Some(emergency),
        _ => None,
    };
    let rules = Rules::new(&requirements.rules).unwrap();
    let assessment = Assessment::of(&requirements, pull);
    let mut outcome = rules.evaluate(Subject::of(&assessment, emergency.as_ref()));
    match outcome.failed.pop() {
        Some(problem) => Err(problem),
        None => Ok(outcome.broken.is_empty()),
    }
}

fn refusal(expression: &str) -> String {
    Rules::new(&[rule(expression)]).unwrap_err().to_string()
}

/// Everything that a rule can read is there.
fn rich() -> PullRequest {
    let mut pull = pull_request()
        .described("Why not?")
        .approved("bob", "10:00")
        .refused("carol", "10:30")
        .commented("dave", "10:40")
        .reviewed(review(Some(app("linter")), ReviewState::Approved, "10:50"))
        .approved("erin", "13:00")
        .labeled("emergency", "bob", "11:00")
        .labeled("late", "bob", "13:00");
    pull.merged_by = None;
    pull
}

#[test]
fn a_rule_reads_the_change_as_of_its_merge() {
    let true_of_it = [
        "change.kind == 'PullRequest'",
        "change.organization == 'acme' && change.repository == 'payments' && change.branch == 'main'",
        "change.number == 1234 && change.url.endsWith('/1234')",
        "change.title == 'Round up' && change.body.contains('not')",
        "change.author.login == 'alice' && change.author.kind == 'User'",
        "change.mergedBy.login == 'ghost' && change.mergedBy.kind == 'Deleted'",
        "change.mergedTime - change.createdTime == duration('3h')",
        "change.mergedTime < timestamp('2026-03-02T12:00:01Z') && change.mergedTime.getDayOfWeek() == 1",
        "change.labels == ['emergency']",
        "change.commits == 1 && change.headCommit == 'head'",
        "change.approvals.map(a, a.login) == ['bob', 'linter']",
        "change.approvals.filter(a, a.counts).size() == 1",
        "change.approvals[0].time == timestamp('2026-03-02T10:00:00Z') && change.approvals[0].commit == 'head'",
        "change.approvals.exists_one(a, a.kind == 'Bot')",
        "change.reviewers == ['bob', 'carol', 'dave', 'linter']",
        "has(change.emergency) && change.emergency.label == 'emergency' && change.emergency.labeledBy == 'bob'",
        "change.emergency.reviewDueTime == change.mergedTime + duration('1h')",
        "change.labels.all(l, change.approvals.exists(a, a.login != l && a.commit == change.headCommit))",
        "change.labels.exists(l, change.body.contains(l)) || true",
        "change.author.kind == 'Bot' || change.title.matches('^[A-Z][a-z]+ up$')",
        "!change.branch.startsWith('main') || change.approvals.exists(a, a.counts && a.login in ['erin', 'bob'])",
        "change.mergedTime.getDayOfWeek('Europe/Berlin') in [0, 1]",
        "type(change.number) == int && string(change.number) + '!' == '1234!'",
    ];
    for expression in true_of_it {
        assert_eq!(answer(expression, &rich()), Ok(true), "{expression}");
        let inverse = format!("!({expression})");
        assert_eq!(answer(&inverse, &rich()), Ok(false), "{inverse}");
    }
    assert_eq!(answer("has(change.emergency)", &pull_request()), Ok(false));
}

#[test]
fn the_documented_fields_are_those_there_are() {
    for field in subject::FIELDS {
        let expression = format!("has(change.{field}) || change.body == ''");
        assert_eq!(answer(&expression, &rich()), Ok(true), "{field}");
    }
    let fields = subject::FIELDS.len();
    assert_eq!(
        answer(
            &format!("change.size() == {fields} || change.body == ''"),
            &rich()
        ),
        Ok(true)
    );
}

#[test]
fn a_description_that_was_edited_after_the_merge_is_not_known() {
    let mut pull = rich();
    pull.body_edited_at = Some(at("11:00"));
    assert_eq!(answer("change.body != ''", &pull), Ok(true));
    pull.body_edited_at = Some(at("12:01"));
    let problem = answer("change.body != ''", &pull).unwrap_err();
    assert!(problem.contains("edited after the merge"), "{problem}");
    assert_eq!(answer("change.title != ''", &pull), Ok(true));
    pull.body = None;
    pull.body_edited_at = None;
    assert_eq!(answer("change.body == ''", &pull), Ok(true));
}

#[test]
fn a_title_is_read_as_of_the_merge_or_not_at_all() {
    let ticket = "change.title.matches('^PAY-[0-9]+')";
    let named = || pull_request().retitled("PAY-1", "11:59");
    assert_eq!(answer(ticket, &named()), Ok(true));
    assert_eq!(answer(ticket, &named().retitled("x", "12:01")), Ok(true));
    let late = pull_request().retitled("PAY-1", "12:01");
    assert_eq!(answer(ticket, &late), Ok(false));
    let mut unknown = named();
    "PAY-2".clone_into(&mut unknown.title);
    let problem = answer(ticket, &unknown).unwrap_err();
    let words = "GitHub's timeline lacks a change of its title";
    assert!(problem.contains(words), "{problem}");
    assert_eq!(answer("change.number == 1234", &unknown), Ok(true));
    // An account has no title: that is the rule's mistake, not GitHub's.
    let problem = refusal("change.author.title == ''");
    assert!(problem.contains("No such key: title"), "{problem}");
}

#[test]
fn what_is_known_to_be_wrong_is_refused() {
    let long = format!("'{}' == ''", "x".repeat(2045));
    for (expression, problem) in [
        (
            "change.titel == ''",
            "no field titel; it has kind, organization",
        ),
        ("title == ''", "there is no variable title; there is change"),
        (
            "change.title.replace('a', 'b') == ''",
            "there is no function replace",
        ),
        (
            "change.title.matches('(')",
            "no regular expression: unclosed group",
        ),
        ("change.title.matches(change.body)", "a pattern in quotes"),
        (
            "change.title.matches('\\\\w{999}{999}')",
            "no regular expression",
        ),
        ("change.title ==", "column"),
        ("", "column"),
        ("Foo{a: 1} == 1", "there is no type Foo"),
        (
            "change.labels.all(a, change.labels.all(b, change.labels.all(c, true)))",
            "nested 2 times at most",
        ),
        (
            "change.all(key, true)",
            "loops go over lists: change.approvals",
        ),
        ("change.author.exists(key, true)", "loops go over lists"),
        (
            "change.approvals.all(a, a.all(key, true))",
            "loops go over lists",
        ),
        ("{'a': 1}.map(key, key)[0] == 'a'", "loops go over lists"),
        (
            "[{'a': 1}].map(m, m)[0].all(key, true)",
            "loops go over lists",
        ),
        (
            "change.approvals.all(a, change.labels.all(l, change.body.matches('x')))",
            "could take too long",
        ),
        (&long, "has 2053 characters, 2048 at most"),
    ] {
        let refusal = refusal(expression);
        assert!(
            refusal.starts_with("rules[0].expression: the rule a "),
            "{refusal}"
        );
        assert!(refusal.contains(problem), "{expression}: {refusal}");
    }
}

#[test]
fn what_could_never_be_true_or_false_is_refused() {
    let no_bool = [
        "change.title",
        "1",
        "null",
        "change",
        "change.labels",
        "change.approvals.map(a, a.login)",
        "change.title.contains('x') ? true : 'no'",
    ];
    for expression in no_bool {
        let refusal = refusal(expression);
        assert!(refusal.contains("it gives a value of type "), "{refusal}");
        assert!(refusal.contains("is true or false"), "{refusal}");
    }
    let no_answer = [
        "change.title + 1 == 'x'",
        "change.commits > 'a'",
        "change.number / 0 == 1",
        "change.approvals.exists(a, a.logn == 'bob')",
        "change.emergency.reason == ''",
        "change['titel'] == ''",
        "change.mergedTime < timestamp('2027-01-01')",
        "duration('5') > change.mergedTime - change.createdTime",
        "change.mergedTime.getDayOfWeek('Mars/Olympus') != 5",
        "int('x') == 1",
    ];
    for expression in no_answer {
        let refusal = refusal(expression);
        assert!(
            refusal.contains("it gives no answer, whatever the change"),
            "{expression}: {refusal}"
        );
    }
}

#[test]
fn what_depends_on_the_change_is_no_mistake() {
    for expression in [
        "change.emergency.label == 'x'",
        "change.labels[99] == 'x'",
        "change.approvals[1].login == 'bob'",
        "int(change.branch) > 5",
        "timestamp(change.title) < change.mergedTime",
        "duration(change.title) < duration('1h')",
        "{'payments': 2, 'web': 1}[change.repository] <= change.approvals.size()",
        "change.author.login in {'alice': true}",
        "double(change.title) < 2.0",
        "true || 1 / 0 == 1",
    ] {
        assert!(Rules::new(&[rule(expression)]).is_ok(), "{expression}");
    }
}

#[test]
fn what_is_nested_too_deeply_is_told_in_words() {
    let deep = format!("{}true{}", "(".repeat(200), ")".repeat(200));
    let refusal = refusal(&deep);
    assert!(refusal.ends_with("within each other"), "{refusal}");
}

/// A field that is added to the one must be added to the other.
#[test]
fn rules_are_tried_on_changes_with_every_field() {
    let fields = subject::FIELDS.len();
    let counted = format!("change.size() == {fields} ? true : 1");
    assert!(Rules::new(&[rule(&counted)]).is_ok());
    for field in subject::FIELDS {
        let there = format!("has(change.{field}) ? true : 1");
        assert!(Rules::new(&[rule(&there)]).is_ok(), "{field}");
    }
}

#[test]
fn the_number_of_rules_is_bounded_and_names_are_unique() {
    let named = |n: usize| Rule {
        name: format!("r{n}"),
        ..rule("true")
    };
    let rules: Vec<Rule> = (0..=MAX_RULES).map(named).collect();
    let refusal = |rules: &[Rule]| Rules::new(rules).unwrap_err().to_string();
    assert_eq!(refusal(&rules), "rules: there are 33, 32 at most");
    assert!(Rules::new(&rules[1..]).is_ok());
    assert_eq!(
        refusal(&[rule("true"), rule("true")]),
        "rules[1].name: a is the name of another rule"
    );
}

/// The text, as often as it fits.
fn filled(before: &str, text: &str, after: &str) -> String {
    let count = (MAX_LENGTH - before.len() - after.len()) / text.len();
    format!("{before}{}{after}", text.repeat(count))
}

/// `open`, as deep as it fits, around `1`.
fn nested(open: &str, close: &str) -> String {
    let depth = (MAX_LENGTH - 1) / (open.len() + close.len());
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn no_text_of_the_allowed_length_ends_the_process() {
    let texts = [
        filled("1", "+1", ""),
        filled("true", "&&true", ""),
        filled("true", "||true", ""),
        filled("", "!", "true"),
        filled("", "-", "1"),
        filled("1", "?1:1", ""),
        filled("change", ".a", ""),
        filled("change", "[0]", ""),
        filled("change", ".size()", ""),
        filled("[", "1,", "1]"),
        filled("", "?:[{(", ""),
        filled("", "[{(", ""),
        filled("", "\"", ""),
        filled("", "'\\", ""),
        filled("", "\u{0}", ""),
        filled("", "\u{1F600}", ""),
        nested("(", ")"),
        nested("[", "]"),
        nested("{1:", "}"),
        nested("size(", ")"),
        nested("[1].map(x,", ")"),
        nested("[1].all(x,", ")"),
        nested("true ? ", " : 1"),
        format!(
            "({}).size() > 0",
            filled("change.labels", "+change.labels", "xxxxxxxxxxxxxx")
                .replace("xxxxxxxxxxxxxx", "")
        ),
    ];
    for text in texts {
        let start: String = text.chars().take(24).collect();
        assert!(text.chars().count() <= MAX_LENGTH, "{start}");
        // Refused or not, both are answers; and after it the next one is answered.
        if Rules::new(&[rule(&text)]).is_ok() {
            let said = answer(&text, &rich());
            assert!(
                !matches!(said, Err(problem) if problem.contains("interpreter failed")),
                "{start}"
            );
        }
        assert_eq!(answer("true", &rich()), Ok(true), "{start}");
    }
}

/// Texts of what expressions are made of.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = "change .labels .approvals .body [0] ( ) [ ] { } : , ? ! - + * / % < == && || in 1 1.5 1u 'x' \" ' \\ true null a \
        .all(a, .exists(a, .map(a, .filter(a, .size() .matches('x') has( size( string( . ; # \u{1F600}";
    let pieces: Vec<&str> = pieces.split(' ').collect();
    vec(select(pieces), 1..400)
        .prop_map(|pieces| pieces.concat().chars().take(MAX_LENGTH).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_at_all_ends_the_process(text in any_text()) {
        if Rules::new(&[rule(&text)]).is_ok() {
            let said = answer(&text, &rich());
            prop_assert!(!matches!(said, Err(problem) if problem.contains("interpreter failed")));
        }
    }
}

#[test]
fn what_would_take_memory_or_time_is_refused_before_it_runs() {
    let numbers = filled("[", "0,", "0].all(a, true)");
    let doubled = "(change.body + change.body + change.body)";
    for expression in [
        format!("change.labels.map(a, change.labels.map(b, {doubled})).size() > 0"),
        "change.reviewers.map(a, change.reviewers.map(b, change.reviewers)).size() > 0".to_owned(),
        filled(
            "(",
            "change.labels+",
            "change.labels).all(a,change.labels.all(b,change.body.contains(a+b)))",
        ),
        "change.approvals.all(a, change.labels.all(l, l.matches(a.login + 'x')))".to_owned(),
    ] {
        let refusal = refusal(&expression);
        assert!(
            refusal.contains("could take too") || refusal.contains("in quotes"),
            "{expression}: {refusal}"
        );
    }
    assert_eq!(answer(&numbers, &rich()), Ok(true));
}

#[test]
fn a_change_beyond_the_bounds_gets_no_answer() {
    let mut pull = pull_request();
    for n in 0..101 {
        pull = pull.labeled(&format!("label-{n}"), "bob", "11:00");
    }
    let problem = answer("true", &pull).unwrap_err();
    assert!(problem.contains("101 labels, rules see 100"), "{problem}");
}

#[test]
fn clones_of_a_judge_share_a_thread_and_answer_alike() {
    let requirements = demanding("change.author.login == 'alice'");
    let judge = crate::audit::evaluate::Judge::new(&requirements).unwrap();
    let pull = pull_request().approved("bob", "11:00");
    let foreign = pull.clone().opened_by(user("mallory"));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (judge, pull, foreign) = (judge.clone(), pull.clone(), foreign.clone());
            std::thread::spawn(move || {
                (0..50)
                    .map(|_| (judge.evaluate(&pull), judge.evaluate(&foreign)))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let expected = (judge.evaluate(&pull), judge.evaluate(&foreign));
    assert_ne!(expected.0, expected.1);
    for thread in threads {
        assert!(
            thread
                .join()
                .unwrap()
                .iter()
                .all(|verdicts| *verdicts == expected)
        );
    }
}

#[test]
fn an_answer_that_takes_too_long_is_none_and_holds_up_no_other() {
    let slow = "change.labels.all(a, change.labels.all(b, a != b || a == b))";
    let named = |name: &str, expression: &str| Rule {
        name: name.to_owned(),
        ..rule(expression)
    };
    let mut requirements = requirements();
    requirements.rules = vec![named("slow", slow), named("false", "false")];
    let mut pull = pull_request();
    for n in 0..100 {
        pull = pull.labeled(&format!("label-{n}"), "bob", "11:00");
    }
    let mut rules = Rules::new(&requirements.rules).unwrap();
    let subject = || Subject::of(&Assessment::of(&requirements, &pull), None);
    assert_eq!(rules.evaluate(subject()).failed, [""; 0]);
    // Ten thousand rounds take longer than this.
    rules.patience = Duration::from_nanos(1);
    let outcome = rules.evaluate(subject());
    assert!(
        outcome
            .failed
            .iter()
            .any(|it| it.starts_with("slow (it took over ")),
        "{outcome:?}"
    );
    rules.patience = PATIENCE;
    let outcome = rules.evaluate(subject());
    assert_eq!((outcome.failed.len(), outcome.broken.len()), (0, 1));
}

/// Rules are tried on a change of which everything is known: a field that it lacked would refuse every rule that reads it.
#[test]
fn every_field_of_a_change_may_be_read() {
    let parts = [
        "author.login",
        "author.kind",
        "mergedBy.login",
        "mergedBy.kind",
        "approvals[0].login",
        "approvals[0].kind",
        "approvals[0].time",
        "approvals[0].commit",
        "approvals[0].counts",
        "emergency.label",
        "emergency.labeledBy",
        "emergency.justification",
        "emergency.reviewDueTime",
    ];
    for field in subject::FIELDS.iter().chain(&parts) {
        let expression = format!("change.{field} == change.{field}");
        let refused = Rules::new(&[rule(&expression)]).err();
        assert!(refused.is_none(), "{expression}: {refused:?}");
    }
}
