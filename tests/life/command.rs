//! `mergeaudit acknowledge`, by itself and as a kubectl plugin.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::LocalWorld;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::story::{self, name, wait_for_pages, wait_for_state};
use crate::{POLICY, PROGRAM};

const USER: &str = "carol@example.com";

/// What a command said and how it ended.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    output: String,
    errors: String,
}

#[tokio::test]
async fn on_call_takes_findings_on_by_name_and_signs_as_who_the_api_server_knows() -> Result<()> {
    let world = world(2).await?;
    let findings = world.findings(POLICY).await?;
    let (first, second) = (name(&findings[0]), name(&findings[1]));
    let said = acknowledge(
        &world,
        &[
            first,
            second,
            "--disposition",
            "Emergency",
            "--reason",
            "outage",
            "--for",
            "24h",
        ],
    )
    .await?;
    ensure!(said.code == Some(0), "{said:?}");
    for finding in [first, second] {
        // It waited for the archive.
        let words = format!("{finding}: acknowledged by {USER} until ");
        ensure!(said.output.contains(&words), "{said:?}");
        let found = wait_for_state(&world, finding, "Acknowledged").await?;
        assert_eq!(found["spec"]["acknowledgement"]["acknowledgedBy"], USER);
        assert_eq!(found["spec"]["acknowledgement"]["disposition"], "Emergency");
    }
    wait_for_pages(&world, 0).await?;
    Ok(())
}

#[tokio::test]
async fn a_term_can_only_be_extended_and_one_refusal_hides_no_other_finding() -> Result<()> {
    let world = world(2).await?;
    let findings = world.findings(POLICY).await?;
    let (first, second) = (name(&findings[0]), name(&findings[1]));
    let day = [
        "--disposition",
        "Emergency",
        "--reason",
        "outage",
        "--for",
        "24h",
    ];
    let said = acknowledge(&world, &[&[first], &day[..]].concat()).await?;
    ensure!(said.code == Some(0), "{said:?}");
    let shorter = [
        "--disposition",
        "Reverted",
        "--reason",
        "undone",
        "--for",
        "1h",
    ];
    refused(&world, first, &shorter, "a term can only be extended").await?;
    let for_good = ["--disposition", "reverted", "--reason", "undone"];
    let said = acknowledge(&world, &[&[first], &for_good[..]].concat()).await?;
    ensure!(said.code == Some(0), "{said:?}");
    refused(
        &world,
        first,
        &for_good,
        "acknowledged it for good: \"undone\"",
    )
    .await?;
    let said = acknowledge(&world, &[&["no-such", second], &for_good[..]].concat()).await?;
    // One that is refused hides none of the others.
    ensure!(said.code == Some(3), "{said:?}");
    ensure!(
        said.output
            .contains("no-such: not acknowledged: there is no such finding"),
        "{said:?}"
    );
    ensure!(
        said.output.contains(&format!("{second}: acknowledged by")),
        "{said:?}"
    );
    ensure!(
        said.errors.contains("1 of 2 findings are not acknowledged"),
        "{said:?}"
    );
    let chain = story::chain(&world, &world.policy_now(POLICY).await?)?;
    assert_eq!(story::acknowledgements(&chain).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_false_positive_needs_a_ticket_and_an_unheard_word_says_that_it_waits() -> Result<()> {
    let mut world = world(1).await?;
    let findings = world.findings(POLICY).await?;
    let finding = name(&findings[0]);
    let wrong = ["--disposition", "FalsePositive", "--reason", "paired"];
    let said = acknowledge(&world, &[&[finding], &wrong[..]].concat()).await?;
    ensure!(
        said.code == Some(3) && said.errors.contains("--ticket"),
        "{said:?}"
    );

    world.operator.terminate().await?;
    let right = [&[finding], &wrong[..], &["--ticket", "SEC-42"]].concat();
    let said = acknowledge(&world, &right).await?;
    ensure!(said.code == Some(3), "{said:?}");
    ensure!(
        said.output
            .contains("it is written, and the operator has not archived it"),
        "{said:?}"
    );
    world.operator.restart().await?;
    let found = wait_for_state(&world, finding, "Acknowledged").await?;
    assert_eq!(found["spec"]["acknowledgement"]["ticket"], "SEC-42");
    Ok(())
}

#[tokio::test]
async fn it_is_a_kubectl_plugin_by_a_link_to_the_program() -> Result<()> {
    let world = world(1).await?;
    let findings = world.findings(POLICY).await?;
    let directory = world.evidence().parent().context("a directory")?;
    let plugins = directory.join("plugins");
    std::fs::create_dir(&plugins)?;
    std::os::unix::fs::symlink(PROGRAM, plugins.join("kubectl-mergeaudit"))?;
    let paths = std::env::join_paths([plugins])?;
    let mut kubectl = command(&world, world.cluster.kubectl_path())?;
    kubectl
        .env("PATH", paths)
        .args(["mergeaudit", "acknowledge"]);
    kubectl.args(["--namespace", &world.namespace, name(&findings[0])]);
    kubectl.args([
        "--disposition",
        "AcceptedRisk",
        "--reason",
        "known",
        "--for",
        "7d",
    ]);
    let said = run(kubectl).await?;
    ensure!(said.code == Some(0), "{said:?}");
    let found = wait_for_state(&world, name(&findings[0]), "Acknowledged").await?;
    let managers: Vec<&Value> = found["metadata"]["managedFields"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| &entry["manager"])
        .collect();
    ensure!(
        managers.contains(&&json!("mergeaudit-acknowledge")),
        "{managers:?}"
    );
    Ok(())
}

/// A world with as many open findings.
async fn world(count: usize) -> Result<LocalWorld> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy(POLICY)).await?;
    world.scan(POLICY).await?;
    for _ in 0..count {
        world.merge_unreviewed("payments", "Hurry").await?;
    }
    world.scan(POLICY).await?;
    Ok(world)
}

async fn refused(world: &LocalWorld, finding: &str, how: &[&str], why: &str) -> Result<()> {
    let said = acknowledge(world, &[&[finding], how].concat()).await?;
    ensure!(
        said.code == Some(3) && said.output.contains(why),
        "{said:?}"
    );
    Ok(())
}

async fn acknowledge(world: &LocalWorld, arguments: &[&str]) -> Result<Said> {
    let mut program = command(world, Path::new(PROGRAM))?;
    program.args(["acknowledge", "-n", &world.namespace]);
    program.args(arguments);
    run(program).await
}

/// As a person whom the API server knows.
fn command(world: &LocalWorld, program: &Path) -> Result<Command> {
    let kubeconfig: PathBuf = world.cluster.kubeconfig_for(USER, Some("system:masters"))?;
    let mut command = Command::new(program);
    command.env("KUBECONFIG", kubeconfig);
    Ok(command)
}

async fn run(mut command: Command) -> Result<Said> {
    let output = command.output().await?;
    Ok(Said {
        code: output.status.code(),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
