//! Runs helm on the chart.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_cluster::find_or_build_helm;
use serde_json::Value;

/// The version that helm renders for; without it helm takes one of its own, years old.
const KUBERNETES: &str = "--kube-version=1.36.1";

/// The chart's directory.
pub(crate) fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/mergeaudit")
}

/// The documents of a release named `mergeaudit` in a namespace, with these `--set` values.
pub(crate) fn render(namespace: &str, values: &[&str]) -> Result<Vec<Value>> {
    let text = template(namespace, values)?;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text)?;
    Ok(documents
        .into_iter()
        .filter(|document| !document.is_null())
        .collect())
}

/// The same as text.
pub(crate) fn template(namespace: &str, values: &[&str]) -> Result<String> {
    let chart = chart().display().to_string();
    let of_namespace = format!("--namespace={namespace}");
    let mut arguments = vec!["template", "mergeaudit", &chart, KUBERNETES, &of_namespace];
    let values: Vec<_> = values
        .iter()
        .map(|value| format!("--set={value}"))
        .collect();
    arguments.extend(values.iter().map(String::as_str));
    helm(&arguments)
}

/// What `helm lint --strict` says.
pub(crate) fn lint(values: &[&str]) -> Result<String> {
    let chart = chart().display().to_string();
    let values: Vec<_> = values
        .iter()
        .map(|value| format!("--set={value}"))
        .collect();
    let mut arguments = vec!["lint", "--strict", &chart, KUBERNETES];
    arguments.extend(values.iter().map(String::as_str));
    helm(&arguments)
}

/// Runs helm: what it printed, or why it failed.
fn helm(arguments: &[&str]) -> Result<String> {
    static HELM: OnceLock<PathBuf> = OnceLock::new();
    if HELM.get().is_none() {
        let found = find_or_build_helm()?;
        HELM.get_or_init(|| found);
    }
    let program = HELM.get().context("helm")?;
    let output = Command::new(program)
        .args(arguments)
        .output()
        .context("running helm")?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    ensure!(output.status.success(), "helm {arguments:?}: {err}{out}");
    Ok(out)
}
