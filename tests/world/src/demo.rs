//! The demo's story: bring the world up, merge something unreviewed, wait for the finding, the counter and the page, show them.

mod archive;
mod cluster;
mod github;
mod monitoring;
mod progress;
mod show;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_cluster::monitoring::Page;
use mergeaudit_test_github::Simulator;
use mergeaudit_test_world::{Operator, OperatorSetup, condition, eventually};
use serde_json::Value;
use tempfile::TempDir;

use self::{cluster::Cluster, monitoring::Monitoring, progress::Progress};

/// The policy of `deploy/examples/policy.yaml`.
const POLICY: &str = "soc2-cc8-1";

/// How long each step may take; each takes seconds on an idle machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everything that runs. Dropped in this order, all of it ends.
pub(crate) struct Demo {
    operator: Operator,
    monitoring: Monitoring,
    github: Simulator,
    evidence: PathBuf,
    _directory: TempDir,
    cluster: Cluster,
}

/// What came of the unreviewed merge.
struct Outcome {
    number: u64,
    page: Page,
}

/// Tells the whole story; what it returns goes on running.
///
/// # Errors
/// The first step that did not happen, and why.
pub(crate) async fn tell(program: PathBuf, kubeconfig: Option<PathBuf>) -> Result<Demo> {
    let mut progress = Progress::start();
    let mut demo = Demo::bring_up(&mut progress, program, kubeconfig).await?;
    let outcome = demo.act(&mut progress).await;
    let outcome = outcome.map_err(|error| error.context(demo.operator.log_tail()))?;
    demo.show(&outcome).await?;
    progress.end();
    Ok(demo)
}

// === impl Demo ===

impl Demo {
    async fn bring_up(
        progress: &mut Progress,
        program: PathBuf,
        kubeconfig: Option<PathBuf>,
    ) -> Result<Self> {
        let cluster = Cluster::find_or_start(kubeconfig).await?;
        progress.step(&cluster.describe());
        cluster.install_definitions().await?;
        progress.step("the custom resource definitions of crds/ are established");
        let github = Simulator::start(github::seeded())?;
        progress.step(&format!(
            "a GitHub with the organization acme is at {}",
            github.url()
        ));
        let directory = cluster.directory()?;
        cluster.apply(&example(&cluster, &github)?).await?;
        progress.step(&format!(
            "deploy/examples/policy.yaml is applied to namespace {}",
            cluster.namespace()
        ));
        let evidence = directory.path().join("evidence");
        let setup = OperatorSetup {
            program,
            kubeconfig: cluster.kubeconfig().to_owned(),
            evidence: evidence.clone(),
            github_hosts: vec![authority(&github)],
            namespace: cluster.is_foreign().then(|| cluster.namespace().to_owned()),
            lease_namespace: cluster.namespace().to_owned(),
            logs: directory.path().to_owned(),
            arguments: Vec::new(),
        };
        let operator = Operator::start(setup).await?;
        progress.step("the operator runs as a process beside the control plane");
        let monitoring = Monitoring::start(operator.address()).await?;
        progress.step("Prometheus and Alertmanager run with the rules and routes of deploy/");
        Ok(Self {
            operator,
            monitoring,
            github,
            evidence,
            _directory: directory,
            cluster,
        })
    }

    async fn act(&mut self, progress: &mut Progress) -> Result<Outcome> {
        self.scan("first").await?;
        self.monitoring.wait_for_count(0).await?;
        progress.step("the policy is Ready, the history of acme is audited, and the counter is 0");
        let number = github::merge_unreviewed(&self.github).await?;
        progress.step(&format!(
            "alice merged acme/payments#{number}, which nobody approved"
        ));
        self.scan("second").await?;
        progress.step("the next scan is published");
        self.monitoring.wait_for_count(1).await?;
        progress.step("Prometheus has counted it");
        let page = self.monitoring.wait_for_page().await?;
        progress.step("on-call was paged");
        Ok(Outcome { number, page })
    }

    /// Asks for a scan now, as a person would, and waits until it is published.
    async fn scan(&self, request: &str) -> Result<()> {
        let annotation = format!("mergeaudit.io/requested-at={request}");
        self.cluster
            .kubectl(&[
                "annotate",
                "--overwrite",
                "auditpolicy",
                POLICY,
                &annotation,
            ])
            .await?;
        let what = format!("the {request} scan to be published and the policy to be Ready");
        eventually(&what, PATIENCE, async || {
            let policy = self.cluster.get("auditpolicy", POLICY).await?;
            let handled = policy["status"]["lastHandledRequest"] == request;
            let ready = condition(&policy, "Ready").is_some_and(|(status, _)| status == "True");
            ensure!(handled && ready, "its status is {:#}", policy["status"]);
            Ok(())
        })
        .await
    }

    /// Leaves a cluster that is not ours as it was, but for the definitions.
    ///
    /// # Errors
    /// kubectl's.
    pub(crate) async fn tear_down(mut self) -> Result<()> {
        self.operator.terminate().await?;
        self.cluster.leave().await
    }
}

/// The example as a person would fill it in for this GitHub.
fn example(cluster: &Cluster, github: &Simulator) -> Result<String> {
    let path = repository().join("deploy/examples/policy.yaml");
    let mut text =
        std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let url = format!("apiUrl: {}", github.url());
    for (placeholder, value) in [
        ("REPLACE-WITH-A-TOKEN", github::TOKEN),
        (
            "# apiUrl: https://github.example.com/api/v3    # GitHub Enterprise Server",
            &url,
        ),
        ("*/15 * * * *", "*/1 * * * *"),
        (
            "namespace: compliance",
            &format!("namespace: {}", cluster.namespace()),
        ),
        (
            "  name: compliance",
            &format!("  name: {}", cluster.namespace()),
        ),
    ] {
        ensure!(
            text.contains(placeholder),
            "{} does not have {placeholder:?}",
            path.display()
        );
        text = text.replace(placeholder, value);
    }
    Ok(text)
}

fn authority(github: &Simulator) -> String {
    github.url().trim_start_matches("http://").to_owned()
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The names of a page's alerts that fire.
fn alert_names(page: &Page) -> Vec<&str> {
    let firing = page.alerts.iter().filter(|alert| alert.status == "firing");
    firing
        .map(mergeaudit_test_cluster::monitoring::Alert::name)
        .collect()
}

/// A value as kubectl prints it in JSON.
fn parse(text: &str) -> Result<Value> {
    serde_json::from_str(text).context("reading what kubectl printed")
}
