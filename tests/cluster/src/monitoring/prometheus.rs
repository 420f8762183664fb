//! A Prometheus server with the caller's rules.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::server::Server;
use crate::tools::MonitoringTools;

/// What a Prometheus scrapes, evaluates and notifies.
#[derive(Clone, Debug)]
pub struct PrometheusSetup {
    /// Pairs of a job's name (the `job` label) and a `host:port` whose `/metrics` is scraped over HTTP.
    pub scrape: Vec<(String, String)>,
    /// Rule files, such as those under `deploy/`.
    pub rules: Vec<PathBuf>,
    /// An Alertmanager's `host:port`.
    pub alertmanager: Option<String>,
    /// Between two scrapes of a target and two evaluations of a rule.
    pub interval: Duration,
}

/// A running Prometheus. Dropping it, or the end of this process, ends it.
#[derive(Debug)]
pub struct Prometheus {
    server: Server,
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The series' labels, `__name__` included where the expression keeps it.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

/// An alert that Prometheus holds pending or firing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ActiveAlert {
    /// `alertname` and the rest.
    pub labels: BTreeMap<String, String>,
    /// What the rule says about it, templates filled in.
    pub annotations: BTreeMap<String, String>,
    /// `pending` or `firing`.
    pub state: String,
}

// === impl PrometheusSetup ===

impl Default for PrometheusSetup {
    /// Nothing to scrape, no rules, nobody to notify, an interval of a second.
    fn default() -> Self {
        Self {
            scrape: Vec::new(),
            rules: Vec::new(),
            alertmanager: None,
            interval: Duration::from_secs(1),
        }
    }
}

impl PrometheusSetup {
    /// The configuration file's contents: JSON, which is YAML too.
    /// Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>.
    fn config(&self) -> Result<Value> {
        let interval = format!("{}ms", self.interval.as_millis());
        let rules: Vec<_> = self
            .rules
            .iter()
            .map(|path| absolute(path))
            .collect::<Result<_>>()?;
        let jobs = self.scrape.iter().map(
            |(job, target)| json!({"job_name": job, "static_configs": [{"targets": [target]}]}),
        );
        let alertmanagers = self
            .alertmanager
            .iter()
            .map(|address| json!({"static_configs": [{"targets": [address]}]}));
        Ok(json!({
            "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
            "rule_files": rules,
            "scrape_configs": jobs.collect::<Vec<_>>(),
            "alerting": {"alertmanagers": alertmanagers.collect::<Vec<_>>()},
        }))
    }
}

// === impl Prometheus ===

impl Prometheus {
    /// Starts a Prometheus and returns when it is ready; the first scrapes come within an interval.
    ///
    /// # Errors
    /// When the program cannot be had, or does not come up (such as with a rule file that is wrong): the error then has its log's end.
    pub async fn start(setup: &PrometheusSetup) -> Result<Self> {
        let tools = tokio::task::spawn_blocking(MonitoringTools::find_or_fetch)
            .await
            .context("looking for Prometheus")??;
        let config = format!("{:#}\n", setup.config()?);
        let server = Server::start("prometheus", &tools.prometheus, |directory, port| {
            let file = directory.join("prometheus.yml");
            std::fs::write(&file, &config)
                .with_context(|| format!("writing {}", file.display()))?;
            Ok(vec![
                format!("--config.file={}", file.display()),
                format!("--storage.tsdb.path={}", directory.join("data").display()),
                format!("--web.listen-address=127.0.0.1:{port}"),
            ])
        });
        Ok(Self {
            server: server.await?,
        })
    }

    /// `127.0.0.1:<port>`, for its pages and its API.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// Where its configuration, data and log are.
    pub fn directory(&self) -> &Path {
        self.server.directory()
    }

    /// The value of an expression now, as an instant vector; a scalar is one sample without labels.
    ///
    /// # Errors
    /// When Prometheus refuses the expression (the error has its words), or answers with something else.
    pub async fn query(&self, expression: &str) -> Result<Vec<Sample>> {
        let answer = self
            .server
            .get("/api/v1/query", &[("query", expression)])
            .await?;
        let data = &answer["data"];
        let samples = if data["resultType"] == "vector" {
            let elements = data["result"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            elements
                .iter()
                .map(|element| sample(&element["metric"], &element["value"]))
                .collect()
        } else {
            sample(&json!({}), &data["result"]).map(|sample| vec![sample])
        };
        samples.with_context(|| format!("reading the answer to {expression}: {answer}"))
    }

    /// The alerts that are pending or firing now.
    ///
    /// # Errors
    /// When Prometheus does not answer.
    pub async fn alerts(&self) -> Result<Vec<ActiveAlert>> {
        let mut answer = self.server.get("/api/v1/alerts", &[]).await?;
        serde_json::from_value(answer["data"]["alerts"].take())
            .context("reading Prometheus' alerts")
    }
}

/// Labels, and `[<unix time>, "<value>"]`: values are strings since JSON has no NaN.
fn sample(labels: &Value, value: &Value) -> Result<Sample> {
    let text = value[1].as_str().context("a sample without a value")?;
    let value = text
        .parse()
        .with_context(|| format!("{text:?} is not a number"))?;
    Ok(Sample {
        labels: BTreeMap::deserialize(labels).context("labels that are not strings")?,
        value,
    })
}

/// Relative paths would be read from the configuration's directory.
fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .with_context(|| format!("finding the rule file {}", path.display()))
}
