//! `mergeaudit scan`: one scan without a cluster. Reads a policy from a file, commits to a local archive, prints what it found;
//! run again, it goes on where the chain ends.

mod outcome;
mod policy;
mod progress;
mod render;
mod schema;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use futures::StreamExt as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Exit, archive};
use crate::clock::Clock;
use crate::controller::{Plan, chain_of_causes};
use crate::evidence::Archive;
use crate::evidence::entry::Trigger;
use crate::github::{Client, Credentials, Options};
use crate::scan::{self, Assignment, Known, Occasion};

use outcome::{OrganizationOutcome, Outcome};
use progress::Progress;
use render::Format;

/// How many organizations are scanned at once.
const SIDE_BY_SIDE: usize = 4;

const AFTER_HELP: &str = "\
Environment:
  GITHUB_TOKEN  GitHub's token; --token-file goes before it

Exit codes:
  0  clean
  1  non-compliant changes found
  2  something undetermined, or an organization or repository not audited
  3  wrong usage, or nothing could be scanned

Example:
  GITHUB_TOKEN=… mergeaudit scan -f policy.yaml -o json";

/// Arguments of `mergeaudit scan`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "a terminal shows these comments")]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// A file with one AuditPolicy, as it would be applied to a cluster; its schedule and credentialsRef are not used
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: PathBuf,

    /// Where the evidence is kept: a directory, created if need be, or a URL such as file:///PATH; never that of a controller
    #[arg(
        long,
        default_value = "./mergeaudit-evidence",
        value_name = "DIRECTORY|URL"
    )]
    evidence: String,

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

    /// How to print the result, to standard output
    #[arg(short = 'o', long, default_value = "table", value_name = "FORMAT")]
    output: Format,

    /// List this run's compliant changes too, not only the others
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Exit> {
    let plan = policy::read(&args.file, &args.allowed_github_hosts)?;
    let credentials = Credentials::token(token(&args)?);
    let progress = Arc::new(Progress::start());
    let options = Options {
        observer: progress.clone(),
        ..Options::default()
    };
    let client = Client::new(plan.endpoint.clone(), credentials, options)?;
    let archive = archive::open(&args.evidence)?;
    let scans = plan
        .assignments
        .iter()
        .map(|assignment| one(&client, &archive, assignment, args.all));
    let organizations: Vec<OrganizationOutcome> = futures::stream::iter(scans)
        .buffered(SIDE_BY_SIDE)
        .collect()
        .await;
    let outcome = Outcome::new(name_of(&plan), organizations);
    progress.end();
    archive::print(&render::text(&outcome, args.output)?)?;
    Ok(outcome.exit())
}

/// One organization; its failure is part of the result, so that it hides none of the others.
async fn one(
    client: &Client,
    archive: &Archive,
    assignment: &Assignment,
    all: bool,
) -> OrganizationOutcome {
    tracing::info!(organization = assignment.organization, "scanning");
    match commit(client, archive, assignment, all).await {
        Ok(outcome) => outcome,
        Err(error) => {
            let (organization, error) = (&assignment.organization, chain_of_causes(&error));
            tracing::error!(organization, error, "the organization was not scanned");
            OrganizationOutcome::failed(organization, error)
        }
    }
}

async fn commit(
    client: &Client,
    archive: &Archive,
    assignment: &Assignment,
    all: bool,
) -> scan::Result<OrganizationOutcome> {
    let client = client.for_organization(&assignment.organization);
    let mut opened = scan::open(
        &client,
        archive,
        assignment,
        Known::default(),
        Clock::System,
    )
    .await?;
    let occasion = Occasion {
        trigger: Trigger::Request,
        slot: None,
        missed_slots: 0,
        last_missed_slot: None,
        request: None,
    };
    let run = scan::run(&client, assignment, &mut opened, &occasion, Clock::System).await?;
    outcome::of_run(assignment, &opened, &run, all).await
}

fn name_of(plan: &Plan) -> String {
    plan.key.name.clone()
}

/// The file's token, else the environment's: what is said on the command line goes before what was there already.
fn token(args: &Args) -> anyhow::Result<SecretString> {
    let Some(file) = &args.token_file else {
        let token = args.token.as_ref().and_then(trimmed);
        let token = token.context("no token: set GITHUB_TOKEN, or give --token-file FILE")?;
        return usable(token).context("GITHUB_TOKEN");
    };
    let of_file = || format!("--token-file {}", file.display());
    let text = std::fs::read_to_string(file).map(SecretString::from);
    let token = trimmed(&text.with_context(of_file)?).context("no token is in it");
    token.and_then(usable).with_context(of_file)
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
