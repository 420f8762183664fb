//! Many policies on one controller: what each costs the API server, and what rest costs. `MERGEAUDIT_SCALE=200` for more of them;
//! `-- --nocapture` shows the figures.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::{Exposition, LocalWorld, eventually};
use serde_json::{Value, json};

/// How many policies, where nobody says.
const POLICIES: usize = 20;

/// How long the operator is watched at rest.
const REST: Duration = Duration::from_secs(10);

/// The requests that change something.
const WRITES: [&str; 5] = ["POST", "PUT", "PATCH", "APPLY", "DELETE"];

fn policies() -> usize {
    let wanted = option_env!("MERGEAUDIT_SCALE").and_then(|text| text.parse().ok());
    wanted.unwrap_or(POLICIES)
}

/// Writes that the API server has counted, by resource; the Lease's, which come by the clock, are left out.
async fn writes(world: &LocalWorld) -> Result<Vec<(&'static str, f64)>> {
    let request = http::Request::get("/metrics").body(Vec::new())?;
    let text = world.client.request_text(request).await?;
    let wanted: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("apiserver_request_total{"))
        .collect();
    let counted = Exposition::parse(&wanted.join("\n"))?;
    let count = |resource: &'static str| {
        let of_verb = |verb: &&str| {
            let labels = [("verb", *verb), ("resource", resource)];
            counted.metric("apiserver_request_total", &labels)
        };
        (resource, WRITES.iter().filter_map(of_verb).sum())
    };
    Ok(["auditpolicies", "auditfindings", "events"]
        .map(count)
        .into())
}

fn sum(writes: &[(&str, f64)]) -> f64 {
    writes.iter().map(|(_, count)| count).sum()
}

fn name(number: usize) -> String {
    format!("soc2-{number:03}")
}

/// Applies all policies at once, each with this annotation.
async fn request_all(world: &LocalWorld, count: usize, value: &str) -> Result<()> {
    let items: Vec<Value> = (0..count)
        .map(|number| {
            let mut policy = world.policy(&name(number));
            policy["metadata"]["annotations"] = json!({"mergeaudit.io/requested-at": value});
            policy
        })
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let said = world
        .kubectl_with_input(&["apply", "--server-side", "-f", "-"], &list)
        .await?;
    ensure!(said.lines().count() >= count, "{said}");
    eventually("all scans", Duration::from_mins(5), async || {
        let handled = world.kubectl(&[
            "get",
            "auditpolicies",
            "-o",
            "jsonpath={.items[*].status.lastHandledRequest}",
        ]);
        let handled = handled.await?;
        let done = handled.split_whitespace().filter(|it| *it == value).count();
        ensure!(done == count, "{done} of {count}");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::cast_precision_loss,
    clippy::print_stderr,
    reason = "small counts, and figures for whoever asks"
)]
async fn a_slot_costs_few_writes_and_rest_costs_none() -> Result<()> {
    let world = LocalWorld::start(env!("CARGO_BIN_EXE_mergeaudit")).await?;
    let count = policies();
    request_all(&world, count, "first").await?;
    settle(&world).await?;
    let before = writes(&world).await?;
    request_all(&world, count, "second").await?;
    settle(&world).await?;
    let after = writes(&world).await?;
    // One of them is the test's own request.
    let a_slot = (sum(&after) - sum(&before)) / count as f64 - 1.0;

    let busy = world.operator.metrics().await?;
    tokio::time::sleep(REST).await;
    let rested = world.operator.metrics().await?;
    let at_rest = sum(&writes(&world).await?) - sum(&after);
    let figure = |of: &Exposition, name: &str| of.metric(name, &[]).context(name.to_owned());
    let cpu =
        figure(&rested, "process_cpu_seconds_total")? - figure(&busy, "process_cpu_seconds_total")?;
    let memory = figure(&rested, "process_resident_memory_bytes")?;
    eprintln!(
        "{count} policies: {a_slot:.2} writes a policy and slot; at rest {at_rest} writes, {:.2} % of a CPU, {:.0} MiB\n{before:?}\n{after:?}",
        100.0 * cpu / REST.as_secs_f64(),
        memory / f64::from(1 << 20),
    );
    ensure!(
        a_slot <= 2.0,
        "{a_slot} writes a policy and slot: {before:?} {after:?}"
    );
    ensure!(at_rest == 0.0, "{at_rest} writes at rest");
    Ok(())
}

/// Waits until nothing has been written for a while.
async fn settle(world: &LocalWorld) -> Result<()> {
    let mut last = sum(&writes(world).await?);
    eventually("quiet", Duration::from_mins(2), async || {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = sum(&writes(world).await?);
        let before = std::mem::replace(&mut last, now);
        ensure!((now - before).abs() < 0.5, "{before} → {now}");
        Ok(())
    })
    .await
}
