//! The status of an `AuditPolicy`: its bounds, and that what is published never goes back.

use anyhow::{Result, ensure};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::case::{Case, accepted, merged, refused};
use crate::good;
use crate::world::{World, apply, create, merge_status};

const OTHER: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn status(field: &str, value: Value) -> Value {
    json!({"status": {field: value}})
}

fn organization(patch: Value) -> Value {
    json!({"status": {"organizations": [merged(good::organization_status(), &patch)]}})
}

fn condition(field: &str, value: Value) -> Value {
    let good = good::policy_status()["conditions"][0].clone();
    json!({"status": {"conditions": [merged(good, &json!({field: value}))]}})
}

pub(crate) fn cases() -> Vec<Case> {
    let tables = [times(), conditions(), counts(), organizations()];
    tables.into_iter().flatten().collect()
}

fn times() -> Vec<Case> {
    let no_time = "must be of type date-time";
    vec![
        accepted("a good status", json!({})),
        refused(
            "a negative generation",
            status("observedGeneration", json!(-1)),
            "greater than or equal to 0",
        ),
        refused(
            "a check at no time",
            status("lastCheckedTime", json!("today")),
            no_time,
        ),
        refused(
            "a slot at no time",
            status("lastScheduleTime", json!("today")),
            no_time,
        ),
        refused(
            "a next slot at no time",
            status("nextScheduleTime", json!("")),
            no_time,
        ),
        refused(
            "a success at no time",
            status("lastSuccessfulTime", json!("12:00")),
            no_time,
        ),
        refused(
            "a missed slot at no time",
            status("lastMissedTime", json!("2026-11-22")),
            no_time,
        ),
        refused(
            "an expiry at no time",
            status("credentialsExpirationTime", json!("never")),
            no_time,
        ),
        refused(
            "a request that is too long",
            status("lastHandledRequest", json!("x".repeat(257))),
            "may not be more than 256",
        ),
    ]
}

fn conditions() -> Vec<Case> {
    let ready = good::policy_status()["conditions"][0].clone();
    vec![
        refused(
            "a condition without a type",
            condition("type", Value::Null),
            "type: Required value",
        ),
        refused(
            "a condition that is perhaps",
            condition("status", json!("Perhaps")),
            "Unsupported value: \"Perhaps\"",
        ),
        refused(
            "a condition without a reason",
            condition("reason", json!("")),
            "at least 1 chars",
        ),
        refused(
            "a reason in words",
            condition("reason", json!("it failed")),
            "should match",
        ),
        refused(
            "a message that is too long",
            condition("message", json!("x".repeat(32769))),
            "may not be more than 32768",
        ),
        refused(
            "a negative generation of a condition",
            condition("observedGeneration", json!(-1)),
            "greater than or equal to 0",
        ),
        refused(
            "a transition at no time",
            condition("lastTransitionTime", json!("now")),
            "must be of type date-time",
        ),
        refused(
            "the same condition twice",
            status("conditions", json!([ready, ready])),
            "Duplicate value",
        ),
    ]
}

fn counts() -> Vec<Case> {
    let count = |group: &str, field: &str| status(group, json!({field: -1}));
    let row = |patch: Value| {
        let good = json!({"kind": "PullRequest", "severity": "Critical", "count": 1});
        json!([merged(good, &patch)])
    };
    let totals = |rows: Value| status("totals", json!({"nonCompliant": rows}));
    let below = "greater than or equal to 0";
    let twice = json!([{"kind": "PullRequest", "severity": "Critical", "count": 1},
        {"kind": "PullRequest", "severity": "Critical", "count": 2}]);
    vec![
        refused("fewer than no changes", count("totals", "changes"), below),
        refused(
            "fewer than no compliant ones",
            count("totals", "compliant"),
            below,
        ),
        refused(
            "fewer than no exempt ones",
            count("totals", "exempt"),
            below,
        ),
        refused(
            "fewer than no baseline ones",
            count("totals", "baseline"),
            below,
        ),
        refused(
            "fewer than no non-compliant ones",
            totals(row(json!({"count": -1}))),
            below,
        ),
        refused(
            "an unknown kind",
            totals(row(json!({"kind": "Tag"}))),
            "Unsupported value: \"Tag\"",
        ),
        refused(
            "an unknown severity",
            totals(row(json!({"severity": "Info"}))),
            "Unsupported value: \"Info\"",
        ),
        refused(
            "two counts of one kind and severity",
            totals(twice),
            "Duplicate value",
        ),
        refused(
            "fewer than no open findings",
            count("findings", "open"),
            below,
        ),
        refused(
            "fewer than no undetermined findings",
            count("findings", "undetermined"),
            below,
        ),
        refused(
            "fewer than no withheld findings",
            count("findings", "withheld"),
            below,
        ),
        refused(
            "fewer than no baseline findings",
            count("findings", "baseline"),
            below,
        ),
    ]
}

fn organizations() -> Vec<Case> {
    let entry = |patch: Value| organization(json!({"entry": patch}));
    let debt = |patch: Value| {
        let good =
            json!({"repository": "payments", "since": "2026-11-22T12:00:00Z", "reason": "403"});
        organization(json!({"debts": [merged(good, &patch)]}))
    };
    let debts: Vec<_> = (0..21)
        .map(|_| json!({"since": "2026-11-22T12:00:00Z", "reason": "403"}))
        .collect();
    let rows = |row: Value| organization(json!({"totals": {"nonCompliant": [row]}}));
    let good = good::organization_status();
    let (below, no_time) = ("greater than or equal to 0", "must be of type date-time");
    vec![
        refused(
            "an organization without a name",
            organization(json!({"name": null})),
            "name: Required value",
        ),
        refused(
            "an organization's name that is too long",
            organization(json!({"name": "x".repeat(40)})),
            "may not be more than 39",
        ),
        refused(
            "an organization twice",
            status("organizations", json!([good, good])),
            "Duplicate value",
        ),
        refused("a negative id", organization(json!({"id": -1})), below),
        refused(
            "an organization checked at no time",
            organization(json!({"lastCheckedTime": "x"})),
            no_time,
        ),
        refused(
            "an organization's success at no time",
            organization(json!({"lastSuccessfulTime": "x"})),
            no_time,
        ),
        refused(
            "an archive verified at no time",
            organization(json!({"archiveVerifiedTime": "x"})),
            no_time,
        ),
        refused(
            "a digest that is none",
            entry(json!({"digest": "sha256:0"})),
            "should match",
        ),
        refused(
            "a genesis that is none",
            entry(json!({"genesis": "main"})),
            "should match",
        ),
        refused("a negative sequence", entry(json!({"sequence": -1})), below),
        refused(
            "a reason to adopt that is too long",
            organization(json!({"adoptedArchive": "x".repeat(257)})),
            "may not be more than 256",
        ),
        refused(
            "an entry without a sequence",
            entry(json!({"sequence": null})),
            "sequence: Required value",
        ),
        refused(
            "a debt of a repository that is too long",
            debt(json!({"repository": "x".repeat(129)})),
            "may not be more than 128",
        ),
        refused("a debt since no time", debt(json!({"since": "x"})), no_time),
        refused(
            "a debt without a reason",
            debt(json!({"reason": null})),
            "reason: Required value",
        ),
        refused(
            "a debt with a novel",
            debt(json!({"reason": "x".repeat(513)})),
            "may not be more than 512",
        ),
        accepted(
            "a debt of a whole organization",
            debt(json!({"repository": null})),
        ),
        refused(
            "more debts than are shown",
            organization(json!({"debts": debts})),
            "must have at most 20 items",
        ),
        refused(
            "fewer than no debts",
            organization(json!({"debtCount": -1})),
            below,
        ),
        refused(
            "fewer than no undetermined changes",
            organization(json!({"undetermined": -1})),
            below,
        ),
        refused(
            "fewer than no audited repositories",
            organization(json!({"repositories": {"audited": -1}})),
            below,
        ),
        refused(
            "fewer than no skipped repositories",
            organization(json!({"repositories": {"skipped": -1}})),
            below,
        ),
        refused(
            "fewer than no changes of an organization",
            organization(json!({"totals": {"changes": -1}})),
            below,
        ),
        refused(
            "fewer than no compliant ones of it",
            organization(json!({"totals": {"compliant": -1}})),
            below,
        ),
        refused(
            "fewer than no exempt ones of it",
            organization(json!({"totals": {"exempt": -1}})),
            below,
        ),
        refused(
            "fewer than no baseline ones of it",
            organization(json!({"totals": {"baseline": -1}})),
            below,
        ),
        refused(
            "a row of no kind",
            rows(json!({"kind": "X", "severity": "Y", "count": 1})),
            "Unsupported value: \"X\"",
        ),
    ]
}

async fn published(world: &World) -> Result<()> {
    create(&world.policies(), &good::policy()).await?;
    let status = json!({"status": good::policy_status()});
    merge_status(&world.policies(), "soc2-cc8-1", &status).await?;
    Ok(())
}

#[tokio::test]
async fn every_field_of_the_status_is_bounded() -> Result<()> {
    let world = World::new("status").await?;
    published(&world).await?;
    let dry_run = PatchParams {
        dry_run: true,
        ..PatchParams::default()
    };
    let mut complaints = Vec::new();
    for case in cases() {
        let answer = world
            .policies()
            .patch_status("soc2-cc8-1", &dry_run, &Patch::Merge(&case.patch))
            .await;
        complaints.extend(case.complaint(&answer));
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

#[tokio::test]
async fn what_is_published_of_a_chain_never_goes_back() -> Result<()> {
    let world = World::new("entry").await?;
    published(&world).await?;
    let refusal = "the published entry never goes back";
    let entry = |patch: Value| organization(json!({"entry": patch}));
    let history = [
        accepted("the same entry again", entry(json!({}))),
        accepted("a later entry", entry(json!({"sequence": 9}))),
        refused("an earlier entry", entry(json!({"sequence": 8})), refusal),
        refused(
            "no entry any more",
            organization(json!({"entry": null})),
            refusal,
        ),
        accepted(
            "the first entry of another chain",
            entry(json!({"genesis": OTHER, "sequence": 0})),
        ),
        refused(
            "an earlier one of that",
            entry(json!({"genesis": OTHER, "sequence": -1})),
            "greater than or equal to 0",
        ),
        accepted(
            "the organization leaves the policy",
            status("organizations", json!([])),
        ),
        accepted("and comes back", entry(json!({"sequence": 3}))),
        accepted("the whole status is lost", json!({"status": null})),
        accepted(
            "and comes back, too",
            json!({"status": good::policy_status()}),
        ),
    ];
    let mut complaints = Vec::new();
    for step in history {
        let answer = merge_status(&world.policies(), "soc2-cc8-1", &step.patch).await;
        complaints.extend(step.complaint(&answer));
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

#[tokio::test]
async fn a_replica_that_lags_behind_cannot_apply_an_older_entry() -> Result<()> {
    let world = World::new("lag").await?;
    create(&world.policies(), &good::policy()).await?;
    let statement = |sequence: i64| {
        let organization = merged(
            good::organization_status(),
            &json!({"entry": {"sequence": sequence}}),
        );
        json!({"apiVersion": "mergeaudit.io/v1alpha1", "kind": "AuditPolicy",
            "metadata": {"name": "soc2-cc8-1"}, "status": {"organizations": [organization]}})
    };
    let parameters = PatchParams::apply(mergeaudit::api::MANAGER_STATUS).force();
    let policies = world.policies();
    policies
        .patch_status("soc2-cc8-1", &parameters, &Patch::Apply(statement(9)))
        .await?;
    let late = policies
        .patch_status("soc2-cc8-1", &parameters, &Patch::Apply(statement(8)))
        .await;
    let complaint = refused("late", Value::Null, "never goes back").complaint(&late);
    ensure!(complaint.is_none(), "{complaint:?}");
    let spec = apply(&policies, "soc2-cc8-1", "somebody", &json!({"apiVersion": "mergeaudit.io/v1alpha1",
        "kind": "AuditPolicy", "spec": merged(good::policy()["spec"].clone(), &json!({"suspend": true}))})).await?;
    ensure!(
        spec.data["status"]["organizations"][0]["entry"]["sequence"] == 9,
        "{}",
        spec.data
    );
    Ok(())
}
