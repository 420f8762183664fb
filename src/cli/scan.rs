//! `mergeaudit scan`: one scan without a cluster. Reads a policy from a file, commits to a local archive, prints what it found;
//! run again, it goes on where the chain ends.

use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt as _;

use super::outcome::{self, OrganizationOutcome, Outcome};
use super::progress::Progress;
use super::render::{self, Format};
use super::source::Source;
use super::{Exit, archive};
use crate::clock::Clock;
use crate::controller::chain_of_causes;
use crate::evidence::Archive;
use crate::evidence::entry::Trigger;
use crate::github::Client;
use crate::scan::{self, Assignment, Known, Occasion};

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

    #[command(flatten)]
    source: Source,

    /// How to print the result, to standard output
    #[arg(short = 'o', long, default_value = "table", value_name = "FORMAT")]
    output: Format,

    /// List this run's compliant changes too, not only the others
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Exit> {
    let plan = args.source.plan(&args.file)?;
    let progress = Arc::new(Progress::start());
    let client = args.source.client(&plan, None, &progress)?;
    let archive = archive::open(&args.evidence)?;
    let scans = plan
        .assignments
        .iter()
        .map(|assignment| one(&client, &archive, assignment, args.all));
    let organizations: Vec<OrganizationOutcome> = futures::stream::iter(scans)
        .buffered(SIDE_BY_SIDE)
        .collect()
        .await;
    let outcome = Outcome::new(plan.key.name, organizations);
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
