//! `mergeaudit-cluster`: brings the tools and the control plane up for a person, the demo and CI.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use mergeaudit_test_cluster::{
    ControlPlane, ControlPlaneTools, MonitoringTools, find_or_build_helm,
};
use tokio::signal::unix::{SignalKind, signal};

const ENVIRONMENT: &str = "\
Environment:
  KUBEBUILDER_ASSETS  a directory with kube-apiserver, etcd, kubectl to use before PATH
  XDG_CACHE_HOME      built and unpacked programs go to mergeaudit/tools in it [default: ~/.cache]
  TMPDIR              where the data of a running control plane goes [default: /tmp]";

/// A Kubernetes control plane, a Prometheus and an Alertmanager of real parts on this machine's loopback.
///
/// No root, no containers. Programs that are installed are used where they are new enough; the others are built from pinned Go
/// modules, or unpacked from Debian's packages, once.
#[derive(Debug, Parser)]
#[command(version, after_help = ENVIRONMENT)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a control plane and keep it until Ctrl-C or SIGTERM
    ///
    /// Prints `export KUBECONFIG=…` when it is ready, so that `kubectl` and `mergeaudit controller` of another terminal find
    /// it. Everything, the files included, is gone when this command ends, even if it is killed. Pods stay Pending: there is
    /// no node.
    Up,
    /// Find, build or unpack all tools, and print where they are
    ///
    /// Takes about ten minutes the first time on two cores (Go 1.26 or newer is needed then), and no time after that. Tests
    /// and `up` do the same by themselves; this is for filling a cache beforehand.
    Tools,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Up => up().await,
        Command::Tools => tools().await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn up() -> Result<()> {
    // Before signals are listened for: Ctrl-C during a long build then ends it at once.
    tokio::task::spawn_blocking(ControlPlaneTools::find_or_build)
        .await
        .context("looking for the tools")??;
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let stay = async {
        let cluster = ControlPlane::start().await?;
        announce(&cluster)?;
        std::future::pending::<()>().await;
        Ok(())
    };
    tokio::select! {
        outcome = stay => outcome,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

fn announce(cluster: &ControlPlane) -> Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "export KUBECONFIG={}",
        cluster.kubeconfig_path().display()
    )?;
    writeln!(
        output,
        "# {} is ready; kubectl of its version: {}",
        cluster.server(),
        cluster.kubectl_path().display()
    )?;
    writeln!(
        output,
        "# logs: {}/*.log; Ctrl-C ends it",
        cluster.directory().display()
    )?;
    output.flush().context("writing to standard output")
}

async fn tools() -> Result<()> {
    let found = tokio::task::spawn_blocking(|| {
        Ok::<_, anyhow::Error>((
            ControlPlaneTools::find_or_build()?,
            MonitoringTools::find_or_fetch()?,
            find_or_build_helm()?,
        ))
    });
    let (control_plane, monitoring, helm) = found.await.context("looking for the tools")??;
    let ControlPlaneTools {
        etcd,
        kube_apiserver,
        kube_controller_manager,
        kubectl,
    } = control_plane;
    let MonitoringTools {
        prometheus,
        promtool,
        alertmanager,
        amtool,
    } = monitoring;
    print_paths(&[
        etcd,
        kube_apiserver,
        kube_controller_manager,
        kubectl,
        prometheus,
        promtool,
        alertmanager,
        amtool,
        helm,
    ])
}

fn print_paths(paths: &[PathBuf]) -> Result<()> {
    let mut output = std::io::stdout().lock();
    for path in paths.iter().map(PathBuf::as_path).map(Path::display) {
        writeln!(output, "{path}").context("writing to standard output")?;
    }
    Ok(())
}
