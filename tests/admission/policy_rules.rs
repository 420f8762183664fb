//! `AuditPolicy`: requirements, rules, exemptions, emergencies, owners and severities.

use serde_json::{Value, json};

use crate::case::{Case, accepted, merged, refused};

fn long(length: usize) -> String {
    "x".repeat(length)
}

fn one(list: &str, good: Value, patch: &Value) -> Value {
    json!({"spec": {list: [merged(good, patch)]}})
}

pub(crate) fn rules_and_lists() -> Vec<Case> {
    let tables = [
        requirements(),
        rules(),
        queries(),
        exemptions(),
        emergencies(),
        owners(),
        severities(),
    ];
    tables.into_iter().flatten().collect()
}

fn requirements() -> Vec<Case> {
    let of = |field: &str, value: Value| json!({"spec": {"requirements": {field: value}}});
    let approver =
        |field: &str, value: Value| json!({"spec": {"requirements": {"approver": {field: value}}}});
    vec![
        refused(
            "negative approvals",
            of("approvals", json!(-1)),
            "greater than or equal to 0",
        ),
        refused(
            "eleven approvals",
            of("approvals", json!(11)),
            "less than or equal to 10",
        ),
        refused(
            "half an approval",
            of("approvals", json!(1.5)),
            "must be of type integer",
        ),
        accepted("no approvals", of("approvals", json!(0))),
        refused(
            "an unknown commit",
            of("approvedCommit", json!("Latest")),
            "Unsupported value: \"Latest\"",
        ),
        refused(
            "direct pushes as a boolean",
            of("directPushes", json!(false)),
            "directPushes",
        ),
        refused(
            "unknown direct pushes",
            of("directPushes", json!("Deny")),
            "Unsupported value: \"Deny\"",
        ),
        accepted(
            "direct pushes allowed",
            of("directPushes", json!("Allowed")),
        ),
        refused(
            "an unknown permission",
            approver("permission", json!("Admin")),
            "Unsupported value: \"Admin\"",
        ),
        refused(
            "unknown independence",
            approver("independentOf", json!("Nobody")),
            "Unsupported value: \"Nobody\"",
        ),
        refused(
            "a bot with its suffix",
            approver("bots", json!(["renovate[bot]"])),
            "should match",
        ),
        refused(
            "a bot with its prefix",
            approver("bots", json!(["app/renovate"])),
            "should match",
        ),
        refused(
            "a bot twice",
            approver("bots", json!(["renovate", "renovate"])),
            "Duplicate value",
        ),
        accepted("a bot", approver("bots", json!(["renovate"]))),
    ]
}

fn rules() -> Vec<Case> {
    let rule = |patch: Value| {
        one(
            "rules",
            json!({"name": "ticket", "expression": "true"}),
            &patch,
        )
    };
    let many: Vec<_> = (0..33)
        .map(|n| json!({"name": format!("r{n}"), "expression": "true"}))
        .collect();
    vec![
        accepted("a rule", rule(json!({}))),
        refused(
            "a rule without a name",
            rule(json!({"name": null})),
            "name: Required value",
        ),
        refused(
            "a rule's name in upper case",
            rule(json!({"name": "Ticket"})),
            "should match",
        ),
        refused(
            "a rule without an expression",
            rule(json!({"expression": null})),
            "expression: Required value",
        ),
        accepted(
            "an expression of 2048 characters, whatever they are",
            rule(json!({"expression": "ß".repeat(2048)})),
        ),
        refused(
            "an empty message",
            rule(json!({"message": ""})),
            "at least 1 chars",
        ),
        refused(
            "a rule's name that ends in a dash",
            rule(json!({"name": "ticket-"})),
            "should match",
        ),
        refused(
            "a rule's name that is too long",
            rule(json!({"name": long(64)})),
            "may not be more than 63",
        ),
        refused(
            "an empty expression",
            rule(json!({"expression": ""})),
            "at least 1 chars",
        ),
        refused(
            "an expression that is too long",
            rule(json!({"expression": long(2049)})),
            "may not be more than 2048",
        ),
        refused(
            "a message that is too long",
            rule(json!({"message": long(257)})),
            "may not be more than 256",
        ),
        refused(
            "an unknown severity",
            rule(json!({"severity": "Info"})),
            "Unsupported value: \"Info\"",
        ),
        refused(
            "too many rules",
            json!({"spec": {"rules": many}}),
            "must have at most 32 items",
        ),
        refused(
            "two rules of one name",
            json!({"spec": {"rules": [
            {"name": "a", "expression": "true"}, {"name": "a", "expression": "false"}]}}),
            "Duplicate value",
        ),
    ]
}

fn queries() -> Vec<Case> {
    let bad = [
        (
            "an organization in the query",
            "review:required org:acme",
            "takes no org:, repo: or user:",
        ),
        (
            "a repository in the query",
            "-repo:acme/x",
            "takes no org:, repo: or user:",
        ),
        (
            "a user in the query",
            "USER:acme",
            "takes no org:, repo: or user:",
        ),
        ("an OR", "review:none OR review:required", "takes no OR"),
        ("parentheses", "(review:none)", "no parentheses"),
        ("free text", "hotfix", "searchQuery is qualifiers only"),
        (
            "a qualifier that is not of the list",
            "is:open",
            "searchQuery is qualifiers only",
        ),
        (
            "a quote that does not end",
            "label:\"a b",
            "searchQuery is qualifiers only",
        ),
        ("an empty query", "", "at least 1 chars"),
    ];
    let good = [
        "review:required",
        "-label:\"no review\" base:main",
        "author:app/dependabot status:failure",
    ];
    let spec = |text: &str| json!({"spec": {"searchQuery": text}});
    let bad = bad.map(|(sentence, text, message)| refused(sentence, spec(text), message));
    let good = good.map(|text| accepted(text, spec(text)));
    bad.into_iter().chain(good).collect()
}

fn exemptions() -> Vec<Case> {
    let good = json!({"name": "updates", "authors": ["app/dependabot"], "reason": "CI-gated", "approvedBy": "ciso@example.com",
        "expirationTime": "2027-03-01T00:00:00Z"});
    let exemption = |patch: Value| one("exemptions", good.clone(), &patch);
    vec![
        accepted("an exemption by author", exemption(json!({}))),
        accepted(
            "an exemption by repository",
            exemption(json!({"authors": null, "repositories": ["docs-*"]})),
        ),
        refused(
            "an exemption of everything",
            exemption(json!({"authors": null})),
            "it would exempt everything",
        ),
        refused(
            "an exemption of no authors",
            exemption(json!({"authors": []})),
            "at least 1 items",
        ),
        refused(
            "an exemption of no repositories",
            exemption(json!({"repositories": []})),
            "at least 1 items",
        ),
        refused(
            "an author that is no login",
            exemption(json!({"authors": ["a b"]})),
            "should match",
        ),
        refused(
            "an app with its suffix",
            exemption(json!({"authors": ["app/dependabot[bot]"]})),
            "should match",
        ),
        accepted(
            "a person",
            exemption(json!({"authors": ["release-manager"]})),
        ),
        refused(
            "an author twice",
            exemption(json!({"authors": ["app/dependabot", "app/dependabot"]})),
            "Duplicate value",
        ),
        refused(
            "a repository that is no glob",
            exemption(json!({"repositories": ["acme/x"]})),
            "should match",
        ),
        refused(
            "no name",
            exemption(json!({"name": null})),
            "name: Required value",
        ),
        refused(
            "a name with a dot",
            exemption(json!({"name": "a.b"})),
            "should match",
        ),
        refused(
            "no reason",
            exemption(json!({"reason": null})),
            "reason: Required value",
        ),
        refused(
            "an empty reason",
            exemption(json!({"reason": ""})),
            "at least 1 chars",
        ),
        refused(
            "a reason that is too long",
            exemption(json!({"reason": long(513)})),
            "may not be more than 512",
        ),
        refused(
            "nobody who approved",
            exemption(json!({"approvedBy": null})),
            "approvedBy: Required value",
        ),
        refused(
            "an empty name of who approved",
            exemption(json!({"approvedBy": ""})),
            "at least 1 chars",
        ),
        refused(
            "no end",
            exemption(json!({"expirationTime": null})),
            "expirationTime: Required value",
        ),
        refused(
            "an end at the end of time",
            exemption(json!({"expirationTime": "9999-12-31T23:59:59Z"})),
            "before the year 9999",
        ),
        refused(
            "an end in no time zone that there is",
            exemption(json!({"expirationTime": "2027-03-01T00:00:00+99:99"})),
            "expirationTime is a time such as",
        ),
        refused(
            "an end in a list, which a format lets pass",
            exemption(json!({"expirationTime": ["2027-03-01T00:00:00Z"]})),
            "expirationTime is a time such as",
        ),
        refused(
            "an end that is more exact than nanoseconds",
            exemption(json!({"expirationTime": "2027-03-01T00:00:00.1234567890Z"})),
            "should match",
        ),
        accepted(
            "an end in another time zone, and to the nanosecond",
            exemption(json!({"expirationTime": "2027-03-01T00:00:00.123456789+05:45"})),
        ),
        refused(
            "an end without a time",
            exemption(json!({"expirationTime": "2027-03-01"})),
            "must be of type date-time",
        ),
        refused(
            "two exemptions of one name",
            json!({"spec": {"exemptions": [good, good]}}),
            "Duplicate value",
        ),
    ]
}

fn emergencies() -> Vec<Case> {
    let emergency = |patch: Value| {
        let good = json!({"labels": ["emergency"]});
        json!({"spec": {"emergency": merged(good, &patch)}})
    };
    vec![
        accepted("an emergency by label", emergency(json!({}))),
        refused(
            "an emergency without labels",
            emergency(json!({"labels": null})),
            "labels: Required value",
        ),
        refused(
            "an emergency of no labels",
            emergency(json!({"labels": []})),
            "at least 1 items",
        ),
        accepted(
            "an emergency by label and justification",
            emergency(json!({"justificationPattern": "(?im)^justification:[ \\t]*(\\S.*)$"})),
        ),
        refused(
            "a label without a name",
            emergency(json!({"labels": [""]})),
            "at least 1 chars",
        ),
        refused(
            "a label twice",
            emergency(json!({"labels": ["emergency", "emergency"]})),
            "Duplicate value",
        ),
        refused(
            "a label that is too long",
            emergency(json!({"labels": [long(51)]})),
            "may not be more than 50",
        ),
        refused(
            "an empty pattern",
            emergency(json!({"justificationPattern": ""})),
            "at least 1 chars",
        ),
        refused(
            "a pattern that is too long",
            emergency(json!({"justificationPattern": long(257)})),
            "may not be more than 256",
        ),
        refused(
            "a review at once",
            emergency(json!({"reviewWithinSeconds": 59})),
            "greater than or equal to 60",
        ),
        refused(
            "a review after more than 30 days",
            emergency(json!({"reviewWithinSeconds": 2_592_001})),
            "less than or equal to 2592000",
        ),
    ]
}

fn owners() -> Vec<Case> {
    let owner = |patch: Value| {
        one(
            "owners",
            json!({"repositories": ["*"], "owner": "platform"}),
            &patch,
        )
    };
    vec![
        accepted("an owner", owner(json!({}))),
        refused(
            "an owner of nothing",
            owner(json!({"repositories": null})),
            "repositories: Required value",
        ),
        refused(
            "an owner of an empty list",
            owner(json!({"repositories": []})),
            "at least 1 items",
        ),
        refused(
            "nobody",
            owner(json!({"owner": null})),
            "owner: Required value",
        ),
        refused(
            "an owner that is no label value",
            owner(json!({"owner": "the platform team"})),
            "should match",
        ),
        refused(
            "an owner that is too long",
            owner(json!({"owner": long(64)})),
            "may not be more than 63",
        ),
    ]
}

fn severities() -> Vec<Case> {
    let severity = |patch: Value| {
        one(
            "severities",
            json!({"reasons": ["ApprovalStale"], "severity": "Critical"}),
            &patch,
        )
    };
    vec![
        accepted("a severity by reason", severity(json!({}))),
        accepted(
            "a severity of a rule",
            severity(json!({"reasons": ["Rule/ticket"]})),
        ),
        accepted(
            "a severity by repository",
            severity(json!({"reasons": null, "repositories": ["docs"]})),
        ),
        refused(
            "a severity of everything",
            severity(json!({"reasons": null})),
            "names reasons, repositories or both",
        ),
        refused(
            "a severity of no reasons",
            severity(json!({"reasons": []})),
            "at least 1 items",
        ),
        refused(
            "an unknown reason",
            severity(json!({"reasons": ["NotReviewed"]})),
            "should match",
        ),
        refused(
            "a severity of no repositories",
            severity(json!({"repositories": []})),
            "at least 1 items",
        ),
        refused(
            "no severity",
            severity(json!({"severity": null})),
            "severity: Required value",
        ),
        refused(
            "an unknown severity",
            severity(json!({"severity": "Error"})),
            "Unsupported value: \"Error\"",
        ),
    ]
}
