//! The examples under `deploy/`, asked of the API server.

use std::path::Path;

use anyhow::{Context as _, Result};
use mergeaudit_test_world::LocalWorld;
use mergeaudit_test_world::Setup;

use crate::PROGRAM;

#[tokio::test]
async fn the_api_server_accepts_every_example_without_a_warning() -> Result<()> {
    let world = Setup::new(PROGRAM).without_operator().start().await?;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples");
    for entry in std::fs::read_dir(&directory).context("reading deploy/examples")? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        let printed = dry_run(&world, &text)
            .await
            .with_context(|| path.display().to_string())?;
        assert!(printed.contains("auditpolicy"), "{printed}");
        assert!(!printed.contains("Warning"), "{printed}");
    }
    Ok(())
}

/// `kubectl apply --dry-run=server`. The example's own namespace does not exist in a dry run, so it goes into the world's.
async fn dry_run(world: &LocalWorld, text: &str) -> Result<String> {
    let text = text.replace(
        "namespace: compliance",
        &format!("namespace: {}", world.namespace),
    );
    world
        .kubectl_with_input(&["apply", "--dry-run=server", "-f", "-"], &text)
        .await
}
