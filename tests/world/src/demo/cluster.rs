//! The demo's cluster: a control plane of our own, or the one that `KUBECONFIG` names.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_cluster::ControlPlane;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::{parse, repository};

/// Which cluster.
pub(super) enum Cluster {
    /// Started for the demo.
    Own(Box<ControlPlane>),
    /// Somebody's, by kubeconfig.
    Foreign(PathBuf),
}

// === impl Cluster ===

impl Cluster {
    /// The cluster of that kubeconfig, or a new one.
    pub(super) async fn find_or_start(kubeconfig: Option<PathBuf>) -> Result<Self> {
        Ok(match kubeconfig {
            Some(path) => Self::Foreign(path),
            None => Self::Own(Box::new(ControlPlane::start().await?)),
        })
    }

    /// Whether it was there before us.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign(_))
    }

    /// What was found or started.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Own(plane) => {
                format!(
                    "etcd, kube-apiserver and kube-controller-manager are at {}",
                    plane.server()
                )
            }
            Self::Foreign(path) => format!("the cluster of KUBECONFIG={} is used", path.display()),
        }
    }

    /// Where the policy goes.
    pub(super) fn namespace(&self) -> &'static str {
        match self {
            Self::Own(_) => "compliance",
            // One that nobody minds to be deleted at the end.
            Self::Foreign(_) => "mergeaudit-demo",
        }
    }

    /// For whoever talks to it.
    pub(super) fn kubeconfig(&self) -> &Path {
        match self {
            Self::Own(plane) => plane.kubeconfig_path(),
            Self::Foreign(path) => path,
        }
    }

    /// The kubectl that fits.
    pub(super) fn kubectl_path(&self) -> &Path {
        match self {
            Self::Own(plane) => plane.kubectl_path(),
            Self::Foreign(_) => Path::new("kubectl"),
        }
    }

    /// A directory that goes with the demo, however that ends.
    pub(super) fn directory(&self) -> Result<TempDir> {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix("mergeaudit-demo-");
        match self {
            Self::Own(plane) => builder.tempdir_in(plane.directory()),
            Self::Foreign(_) => builder.tempdir(),
        }
        .context("creating the demo's directory")
    }

    /// Applies `crds/` and waits until the API server serves them.
    pub(super) async fn install_definitions(&self) -> Result<()> {
        let crds = format!("--filename={}", repository().join("crds").display());
        self.kubectl(&["apply", "--server-side", &crds]).await?;
        self.kubectl(&[
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            &crds,
        ])
        .await?;
        Ok(())
    }

    /// `kubectl apply` of manifests.
    pub(super) async fn apply(&self, manifests: &str) -> Result<()> {
        self.run(&["apply", "--filename=-"], manifests)
            .await
            .map(drop)
    }

    /// An object of our namespace.
    pub(super) async fn get(&self, kind: &str, name: &str) -> Result<Value> {
        parse(&self.kubectl(&["get", kind, name, "--output=json"]).await?)
    }

    /// Runs kubectl in our namespace, and returns what it printed.
    pub(super) async fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.run(arguments, "").await
    }

    /// Deletes what was created in somebody's cluster; one of our own just ends.
    pub(super) async fn leave(&self) -> Result<()> {
        if self.is_foreign() {
            self.kubectl(&["delete", "namespace", self.namespace(), "--timeout=60s"])
                .await?;
        }
        Ok(())
    }

    async fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(self.kubectl_path());
        command
            .env("KUBECONFIG", self.kubeconfig())
            .arg("--namespace")
            .arg(self.namespace())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Self::Own(plane) = self {
            // The default cache is keyed by host and port: another control plane's resources would be found in it.
            command
                .arg("--cache-dir")
                .arg(plane.directory().join("kubectl-cache"));
        }
        let running = || format!("running kubectl {}", arguments.join(" "));
        let mut child = command.spawn().with_context(running)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A kubectl that does not read its input closes it: its own message says more than our broken pipe.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let output = child.wait_with_output().await.with_context(running)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {}", running(), said.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
