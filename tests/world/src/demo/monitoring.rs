//! The demo's Prometheus, Alertmanager and on-call webhook, with the shipped rules and routes.

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_cluster::monitoring::{
    Alertmanager, Page, Prometheus, PrometheusSetup, Routes, Sample, WebhookReceiver,
};
use mergeaudit_test_world::eventually;

use super::{PATIENCE, POLICY, repository};

/// The three.
pub(super) struct Monitoring {
    /// Scrapes the operator every second.
    pub(super) prometheus: Prometheus,
    /// Routes what Prometheus fires.
    pub(super) alertmanager: Alertmanager,
    /// What on-call carries.
    pub(super) on_call: WebhookReceiver,
}

// === impl Monitoring ===

impl Monitoring {
    /// Starts them around an operator's address.
    pub(super) async fn start(operator: &str) -> Result<Self> {
        let on_call = WebhookReceiver::start().await?;
        let alertmanager = Alertmanager::start(&routes(on_call.url())?).await?;
        let prometheus = Prometheus::start(&PrometheusSetup {
            scrape: vec![("mergeaudit".to_owned(), operator.to_owned())],
            rules: vec![repository().join("deploy/prometheus/mergeaudit.rules.yaml")],
            alertmanager: Some(alertmanager.address()),
            ..PrometheusSetup::default()
        })
        .await?;
        Ok(Self {
            prometheus,
            alertmanager,
            on_call,
        })
    }

    /// The expression that counts the policy's non-compliant merges.
    pub(super) fn expression() -> String {
        format!("mergeaudit_noncompliant_merges_total{{policy=\"{POLICY}\"}}")
    }

    /// The series of that expression.
    pub(super) async fn counters(&self) -> Result<Vec<Sample>> {
        self.prometheus.query(&Self::expression()).await
    }

    /// Waits until Prometheus has counted so many non-compliant merges.
    pub(super) async fn wait_for_count(&self, count: u32) -> Result<()> {
        let what = format!("{} to be {count} in Prometheus", Self::expression());
        eventually(&what, PATIENCE, async || {
            let samples = self.counters().await?;
            let sum: f64 = samples.iter().map(|sample| sample.value).sum();
            let counted = !samples.is_empty() && (sum - f64::from(count)).abs() < 0.5;
            ensure!(counted, "it is {samples:?}");
            Ok(())
        })
        .await
    }

    /// Waits for the finding's page.
    pub(super) async fn wait_for_page(&self) -> Result<Page> {
        let wanted = |page: &Page| page.firing("MergeauditFindingOpen").next().is_some();
        self.on_call.wait_for(wanted, PATIENCE).await
    }
}

/// The shipped routes, their placeholders replaced by the receiver.
fn routes(on_call: &str) -> Result<Routes> {
    let path = repository().join("deploy/alertmanager/alertmanager.yaml");
    let mut text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    for placeholder in [
        "http://on-call.invalid/page",
        "http://reviewers.invalid/queue",
    ] {
        ensure!(
            text.contains(placeholder),
            "{} does not have {placeholder}",
            path.display()
        );
        text = text.replace(placeholder, on_call);
    }
    Ok(Routes::Text(text))
}
