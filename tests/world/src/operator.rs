//! The operator as a process.

use std::{path::PathBuf, process::ExitStatus, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use mergeaudit_test_cluster::process::{Launch, Process};

use crate::{exposition::Exposition, poll::eventually};

/// How long it may take to serve its probes, and to be ready.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// How long it may take to end after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// The log line that says where metrics and probes are.
const SERVING: &str = "serving /metrics, /healthz and /readyz";

/// What to run.
#[derive(Debug, Clone)]
pub struct OperatorSetup {
    /// The `mergeaudit` binary.
    pub program: PathBuf,
    /// Which cluster, as whom.
    pub kubeconfig: PathBuf,
    /// The archive's directory.
    pub evidence: PathBuf,
    /// `host:port` that tokens may be sent to.
    pub github_hosts: Vec<String>,
    /// The namespace it watches; all where none.
    pub namespace: Option<String>,
    /// The namespace of its Lease.
    pub lease_namespace: String,
    /// The directory of its logs: one file for each start.
    pub logs: PathBuf,
    /// Further arguments of `mergeaudit controller`.
    pub arguments: Vec<String>,
}

/// One operator. Dropping it kills it.
#[derive(Debug)]
pub struct Operator {
    setup: OperatorSetup,
    process: Option<Process>,
    starts: u32,
    address: String,
}

// === impl Operator ===

impl Operator {
    /// Starts it, and returns when `/readyz` says so.
    ///
    /// # Errors
    /// When it ends or does not get ready: with its log.
    pub async fn start(setup: OperatorSetup) -> Result<Self> {
        let mut operator = Self::stopped(setup);
        operator.restart().await?;
        Ok(operator)
    }

    /// One that is not started yet.
    pub fn stopped(setup: OperatorSetup) -> Self {
        Self {
            setup,
            process: None,
            starts: 0,
            address: String::new(),
        }
    }

    /// Kills it if it runs, starts it (again), and returns when it is ready. Its address is another one afterwards.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub async fn restart(&mut self) -> Result<()> {
        self.launch().await?;
        eventually("the operator to be ready", START_TIMEOUT, async || {
            self.running()?;
            let response = self.get("/readyz").await?;
            ensure!(response == "ok\n", "/readyz: {response}");
            Ok(())
        })
        .await
        .map_err(|error| error.context(self.log_tail()))
    }

    /// Kills it if it runs, starts it (again), and returns when it serves its probes.
    ///
    /// # Errors
    /// When it ends at once: with its log.
    pub async fn launch(&mut self) -> Result<()> {
        self.kill();
        self.starts += 1;
        let process = Process::start(Launch {
            name: "mergeaudit controller",
            program: &self.setup.program,
            arguments: self.arguments(),
            environment: vec![("KUBECONFIG", self.setup.kubeconfig.display().to_string())],
            working_directory: &self.setup.logs,
            log: self.log_path(self.starts),
            scratch: None,
        })?;
        self.process = Some(process);
        let found = eventually("the operator's address", START_TIMEOUT, async || {
            self.running()?;
            let log = std::fs::read_to_string(self.log_path(self.starts))?;
            address(&log).context("its log does not tell it yet")
        })
        .await;
        self.address = found.map_err(|error| error.context(self.log_tail()))?;
        Ok(())
    }

    /// What it is started with; a change holds from the next start on.
    pub fn setup_mut(&mut self) -> &mut OperatorSetup {
        &mut self.setup
    }

    /// Ends it at once, as SIGKILL does. Nothing happens if it does not run.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Asks it to end, by SIGTERM, and waits for that.
    ///
    /// # Errors
    /// When it does not run, or goes on for 20 s.
    pub async fn terminate(&mut self) -> Result<ExitStatus> {
        let mut process = self.process.take().context("the operator does not run")?;
        tokio::task::spawn_blocking(move || process.terminate(STOP_TIMEOUT))
            .await
            .context("waiting for the operator's end")?
    }

    /// `127.0.0.1:<port>` of metrics and probes.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Scrapes it.
    ///
    /// # Errors
    /// When it does not answer, or not in the exposition format.
    pub async fn metrics(&self) -> Result<Exposition> {
        Exposition::parse(&self.get("/metrics").await?)
    }

    /// Everything that it has logged, over all starts.
    pub fn log(&self) -> String {
        let logs = (1..=self.starts).map(|start| {
            let log = std::fs::read_to_string(self.log_path(start)).unwrap_or_default();
            format!("--- start {start}\n{log}")
        });
        logs.collect()
    }

    /// The end of its log.
    pub fn log_tail(&self) -> String {
        let tail = self.process.as_ref().map(Process::log_tail);
        let tail = tail.unwrap_or_else(|| {
            let log = self.log();
            let start = log.len().saturating_sub(4000);
            log.get(start..).unwrap_or(&log).to_owned()
        });
        format!("the operator's log ends with:\n{tail}\n")
    }

    /// # Errors
    /// When it does not run.
    fn running(&mut self) -> Result<()> {
        let process = self.process.as_mut().context("the operator does not run")?;
        match process.exit_status()? {
            None => Ok(()),
            Some(status) => bail!("the operator ended with {status}"),
        }
    }

    async fn get(&self, path: &str) -> Result<String> {
        let url = format!("http://{}{path}", self.address);
        // A client of its own each time: a pooled connection would outlive a killed operator.
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?;
        let response = client.get(&url).send().await?;
        Ok(response.text().await?)
    }

    fn arguments(&self) -> Vec<String> {
        let OperatorSetup {
            evidence,
            github_hosts,
            namespace,
            lease_namespace,
            arguments,
            ..
        } = &self.setup;
        let mut all = vec![
            "controller".to_owned(),
            format!("--evidence=file://{}", evidence.display()),
            format!("--allowed-github-hosts={}", github_hosts.join(",")),
            "--listen=127.0.0.1:0".to_owned(),
            format!("--lease-namespace={lease_namespace}"),
        ];
        all.extend(
            namespace
                .iter()
                .map(|namespace| format!("--namespace={namespace}")),
        );
        all.extend_from_slice(arguments);
        all
    }

    fn log_path(&self, start: u32) -> PathBuf {
        self.setup.logs.join(format!("operator-{start}.log"))
    }
}

/// The address in the log line that tells it.
fn address(log: &str) -> Option<String> {
    let line = log.lines().find(|line| line.contains(SERVING))?;
    let (_, after) = line.split_once("address=")?;
    after.split_whitespace().next().map(str::to_owned)
}
