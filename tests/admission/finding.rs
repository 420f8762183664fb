//! `AuditFinding`: what is accepted and refused when one is created.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use kube::CustomResourceExt;
use kube::api::{Patch, PatchParams, PostParams};
use mergeaudit::api::AuditFinding;
use serde_json::{Value, json};

use crate::case::{Case, accepted, fields, mentioned, merged, refused};
use crate::good;
use crate::world::{World, create, merge_status};

fn long(length: usize) -> String {
    "x".repeat(length)
}

fn spec(field: &str, value: Value) -> Value {
    json!({"spec": {field: value}})
}

fn change(patch: Value) -> Value {
    json!({"spec": {"change": patch}})
}

/// In place of the pull request.
fn push(patch: Value) -> Value {
    let mut change = merged(good::push(), &patch);
    for field in [
        "number",
        "url",
        "title",
        "author",
        "mergedBy",
        "headCommit",
        "mergeCommit",
    ] {
        let absent = change.get(field).is_none();
        if absent {
            change[field] = Value::Null;
        }
    }
    json!({"spec": {"change": change}})
}

fn basics() -> Vec<Case> {
    let evidence = |patch: Value| spec("evidence", patch);
    let emergency = |patch: Value| spec("emergency", merged(json!({"label": "emergency"}), &patch));
    vec![
        accepted("a good finding", json!({})),
        refused("no spec", json!({"spec": null}), "spec: Required value"),
        refused(
            "no policy",
            spec("policyName", Value::Null),
            "spec.policyName: Required value",
        ),
        refused(
            "a policy's name that is too long",
            spec("policyName", json!(long(53))),
            "may not be more than 52",
        ),
        refused(
            "an unknown severity",
            spec("severity", json!("Info")),
            "Unsupported value: \"Info\"",
        ),
        refused(
            "an owner that is too long",
            spec("owner", json!(long(64))),
            "may not be more than 63",
        ),
        refused(
            "no evidence",
            evidence(Value::Null),
            "spec.evidence: Required value",
        ),
        refused(
            "a negative sequence",
            evidence(json!({"sequence": -1})),
            "greater than or equal to 0",
        ),
        refused(
            "a digest that is none",
            evidence(json!({"digest": "abc"})),
            "should match",
        ),
        refused(
            "no location",
            evidence(json!({"location": ""})),
            "at least 1 chars",
        ),
        accepted("an emergency", emergency(json!({}))),
        refused(
            "an emergency without a label",
            emergency(json!({"label": null})),
            "label: Required value",
        ),
        refused(
            "a label by a name that is too long",
            emergency(json!({"labeledBy": long(101)})),
            "may not be more than 100",
        ),
        refused(
            "a justification that is too long",
            emergency(json!({"justification": long(513)})),
            "may not be more than 512",
        ),
        refused(
            "a review due at no time",
            emergency(json!({"reviewDueTime": "soon"})),
            "must be of type date-time",
        ),
    ]
}

fn reasons() -> Vec<Case> {
    let reason = |patch: Value| {
        spec(
            "reasons",
            json!([merged(
                json!({"type": "ApprovalMissing", "message": ""}),
                &patch
            )]),
        )
    };
    let undetermined =
        |missing: Value| json!({"spec": {"reasons": null, "severity": null, "missing": missing}});
    let missing = |patch: Value| {
        undetermined(json!([merged(
            json!({"type": "Commits", "message": ""}),
            &patch
        )]))
    };
    let twice = json!([{"type": "ApprovalMissing", "message": "a"}, {"type": "ApprovalMissing", "message": "b"}]);
    let both = json!({"spec": {"missing": [{"type": "Commits", "message": ""}]}});
    vec![
        accepted("a reason of a rule", reason(json!({"type": "Rule/ticket"}))),
        refused(
            "a reason without a type",
            reason(json!({"type": null})),
            "type: Required value",
        ),
        refused(
            "a reason in words",
            reason(json!({"type": "not approved"})),
            "should match",
        ),
        refused(
            "a message that is too long",
            reason(json!({"message": long(513)})),
            "may not be more than 512",
        ),
        refused("a reason twice", spec("reasons", twice), "Duplicate value"),
        refused(
            "a severity without reasons",
            spec("reasons", json!([])),
            "a severity exactly where there are reasons",
        ),
        refused(
            "reasons without a severity",
            spec("severity", Value::Null),
            "a severity exactly where there are reasons",
        ),
        accepted("an undetermined change", missing(json!({}))),
        accepted(
            "an undetermined change that proved compliant",
            undetermined(Value::Null),
        ),
        refused(
            "missing evidence of no type",
            missing(json!({"type": ""})),
            "at least 1 chars",
        ),
        refused(
            "missing evidence that is explained at length",
            missing(json!({"message": long(513)})),
            "may not be more than 512",
        ),
        refused(
            "reasons and missing evidence",
            both,
            "reasons or missing evidence, not both",
        ),
    ]
}

fn changes() -> Vec<Case> {
    let account = |field: &str, patch: Value| change(json!({field: patch}));
    vec![
        refused(
            "no change",
            spec("change", Value::Null),
            "spec.change: Required value",
        ),
        refused(
            "an unknown kind",
            change(json!({"kind": "Tag"})),
            "Unsupported value: \"Tag\"",
        ),
        refused(
            "no host",
            change(json!({"host": null})),
            "host: Required value",
        ),
        refused(
            "a host that is too long",
            change(json!({"host": long(254)})),
            "may not be more than 253",
        ),
        refused(
            "an organization that is too long",
            change(json!({"organization": long(40)})),
            "may not be more than 39",
        ),
        refused(
            "no organization's id",
            change(json!({"organizationId": null})),
            "organizationId: Required value",
        ),
        refused(
            "a repository that is too long",
            change(json!({"repository": long(129)})),
            "may not be more than 128",
        ),
        refused(
            "a negative repository's id",
            change(json!({"repositoryId": -1})),
            "greater than or equal to 0",
        ),
        refused(
            "a pull request of number 0",
            change(json!({"number": 0})),
            "greater than or equal to 1",
        ),
        refused(
            "an address that is too long",
            change(json!({"url": long(513)})),
            "may not be more than 512",
        ),
        refused(
            "a title that is too long",
            change(json!({"title": long(257)})),
            "may not be more than 256",
        ),
        accepted(
            "a title of 256 characters of three bytes",
            change(json!({"title": "審".repeat(256)})),
        ),
        refused(
            "no time of the merge",
            change(json!({"mergedTime": null})),
            "mergedTime: Required value",
        ),
        refused(
            "no branch",
            change(json!({"branch": ""})),
            "at least 1 chars",
        ),
        refused(
            "a head that is no commit",
            change(json!({"headCommit": "main"})),
            "should match",
        ),
        refused(
            "a merge that is no commit",
            change(json!({"mergeCommit": long(40)})),
            "should match",
        ),
        accepted(
            "a commit of SHA-256",
            change(json!({"headCommit": "a".repeat(64)})),
        ),
        refused(
            "an author without a login",
            account("author", json!({"login": null})),
            "login: Required value",
        ),
        refused(
            "an author with a negative id",
            account("author", json!({"id": -1})),
            "greater than or equal to 0",
        ),
        refused(
            "an author of an unknown kind",
            account("author", json!({"kind": "Robot"})),
            "Unsupported value: \"Robot\"",
        ),
        refused(
            "a merger without a login",
            account("mergedBy", json!({"login": ""})),
            "at least 1 chars",
        ),
        refused(
            "a merger of an unknown kind",
            account("mergedBy", json!({"kind": "user"})),
            "Unsupported value: \"user\"",
        ),
        refused(
            "a merger whose id is a text",
            account("mergedBy", json!({"id": "1"})),
            "must be of type integer",
        ),
        accepted(
            "a deleted author",
            change(json!({"author": null, "mergedBy": null})),
        ),
    ]
}

fn kinds() -> Vec<Case> {
    let pull = "kind PullRequest has number and headCommit";
    let pushed = "has before and after, and nothing of a pull request";
    vec![
        refused(
            "a pull request without a number",
            change(json!({"number": null})),
            pull,
        ),
        refused(
            "a pull request without a head",
            change(json!({"headCommit": null})),
            pull,
        ),
        refused(
            "a pull request with a pusher",
            change(json!({"pusher": {"login": "a", "kind": "User"}})),
            pull,
        ),
        refused(
            "a pull request with what came before",
            change(json!({"before": good::COMMIT})),
            pull,
        ),
        accepted("a direct push", push(json!({}))),
        refused(
            "a direct push with a number",
            push(json!({"number": 1})),
            pushed,
        ),
        refused(
            "a direct push with an author",
            push(json!({"author": {"login": "a", "kind": "User"}})),
            pushed,
        ),
        refused(
            "a direct push without before",
            push(json!({"before": null})),
            pushed,
        ),
        refused(
            "a direct push without after",
            push(json!({"after": null})),
            pushed,
        ),
        refused(
            "a push from no commit",
            push(json!({"before": "HEAD~1"})),
            "should match",
        ),
        refused(
            "a push to no commit",
            push(json!({"after": "HEAD"})),
            "should match",
        ),
        refused(
            "a push of no commit",
            push(json!({"commits": ["HEAD"]})),
            "should match",
        ),
        refused(
            "a push of a commit twice",
            push(json!({"commits": [good::COMMIT, good::COMMIT]})),
            "Duplicate value",
        ),
        refused(
            "a pusher without a login",
            push(json!({"pusher": {"login": ""}})),
            "at least 1 chars",
        ),
        refused(
            "a pusher of an unknown kind",
            push(json!({"pusher": {"kind": "Key"}})),
            "Unsupported value: \"Key\"",
        ),
        refused(
            "a pusher with a negative id",
            push(json!({"pusher": {"id": -1}})),
            "greater than or equal to 0",
        ),
        accepted(
            "a force push",
            push(json!({"kind": "ForcePush", "commits": null})),
        ),
        refused(
            "a force push with commits",
            push(json!({"kind": "ForcePush"})),
            "ForcePush has no commits",
        ),
    ]
}

fn acknowledgements() -> Vec<Case> {
    let of = |patch: Value| spec("acknowledgement", merged(good::acknowledgement(), &patch));
    vec![
        accepted("an acknowledgement", of(json!({}))),
        refused(
            "no disposition",
            of(json!({"disposition": null})),
            "disposition: Required value",
        ),
        refused(
            "an unknown disposition",
            of(json!({"disposition": "WontFix"})),
            "Unsupported value: \"WontFix\"",
        ),
        refused("no reason", of(json!({"reason": ""})), "at least 1 chars"),
        refused(
            "a blank reason",
            of(json!({"reason": " \n"})),
            "reason is blank",
        ),
        refused(
            "a blank ticket",
            of(json!({"ticket": " "})),
            "ticket is blank",
        ),
        refused(
            "a blank name",
            of(json!({"acknowledgedBy": "\t"})),
            "acknowledgedBy is blank",
        ),
        refused(
            "a reason that is too long",
            of(json!({"reason": long(1025)})),
            "may not be more than 1024",
        ),
        refused(
            "nobody who acknowledges",
            of(json!({"acknowledgedBy": null})),
            "acknowledgedBy: Required value",
        ),
        refused(
            "somebody of too long a name",
            of(json!({"acknowledgedBy": long(257)})),
            "may not be more than 256",
        ),
        refused(
            "a false positive without a ticket",
            of(json!({"disposition": "FalsePositive", "ticket": null})),
            "a FalsePositive needs a ticket",
        ),
        accepted(
            "a false positive with a ticket",
            of(json!({"disposition": "FalsePositive"})),
        ),
        refused(
            "an empty ticket",
            of(json!({"ticket": ""})),
            "at least 1 chars",
        ),
        refused(
            "an end at the end of time",
            of(json!({"expirationTime": "9999-12-31T23:59:59Z"})),
            "without it the acknowledgement has no end",
        ),
        refused(
            "an end in no time zone that there is",
            of(json!({"expirationTime": "2027-03-01T00:00:00+99:99"})),
            "expirationTime is a time such as",
        ),
        refused(
            "an end in a list, which a format lets pass",
            of(json!({"expirationTime": ["2027-03-01T00:00:00Z"]})),
            "expirationTime is a time such as",
        ),
        refused(
            "an end at no time",
            of(json!({"expirationTime": "24h"})),
            "must be of type date-time",
        ),
    ]
}

fn statuses() -> Vec<Case> {
    let of = |field: &str, value: Value| json!({"status": {field: value}});
    vec![
        accepted("a good status", json!({})),
        refused(
            "an unknown state",
            of("state", json!("Closed")),
            "Unsupported value: \"Closed\"",
        ),
        refused(
            "no state",
            of("state", Value::Null),
            "state: Required value",
        ),
        refused(
            "detected at no time",
            of("firstDetectedTime", json!("x")),
            "must be of type date-time",
        ),
        refused(
            "a review by nobody",
            of("review", json!({"by": ""})),
            "at least 1 chars",
        ),
        refused(
            "a review at no time",
            of("review", json!({"time": "x"})),
            "must be of type date-time",
        ),
        refused(
            "an acknowledgement of a negative sequence",
            of("acknowledgement", json!({"sequence": -1})),
            "greater than or equal to 0",
        ),
        refused(
            "unknown independence",
            of("acknowledgement", json!({"independence": "Maybe"})),
            "Unsupported value: \"Maybe\"",
        ),
        accepted(
            "an acknowledgement by the author",
            of("acknowledgement", json!({"independence": "Self"})),
        ),
    ]
}

fn specs() -> Vec<Case> {
    let tables = [basics(), reasons(), changes(), kinds(), acknowledgements()];
    tables.into_iter().flatten().collect()
}

#[tokio::test]
async fn every_field_of_a_finding_is_bounded() -> Result<()> {
    let world = World::new("finding").await?;
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let mut complaints = Vec::new();
    for case in specs() {
        let finding = serde_json::from_value(merged(good::finding(), &case.patch))?;
        let answer = world.findings().create(&dry_run, &finding).await;
        complaints.extend(case.complaint(&answer));
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

#[tokio::test]
async fn every_field_of_a_findings_status_is_bounded() -> Result<()> {
    let world = World::new("finding-status").await?;
    let name = create(&world.findings(), &good::finding())
        .await?
        .metadata
        .name
        .unwrap_or_default();
    merge_status(
        &world.findings(),
        &name,
        &json!({"status": good::finding_status()}),
    )
    .await?;
    let dry_run = PatchParams {
        dry_run: true,
        ..PatchParams::default()
    };
    let mut complaints = Vec::new();
    for case in statuses() {
        let answer = world
            .findings()
            .patch_status(&name, &dry_run, &Patch::Merge(&case.patch))
            .await;
        complaints.extend(case.complaint(&answer));
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

#[test]
fn every_field_of_a_finding_is_refused_in_some_case() -> Result<()> {
    let definition = serde_json::to_value(AuditFinding::crd())?;
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    let (mut known, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    fields(&schema["spec"], ".spec", &mut known);
    fields(&schema["status"], ".status", &mut known);
    for case in specs()
        .iter()
        .chain(&statuses())
        .filter(|case| case.refusal.is_some())
    {
        mentioned(&case.patch, "", &mut refusals);
    }
    let untried: Vec<_> = known.difference(&refusals).collect();
    ensure!(untried.is_empty(), "no case refuses a value of {untried:?}");
    Ok(())
}
