//! promtool and amtool: what they say about the caller's files.

use std::{ffi::OsStr, path::Path, process::Output};

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::tools::MonitoringTools;

/// `promtool check rules`: are these rule files valid? Returns what it printed.
///
/// # Errors
/// When they are not: the error is what promtool printed.
pub async fn check_rules(files: &[&Path]) -> Result<String> {
    promtool("check", files).await
}

/// `promtool test rules`: do the rules fire and keep silent as these test files say? Returns what it printed.
/// Source: <https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/>.
///
/// # Errors
/// When a test fails: the error is what promtool printed.
pub async fn test_rules(files: &[&Path]) -> Result<String> {
    promtool("test", files).await
}

/// `amtool check-config`: is this a valid configuration of Alertmanager? Returns what it printed.
///
/// # Errors
/// When it is not: the error is what amtool printed.
pub async fn check_alertmanager_config(file: &Path) -> Result<String> {
    run(
        &tools().await?.amtool,
        &[OsStr::new("check-config"), file.as_os_str()],
    )
    .await
}

/// `amtool config routes test`: the receivers that an alert with these labels goes to, in order.
///
/// # Errors
/// When the configuration is not valid: the error is what amtool printed.
pub async fn receiver_of(file: &Path, labels: &[(&str, &str)]) -> Result<Vec<String>> {
    let config = format!("--config.file={}", file.display());
    let labels: Vec<_> = labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let fixed = ["config", "routes", "test", &config].map(OsStr::new);
    let arguments: Vec<_> = fixed
        .into_iter()
        .chain(labels.iter().map(OsStr::new))
        .collect();
    let output = run(&tools().await?.amtool, &arguments).await?;
    Ok(output.trim().split(',').map(str::to_owned).collect())
}

async fn tools() -> Result<MonitoringTools> {
    tokio::task::spawn_blocking(MonitoringTools::find_or_fetch)
        .await
        .context("looking for promtool and amtool")?
}

async fn promtool(verb: &str, files: &[&Path]) -> Result<String> {
    let verbs = [verb, "rules"].map(OsStr::new);
    let arguments: Vec<_> = verbs
        .into_iter()
        .chain(files.iter().map(|file| file.as_os_str()))
        .collect();
    run(&tools().await?.promtool, &arguments).await
}

async fn run(program: &Path, arguments: &[&OsStr]) -> Result<String> {
    let command = || {
        format!(
            "{} {}",
            program.display(),
            arguments.join(OsStr::new(" ")).display()
        )
    };
    let output = Command::new(program)
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await;
    let Output {
        status,
        stdout,
        stderr,
    } = output.with_context(|| format!("running {}", command()))?;
    let [printed, errors] =
        [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    ensure!(
        status.success(),
        "{}: {status}:\n{printed}{errors}",
        command()
    );
    Ok(printed)
}
