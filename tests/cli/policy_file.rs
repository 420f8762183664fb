//! A policy in a file means what it would mean to an API server.

use serde_json::{Value, json};

use crate::place::{Ended, Place, clean};

/// The schema of an `AuditPolicy`'s spec, from what the binary prints.
fn schema() -> Value {
    let printed = Ended::of(crate::place::mergeaudit().arg("crd")).stdout;
    let definitions: Vec<Value> = serde_saphyr::from_multiple(&printed).unwrap();
    let policy = definitions
        .into_iter()
        .find(|definition| definition["spec"]["names"]["kind"] == "AuditPolicy");
    let version = policy.unwrap()["spec"]["versions"][0].clone();
    version["schema"]["openAPIV3Schema"]["properties"]["spec"].clone()
}

/// Fills in defaults as an API server does: at every level that is there after its parent's default was filled in.
fn fill_in(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                if !schema["default"].is_null() && !members.contains_key(name) {
                    members.insert(name.clone(), schema["default"].clone());
                }
                if let Some(member) = members.get_mut(name) {
                    fill_in(schema, member);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                fill_in(&schema["items"], item);
            }
        }
        _ => {}
    }
}

fn policy(spec: &Value) -> Value {
    json!({"apiVersion": "mergeaudit.io/v1alpha1", "kind": "AuditPolicy", "metadata": {"name": "soc2"}, "spec": spec})
}

fn minimal(place: &Place) -> Value {
    json!({
        "schedule": "*/15 * * * *",
        "github": {"apiUrl": place.github.url(), "credentialsRef": {"name": "github"}},
        "organizations": [{"name": "acme"}],
    })
}

/// The digest of the policy in the archive that a scan of it leaves.
#[track_caller]
fn archived_digest(place: &Place, name: &str, text: &str) -> (Value, Value) {
    place.write("policy.yaml", text);
    let ended = place.scan(&["--evidence", name, "-o", "json"]);
    assert_eq!(ended.code, 0, "{}", ended.said());
    let id = place.github.world().find_organization("acme").unwrap().id;
    let entry = format!("{name}/default/soc2/{id}/entries/{:020}.json", 1);
    let entry = std::fs::read(place.directory.path().join(entry)).unwrap();
    let entry: Value = serde_json::from_slice(&entry).unwrap();
    assert_eq!(entry["type"], "Control", "{entry}");
    (entry["policyDigest"].clone(), entry["policy"].clone())
}

#[test]
fn defaults_are_those_of_the_definition() {
    let place = Place::new(clean(), &["acme"]);
    let short = minimal(&place);
    let mut full = short.clone();
    fill_in(&schema(), &mut full);
    assert_eq!(
        full["requirements"]["approver"]["independentOf"],
        "CommitAuthors"
    );
    assert_eq!(
        full["organizations"][0]["repositories"]["include"],
        json!(["*"])
    );
    let mut nulls = short.clone();
    nulls["timeZone"] = Value::Null;
    nulls["requirements"] = json!({"approvals": null, "approver": {"bots": null}});
    let [short, full, nulls] = [("short", short), ("full", full.clone()), ("nulls", nulls)]
        .map(|(name, spec)| archived_digest(&place, name, &policy(&spec).to_string()));
    assert_eq!(short, full);
    assert_eq!(short, nulls, "a null is as good as absent");
    assert!(
        short.0.as_str().unwrap().starts_with("sha256:"),
        "{}",
        short.0
    );
}

#[test]
fn an_edit_of_the_policy_is_another_digest() {
    let place = Place::new(clean(), &["acme"]);
    let mut edited = minimal(&place);
    edited["requirements"] = json!({"approvals": 0});
    let before = archived_digest(&place, "before", &policy(&minimal(&place)).to_string());
    let after = archived_digest(&place, "after", &policy(&edited).to_string());
    assert_ne!(before.0, after.0);
}

#[test]
fn the_policy_may_stand_among_other_objects() {
    let place = Place::new(clean(), &["acme"]);
    let text = format!(
        "# All that is needed\napiVersion: v1\nkind: Namespace\nmetadata: {{name: compliance}}\n---\n---\n\
         apiVersion: v1\nkind: Secret\nmetadata: {{name: github}}\ntype: mergeaudit.io/github\nstringData: {{token: unused}}\n---\n{}",
        place.policy(&["acme"])
    );
    place.write("policy.yaml", &text);
    let result = place.result(0, &[]);
    assert_eq!(result["policy"], "soc2");
}

/// Scans the minimal policy after an edit, and expects each of these words in the refusal.
#[track_caller]
fn assert_refused(edit: impl FnOnce(&mut Value), words: &[&str]) {
    let place = Place::new(clean(), &["acme"]);
    let mut policy = policy(&minimal(&place));
    edit(&mut policy);
    place.write("policy.yaml", &policy.to_string());
    let ended = place.scan(&[]);
    ended.assert_refused(words);
    assert!(place.github.requests().is_empty());
}

#[test]
fn a_misspelled_field_is_refused_at_every_depth() {
    let typo = |policy: &mut Value| policy["spec"]["requirements"] = json!({"approvalss": 2});
    assert_refused(
        typo,
        &["spec.requirements.approvalss: unknown field", "approvals,"],
    );
    let typo = |policy: &mut Value| policy["spec"]["organizations"][0]["repos"] = json!({});
    assert_refused(
        typo,
        &["spec.organizations[0].repos: unknown field", "repositories"],
    );
    let typo = |policy: &mut Value| policy["spec"]["Branches"] = json!(["main"]);
    assert_refused(typo, &["spec.Branches: unknown field", "branches"]);
    let typo = |policy: &mut Value| policy["specs"] = json!({});
    assert_refused(typo, &["specs: unknown field"]);
}

#[test]
fn what_the_schema_refuses_is_refused_with_path_and_bound() {
    let cases: [(&str, Value, &str); 9] = [
        (
            "requirements",
            json!({"approvals": 11}),
            "spec.requirements.approvals: must be at most 10",
        ),
        (
            "requirements",
            json!({"approvals": "two"}),
            "spec.requirements.approvals: must be an integer",
        ),
        (
            "requirements",
            json!({"approvedCommit": "Tip"}),
            "spec.requirements.approvedCommit: must be one of Head, Any",
        ),
        (
            "window",
            json!({"overlapSeconds": 5}),
            "spec.window.overlapSeconds: must be at least 60",
        ),
        (
            "organizations",
            json!([]),
            "spec.organizations: must have at least 1 items",
        ),
        (
            "organizations",
            json!([{"name": "a b"}]),
            "spec.organizations[0].name: must match",
        ),
        (
            "organizations",
            json!([{"name": "a"}, {"name": "a"}]),
            "spec.organizations: must name \"a\" once only",
        ),
        ("branches", json!("main"), "spec.branches: must be a list"),
        (
            "github",
            json!({}),
            "spec.github.credentialsRef: must be set",
        ),
    ];
    for (field, value, expected) in cases {
        assert_refused(
            |policy| policy["spec"][field] = value,
            &["policy.yaml", expected],
        );
    }
}

#[test]
fn a_policy_without_a_usable_name_or_version_is_refused() {
    for name in [
        json!({}),
        json!({"name": "../other"}),
        json!({"name": "x".repeat(53)}),
    ] {
        assert_refused(|policy| policy["metadata"] = name, &["metadata.name"]);
    }
    let version = |policy: &mut Value| policy["apiVersion"] = json!("mergeaudit.io/v1");
    assert_refused(version, &["apiVersion: must be mergeaudit.io/v1alpha1"]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mistakes = |policy: &mut Value| {
        policy["spec"]["suspend"] = json!("no");
        policy["spec"]["owner"] = json!("me");
    };
    assert_refused(
        mistakes,
        &[
            "spec.suspend: must be a boolean",
            "spec.owner: unknown field",
        ],
    );
}

#[test]
fn a_secret_in_the_file_is_not_quoted_where_the_file_is_broken() {
    let place = Place::new(clean(), &["acme"]);
    for broken in [
        "  other: [",
        "  token: ghp_inTheFile",
        "\tother: x",
        "  other: *x",
    ] {
        let secret = "apiVersion: v1\nkind: Secret\nstringData:\n  token: ghp_inTheFile";
        let text = format!("{secret}\n{broken}\n---\n{}", place.policy(&["acme"]));
        place.write("policy.yaml", &text);
        let ended = place.scan(&[]);
        assert_eq!(ended.code, 3, "{}", ended.said());
        assert!(ended.stderr.contains("at line "), "{}", ended.stderr);
        assert!(!ended.stderr.contains("ghp_"), "{}", ended.stderr);
    }
}
