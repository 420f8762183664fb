//! The plain manifests are the chart with its defaults, and the chart's files are those of the project.
//! `UPDATE=1 cargo test --test chart` rewrites them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::helm::{chart, template};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Compares a file with what it should be, or rewrites it.
fn hold(file: &Path, wanted: &str) -> Result<()> {
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(file.parent().context("a folder")?)?;
        return Ok(fs::write(file, wanted)?);
    }
    let committed = fs::read_to_string(file).unwrap_or_default();
    let name = file.strip_prefix(root())?.display();
    ensure!(
        committed == wanted,
        "{name} is out of date; run: UPDATE=1 cargo test --test chart"
    );
    Ok(())
}

#[test]
fn the_charts_files_are_the_projects() -> Result<()> {
    let files = chart().join("files");
    for entry in fs::read_dir(root().join("crds"))? {
        let path = entry?.path();
        let name = path.file_name().context("a name")?;
        hold(&files.join("crds").join(name), &fs::read_to_string(&path)?)?;
    }
    let rules = "mergeaudit.rules.yaml";
    let tested = fs::read_to_string(root().join("deploy/prometheus").join(rules))?;
    hold(&files.join(rules), &tested)
}

#[test]
fn the_manifests_are_the_chart_with_its_defaults() -> Result<()> {
    let values = ["crds.keep=false", "evidence.persistence.keep=false"];
    let install = plain(&template("mergeaudit", &values)?);
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: mergeaudit\n  labels:\n    pod-security.kubernetes.io/enforce: restricted\n";
    hold(
        &root().join("deploy/base/install.yaml"),
        &format!(
            "# Generated from charts/mergeaudit: UPDATE=1 cargo test --test chart\n{namespace}{install}"
        ),
    )?;
    let values = [
        "prometheus.serviceMonitor.enabled=true",
        "prometheus.rules.enabled=true",
    ];
    let monitoring = template("mergeaudit", &values)?;
    let monitoring: Vec<_> = monitoring
        .split("---\n")
        .filter(|document| document.contains("monitoring.coreos.com/"))
        .map(plain)
        .collect();
    let monitoring = monitoring.join("---\n");
    hold(
        &root().join("deploy/components/prometheus/monitoring.yaml"),
        &format!(
            "# Generated from charts/mergeaudit: UPDATE=1 cargo test --test chart\n---\n{monitoring}"
        ),
    )
}

/// Without what says that helm keeps the objects: it does not.
fn plain(text: &str) -> String {
    let of_helm = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("helm.sh/chart:")
            || line.starts_with("app.kubernetes.io/managed-by:")
            || line.starts_with("# Source:")
    };
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !of_helm(line))
        .map(str::trim_end)
        .collect();
    lines.join("\n") + "\n"
}

#[tokio::test]
async fn kustomize_builds_them() -> Result<()> {
    let cluster = mergeaudit_test_world::shared_cluster().await?;
    for (folder, kinds) in [
        (
            "deploy/base",
            &["Deployment", "CustomResourceDefinition"][..],
        ),
        (
            "deploy/overlays/prometheus",
            &["Deployment", "ServiceMonitor", "PrometheusRule"][..],
        ),
    ] {
        let directory = root().join(folder).display().to_string();
        let output = cluster.kubectl(&["kustomize", &directory]).await?;
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        ensure!(output.status.success() && err.is_empty(), "{folder}: {err}");
        for kind in kinds {
            ensure!(
                out.contains(&format!("kind: {kind}\n")),
                "{folder} has no {kind}"
            );
        }
    }
    Ok(())
}
