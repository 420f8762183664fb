//! `mergeaudit controller`: runs the operator.

use std::net::SocketAddr;

use anyhow::Context as _;

use super::Exit;
use crate::clock::Clock;
use crate::controller::{self, Settings};
use crate::evidence::Archive;

/// Arguments of `mergeaudit controller`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "a terminal shows these comments")]
pub(super) struct Args {
    /// Where the evidence is kept: a URL such as file:///PATH
    #[arg(long, env = "MERGEAUDIT_EVIDENCE", value_name = "URL")]
    evidence: String,

    /// Hosts that policies may send tokens to, comma-separated; with the port where it is not the scheme's own
    #[arg(
        long,
        env = "MERGEAUDIT_ALLOWED_GITHUB_HOSTS",
        default_value = "api.github.com",
        value_delimiter = ',',
        value_name = "HOST"
    )]
    allowed_github_hosts: Vec<String>,

    /// Watch policies in this namespace only; without it in all namespaces
    #[arg(long, env = "MERGEAUDIT_NAMESPACE", value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Serve /metrics, /healthz and /readyz on this address
    #[arg(
        long,
        env = "MERGEAUDIT_LISTEN",
        default_value = "0.0.0.0:8080",
        value_name = "ADDRESS"
    )]
    listen: SocketAddr,

    /// The namespace of the Lease by which one replica is elected to scan
    #[arg(
        long,
        env = "MERGEAUDIT_LEASE_NAMESPACE",
        default_value = "default",
        value_name = "NAMESPACE"
    )]
    lease_namespace: String,

    /// This replica's name in the Lease; the process id is added
    #[arg(
        long,
        env = "POD_NAME",
        default_value = "mergeaudit",
        value_name = "NAME"
    )]
    replica: String,

    /// How many organizations are scanned at once
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "N")]
    concurrency: u16,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Exit> {
    let archive =
        Archive::open(&args.evidence).with_context(|| format!("--evidence {}", args.evidence))?;
    let settings = Settings {
        archive,
        allowed_github_hosts: args.allowed_github_hosts,
        namespace: args.namespace,
        listen: args.listen,
        lease_namespace: args.lease_namespace,
        replica: format!("{}_{}", args.replica, std::process::id()),
        concurrency: usize::from(args.concurrency),
        clock: Clock::System,
    };
    controller::run(settings).await?;
    Ok(Exit::Clean)
}
