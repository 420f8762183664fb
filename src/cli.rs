//! The command line: one subcommand per file, each with its own arguments and `run`. The only place that reads the environment.

mod acknowledge;
mod archive;
mod backtest;
mod completion;
mod controller;
mod crd;
mod explain;
mod layout;
mod outcome;
mod policy;
mod progress;
mod render;
mod scan;
mod source;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

use crate::telemetry::{self, Format};

/// Audits every change that lands in your GitHub organizations, and tells on-call about each one that skipped review.
#[derive(Debug, Parser)]
#[command(name = "mergeaudit", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// What to log: a level, or filters such as "info,mergeaudit=debug"
    #[arg(
        long,
        global = true,
        help_heading = "Logging",
        env = "MERGEAUDIT_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    log: String,

    /// How log lines look, on standard error: text or json
    #[arg(
        long,
        global = true,
        help_heading = "Logging",
        env = "MERGEAUDIT_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    log_format: Format,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the operator: watch policies, scan on their schedules, publish findings
    Controller(controller::Args),
    /// Scan once without a cluster: read a policy from a file, keep evidence in a directory, print the result
    Scan(scan::Args),
    /// Judge a past window by a policy, and compare policies; nothing is archived, nobody is alerted
    Backtest(backtest::Args),
    /// Tell why a change got its verdict, from GitHub or from the archive
    Explain(explain::Args),
    /// Prove that nothing of an archive is missing, altered or out of order
    Verify(verify::Args),
    /// Take findings on: stop their pages, with a reason, for a term or for good
    Acknowledge(acknowledge::Args),
    /// Print the custom resource definitions, for kubectl apply
    Crd(crd::Args),
    /// Print the script that completes commands and flags in a shell
    Completion(completion::Args),
}

/// How a command ended, as its exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: nothing to report.
    Clean,
    /// 1: non-compliant changes were found.
    NonCompliant,
    /// 2: something is undetermined or could not be audited.
    Partial,
    /// 3: wrong usage, or a failure.
    Failure,
}

/// Runs the subcommand. A failure is printed to standard error, with its causes.
pub fn run(arguments: Arguments) -> Exit {
    match dispatch(arguments) {
        Ok(exit) => exit,
        Err(error) if is_broken_pipe(&error) => Exit::Clean,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "the command line reports its failure to the person who ran it"
            )]
            {
                eprintln!("mergeaudit: {error:#}");
            }
            Exit::Failure
        }
    }
}

fn dispatch(arguments: Arguments) -> anyhow::Result<Exit> {
    let runtime = || start(arguments.log_format, &arguments.log);
    match arguments.command {
        Command::Controller(args) => runtime()?.block_on(controller::run(args)),
        Command::Scan(args) => runtime()?.block_on(scan::run(args)),
        Command::Backtest(args) => runtime()?.block_on(backtest::run(args)),
        Command::Explain(args) => runtime()?.block_on(explain::run(args)),
        Command::Verify(args) => runtime()?.block_on(verify::run(args)),
        Command::Acknowledge(args) => runtime()?.block_on(acknowledge::run(args)),
        Command::Crd(args) => crd::run(&args),
        Command::Completion(args) => completion::run(&args),
    }
}

/// What commands need that do more than print: logs, TLS and a runtime.
fn start(format: Format, filter: &str) -> anyhow::Result<Runtime> {
    telemetry::init(format, filter)?;
    // One cryptographic module for TLS everywhere; a second installation is refused and changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

// === impl Exit ===

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::NonCompliant => 1,
            Exit::Partial => 2,
            Exit::Failure => 3,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Arguments::command().debug_assert();
    }
}
