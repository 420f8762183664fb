//! More findings than `findings.maxOpen`: which of them are published is the archive's to say.

use anyhow::{Context as _, Result, ensure};
use mergeaudit::evidence::entry::Body;
use mergeaudit_test_github::{MergeNow, World};
use mergeaudit_test_world::{LocalWorld, Setup, TOKEN};
use serde_json::{Value, json};

use crate::rebuild::{
    come_back, come_back_whatever_is_deleted, delete_findings, delete_status, picture,
};
use crate::story::{
    self, acceptance, acknowledge, in_seconds, name, wait_for_counts, wait_for_pages,
    wait_for_state,
};
use crate::{POLICY, PROGRAM};

/// A merge that nobody reviewed is a Warning in `payments`, and Critical in `ledger`.
fn policy(world: &LocalWorld, max_open: i64) -> Value {
    let mut policy = world.policy(POLICY);
    policy["spec"]["findings"] = json!({"maxOpen": max_open});
    policy["spec"]["severities"] = json!([
        {"reasons": ["ApprovalMissing"], "repositories": ["payments"], "severity": "Warning"},
    ]);
    policy
}

fn counts(open: i64, withheld: i64) -> Value {
    json!({"open": open, "undetermined": 0, "withheld": withheld, "baseline": 0})
}

/// The repositories of the findings that are published.
async fn repositories(world: &LocalWorld) -> Result<Vec<String>> {
    let findings = world.findings(POLICY).await?;
    let repository = |finding: &Value| {
        finding["spec"]["change"]["repository"]
            .as_str()
            .map(str::to_owned)
    };
    let repositories: Option<Vec<String>> = findings.iter().map(repository).collect();
    repositories.context("a repository")
}

/// Two Warnings are published, a Critical finding that came later is withheld.
async fn crowded() -> Result<LocalWorld> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&policy(&world, 2)).await?;
    world.scan(POLICY).await?;
    for title in ["One", "Two"] {
        world.merge_unreviewed("payments", title).await?;
    }
    world.scan(POLICY).await?;
    world.merge_unreviewed("ledger", "Worse").await?;
    world.scan(POLICY).await?;
    wait_for_counts(&world, counts(2, 1)).await?;
    assert_eq!(repositories(&world).await?, ["payments", "payments"]);
    Ok(world)
}

#[tokio::test]
async fn the_same_findings_come_back_though_a_worse_one_is_withheld_behind_them() -> Result<()> {
    let mut world = crowded().await?;
    let before = picture(&world).await?;
    let policy = policy(&world, 2);
    come_back_whatever_is_deleted(&mut world, &before, &policy).await?;

    // The first that closes makes room for the worse one.
    let findings = world.findings(POLICY).await?;
    acknowledge(&world, name(&findings[0]), &acceptance("it stays", None)).await?;
    wait_for_counts(&world, counts(2, 0)).await?;
    assert_eq!(
        repositories(&world).await?,
        ["ledger", "payments", "payments"]
    );
    Ok(())
}

#[tokio::test]
async fn a_bound_that_was_lowered_takes_nothing_away_and_a_raised_one_shows_more() -> Result<()> {
    let world = crowded().await?;
    world.apply(&policy(&world, 3)).await?;
    wait_for_counts(&world, counts(3, 0)).await?;
    world.apply(&policy(&world, 1)).await?;
    world.merge_unreviewed("ledger", "Worse still").await?;
    world.scan(POLICY).await?;
    wait_for_counts(&world, counts(3, 1)).await?;
    let before = picture(&world).await?;
    delete_findings(&world).await?;
    delete_status(&world).await?;
    come_back(&world, &before, "though fewer may be open by now").await?;
    assert_eq!(world.findings(POLICY).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn an_acknowledgement_for_a_term_keeps_the_place_to_which_the_finding_returns() -> Result<()>
{
    let world = crowded().await?;
    let findings = world.findings(POLICY).await?;
    let first = name(&findings[0]);
    let until = in_seconds(4);
    acknowledge(
        &world,
        first,
        &acceptance("a fix is on its way", Some(until)),
    )
    .await?;
    wait_for_state(&world, first, "Acknowledged").await?;
    wait_for_counts(&world, counts(1, 1)).await?;
    world.scan(POLICY).await?;
    assert_eq!(repositories(&world).await?, ["payments", "payments"]);
    wait_for_state(&world, first, "Open").await?;
    wait_for_counts(&world, counts(2, 1)).await?;
    wait_for_pages(&world, 2).await
}

/// `acme` and `beta`, of which the first has as many open findings as there are places.
async fn two_organizations() -> Result<LocalWorld> {
    let mut github = World::new(1);
    for organization in ["acme", "beta"] {
        let mut organization = github.organization(organization);
        let _ = organization
            .repository("payments")
            .writers(&["alice", "bob"]);
    }
    github
        .token(TOKEN)
        .organization("acme")
        .organization("beta");
    let world = Setup::new(PROGRAM).github(github).start().await?;
    let mut both = policy(&world, 2);
    both["spec"]["organizations"] = json!([{"name": "acme"}, {"name": "beta"}]);
    both["spec"]["severities"] = json!([]);
    world.apply(&both).await?;
    world.scan(POLICY).await?;
    for title in ["One", "Two"] {
        world.merge_unreviewed("payments", title).await?;
    }
    world.scan(POLICY).await?;
    wait_for_counts(&world, counts(2, 0)).await?;
    world.github.merge(&MergeNow {
        organization: "beta".to_owned(),
        repository: "payments".to_owned(),
        author: "alice".to_owned(),
        ..MergeNow::default()
    })?;
    world.merge_reviewed("payments", "Three").await?;
    world.scan(POLICY).await?;
    wait_for_counts(&world, counts(2, 1)).await?;
    Ok(world)
}

#[tokio::test]
async fn organizations_share_the_places_though_one_of_them_cannot_be_read() -> Result<()> {
    let mut world = two_organizations().await?;
    let before = picture(&world).await?;
    world.operator.kill();
    delete_findings(&world).await?;
    world.free_lease().await?;
    world.operator.restart().await?;
    come_back(&world, &before, "to another process").await?;

    // A process that cannot read the first organization has its findings before it all the same.
    world.operator.kill();
    world.github.world().tokens[0]
        .access
        .retain(|access| access.organization == "beta");
    world.free_lease().await?;
    world.operator.restart().await?;
    world.scan(POLICY).await?;
    let organizations: Vec<Value> = world
        .findings(POLICY)
        .await?
        .into_iter()
        .map(|mut it| it["spec"]["change"]["organization"].take())
        .collect();
    assert_eq!(organizations, ["acme", "acme"]);
    Ok(())
}

#[tokio::test]
async fn each_finding_is_published_by_one_entry() -> Result<()> {
    let world = crowded().await?;
    world.scan(POLICY).await?;
    let chain = story::chain(&world, &world.policy_now(POLICY).await?)?;
    let bodies = story::bodies(&chain).await?.into_iter();
    let published: Vec<usize> = bodies
        .filter_map(|body| match body {
            Body::Publication(said) => Some(said.findings.len()),
            _ => None,
        })
        .collect();
    assert_eq!(published, [2]);
    let state = story::replay(&chain).await?;
    let marked = state
        .findings()
        .values()
        .filter(|it| it.published.is_some());
    ensure!(marked.count() == 2 && state.unmatched_decisions == 0);
    Ok(())
}
