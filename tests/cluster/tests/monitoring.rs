//! A rule fires in a real Prometheus, a real Alertmanager routes it, and the on-call webhook gets the page.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use mergeaudit_test_cluster::monitoring::{
    Alertmanager, Page, Prometheus, PrometheusSetup, Routes, WebhookReceiver,
    check_alertmanager_config, check_rules, receiver_of, test_rules,
};

const RULES: &str = r#"
groups:
- name: test
  rules:
  - alert: TargetUp
    expr: up == 1
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.job }} is up"}
"#;

const RULE_TESTS: &str = r#"
rule_files: [rules.yaml]
tests:
- interval: 1m
  input_series: [{series: 'up{job="a"}', values: "1"}, {series: 'up{job="b"}', values: "0"}]
  alert_rule_test:
  - eval_time: 0m
    alertname: TargetUp
    exp_alerts: [{exp_labels: {severity: critical, job: a}, exp_annotations: {summary: "a is up"}}]
"#;

const ROUTES: &str = r"
route: {receiver: tickets, routes: [{receiver: on-call, matchers: ['severity = critical']}]}
receivers: [{name: tickets}, {name: on-call}]
";

/// Generous: a page takes three seconds on an idle machine.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_firing_rule_ends_in_a_page() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let rules = write(directory.path(), "rules.yaml", RULES)?;
    let telephone = WebhookReceiver::start().await?;
    let alertmanager = Alertmanager::start(&Routes::Webhook(telephone.url().to_owned())).await?;
    let scraped = ("alertmanager".to_owned(), alertmanager.address());
    let setup = PrometheusSetup {
        scrape: vec![scraped],
        rules: vec![rules],
        alertmanager: Some(alertmanager.address()),
        ..PrometheusSetup::default()
    };
    let prometheus = Prometheus::start(&setup).await?;

    let page = telephone
        .wait_for(|page| page.firing("TargetUp").next().is_some(), PATIENCE)
        .await?;
    ensure!(
        page.to_string() == "firing → webhook: TargetUp [critical] alertmanager is up",
        "{page}"
    );
    ensure!(telephone.pages().contains(&page));

    let up = prometheus.query("up").await?;
    let [sample] = up.as_slice() else {
        anyhow::bail!("up is {up:?}")
    };
    ensure!(
        (sample.value - 1.0).abs() < f64::EPSILON && sample.labels["job"] == "alertmanager",
        "{sample:?}"
    );
    let alerts = prometheus.alerts().await?;
    ensure!(
        alerts
            .iter()
            .any(|alert| alert.state == "firing" && alert.labels["alertname"] == "TargetUp"),
        "{alerts:?}"
    );
    let held = alertmanager.alerts().await?;
    ensure!(held[0]["labels"]["alertname"] == "TargetUp", "{held}");
    Ok(())
}

#[tokio::test]
async fn a_page_that_does_not_come_is_an_error_that_names_those_that_did() -> Result<()> {
    let telephone = WebhookReceiver::start().await?;
    let missed = telephone
        .wait_for(|_: &Page| true, Duration::from_millis(1))
        .await;
    let error = missed.err().context("a page out of nowhere")?.to_string();
    ensure!(error.contains("0 others came"), "{error}");
    Ok(())
}

#[tokio::test]
async fn wrong_rules_are_refused_with_the_words_of_the_program() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let wrong = write(
        directory.path(),
        "wrong.yaml",
        &RULES.replace("up == 1", "up == = 1"),
    )?;
    let checked = check_rules(&[&wrong])
        .await
        .err()
        .context("promtool took a wrong rule")?
        .to_string();
    ensure!(checked.contains("parse error"), "{checked}");
    let started = Prometheus::start(&PrometheusSetup {
        rules: vec![wrong],
        ..PrometheusSetup::default()
    })
    .await;
    let log = started
        .err()
        .context("Prometheus took a wrong rule")?
        .to_string();
    ensure!(log.contains("parse error"), "{log}");
    Ok(())
}

#[tokio::test]
async fn rules_and_routes_are_tested_without_servers() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let rules = write(directory.path(), "rules.yaml", RULES)?;
    let tests = write(directory.path(), "tests.yaml", RULE_TESTS)?;
    let broken = write(
        directory.path(),
        "broken.yaml",
        &RULE_TESTS.replace("a is up", "b is up"),
    )?;
    check_rules(&[&rules]).await?;
    test_rules(&[&tests]).await?;
    ensure!(
        test_rules(&[&broken]).await.is_err(),
        "a failing rule test passed"
    );

    let routes = write(directory.path(), "routes.yaml", ROUTES)?;
    check_alertmanager_config(&routes).await?;
    ensure!(receiver_of(&routes, &[("severity", "critical")]).await? == ["on-call"]);
    ensure!(receiver_of(&routes, &[("severity", "warning")]).await? == ["tickets"]);
    Ok(())
}

fn write(directory: &Path, name: &str, contents: &str) -> Result<std::path::PathBuf> {
    let path = directory.join(name);
    std::fs::write(&path, contents).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}
