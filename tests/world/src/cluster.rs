//! The control plane with our resource definitions.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
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

/// The directory of the definitions.
pub fn crds() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../crds")).to_owned()
}

async fn install_definitions(cluster: &ControlPlane) -> Result<()> {
    let crds = format!("--filename={}", crds().display());
    let apply = ["apply", "--server-side", &crds];
    let wait = [
        "wait",
        "--for=condition=Established",
        "--timeout=60s",
        &crds,
    ];
    for arguments in [&apply[..], &wait[..]] {
        let output = cluster.kubectl(arguments).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "kubectl {}: {}",
            arguments.join(" "),
            said.trim()
        );
    }
    Ok(())
}
