//! Nothing is left of a control plane, however its owner ends. Linux: processes are found through /proc.
#![cfg(target_os = "linux")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use mergeaudit_test_cluster::ControlPlane;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// etcd, kube-apiserver, kube-controller-manager.
const SERVERS: usize = 3;

#[tokio::test]
async fn dropping_a_control_plane_leaves_no_process_and_no_file() -> Result<()> {
    let cluster = ControlPlane::start().await?;
    let directory = cluster.directory().to_owned();
    ensure!(
        servers_of(&directory)?.len() == SERVERS,
        "{:?}",
        servers_of(&directory)?
    );
    drop(cluster);
    ensure!(
        processes_of(&directory)?.is_empty(),
        "{:?}",
        processes_of(&directory)?
    );
    ensure!(
        !directory.exists(),
        "{} is still there",
        directory.display()
    );
    Ok(())
}

#[tokio::test]
async fn a_panic_of_the_owner_leaves_no_process_and_no_file() -> Result<()> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let owner = tokio::spawn(async move {
        let cluster = ControlPlane::start().await.expect("a control plane");
        tell.send(cluster.directory().to_owned())
            .expect("the test listens");
        panic!("as a failed assertion would");
    });
    let directory = told
        .await
        .context("the owner did not start a control plane")?;
    ensure!(owner.await.is_err_and(|error| error.is_panic()));
    ensure!(
        processes_of(&directory)?.is_empty(),
        "{:?}",
        processes_of(&directory)?
    );
    ensure!(
        !directory.exists(),
        "{} is still there",
        directory.display()
    );
    Ok(())
}

#[tokio::test]
async fn a_killed_owner_leaves_no_process_and_no_file() -> Result<()> {
    let (mut owner, directory) = start_owner().await?;
    ensure!(
        servers_of(&directory)?.len() == SERVERS,
        "{:?}",
        servers_of(&directory)?
    );
    owner.kill().await.context("sending SIGKILL")?;
    wait_until_gone(&directory).await
}

#[tokio::test]
async fn a_terminated_owner_stops_everything_and_succeeds() -> Result<()> {
    let (mut owner, directory) = start_owner().await?;
    let pid = owner.id().context("the owner has ended")?.to_string();
    ensure!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await?
            .success()
    );
    ensure!(owner.wait().await?.success(), "`up` failed");
    ensure!(
        processes_of(&directory)?.is_empty(),
        "{:?}",
        processes_of(&directory)?
    );
    ensure!(
        !directory.exists(),
        "{} is still there",
        directory.display()
    );
    Ok(())
}

/// `mergeaudit-cluster up`, once it is ready, and its directory.
async fn start_owner() -> Result<(Child, PathBuf)> {
    let mut owner = Command::new(env!("CARGO_BIN_EXE_mergeaudit-cluster"))
        .arg("up")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = owner.stdout.take().context("no standard output")?;
    let mut lines = BufReader::new(output).lines();
    let first = lines
        .next_line()
        .await?
        .context("`up` ended without a word")?;
    // It has more to say, and would fail if nobody listened.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let kubeconfig = first
        .strip_prefix("export KUBECONFIG=")
        .with_context(|| format!("`up` said {first:?}"))?;
    let directory = Path::new(kubeconfig)
        .parent()
        .context("a kubeconfig without a directory")?;
    Ok((owner, directory.to_owned()))
}

async fn wait_until_gone(directory: &Path) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while directory.exists() || !processes_of(directory)?.is_empty() {
        if Instant::now() > deadline {
            bail!(
                "still there: {} ({}), {:?}",
                directory.display(),
                directory.exists(),
                processes_of(directory)?
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// The processes that work in a directory, without their supervisors.
fn servers_of(directory: &Path) -> Result<Vec<String>> {
    let mut processes = processes_of(directory)?;
    processes.retain(|command| !command.starts_with("sh "));
    Ok(processes)
}

/// The command lines of all processes that work in a directory or name it. One that has ended has no command line.
fn processes_of(directory: &Path) -> Result<Vec<String>> {
    let numbers = fs::read_dir("/proc")
        .context("listing the processes")?
        .flatten();
    let mut commands: Vec<_> = numbers
        .filter_map(|process| command_line(&process.path()))
        .collect();
    commands.retain(|command| command.contains(&*directory.to_string_lossy()));
    Ok(commands)
}

fn command_line(process: &Path) -> Option<String> {
    let bytes = fs::read(process.join("cmdline"))
        .ok()
        .filter(|bytes| !bytes.is_empty())?;
    Some(
        bytes
            .split(|byte| *byte == 0)
            .map(String::from_utf8_lossy)
            .collect::<Vec<_>>()
            .join(" "),
    )
}
