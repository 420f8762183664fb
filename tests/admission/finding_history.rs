//! `AuditFinding`: what may become of one, and who states what.

use anyhow::{Result, ensure};
use kube::api::ListParams;
use mergeaudit::api::convert::{finding_resource, finding_status};
use mergeaudit::api::{AuditFinding, MANAGER_FACTS, MANAGER_STATUS};
use mergeaudit::audit::finding::Finding;
use serde_json::{Value, json};

use crate::case::{Case, accepted, merged, refused};
use crate::good;
use crate::world::{World, apply, create, merge, merge_status};

const NAME: &str = "soc2-cc8-1-payments-1234-3f9c2a7b5d10e8aa";

fn acknowledgement(patch: Value) -> Value {
    json!({"spec": {"acknowledgement": patch}})
}

/// Takes the steps one after the other.
async fn walk(world: &World, steps: Vec<Case>) -> Result<()> {
    let mut complaints = Vec::new();
    for step in steps {
        let answer = match step.patch.get("status") {
            Some(_) => merge_status(&world.findings(), NAME, &step.patch).await,
            None => merge(&world.findings(), NAME, &step.patch).await,
        };
        complaints.extend(step.complaint(&answer));
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

fn undetermined() -> Value {
    let patch = json!({"spec": {"reasons": null, "severity": null, "missing": [{"type": "Commits", "message": ""}]}});
    merged(good::finding(), &patch)
}

fn determined() -> Value {
    json!({"spec": {"missing": null, "severity": "Critical", "reasons": [{"type": "ApprovalMissing", "message": "a"}]}})
}

#[tokio::test]
async fn the_identity_of_a_change_never_changes() -> Result<()> {
    let world = World::new("identity").await?;
    create(&world.findings(), &good::finding()).await?;
    let change = |patch: Value| json!({"spec": {"change": patch}});
    let refusal = "the identity of a change is immutable";
    walk(
        &world,
        vec![
            refused(
                "another policy",
                json!({"spec": {"policyName": "other"}}),
                "policyName is immutable",
            ),
            refused(
                "another host",
                change(json!({"host": "github.example.com"})),
                refusal,
            ),
            refused(
                "another organization",
                change(json!({"organizationId": 8})),
                refusal,
            ),
            refused(
                "another repository",
                change(json!({"repositoryId": 71})),
                refusal,
            ),
            refused("another number", change(json!({"number": 1235})), refusal),
            refused(
                "another kind",
                change(json!({"kind": "DirectPush"})),
                refusal,
            ),
            accepted(
                "a renamed repository",
                change(json!({"repository": "billing", "organization": "acme-inc"})),
            ),
            accepted(
                "a renamed person",
                change(json!({"author": {"login": "mal"}})),
            ),
        ],
    )
    .await
}

#[tokio::test]
async fn a_push_stays_that_push() -> Result<()> {
    let world = World::new("push").await?;
    let mut finding = good::finding();
    finding["spec"]["change"] = good::push();
    create(&world.findings(), &finding).await?;
    let change = |patch: Value| json!({"spec": {"change": patch}});
    let refusal = "the identity of a change is immutable";
    let other = "f".repeat(40);
    walk(
        &world,
        vec![
            refused(
                "another branch",
                change(json!({"branch": "release/1"})),
                refusal,
            ),
            refused(
                "another head before",
                change(json!({"before": other})),
                refusal,
            ),
            refused(
                "another head after",
                change(json!({"after": other})),
                refusal,
            ),
            accepted(
                "a better known pusher",
                change(json!({"pusher": {"id": 1}})),
            ),
        ],
    )
    .await
}

#[tokio::test]
async fn a_verdict_is_given_once() -> Result<()> {
    let world = World::new("verdict").await?;
    create(&world.findings(), &undetermined()).await?;
    let refusal = "change once";
    walk(
        &world,
        vec![
            accepted("its state", json!({"status": {"state": "Undetermined"}})),
            accepted(
                "still undetermined, by a later entry",
                json!({"spec": {"evidence": {"sequence": 8}}}),
            ),
            accepted(
                "something else is missing",
                json!({"spec": {"missing": [{"type": "CommitAuthor", "message": ""}]}}),
            ),
            accepted(
                "determined",
                merged(
                    determined(),
                    &json!({"spec": {"evidence": {"sequence": 9}}}),
                ),
            ),
            refused(
                "determined again, before its state is written",
                json!({"spec": {"severity": "Warning"}}),
                refusal,
            ),
            accepted("its new state", json!({"status": {"state": "Open"}})),
            refused(
                "another severity",
                json!({"spec": {"severity": "Warning"}}),
                refusal,
            ),
            refused(
                "another reason",
                json!({"spec": {"reasons": [{"type": "DirectPush", "message": ""}]}}),
                refusal,
            ),
            refused(
                "other evidence",
                json!({"spec": {"evidence": {"sequence": 10}}}),
                refusal,
            ),
            refused(
                "no reasons any more",
                json!({"spec": {"reasons": null, "severity": null}}),
                refusal,
            ),
            refused(
                "undetermined again",
                json!({"status": {"state": "Undetermined"}}),
                "does not become undetermined again",
            ),
            accepted("another owner", json!({"spec": {"owner": "platform"}})),
        ],
    )
    .await
}

#[tokio::test]
async fn what_proved_compliant_stays_so() -> Result<()> {
    let world = World::new("resolved").await?;
    create(&world.findings(), &undetermined()).await?;
    walk(&world, vec![
        accepted("its state", json!({"status": {"state": "Undetermined", "firstDetectedTime": "2026-11-22T12:15:00Z"}})),
        accepted("resolved", json!({"status": {"state": "Resolved"}})),
        refused("non-compliant after all", determined(), "change once"),
        refused("first detected at another time", json!({"status": {"firstDetectedTime": "2026-11-23T12:15:00Z"}}), "firstDetectedTime is immutable"),
    ]).await
}

#[tokio::test]
async fn an_acknowledgement_is_extended_never_removed() -> Result<()> {
    let world = World::new("extended").await?;
    create(&world.findings(), &good::finding()).await?;
    let first = json!({"disposition": "Emergency", "reason": "the site was down", "acknowledgedBy": "alice@example.com",
        "expirationTime": "2026-12-22T12:00:00Z"});
    let (shorter, changed) = (
        "extended, never shortened",
        "change only together with an extension",
    );
    walk(&world, vec![
        accepted("it is written", acknowledgement(first)),
        refused("it is removed", acknowledgement(Value::Null), "never removed"),
        refused("it ends earlier", acknowledgement(json!({"expirationTime": "2026-12-21T12:00:00Z"})), shorter),
        refused("another reason", acknowledgement(json!({"reason": "because"})), changed),
        refused("another disposition", acknowledgement(json!({"disposition": "Reverted"})), changed),
        refused("another person", acknowledgement(json!({"acknowledgedBy": "bob@example.com"})), changed),
        accepted("a ticket is added", acknowledgement(json!({"ticket": "SEC-42"}))),
        refused("another ticket", acknowledgement(json!({"ticket": "SEC-43"})), changed),
        refused("no ticket any more", acknowledgement(json!({"ticket": null})), changed),
        accepted("it is extended", acknowledgement(json!({"expirationTime": "2027-01-22T12:00:00Z"}))),
        accepted("somebody else extends it and decides anew", acknowledgement(json!({"expirationTime": "2027-02-22T12:00:00Z",
            "acknowledgedBy": "bob@example.com", "disposition": "AcceptedRisk", "reason": "we live with it"}))),
        accepted("for ever", acknowledgement(json!({"expirationTime": null}))),
        refused("not for ever after all", acknowledgement(json!({"expirationTime": "2028-01-01T00:00:00Z"})), shorter),
        refused("another reason for ever", acknowledgement(json!({"reason": "because"})), changed),
    ]).await
}

#[tokio::test]
async fn the_operator_states_facts_and_a_person_acknowledges() -> Result<()> {
    let world = World::new("managers").await?;
    let findings = world.findings();
    apply(&findings, NAME, MANAGER_FACTS, &good::finding()).await?;
    merge(&findings, NAME, &acknowledgement(good::acknowledgement())).await?;
    let facts = merged(
        good::finding(),
        &json!({"spec": {"change": {"title": "Pay once"}}}),
    );
    let finding = apply(&findings, NAME, MANAGER_FACTS, &facts).await?;
    ensure!(
        finding.data["spec"]["change"]["title"] == "Pay once",
        "{}",
        finding.data
    );
    ensure!(
        finding.data["spec"]["acknowledgement"] == good::acknowledgement(),
        "{}",
        finding.data
    );

    let before = finding.metadata.resource_version;
    let again = apply(&findings, NAME, MANAGER_FACTS, &facts).await?;
    ensure!(
        again.metadata.resource_version == before,
        "the same facts made a new version"
    );
    Ok(())
}

/// As the archive has it.
fn core_finding(kind: &str, key: Value) -> Result<Finding> {
    let identity = json!({"host": "github.com", "organizationId": 7, "repositoryId": 70});
    let actor = json!({"id": 1, "login": "mallory", "kind": "User"});
    Ok(serde_json::from_value(json!({
        "identity": merged(identity, &key), "kind": kind,
        "organization": {"id": 7, "login": "acme"}, "repository": {"id": 70, "name": ".github"},
        "nodeId": "PR_1", "number": 1, "url": "https://github.com/acme/.github/pull/1", "title": "審".repeat(300),
        "author": actor, "mergedBy": actor, "mergedAt": "2026-11-22T12:00:00.5Z", "branch": "main",
        "headCommit": good::COMMIT, "mergeCommit": good::COMMIT,
        "reasons": [{"type": "ApprovalMissing", "message": "x".repeat(600)}, {"type": "Rule/ticket", "message": ""}],
        "missing": [], "severity": "Critical", "owner": "payments", "baseline": false,
        "evidence": {"sequence": 7, "digest": good::DIGEST, "location": "compliance/soc2/7/records/x.jsonl.gz"},
        "firstDetected": "2026-11-22T12:15:00Z",
    }))?)
}

#[tokio::test]
async fn what_the_code_makes_of_a_finding_is_accepted() -> Result<()> {
    let world = World::new("core").await?;
    let commit = good::COMMIT;
    for (name, kind, key) in [
        ("a-pull-request", "PullRequest", json!({"number": 1})),
        (
            "a-push",
            "DirectPush",
            json!({"branch": "main", "before": commit, "after": commit}),
        ),
        (
            "a-force-push",
            "ForcePush",
            json!({"branch": "main", "before": commit, "after": commit}),
        ),
    ] {
        let finding = core_finding(kind, key)?;
        let resource = finding_resource(&finding, name, &world.namespace, "soc2");
        let applied = apply(
            &world.findings(),
            name,
            MANAGER_FACTS,
            &serde_json::to_value(&resource)?,
        )
        .await?;
        let stored: AuditFinding = serde_json::from_value(serde_json::to_value(&applied)?)?;
        ensure!(
            stored.spec == resource.spec,
            "{name}: the API server stored {:?}",
            stored.spec
        );
        let status = json!({"status": finding_status(&finding, finding.first_detected)});
        merge_status(&world.findings(), name, &status).await?;
    }
    Ok(())
}

#[tokio::test]
async fn findings_are_selected_by_their_fields() -> Result<()> {
    let world = World::new("select").await?;
    let findings = world.findings();
    apply(&findings, NAME, MANAGER_FACTS, &good::finding()).await?;
    let status = json!({"apiVersion": "mergeaudit.io/v1alpha1", "kind": "AuditFinding", "status": {"state": "Open"}});
    let parameters = kube::api::PatchParams::apply(MANAGER_STATUS).force();
    findings
        .patch_status(NAME, &parameters, &kube::api::Patch::Apply(&status))
        .await?;
    for (selector, count) in [
        ("status.state=Open", 1),
        ("status.state=Reviewed", 0),
        ("spec.policyName=soc2-cc8-1", 1),
        ("spec.severity=Critical", 1),
        (
            "spec.change.organization=acme,spec.change.repository=payments",
            1,
        ),
        ("spec.change.repository=billing", 0),
    ] {
        let found = findings
            .list(&ListParams::default().fields(selector))
            .await?
            .items
            .len();
        ensure!(found == count, "{selector}: {found}");
    }
    Ok(())
}

#[tokio::test]
async fn the_columns_tell_what_on_call_needs() -> Result<()> {
    let world = World::new("columns").await?;
    let two = json!({"spec": {"reasons": [{"type": "ApprovalMissing", "message": ""}, {"type": "ChangesRequested", "message": ""}]}});
    create(&world.findings(), &merged(good::finding(), &two)).await?;
    merge_status(
        &world.findings(),
        NAME,
        &json!({"status": {"state": "Open"}}),
    )
    .await?;
    create(&world.policies(), &good::policy()).await?;
    merge_status(
        &world.policies(),
        "soc2-cc8-1",
        &json!({"status": good::policy_status()}),
    )
    .await?;
    let output = world
        .cluster
        .kubectl(&["get", "mergeaudit", "-n", &world.namespace])
        .await?;
    let text = String::from_utf8_lossy(&output.stdout);
    for words in [
        "STATE",
        "SEVERITY",
        "REPOSITORY",
        "NUMBER",
        "REASONS",
        "MERGED",
        "AGE",
        "1234",
        "payments",
        "ApprovalMissing",
        "SCHEDULE",
        "SUSPEND",
        "READY",
        "COMPLIANT",
        "OPEN",
        "LAST CHECK",
        "*/15 * * * *",
    ] {
        ensure!(text.contains(words), "{words}:\n{text}");
    }
    Ok(())
}
