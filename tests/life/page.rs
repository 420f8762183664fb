//! Through a real Prometheus and a real Alertmanager: each violation is a page of its own, also where one is open already.

use std::{path::Path, time::Duration};

use anyhow::Result;
use mergeaudit_test_cluster::monitoring::{
    Alertmanager, Page, Prometheus, PrometheusSetup, Routes, WebhookReceiver,
};
use mergeaudit_test_world::LocalWorld;

use crate::story::{acceptance, acknowledge, name, wait_for_pages, wait_for_state};
use crate::{POLICY, PROGRAM};

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_second_violation_pages_though_one_is_open_and_an_acknowledged_one_does_not() -> Result<()>
{
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    world.merge_unreviewed("payments", "Acknowledged").await?;
    world.scan(POLICY).await?;
    let findings = world.findings(POLICY).await?;
    let quiet = name(&findings[0]).to_owned();
    acknowledge(&world, &quiet, &acceptance("known", None)).await?;
    wait_for_state(&world, &quiet, "Acknowledged").await?;
    wait_for_pages(&world, 0).await?;

    let on_call = WebhookReceiver::start().await?;
    let alertmanager = Alertmanager::start(&shipped_routes(on_call.url())?).await?;
    let rules = Path::new(env!("CARGO_MANIFEST_DIR"));
    let prometheus = Prometheus::start(&PrometheusSetup {
        scrape: vec![("mergeaudit".to_owned(), world.operator.address().to_owned())],
        rules: vec![rules.join("deploy/prometheus/mergeaudit.rules.yaml")],
        alertmanager: Some(alertmanager.address()),
        ..PrometheusSetup::default()
    })
    .await?;
    world.merge_unreviewed("payments", "First").await?;
    world.scan(POLICY).await?;
    let first = open(&world, &[&quiet]).await?;
    wait_for(&on_call, &first).await?;
    world.merge_unreviewed("payments", "Second").await?;
    world.scan(POLICY).await?;
    let second = open(&world, &[&quiet, &first]).await?;
    let page = wait_for(&on_call, &second).await?;
    // A notification of its own: it names no other violation.
    assert_eq!(page.alerts.len(), 1);
    let paged = prometheus.query("count(mergeaudit_finding_open)").await?;
    assert_eq!(paged[0].value.to_string(), "2");
    let ever = |page: &Page| {
        page.alerts
            .iter()
            .any(|alert| alert.labels.get("finding") == Some(&quiet))
    };
    assert!(!on_call.pages().iter().any(ever));
    Ok(())
}

/// The shipped routes, with the receivers' addresses filled in.
fn shipped_routes(url: &str) -> Result<Routes> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/alertmanager/alertmanager.yaml");
    let text = std::fs::read_to_string(path)?;
    let text = text.replace("http://on-call.invalid/page", url);
    Ok(Routes::Text(text))
}

/// The finding that is none of these.
async fn open(world: &LocalWorld, known: &[&str]) -> Result<String> {
    let findings = world.findings(POLICY).await?;
    let new = findings.iter().map(name).find(|it| !known.contains(it));
    Ok(new.unwrap_or_default().to_owned())
}

async fn wait_for(on_call: &WebhookReceiver, finding: &str) -> Result<Page> {
    let wanted = |page: &Page| {
        let mut firing = page.firing("MergeauditFindingOpen");
        firing.any(|alert| alert.labels.get("finding").is_some_and(|it| it == finding))
    };
    on_call.wait_for(wanted, PATIENCE).await
}
