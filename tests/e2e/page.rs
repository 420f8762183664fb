//! From the operator's metrics through a real Prometheus and a real Alertmanager to on-call.

use std::{path::Path, time::Duration};

use anyhow::Result;
use mergeaudit_test_cluster::monitoring::{
    Alertmanager, Page, Prometheus, PrometheusSetup, Routes, WebhookReceiver,
};
use mergeaudit_test_world::LocalWorld;

use crate::{POLICY, PROGRAM};

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_unreviewed_merge_pages_on_call_by_the_finding_and_by_the_counter() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    let on_call = WebhookReceiver::start().await?;
    // Each alert by itself: in the shipped routes an open finding inhibits the count.
    let alertmanager = Alertmanager::start(&Routes::Webhook(on_call.url().to_owned())).await?;
    let rules = Path::new(env!("CARGO_MANIFEST_DIR"));
    let prometheus = Prometheus::start(&PrometheusSetup {
        scrape: vec![("mergeaudit".to_owned(), world.operator.address().to_owned())],
        rules: vec![rules.join("deploy/prometheus/mergeaudit.rules.yaml")],
        alertmanager: Some(alertmanager.address()),
        ..PrometheusSetup::default()
    })
    .await?;

    let _reviewed = world.merge_reviewed("payments", "Round to even").await?;
    let _unreviewed = world.merge_unreviewed("payments", "Hurry").await?;
    world.scan(POLICY).await?;

    let name = world.findings(POLICY).await?[0]["metadata"]["name"].clone();
    let page = wait_for(&on_call, "MergeauditFindingOpen").await?;
    let alert = &page.alerts[0];
    assert_eq!(alert.labels["finding"], name.as_str().unwrap_or_default());
    assert_eq!(alert.labels["severity"], "critical");
    let page = wait_for(&on_call, "MergeauditNonCompliantMerge").await?;
    let alert = &page.alerts[0];
    assert_eq!(alert.labels["kind"], "pull_request");
    assert_eq!(alert.labels["policy"], POLICY);
    let counted = prometheus
        .query("sum(mergeaudit_noncompliant_merges_total)")
        .await?;
    assert_eq!(counted[0].value.to_string(), "1");
    Ok(())
}

async fn wait_for(on_call: &WebhookReceiver, alert: &str) -> Result<Page> {
    let wanted = |page: &Page| page.firing(alert).next().is_some();
    on_call.wait_for(wanted, PATIENCE).await
}
