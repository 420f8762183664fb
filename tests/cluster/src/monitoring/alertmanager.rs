//! An Alertmanager server with the caller's routes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::server::Server;
use crate::tools::MonitoringTools;

/// Where an Alertmanager sends its notifications.
#[derive(Clone, Debug)]
pub enum Routes {
    /// As a configuration file says, such as one under `deploy/`.
    File(PathBuf),
    /// As a configuration's text says (YAML), such as a shipped one with the receiver's address filled in.
    Text(String),
    /// Each alert to this URL, at once, and again when it resolves.
    Webhook(String),
}

/// A running Alertmanager. Dropping it, or the end of this process, ends it.
#[derive(Debug)]
pub struct Alertmanager {
    server: Server,
}

// === impl Routes ===

impl Routes {
    /// Source: <https://prometheus.io/docs/alerting/latest/configuration/>.
    fn config(&self) -> Result<String> {
        match self {
            Self::File(path) => std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display())),
            Self::Text(text) => Ok(text.clone()),
            // JSON is YAML too. A wait of zero would be taken for the default of 30 s.
            Self::Webhook(url) => Ok(json!({
                "route": {"receiver": "webhook", "group_by": ["..."], "group_wait": "1ms", "group_interval": "1s", "repeat_interval": "1h"},
                "receivers": [{"name": "webhook", "webhook_configs": [{"url": url, "send_resolved": true}]}],
            })
            .to_string()),
        }
    }
}

// === impl Alertmanager ===

impl Alertmanager {
    /// Starts an Alertmanager, alone in its cluster, and returns when it is ready.
    ///
    /// # Errors
    /// When the program cannot be had, or does not come up (such as with a wrong configuration): the error then has its log's end.
    pub async fn start(routes: &Routes) -> Result<Self> {
        let tools = tokio::task::spawn_blocking(MonitoringTools::find_or_fetch)
            .await
            .context("looking for Alertmanager")??;
        let config = routes.config()?;
        let server = Server::start("alertmanager", &tools.alertmanager, |directory, port| {
            let file = directory.join("alertmanager.yml");
            std::fs::write(&file, &config)
                .with_context(|| format!("writing {}", file.display()))?;
            Ok(vec![
                format!("--config.file={}", file.display()),
                format!("--storage.path={}", directory.join("data").display()),
                format!("--web.listen-address=127.0.0.1:{port}"),
                // No peers: the default would listen on every address of the machine.
                "--cluster.listen-address=".to_owned(),
            ])
        });
        Ok(Self {
            server: server.await?,
        })
    }

    /// `127.0.0.1:<port>`, for its pages and its API.
    pub fn address(&self) -> String {
        self.server.address()
    }

    /// Where its configuration, data and log are.
    pub fn directory(&self) -> &Path {
        self.server.directory()
    }

    /// The alerts it holds, as its API v2 tells them: an array of objects with `labels`, `annotations` and `status`.
    ///
    /// # Errors
    /// When Alertmanager does not answer.
    pub async fn alerts(&self) -> Result<Value> {
        self.server.get("/api/v2/alerts", &[]).await
    }
}
