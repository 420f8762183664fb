//! `mergeaudit explain`: why one change got its verdict, from GitHub by the policy of a file, or from the archive by the policy
//! that was in force.

mod explained;
mod live;
mod recorded;
mod reference;
mod render;

use std::path::PathBuf;

use anyhow::bail;

use super::render::Format;
use super::source::Source;
use super::{Exit, archive};

use explained::Explained;
use reference::Reference;

const AFTER_HELP: &str = "\
Without --evidence the facts are GitHub's of now, judged by the policy of --file. With --evidence they are those that were \
recorded, judged by the policy that was in force then; where several policies audited the change, each is told.

Environment:
  GITHUB_TOKEN  GitHub's token; --token-file goes before it; not needed with --evidence

Exit codes:
  0  compliant, exempt, or not audited by the policy
  1  non-compliant
  2  undetermined
  3  wrong usage, or the change could not be found or read

Examples:
  GITHUB_TOKEN=… mergeaudit explain acme/payments#1234 -f policy.yaml
  mergeaudit explain https://github.com/acme/payments/pull/1234 --evidence file:///var/lib/mergeaudit";

/// Arguments of `mergeaudit explain`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "a terminal shows these comments")]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The pull request, such as acme/payments#1234, or the address of its page
    #[arg(value_name = "CHANGE")]
    change: Reference,

    /// A file with the AuditPolicy to judge by; its schedule and credentialsRef are not used
    #[arg(
        short = 'f',
        long = "file",
        value_name = "FILE",
        required_unless_present = "evidence",
        conflicts_with = "evidence"
    )]
    file: Option<PathBuf>,

    /// Read the record of the change from this archive, a directory or a URL such as file:///PATH, instead of asking GitHub
    #[arg(long, value_name = "DIRECTORY|URL")]
    evidence: Option<String>,

    /// With --evidence: this policy's judgement only
    #[arg(long, value_name = "NAMESPACE/NAME")]
    policy: Option<String>,

    #[command(flatten)]
    source: Source,

    /// How to print the result, to standard output
    #[arg(short = 'o', long, default_value = "table", value_name = "FORMAT")]
    output: Format,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Exit> {
    if args.policy.is_some() && args.evidence.is_none() {
        bail!("--policy chooses among those of an archive; give --evidence too");
    }
    let explained = match (&args.evidence, &args.file) {
        (Some(evidence), _) => {
            recorded::explain(&args.change, evidence, args.policy.as_deref()).await?
        }
        (None, Some(file)) => vec![live::explain(&args.change, file, &args.source).await?],
        // Held by the definition of the arguments.
        (None, None) => Vec::new(),
    };
    archive::print(&render::text(&explained, args.output)?)?;
    Ok(exit(&explained))
}

/// The worst of what was explained.
fn exit(explained: &[Explained]) -> Exit {
    let is = |verdict: &str| {
        let mut audited = explained.iter().filter(|it| it.not_audited.is_none());
        audited.any(|it| it.change.verdict == verdict)
    };
    if is("NonCompliant") {
        Exit::NonCompliant
    } else if is("Undetermined") {
        Exit::Partial
    } else {
        Exit::Clean
    }
}
