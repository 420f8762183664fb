//! `mergeaudit verify`: proves that nothing of an archive is missing, altered or out of order.

use std::fmt::Write as _;

use anyhow::bail;

use super::{Exit, archive};
use crate::controller::chain_of_causes;
use crate::evidence::{Archive, ChainId, Verification};

const AFTER_HELP: &str = "\
Checked are every digest, link and record, that no entry is missing, that windows touch, that totals and snapshots are what \
the records add up to, that no change was judged twice, and that each run was judged by the policy that the chain holds. \
Everything that is wrong is listed with its place. Entries cut off at the end of a chain show only against what was published: \
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
        Ok(Some(verification)) => (describe(name.as_ref(), &verification), verification.holds()),
        Ok(None) => (format!("{name}: BROKEN: it has no entries\n"), false),
        Err(error) => (
            format!("{name}: BROKEN: {}\n", chain_of_causes(&error)),
            false,
        ),
    }
}

fn describe(name: &str, found: &Verification) -> String {
    let verdict = if found.holds() { "holds" } else { "BROKEN" };
    let mut text = format!("{name}: {verdict}: {}", summary(found));
    // Writing to a String cannot fail.
    for problem in &found.problems {
        let _ = writeln!(text, "  {problem}");
    }
    if found.more_problems > 0 {
        let _ = writeln!(text, "  and {} more problems", found.more_problems);
    }
    if found.debris > 0 {
        let _ = writeln!(
            text,
            "  note: no entry names {} of the objects, such as a crash or a run in progress leaves behind; nothing is wrong with that",
            found.debris
        );
    }
    if found.other_snapshots > 0 {
        let _ = writeln!(
            text,
            "  note: {} snapshots are of another version of mergeaudit and were not compared",
            found.other_snapshots
        );
    }
    text
}

fn summary(found: &Verification) -> String {
    let counts = format!(
        "{} entries, {} runs, {} snapshots",
        found.entries, found.runs, found.snapshots
    );
    let Some(state) = &found.state else {
        return format!("{counts}; what they add up to cannot be told\n");
    };
    let until = state.window_until.map_or_else(
        || "nothing yet".to_owned(),
        |until| format!("up to {until}"),
    );
    format!(
        "organization {}, {counts}, {} changes judged, audited {until}, head {}\n",
        state.genesis.organization, state.totals.changes, state.head.digest,
    )
}
