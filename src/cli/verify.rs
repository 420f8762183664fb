//! `mergeaudit verify`: proves that nothing of an archive is missing, altered or out of order.

use std::fmt::Write as _;

use anyhow::bail;

use super::{Exit, archive};
use crate::controller::chain_of_causes;
use crate::evidence::{Archive, ChainId, Verification};

const AFTER_HELP: &str = "\
Checked are every digest and link, that no entry is missing, that windows touch, that totals add up, and that each run was \
judged by the policy that the chain holds. Entries cut off at the end of a chain show only against what was published: \
compare the head with status.organizations[].entry of the policy.

Exit codes:
  0  every chain holds
  3  something is missing, altered or out of order, or the archive could not be read

Example:
  mergeaudit verify --evidence file:///var/lib/mergeaudit";

/// Arguments of `mergeaudit verify`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "a terminal shows these comments")]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Where the evidence is: a directory, or a URL such as file:///PATH
    #[arg(
        long,
        env = "MERGEAUDIT_EVIDENCE",
        default_value = "./mergeaudit-evidence",
        value_name = "DIRECTORY|URL"
    )]
    evidence: String,

    /// Verify this policy's chains only; all where absent
    #[arg(long, value_name = "NAMESPACE/NAME")]
    policy: Option<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Exit> {
    let archive = archive::open_existing(&args.evidence)?;
    let mut chains = archive.chains().await?;
    if let Some(policy) = &args.policy {
        chains.retain(|chain| format!("{}/{}", chain.namespace, chain.policy) == *policy);
    }
    if chains.is_empty() {
        bail!(
            "--evidence {}: no chain is in it; is it the right directory?",
            args.evidence
        );
    }
    let mut holds = true;
    for chain in &chains {
        // One chain's defect hides none of the others'.
        let (text, sound) = verify(&archive, chain).await;
        archive::print(&text)?;
        holds &= sound;
    }
    Ok(if holds { Exit::Clean } else { Exit::Failure })
}

/// What is to be said of a chain, and whether it holds.
async fn verify(archive: &Archive, id: &ChainId) -> (String, bool) {
    let name = id.folder();
    match archive.chain(id).verify().await {
        Ok(Some(verification)) => (
            describe(name.as_ref(), &verification),
            verification.problems.is_empty(),
        ),
        Ok(None) => (format!("{name}: BROKEN: it has no first entry\n"), false),
        Err(error) => (
            format!("{name}: BROKEN: {}\n", chain_of_causes(&error)),
            false,
        ),
    }
}

fn describe(name: &str, verification: &Verification) -> String {
    let Verification {
        state,
        runs,
        problems,
    } = verification;
    let verdict = if problems.is_empty() {
        "holds"
    } else {
        "BROKEN"
    };
    let until = state.window_until.map_or_else(
        || "nothing yet".to_owned(),
        |until| format!("up to {until}"),
    );
    let mut text = format!(
        "{name}: {verdict}: organization {}, {} entries, {runs} runs, {} changes judged, audited {until}, head {}\n",
        state.genesis.organization,
        state.head.sequence + 1,
        state.totals.changes,
        state.head.digest,
    );
    for problem in problems {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {problem}");
    }
    text
}
