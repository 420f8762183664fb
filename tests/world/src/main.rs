//! `mergeaudit-demo`: the whole thread in one command, from an unreviewed merge to the page.

mod demo;

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::{Parser, builder::FalseyValueParser};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code of a demo that was interrupted before its end, as a shell gives it after Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Brings a control plane, a GitHub, Prometheus and Alertmanager up on this machine, runs the operator in it, merges something
/// unreviewed, and shows the finding, the counter and the page.
///
/// Needs no root and no containers. Stays until Ctrl-C; everything is gone then.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Tear down and exit with 0 once everything was shown
    #[arg(long, env = "DEMO_EXIT", value_parser = FalseyValueParser::new())]
    exit: bool,
    /// Use this cluster instead of a control plane of our own; needs kubectl on PATH. The definitions stay in it afterwards
    #[arg(long, env = "KUBECONFIG", value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The mergeaudit binary; the one beside this one by default
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// What tells the demo to end.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "mergeaudit-demo: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut stop = Stop::listen()?;
    let program = arguments.program.map_or_else(neighbour, Ok)?;
    let kubeconfig = arguments
        .kubeconfig
        .filter(|path| !path.as_os_str().is_empty());
    let demo = tokio::select! {
        demo = demo::tell(program, kubeconfig) => demo?,
        () = stop.recv() => return Ok(ExitCode::from(INTERRUPTED)),
    };
    if !arguments.exit {
        demo.say_how_to_look_around()?;
        stop.recv().await;
    }
    demo.tear_down().await?;
    Ok(ExitCode::SUCCESS)
}

// === impl Stop ===

impl Stop {
    fn listen() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("listening for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("listening for SIGINT")?,
        })
    }

    async fn recv(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The operator's binary in the directory of this one.
fn neighbour() -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding the mergeaudit binary")?;
    let path = own.with_file_name("mergeaudit");
    anyhow::ensure!(
        path.exists(),
        "{} does not exist: build it (cargo build), or say --program",
        path.display()
    );
    Ok(path)
}
