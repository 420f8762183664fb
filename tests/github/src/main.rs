//! `mergeaudit-github`: serves a seeded world by hand.
use std::{io::Write as _, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use jiff::SignedDuration;
use mergeaudit_test_github::{Edition, SeedOptions, Simulator, World};

/// A GitHub to try mergeaudit on: GraphQL and REST on loopback, filled with every kind of merge.
///
/// While it runs, POST /_sim/merge merges a pull request now, /_sim/revoke revokes a token, /_sim/clock moves its clock,
/// /_sim/settings changes its limits and /_sim/faults makes the next requests fail; GET /_sim/truth tells what each change is, and /_sim/requests what was asked.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Grow a world from a seed and serve it until Ctrl-C; the first line of the output is its URL
    Serve(Serve),
}

#[derive(Debug, Args)]
struct Serve {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Seed; the same one grows the same world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Login of an organization; may be repeated
    #[arg(long = "organization", value_name = "LOGIN", default_value = "acme")]
    organizations: Vec<String>,
    /// Repositories in each organization
    #[arg(long, default_value_t = 4, value_name = "NUMBER")]
    repositories: usize,
    /// Merged pull requests in each organization, spread over the hours that end now
    #[arg(long, default_value_t = 40, value_name = "NUMBER")]
    pull_requests: usize,
    /// Hours over which the merges are spread
    #[arg(long, default_value_t = 24, value_name = "HOURS")]
    span_hours: u32,
    /// Token that sees all of it; any text will do
    #[arg(long, default_value = "ghp_demo", value_name = "TEXT")]
    token: String,
    /// Serve HTTPS for localhost and 127.0.0.1 under an authority of its own
    #[arg(long)]
    tls: bool,
    /// Where the authority's certificate is written, PEM: what clients must trust
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,
    /// Be GitHub Enterprise Server: REST at /api/v3, GraphQL at /api/graphql, no rate limits
    #[arg(long)]
    enterprise_server: bool,
    /// How much later every answer comes
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    latency: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Command::Serve(serve) = Arguments::parse().command;
    let simulator = start(&serve)?;
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", simulator.url())?;
    output.flush()?;
    drop(output);
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn start(serve: &Serve) -> anyhow::Result<Simulator> {
    let world = world(serve);
    let simulator = if serve.tls {
        Simulator::start_tls_on(world, serve.port)?
    } else {
        Simulator::start_on(world, serve.port)?
    };
    simulator.configure(|settings| {
        settings.latency_milliseconds = serve.latency;
        if serve.enterprise_server {
            settings.edition = Edition::EnterpriseServer;
        }
    });
    if let (Some(path), Some(pem)) = (&serve.ca_file, simulator.ca_pem()) {
        std::fs::write(path, pem).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(simulator)
}

fn world(serve: &Serve) -> World {
    let options = SeedOptions {
        organizations: serve.organizations.clone(),
        repositories: serve.repositories,
        pull_requests: serve.pull_requests,
        until: mergeaudit_test_github::now(),
        span: SignedDuration::from_hours(serve.span_hours.into()),
        ..SeedOptions::default()
    };
    let mut world = World::seeded(serve.seed, &options);
    let mut token = world.token(&serve.token);
    for login in &serve.organizations {
        token.organization(login);
    }
    world
}
