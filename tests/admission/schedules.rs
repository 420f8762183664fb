//! The table of what `CronJob` makes of schedules, against the API server: as a `CronJob`, which shows that the table is right, and
//! as a policy, which shows that the definition lets through what a `CronJob` takes, and what of the rest it cannot tell.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, PostParams};
use serde_json::{Value, json};

use crate::case::merged;
use crate::good;
use crate::world::World;

const TABLE: &str = include_str!("../../src/schedule/cron/tests/cronjob.tsv");

/// What the definition cannot refuse, since numbers would have to be compared; the operator does, with `Stalled`.
const LEFT_TO_THE_OPERATOR: &[&str] = &[
    "* 7,14 29-+015 * ?",
    "* ? ,4-1/+2,23,8/5 * ?",
    "*/9223372036854775808 * * * *",
    "0 0 * * fri-mon",
    "0 0 * * sat-sun",
    "0 0 1 dec-jan *",
    "19 ? ?/15 ?,9-1 ?",
    "20-21/3 ? +27-22 5 *",
    "43-7,27 14/5 18,1 *,* 2-thu",
    "5-1 * * * *",
    "@every -2562048h",
    "@every 18446744073709551617ns",
    "@every 2562048h",
    "@every 9223372036854775808ns",
    "@every 9223372036854775809ns",
    "@every 9223372037s",
    "@every 99999999999999999999h",
];

/// A schedule, its zone, and whether a `CronJob` takes them.
type Row = (String, String, bool);

/// The rows of the table, without those that are about the slots in some zone.
fn rows() -> Result<BTreeSet<Row>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let rows: Result<BTreeSet<Row>> = lines.map(row).collect();
    let is_of_grammar =
        |(schedule, zone, taken): &Row| !taken || zone == "Etc/UTC" || schedule == "30 6 * * *";
    Ok(rows?.into_iter().filter(is_of_grammar).collect())
}

fn row(line: &str) -> Result<Row> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [schedule, zone, _from, outcome] = columns[..] else {
        bail!("not four columns: {line}");
    };
    let schedule = serde_json::from_str(schedule)?;
    let zone = serde_json::from_str(zone)?;
    Ok((schedule, zone, outcome != "refused"))
}

fn cron_job(schedule: &str, zone: &str) -> Value {
    let container = json!({"name": "scan", "image": "mergeaudit"});
    let pod = json!({"spec": {"restartPolicy": "Never", "containers": [container]}});
    json!({
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "scan"},
        "spec": {"schedule": schedule, "timeZone": zone, "jobTemplate": {"spec": {"template": pod}}},
    })
}

fn policy(schedule: &str, zone: &str) -> Value {
    merged(
        good::policy(),
        &json!({"spec": {"schedule": schedule, "timeZone": zone}}),
    )
}

/// Whether the API server would create it.
async fn takes(api: &Api<DynamicObject>, object: Value) -> Result<bool> {
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    match api.create(&dry_run, &serde_json::from_value(object)?).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 422 => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[tokio::test]
async fn a_policy_takes_every_schedule_that_a_cronjob_takes() -> Result<()> {
    let world = World::new("schedules").await?;
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("batch", "v1", "CronJob"));
    let cron_jobs = Api::namespaced_with(world.client.clone(), &world.namespace, &kind);
    let mut complaints = Vec::new();
    let mut left = BTreeSet::new();
    for (schedule, zone, expected) in rows()? {
        let as_cron_job = takes(&cron_jobs, cron_job(&schedule, &zone)).await?;
        let as_policy = takes(&world.policies(), policy(&schedule, &zone)).await?;
        if as_cron_job != expected || (expected && !as_policy) {
            complaints.push(format!(
                "{schedule:?} in {zone:?}: table {expected}, CronJob {as_cron_job}, policy {as_policy}"
            ));
        }
        // What zones there are is not known to the definition either.
        if as_policy && !expected && zone == "Etc/UTC" {
            left.insert(schedule);
        }
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    let left: Vec<&str> = left.iter().map(String::as_str).collect();
    ensure!(left == LEFT_TO_THE_OPERATOR, "{left:#?}");
    Ok(())
}
