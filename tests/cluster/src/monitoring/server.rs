//! What Prometheus and Alertmanager have in common: a directory, a port, one process, a readiness page.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    poll::Wait,
    ports,
    process::{Launch, Process},
    progress,
};

/// How long a server may take to get ready; it takes a fraction of a second on an idle machine.
const READY_TIMEOUT: Duration = Duration::from_mins(1);

/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a start is tried on a new port.
const ATTEMPTS: u32 = 5;

/// One server. Dropping it kills the process and removes its files.
#[derive(Debug)]
pub(super) struct Server {
    _process: Process,
    port: u16,
    directory: TempDir,
}

// === impl Server ===

impl Server {
    /// Starts the program with the arguments that `arguments` makes of its directory and its port, and waits for
    /// `/-/ready`, which both programs have.
    pub(super) async fn start(
        name: &str,
        program: &Path,
        arguments: impl Fn(&Path, u16) -> Result<Vec<String>>,
    ) -> Result<Self> {
        for _ in 1..ATTEMPTS {
            match Self::attempt(name, program, &arguments).await {
                Err(error) if ports::is_collision(&error) => progress::say(&format!(
                    "{name}: the port was taken meanwhile; trying another"
                )),
                outcome => return outcome,
            }
        }
        Self::attempt(name, program, &arguments).await
    }

    /// `127.0.0.1:<port>`.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where its configuration, data and log are.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The JSON at a path, with query parameters.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let url = format!("http://{}{path}", self.address());
        let asking = || format!("asking {url} for {query:?}");
        let response = http()?
            .get(&url)
            .query(query)
            .send()
            .await
            .with_context(asking)?;
        let status = response.status();
        let text = response.text().await.with_context(asking)?;
        if !status.is_success() {
            bail!("{}: {status}: {}", asking(), text.trim());
        }
        serde_json::from_str(&text).with_context(asking)
    }

    async fn attempt(
        name: &str,
        program: &Path,
        arguments: &impl Fn(&Path, u16) -> Result<Vec<String>>,
    ) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix(&format!("mergeaudit-{name}-"))
            .tempdir();
        let directory = directory.with_context(|| format!("creating {name}'s directory"))?;
        let [port] = ports::free()?;
        let mut process = Process::start(Launch {
            name,
            program,
            arguments: arguments(directory.path(), port)?,
            environment: Vec::new(),
            // Debian's Alertmanager looks for its templates from here, when we unpacked it.
            working_directory: program.parent().unwrap_or_else(|| directory.path()),
            log: directory.path().join(format!("{name}.log")),
            scratch: Some(directory.path()),
        })?;
        wait_until_ready(&mut process, port).await?;
        Ok(Self {
            _process: process,
            port,
            directory,
        })
    }
}

async fn wait_until_ready(process: &mut Process, port: u16) -> Result<()> {
    let (client, url) = (http()?, format!("http://127.0.0.1:{port}/-/ready"));
    let wait = Wait::new(format!("{} to get ready", process.name()), READY_TIMEOUT);
    loop {
        if let Some(status) = process.exit_status()? {
            bail!(
                "{} ended with {status}; its log ends with:\n{}",
                process.name(),
                process.log_tail()
            );
        }
        let seen = match client.get(&url).send().await {
            Ok(response) if response.status().is_success() => return Ok(()),
            Ok(response) => response.status().to_string(),
            Err(error) => error.to_string(),
        };
        wait.pause(&seen).await.with_context(|| {
            format!(
                "the log of {} ends with:\n{}",
                process.name(),
                process.log_tail()
            )
        })?;
    }
}

/// A client of its own for each use: a pooled connection belongs to the runtime that opened it.
fn http() -> Result<reqwest::Client> {
    // A proxy of the environment has no business between two processes of this machine.
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(ANSWER_TIMEOUT)
        .build();
    client.context("building an HTTP client")
}
