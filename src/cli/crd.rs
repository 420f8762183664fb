//! `mergeaudit crd`: prints the custom resource definitions, from the same types that the operator uses.

use std::io::Write as _;

use super::Exit;
use crate::api;

/// Arguments of `mergeaudit crd`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mergeaudit crd | kubectl apply --server-side -f -")]
pub(super) struct Args {}

pub(super) fn run(_args: &Args) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    for (_, text) in api::crds()? {
        writeln!(out, "---\n{}", text.trim_end())?;
    }
    Ok(Exit::Clean)
}
