//! `mergeaudit completion`: prints the script that completes commands and flags in a shell.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Arguments, Exit};

/// Arguments of `mergeaudit completion`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  source <(mergeaudit completion bash)
  mergeaudit completion zsh > \"${fpath[1]}/_mergeaudit\"
  mergeaudit completion fish > ~/.config/fish/completions/mergeaudit.fish")]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut Arguments::command(),
        "mergeaudit",
        &mut script,
    );
    std::io::stdout().lock().write_all(&script)?;
    Ok(Exit::Clean)
}
