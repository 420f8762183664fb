//! What the API server cannot refuse is refused here, naming the field and what to write instead.

use serde_json::{Value, json};

use super::*;
use crate::controller::fixtures::{at, plan, policy, validated};

#[track_caller]
fn refused(spec: Value) -> (Reason, String) {
    let Invalid { reason, message } = validated(&policy(spec)).unwrap_err();
    (reason, message)
}

#[track_caller]
fn assert_refused(spec: Value, expected: Reason, words: &[&str]) {
    let (reason, message) = refused(spec);
    assert_eq!(reason, expected, "{message}");
    for word in words {
        assert!(message.contains(word), "{message:?} lacks {word:?}");
    }
}

#[test]
fn the_smallest_policy_is_obeyed() {
    let plan = plan(json!({}));
    assert_eq!(
        (plan.key.namespace.as_str(), plan.key.name.as_str()),
        ("compliance", "soc2")
    );
    assert_eq!(plan.created, at("12:00"));
    assert_eq!(plan.endpoint.authority(), "api.github.com");
    assert_eq!(plan.secret, "github");
    assert_eq!(plan.assignments.len(), 1);
    assert_eq!(plan.max_open, 500);
}

#[test]
fn a_schedule_that_never_comes_names_the_field_and_why() {
    assert_refused(
        json!({"schedule": "0 0 31 2 *"}),
        Reason::InvalidSchedule,
        &["spec.schedule", "never comes", "no month"],
    );
}

#[test]
fn a_schedule_that_is_none_names_the_field_and_what_to_give() {
    assert_refused(
        json!({"schedule": "every day"}),
        Reason::InvalidSchedule,
        &["spec.schedule", "give five"],
    );
}

#[test]
fn an_exemption_that_ends_in_over_a_year_names_the_latest_end() {
    let ending = |end: &str| {
        json!({"exemptions": [{"name": "docs", "repositories": ["docs"], "reason": "no code", "approvedBy": "ciso@example.com",
            "expirationTime": end}]})
    };
    assert_refused(
        ending("2027-11-24T00:00:00Z"),
        Reason::InvalidPolicy,
        &[
            "spec.exemptions[0].expirationTime",
            "docs ends at 2027-11-24",
            "write 2027-11-23T00:00:00Z or earlier",
        ],
    );
    plan(ending("2027-11-23T12:00:00Z"));
    plan(ending("2020-01-01T00:00:00Z"));
}

#[test]
fn an_unknown_time_zone_names_the_field_and_an_example() {
    assert_refused(
        json!({"timeZone": "Mars/Olympus"}),
        Reason::InvalidTimeZone,
        &["spec.timeZone", "Mars/Olympus", "Europe/Berlin"],
    );
}

#[test]
fn a_misspelled_time_zone_names_its_spelling() {
    assert_refused(
        json!({"timeZone": "europe/berlin"}),
        Reason::InvalidTimeZone,
        &["spec.timeZone", "\"Europe/Berlin\""],
    );
}

#[test]
fn a_glob_that_is_none_names_its_field_and_the_remedy() {
    let include = json!([{"name": "acme", "repositories": {"include": ["pay[ments"]}}]);
    assert_refused(
        json!({"organizations": include}),
        Reason::InvalidGlob,
        &["spec.organizations", "include", "pay[ments", "[ ]"],
    );
    let exclude = json!([{"name": "acme", "repositories": {"exclude": ["{a"]}}]);
    assert_refused(
        json!({"organizations": exclude}),
        Reason::InvalidGlob,
        &["spec.organizations", "exclude", "{a"],
    );
    assert_refused(
        json!({"branches": ["release/["]}),
        Reason::InvalidGlob,
        &["spec.branches", "release/["],
    );
    let owners = json!([{"repositories": ["[z-a]"], "owner": "payments"}]);
    assert_refused(
        json!({"owners": owners}),
        Reason::InvalidGlob,
        &["spec.owners", "[z-a]"],
    );
    let severities =
        json!([{"reasons": ["ApprovalStale"], "repositories": ["a["], "severity": "Critical"}]);
    assert_refused(
        json!({"severities": severities}),
        Reason::InvalidGlob,
        &["spec.severities", "a["],
    );
}

#[test]
fn a_host_that_is_not_allowed_gets_no_token_and_the_message_says_which_are() {
    let github =
        json!({"credentialsRef": {"name": "github"}, "apiUrl": "https://evil.example.com/api/v3"});
    assert_refused(
        json!({"github": github}),
        Reason::HostNotAllowed,
        &[
            "spec.github.apiUrl",
            "evil.example.com",
            "api.github.com, ghes.example.com",
            "--allowed-github-hosts",
        ],
    );
}

#[test]
fn a_host_is_allowed_by_its_whole_name_only() {
    for url in [
        "https://api.github.com.example.com",
        "https://ghes.example.com:8443/api/v3",
        "https://xapi.github.com",
    ] {
        let github = json!({"credentialsRef": {"name": "github"}, "apiUrl": url});
        assert_refused(
            json!({"github": github}),
            Reason::HostNotAllowed,
            &["spec.github.apiUrl"],
        );
    }
}

#[test]
fn an_address_that_carries_the_token_in_the_clear_is_refused() {
    let github =
        json!({"credentialsRef": {"name": "github"}, "apiUrl": "http://ghes.example.com/api/v3"});
    assert_refused(
        json!({"github": github}),
        Reason::InvalidPolicy,
        &["spec.github.apiUrl", "use https"],
    );
}

#[test]
fn a_rule_or_pattern_that_does_not_compile_names_its_field() {
    let rule = |name: &str, expression: &str| json!({"name": name, "expression": expression});
    let rules = [rule("ok", "true"), rule("ticket", "change.titel != ''")];
    assert_refused(
        json!({"rules": rules}),
        Reason::InvalidPolicy,
        &["spec.rules[1].expression", "ticket", "no field titel"],
    );
    assert_refused(
        json!({"rules": [rule("a", "true"), rule("a", "true")]}),
        Reason::InvalidPolicy,
        &["spec.rules[1].name", "a is the name of another rule"],
    );
    assert_refused(
        json!({"emergency": {"labels": ["hotfix"], "justificationPattern": "why: (.+"}}),
        Reason::InvalidPolicy,
        &[
            "spec.emergency.justificationPattern",
            "why: (.+",
            "unclosed group",
        ],
    );
    let exemption = json!({"name": "x", "repositories": ["web["], "reason": "r", "approvedBy": "a",
        "expirationTime": "2027-03-01T00:00:00Z"});
    assert_refused(
        json!({"exemptions": [exemption]}),
        Reason::InvalidGlob,
        &["spec.exemptions.repositories", "web["],
    );
}

#[test]
fn every_field_that_is_set_and_not_obeyed_is_named() {
    let cases = [
        (
            "spec.execution.mode",
            "use InProcess",
            json!({"execution": {"mode": "CronJob"}}),
        ),
        (
            "spec.searchQuery",
            "remove it",
            json!({"searchQuery": "review:required"}),
        ),
    ];
    for (field, fix, spec) in cases {
        assert_refused(spec, Reason::FieldNotSupported, &[field, fix]);
    }
}

#[test]
fn several_unsupported_fields_are_named_together() {
    let spec = json!({"searchQuery": "review:required", "execution": {"mode": "CronJob"}});
    assert_refused(
        spec,
        Reason::FieldNotSupported,
        &["spec.searchQuery", "; ", "spec.execution.mode"],
    );
}

#[test]
fn slots_count_from_the_last_one_that_ran_else_from_the_policys_creation() {
    let plan = plan(json!({}));
    let chain = crate::controller::fixtures::chain();
    assert_eq!(plan.earliest(&chain), at("12:00"));
    let scanned = crate::controller::fixtures::scanned(at("12:45"));
    assert_eq!(plan.earliest(&scanned), at("12:45"));
}

#[test]
fn who_changed_the_policy_is_the_manager_that_last_wrote_anything_but_its_status() {
    let mut policy = policy(json!({}));
    let write = |manager: &str, time: &str, subresource: Option<&str>| {
        serde_json::from_value(json!({
            "manager": manager, "operation": "Apply", "time": time, "subresource": subresource,
        }))
        .unwrap()
    };
    policy.metadata.managed_fields = Some(vec![
        write("kubectl", "2026-11-22T12:00:00Z", None),
        write("argocd", "2026-11-22T12:30:00Z", None),
        write("mergeaudit-status", "2026-11-22T12:45:00Z", Some("status")),
    ]);
    let plan = validated(&policy).unwrap();
    assert_eq!(
        plan.assignments[0].version.changed_by.as_deref(),
        Some("argocd")
    );
}
