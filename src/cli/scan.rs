//! x
use super::Exit;
/// x
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) async fn run(_args: Args) -> anyhow::Result<Exit> {
    Ok(Exit::Clean)
}
