//! Random walks: people merge, acknowledge, review and change the bound, and in between everything that the cluster knows is deleted,
//! in any order and company, beneath a running operator or a killed one. It comes back equal, each time.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use kube::api::DeleteParams;
use mergeaudit_test_world::{LocalWorld, eventually};
use serde_json::{Value, json};

use crate::rebuild::{come_back, delete_findings, delete_policy, delete_status, picture};
use crate::story::{self, PATIENCE, acceptance, acknowledge, in_seconds, name, wait_for_state};
use crate::{POLICY, PROGRAM};

/// How many steps a walk has.
const STEPS: usize = 24;

/// A walk, and what has to be true of its world.
struct Walk {
    world: LocalWorld,
    seed: u64,
    max_open: i64,
    scans: u32,
    /// Where and which, of all unreviewed merges.
    merged: Vec<(&'static str, u64)>,
    /// Names of findings that a person has dealt with: for good, by an acknowledgement or a review; or for a term.
    closed: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
    /// Each finding that was ever published, with the uid that it has.
    published: BTreeMap<String, String>,
}

/// Something that the cluster knows and that can be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Projection {
    Finding,
    Findings,
    Status,
    Policy,
    Lease,
    Identities,
}

const PROJECTIONS: [Projection; 6] = [
    Projection::Finding,
    Projection::Findings,
    Projection::Status,
    Projection::Policy,
    Projection::Lease,
    Projection::Identities,
];

#[tokio::test]
async fn whatever_is_deleted_whenever_comes_back_equal_by_the_first_walk() -> Result<()> {
    walk(0x5eed_0001).await
}

#[tokio::test]
async fn whatever_is_deleted_whenever_comes_back_equal_by_the_second_walk() -> Result<()> {
    walk(0x5eed_0002).await
}

async fn walk(seed: u64) -> Result<()> {
    let mut walk = Walk::begin(seed).await?;
    for step in 0..STEPS {
        let said = walk.step().await;
        said.with_context(|| format!("step {step} of the walk with the seed {seed:#x}"))?;
    }
    walk.check_chain().await
}

// === impl Walk ===

impl Walk {
    async fn begin(seed: u64) -> Result<Self> {
        let world = LocalWorld::start(PROGRAM).await?;
        let mut walk = Self {
            world,
            seed,
            max_open: 2,
            scans: 0,
            merged: Vec::new(),
            closed: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            published: BTreeMap::new(),
        };
        walk.apply_policy().await?;
        walk.scan().await?;
        Ok(walk)
    }

    /// A number below `bound` (xorshift, <https://www.jstatsoft.org/article/view/v008i14>).
    fn roll(&mut self, bound: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        usize::try_from(self.seed % bound.max(1) as u64).unwrap_or_default()
    }

    async fn step(&mut self) -> Result<()> {
        match self.roll(10) {
            0..3 => self.merge().await?,
            3 => self.decide(None).await?,
            4 => self.decide(Some(86_400)).await?,
            5 => self.review().await?,
            6 => {
                self.max_open = 1 + i64::try_from(self.roll(4))?;
                self.apply_policy().await?;
            }
            _ => return self.delete().await,
        }
        self.scan().await?;
        self.check().await
    }

    async fn merge(&mut self) -> Result<()> {
        for _ in 0..=self.roll(3) {
            let repository = ["payments", "ledger"][self.roll(2)];
            let number = self.world.merge_unreviewed(repository, "Hurry").await?;
            self.merged.push((repository, number));
        }
        Ok(())
    }

    /// A person acknowledges one of those that are open.
    async fn decide(&mut self, term: Option<i64>) -> Result<()> {
        let findings = self.world.findings(POLICY).await?;
        let is_open = |finding: &&Value| finding["status"]["state"] == "Open";
        let open: Vec<String> = findings
            .iter()
            .filter(is_open)
            .map(|it| name(it).to_owned())
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let chosen = &open[self.roll(open.len())];
        let said = acceptance("known", term.map(in_seconds));
        acknowledge(&self.world, chosen, &said).await?;
        wait_for_state(&self.world, chosen, "Acknowledged").await?;
        let known = if term.is_some() {
            &mut self.acknowledged
        } else {
            &mut self.closed
        };
        known.insert(chosen.clone());
        Ok(())
    }

    /// Somebody approves a merge after the fact, published or withheld.
    async fn review(&mut self) -> Result<()> {
        if self.merged.is_empty() {
            return Ok(());
        }
        let index = self.roll(self.merged.len());
        let (repository, number) = self.merged[index];
        let chain = story::chain(&self.world, &self.world.policy_now(POLICY).await?)?;
        let state = story::replay(&chain).await?;
        let found = state.findings().values().find(|it| {
            it.repository.name == repository && it.number == i64::try_from(number).unwrap_or(0)
        });
        let found = found.context("the finding")?;
        let name = mergeaudit::audit::identity::finding_name(POLICY, found);
        // What was acknowledged for good is not read again.
        if self.closed.insert(name) {
            story::approve_late(&self.world, repository, number, "bob")?;
        }
        Ok(())
    }

    /// Deletes one to three projections at once.
    async fn delete(&mut self) -> Result<()> {
        let before = picture(&self.world).await?;
        let is_killed = self.roll(2) == 0;
        if is_killed {
            self.world.operator.kill();
        }
        let mut chosen = Vec::new();
        for _ in 0..=self.roll(3) {
            let projection = PROJECTIONS[self.roll(PROJECTIONS.len())];
            self.delete_one(projection).await?;
            chosen.push(projection);
        }
        if is_killed {
            self.world.free_lease().await?;
            self.world.operator.restart().await?;
        }
        come_back(
            &self.world,
            &before,
            &format!("after {chosen:?}, killed: {is_killed}"),
        )
        .await?;
        let is_finding = |it: &Projection| matches!(it, Projection::Finding | Projection::Findings);
        if chosen.iter().any(is_finding) {
            self.published.clear();
        }
        self.scan().await?;
        self.check().await?;
        come_back(&self.world, &before, "after one more scan").await
    }

    async fn delete_one(&mut self, projection: Projection) -> Result<()> {
        match projection {
            Projection::Finding => {
                let findings = self.world.findings(POLICY).await?;
                let index = self.roll(findings.len());
                if let Some(finding) = findings.get(index) {
                    let api = self.world.findings_api();
                    // It may be deleted already, and not yet be back.
                    api.delete(name(finding), &DeleteParams::default())
                        .await
                        .ok();
                }
                Ok(())
            }
            Projection::Findings => delete_findings(&self.world).await,
            Projection::Status => delete_status(&self.world).await,
            Projection::Policy => {
                delete_policy(&self.world).await?;
                self.apply_policy().await
            }
            Projection::Lease => self.world.free_lease().await,
            Projection::Identities => {
                let map = json!({
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": {"name": "mergeaudit-identities"}, "data": {"4242": "carol@example.com"},
                });
                self.world.apply(&map).await?;
                let delete = ["delete", "configmap", "mergeaudit-identities"];
                self.world.kubectl(&delete).await.map(drop)
            }
        }
    }

    /// A merge that nobody reviewed is a Warning in `payments`, and Critical in `ledger`.
    async fn apply_policy(&self) -> Result<()> {
        let mut policy = self.world.policy(POLICY);
        policy["spec"]["findings"] = json!({"maxOpen": self.max_open});
        policy["spec"]["severities"] = json!([
            {"reasons": ["ApprovalMissing"], "repositories": ["payments"], "severity": "Warning"},
        ]);
        self.world.apply(&policy).await
    }

    async fn scan(&mut self) -> Result<()> {
        self.scans += 1;
        let value = format!("walk-{}", self.scans);
        self.world.request_scan(POLICY, &value).await?;
        let is_handled = |policy: &Value| policy["status"]["lastHandledRequest"] == value.as_str();
        let handled = self.world.wait_for_policy(POLICY, "the scan", is_handled);
        handled.await.map(drop)
    }

    /// Nothing is lost, nothing counts twice, and places are used and kept.
    async fn check(&mut self) -> Result<()> {
        let what = "what has to be true";
        let findings = eventually(what, PATIENCE, async || self.look().await).await;
        let findings = findings.map_err(|error| error.context(self.world.operator.log_tail()))?;
        let now: BTreeMap<String, String> = findings
            .iter()
            .map(|it| (name(it).to_owned(), it["metadata"]["uid"].to_string()))
            .collect();
        for (name, uid) in &self.published {
            ensure!(
                now.get(name) == Some(uid),
                "{name} is gone, or was created twice"
            );
        }
        self.published = now;
        Ok(())
    }

    async fn look(&self) -> Result<Vec<Value>> {
        let policy = self.world.policy_now(POLICY).await?;
        let findings = self.world.findings(POLICY).await?;
        let (status, count) = (&policy["status"], i64::try_from(self.merged.len())?);
        ensure!(status["totals"]["changes"] == count, "{status:#}");
        let number = |field: &str| status["findings"][field].as_i64().unwrap_or_default();
        let dealt_with = self.closed.union(&self.acknowledged).count();
        let (open, withheld) = (number("open"), number("withheld"));
        ensure!(
            open + withheld == count - i64::try_from(dealt_with)?,
            "{status:#}"
        );
        let is_open = |it: &&Value| it["status"]["state"] == "Open";
        let published = i64::try_from(findings.iter().filter(is_open).count())?;
        ensure!(published == open, "{published} are published");
        let for_a_term = i64::try_from(self.acknowledged.difference(&self.closed).count())?;
        ensure!(
            withheld == 0 || open + for_a_term >= self.max_open,
            "there is room: {status:#}"
        );
        let metrics = self.world.operator.metrics().await?;
        let pages = metrics.series("mergeaudit_finding_open", &[]).count();
        ensure!(
            i64::try_from(pages)? == open,
            "{pages} page instead of {open}"
        );
        Ok(findings)
    }

    async fn check_chain(&self) -> Result<()> {
        let chain = story::chain(&self.world, &self.world.policy_now(POLICY).await?)?;
        let found = chain.verify().await?.context("the chain")?;
        ensure!(found.holds(), "{:?}", found.problems);
        let state = found.state.context("its state")?;
        ensure!((state.duplicates, state.unmatched_decisions) == (0, 0));
        ensure!(state.findings().len() == self.merged.len());
        Ok(())
    }
}
