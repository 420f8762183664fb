//! What commands share that ask GitHub: the policy's file, whom the token may be sent to, and the token itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::policy;
use super::progress::Progress;
use crate::controller::Plan;
use crate::github::{Client, Credentials, Options};

/// Arguments of every command that asks GitHub.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "a terminal shows these comments")]
pub(super) struct Source {
    /// Hosts that the token may be sent to besides loopback, comma-separated; with the port where it is not the scheme's own
    #[arg(
        long,
        env = "MERGEAUDIT_ALLOWED_GITHUB_HOSTS",
        default_value = "api.github.com",
        value_delimiter = ',',
        value_name = "HOST"
    )]
    allowed_github_hosts: Vec<String>,

    /// A file with GitHub's token; without it the environment variable GITHUB_TOKEN has the token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    // Not for people: a token on the command line would be seen by every user of the machine.
    #[arg(long, env = "GITHUB_TOKEN", hide = true, hide_env_values = true)]
    token: Option<SecretString>,
}

// === impl Source ===

impl Source {
    /// The policy of a file, for a host that the token may be sent to.
    pub(super) fn plan(&self, file: &Path) -> anyhow::Result<Plan> {
        policy::read(file, &self.allowed_github_hosts)
    }

    /// A client for that policy's GitHub, which reads what it and the one `against` it judge by, and tells `progress` of each request.
    pub(super) fn client(
        &self,
        plan: &Plan,
        against: Option<&Plan>,
        progress: &Arc<Progress>,
    ) -> anyhow::Result<Client> {
        let credentials = Credentials::token(self.token()?);
        let options = Options {
            observer: progress.clone(),
            descriptions: plan.needs_descriptions()
                || against.is_some_and(Plan::needs_descriptions),
            ..Options::default()
        };
        Ok(Client::new(plan.endpoint.clone(), credentials, options)?)
    }

    /// The file's token, else the environment's: what is said on the command line goes before what was there already.
    fn token(&self) -> anyhow::Result<SecretString> {
        let Some(file) = &self.token_file else {
            let token = self.token.as_ref().and_then(trimmed);
            let token = token.context("no token: set GITHUB_TOKEN, or give --token-file FILE")?;
            return usable(token).context("GITHUB_TOKEN");
        };
        let of_file = || format!("--token-file {}", file.display());
        let text = std::fs::read_to_string(file).map(SecretString::from);
        let token = trimmed(&text.with_context(of_file)?).context("no token is in it");
        token.and_then(usable).with_context(of_file)
    }
}

/// Without the line break that files and shells leave behind; nothing where there is nothing else.
fn trimmed(token: &SecretString) -> Option<SecretString> {
    let text = token.expose_secret().trim();
    (!text.is_empty()).then(|| SecretString::from(text))
}

/// A token that can be sent: not two lines of a file, nor a placeholder with dots that are one character.
fn usable(token: SecretString) -> anyhow::Result<SecretString> {
    let is_sendable = token.expose_secret().chars().all(|c| c.is_ascii_graphic());
    anyhow::ensure!(
        is_sendable,
        "has spaces, line breaks or characters that no token has; it must hold the token and nothing else"
    );
    Ok(token)
}
