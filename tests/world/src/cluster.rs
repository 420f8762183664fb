//! The control plane with our resource definitions.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_cluster::ControlPlane;
use tokio::sync::OnceCell;

static SHARED: OnceCell<()> = OnceCell::const_new();

/// The control plane that the tests of one binary share, with the definitions in force.
///
/// # Errors
/// When it does not come up, or refuses the definitions.
pub async fn shared_cluster() -> Result<&'static ControlPlane> {
    let cluster = ControlPlane::shared().await?;
    SHARED
        .get_or_try_init(async || install_definitions(cluster).await)
        .await?;
    Ok(cluster)
}

/// The files of `crds/`.
///
/// # Errors
/// When the directory cannot be read.
pub fn crd_manifests() -> Result<Vec<PathBuf>> {
    let directory = repository().join("crds");
    let entries = std::fs::read_dir(&directory)
        .with_context(|| format!("reading {}", directory.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    paths.collect::<Result<_>>()
}

/// The repository's root.
pub(crate) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

async fn install_definitions(cluster: &ControlPlane) -> Result<()> {
    let mut apply = vec!["apply".to_owned(), "--server-side".to_owned()];
    let mut wait = vec![
        "wait".to_owned(),
        "--for=condition=Established".to_owned(),
        "--timeout=60s".to_owned(),
    ];
    for file in crd_manifests()? {
        let file = format!("--filename={}", file.display());
        apply.push(file.clone());
        wait.push(file);
    }
    for arguments in [apply, wait] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = cluster.kubectl(&arguments).await?;
        ensure!(
            output.status.success(),
            "kubectl {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}
