//! SIGKILL at each place between a decision's entry and what the cluster shows of it.

use anyhow::{Context as _, Result, ensure};
use jiff::SignedDuration;
use kube::api::DeleteParams;
use mergeaudit::evidence::Chain;
use mergeaudit::evidence::entry::Body;
use mergeaudit_test_world::{Held, LocalWorld, Proxy, Setup, Stop, eventually};
use serde_json::json;

use crate::story::{self, PATIENCE, acceptance, acknowledge, name, wait_for_state};
use crate::{POLICY, PROGRAM};

/// How often the operator is killed at each place.
const RUNS: usize = 5;

/// A world whose operator talks to the API server through a proxy.
struct Story {
    world: LocalWorld,
    proxy: Proxy,
    chain: Chain,
}

#[tokio::test]
async fn killed_between_the_acknowledgement_and_the_status_it_is_recorded_once() -> Result<()> {
    let mut story = Story::begin().await?;
    for run in 1..=RUNS {
        let finding = story.find().await?;
        let held = story.proxy.hold(Stop::Request, is_finding_status);
        acknowledge(&story.world, &finding, &acceptance("known", None)).await?;
        story.kill_at(held).await?;
        let recorded = story::acknowledgements(&story.chain).await?;
        ensure!(recorded.len() == run, "it is not recorded");
        story.restart().await?;
        wait_for_state(&story.world, &finding, "Acknowledged").await?;
        let recorded = story::acknowledgements(&story.chain).await?;
        ensure!(recorded.len() == run, "it is recorded again");
    }
    Ok(())
}

#[tokio::test]
async fn killed_between_a_finding_and_its_restored_acknowledgement_it_comes_back() -> Result<()> {
    let mut story = Story::begin().await?;
    let finding = story.find().await?;
    acknowledge(&story.world, &finding, &acceptance("known", None)).await?;
    let before = wait_for_state(&story.world, &finding, "Acknowledged").await?;
    for _ in 0..RUNS {
        let mut patches = 0;
        let held = story.proxy.hold(Stop::Request, move |method, path| {
            patches += usize::from(is_finding(method, path));
            patches == 2
        });
        let findings = story.world.findings_api();
        findings.delete(&finding, &DeleteParams::default()).await?;
        story.kill_at(held).await?;
        let half = serde_json::to_value(findings.get(&finding).await?)?;
        ensure!(half["spec"]["acknowledgement"].is_null(), "{half:#}");
        story.restart().await?;
        eventually("the acknowledgement to be back", PATIENCE, async || {
            let back = serde_json::to_value(findings.get(&finding).await?)?;
            ensure!(back["spec"] == before["spec"] && back["status"] == before["status"]);
            Ok(())
        })
        .await?;
    }
    assert_eq!(story::acknowledgements(&story.chain).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn killed_between_the_retirement_and_the_deletion_it_is_retired_once() -> Result<()> {
    let mut story = Story::begin().await?;
    for run in 1..=RUNS {
        let finding = story.find().await?;
        let number = story.number(&finding).await?;
        story::approve_late(&story.world, "payments", number, "bob")?;
        let held = story.proxy.hold(Stop::Request, |method, path| {
            method == "DELETE" && path.contains("/auditfindings/")
        });
        let scan = format!("retire-{run}");
        story.world.request_scan(POLICY, &scan).await?;
        story.kill_at(held).await?;
        ensure!(
            retirements(&story.chain).await? == run,
            "it is not recorded"
        );
        ensure!(
            story
                .world
                .findings_api()
                .get_opt(&finding)
                .await?
                .is_some()
        );
        story.restart().await?;
        eventually("the finding to be gone", PATIENCE, async || {
            let left = story.world.findings_api().get_opt(&finding).await?;
            ensure!(left.is_none(), "it is there");
            Ok(())
        })
        .await?;
        ensure!(
            retirements(&story.chain).await? == run,
            "it is recorded again"
        );
    }
    let state = story::replay(&story.chain).await?;
    ensure!(state.findings().is_empty() && state.unmatched_decisions == 0);
    Ok(())
}

// === impl Story ===

impl Story {
    async fn begin() -> Result<Self> {
        let mut world = Setup::new(PROGRAM).without_operator().start().await?;
        // What is reviewed now was closed long ago by this clock, where a test wants that.
        world
            .github
            .set_clock_offset(SignedDuration::from_hours(-72));
        let directory = world.evidence().parent().context("a directory")?;
        let proxy = Proxy::start(world.cluster.kubeconfig_path(), directory).await?;
        proxy
            .kubeconfig()
            .clone_into(&mut world.operator.setup_mut().kubeconfig);
        world.operator.restart().await?;
        let mut policy = world.policy(POLICY);
        policy["spec"]["findings"] = json!({"retentionDays": 1});
        world.apply(&policy).await?;
        let policy = world.scan(POLICY).await?;
        Ok(Self {
            chain: story::chain(&world, &policy)?,
            world,
            proxy,
        })
    }

    /// Merges an unreviewed change, and returns the name of its finding.
    async fn find(&self) -> Result<String> {
        let number = self.world.merge_unreviewed("payments", "Hurry").await?;
        self.world.scan(POLICY).await?;
        let findings = self.world.findings(POLICY).await?;
        let mut found = findings.iter();
        let found = found.find(|it| it["spec"]["change"]["number"] == number);
        Ok(name(found.context("the finding")?).to_owned())
    }

    async fn number(&self, finding: &str) -> Result<u64> {
        let finding = serde_json::to_value(self.world.findings_api().get(finding).await?)?;
        let number = finding["spec"]["change"]["number"].as_u64();
        number.context("its number")
    }

    async fn kill_at(&mut self, held: Held) -> Result<()> {
        let reached = held.reached(PATIENCE).await;
        reached.map_err(|error| error.context(self.world.operator.log_tail()))?;
        self.world.operator.kill();
        Ok(())
    }

    async fn restart(&mut self) -> Result<()> {
        self.world.free_lease().await?;
        self.world.operator.restart().await
    }
}

async fn retirements(chain: &Chain) -> Result<usize> {
    let bodies = story::bodies(chain).await?.into_iter();
    let retirements = bodies.filter(|body| matches!(body, Body::Retirement(_)));
    Ok(retirements.count())
}

fn is_finding(method: &str, path: &str) -> bool {
    method == "PATCH" && path.contains("/auditfindings/") && !path.ends_with("/status")
}

fn is_finding_status(method: &str, path: &str) -> bool {
    method == "PATCH" && path.contains("/auditfindings/") && path.ends_with("/status")
}
