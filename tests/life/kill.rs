//! SIGKILL at random while changes land and people acknowledge: afterwards no acknowledgement is lost, none is recorded twice,
//! and findings, states and counters are what truth says.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use mergeaudit::evidence::Chain;
use mergeaudit_test_github::MergeNow;
use mergeaudit_test_world::{LocalWorld, eventually};
use serde_json::{Value, json};

use crate::story::{self, PATIENCE, acknowledge, in_seconds, name};
use crate::{POLICY, PROGRAM};

/// How often the operator is killed.
const RUNS: u64 = 30;

/// A world, and the truth of what was merged and said in it.
struct Story {
    world: LocalWorld,
    chain: Chain,
    random: Random,
    reviewed: usize,
    unreviewed: usize,
    /// Every version of what was said of a finding, in its order.
    said: BTreeMap<String, Vec<Value>>,
}

/// Numbers that look random and are the same for the same seed: splitmix64, <https://prng.di.unimi.it/splitmix64.c>.
struct Random(u64);

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledgement_is_lost_or_recorded_twice_whenever_the_operator_is_killed() -> Result<()>
{
    let mut story = Story::begin().await?;
    for seed in 1..=RUNS {
        story.random = Random(seed);
        let told = story.run(seed).await;
        told.with_context(|| format!("seed {seed}"))
            .map_err(|error| error.context(story.world.operator.log_tail()))?;
    }
    Ok(())
}

// === impl Story ===

impl Story {
    async fn begin() -> Result<Self> {
        let world = LocalWorld::start(PROGRAM).await?;
        world.apply(&world.policy(POLICY)).await?;
        let policy = world.scan(POLICY).await?;
        Ok(Self {
            chain: story::chain(&world, &policy)?,
            world,
            random: Random(0),
            reviewed: 0,
            unreviewed: 0,
            said: BTreeMap::new(),
        })
    }

    async fn run(&mut self, seed: u64) -> Result<()> {
        self.merge("ledger", &["bob"])?;
        self.merge("payments", &[])?;
        self.merge("payments", &[])?;
        let merged = self.world.github.now();
        let scan = format!("run-{seed}");
        self.world.request_scan(POLICY, &scan).await?;
        let people = 1 + self.random.below(4);
        for _ in 0..people {
            self.pause(150).await;
            self.say(seed).await?;
        }
        self.pause(700).await;
        self.world.operator.kill();
        // People do not wait for the operator.
        self.say(seed).await?;
        self.world.free_lease().await?;
        self.world.operator.restart().await?;
        // A window ends before GitHub's last second.
        eventually("GitHub's clock to move on", PATIENCE, async || {
            ensure!(self.world.github.now() > merged, "it is {merged} still");
            Ok(())
        })
        .await?;
        let scan = format!("after-{seed}");
        self.world.request_scan(POLICY, &scan).await?;
        let handled = |policy: &Value| policy["status"]["lastHandledRequest"] == scan.as_str();
        self.world
            .wait_for_policy(POLICY, "the successor's scan", handled)
            .await?;
        self.check().await
    }

    fn merge(&mut self, repository: &str, approved_by: &[&str]) -> Result<()> {
        self.world.github.merge(&MergeNow {
            organization: "acme".to_owned(),
            repository: repository.to_owned(),
            title: "Hurry".to_owned(),
            author: "alice".to_owned(),
            approved_by: approved_by.iter().map(|&it| it.to_owned()).collect(),
            ..MergeNow::default()
        })?;
        if approved_by.is_empty() {
            self.unreviewed += 1;
        } else {
            self.reviewed += 1;
        }
        Ok(())
    }

    /// A moment of chance, in which nothing is waited for.
    async fn pause(&mut self, milliseconds: u64) {
        let wait = Duration::from_millis(self.random.below(milliseconds));
        tokio::time::sleep(wait).await;
    }

    /// A person acknowledges a finding, or extends what was said of it.
    async fn say(&mut self, seed: u64) -> Result<()> {
        let findings = self.world.findings(POLICY).await?;
        let is_open = |finding: &&Value| {
            let said = &finding["spec"]["acknowledgement"];
            said.is_null() || said["expirationTime"].is_string()
        };
        let open: Vec<&Value> = findings.iter().filter(is_open).collect();
        if open.is_empty() {
            return Ok(());
        }
        let finding = open[self.random.choose(open.len())];
        let version = self.said.get(name(finding)).map_or(0, Vec::len);
        let hours = i64::try_from(1 + version)?;
        let until = (self.random.below(2) == 0).then(|| in_seconds(3600 * hours).to_string());
        let said = json!({
            "disposition": "AcceptedRisk", "reason": format!("seed {seed}, version {version}"),
            "acknowledgedBy": "carol@example.com", "expirationTime": until,
        });
        acknowledge(&self.world, name(finding), &said).await?;
        let versions = self.said.entry(name(finding).to_owned()).or_default();
        versions.push(said);
        Ok(())
    }

    async fn check(&self) -> Result<()> {
        let checked = eventually("everything to be as truth says", PATIENCE, async || {
            self.check_findings().await?;
            self.check_counts().await
        });
        checked.await?;
        self.check_chain().await
    }

    async fn check_findings(&self) -> Result<()> {
        let findings = self.world.findings(POLICY).await?;
        ensure!(findings.len() == self.unreviewed, "{}", findings.len());
        for finding in &findings {
            let is_said = self.said.contains_key(name(finding));
            let state = if is_said { "Acknowledged" } else { "Open" };
            ensure!(finding["status"]["state"] == state, "{finding:#}");
        }
        Ok(())
    }

    async fn check_counts(&self) -> Result<()> {
        let (count, open) = (self.unreviewed, self.unreviewed - self.said.len());
        let policy = self.world.policy_now(POLICY).await?;
        let status = &policy["status"];
        let totals = json!({
            "changes": count + self.reviewed, "compliant": self.reviewed, "exempt": 0, "baseline": 0,
            "nonCompliant": [{"kind": "PullRequest", "severity": "Critical", "count": count}],
        });
        ensure!(status["totals"] == totals, "{status:#}");
        ensure!(status["findings"]["open"] == open, "{status:#}");
        let metrics = self.world.operator.metrics().await?;
        for (name, wanted) in [
            ("mergeaudit_noncompliant_merges_total", count),
            ("mergeaudit_finding_open", open),
            ("mergeaudit_findings", count),
        ] {
            let value = metrics.metric(name, &[]).unwrap_or(0.0).to_string();
            ensure!(
                value == wanted.to_string(),
                "{name} is {value}, not {wanted}"
            );
        }
        Ok(())
    }

    /// The chain has the last version of everything that was said, none twice, and nothing else.
    async fn check_chain(&self) -> Result<()> {
        let state = story::replay(&self.chain).await?;
        ensure!(state.duplicates == 0 && state.unmatched_decisions == 0);
        let mut recorded: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in story::acknowledgements(&self.chain).await? {
            recorded
                .entry(entry.finding)
                .or_default()
                .push(entry.reason);
        }
        let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>();
        ensure!(names(recorded.keys().collect()) == names(self.said.keys().collect()));
        for (finding, recorded) in &recorded {
            let said = self.said[finding].iter();
            let said: Vec<&str> = said.filter_map(|it| it["reason"].as_str()).collect();
            ensure!(recorded.last().map(String::as_str) == said.last().copied());
            // In the order in which it was said; what was extended before anybody looked is left out.
            let mut rest = said.iter();
            for reason in recorded {
                ensure!(rest.any(|said| said == reason), "{recorded:?} of {said:?}");
            }
        }
        Ok(())
    }
}

// === impl Random ===

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn choose(&mut self, length: usize) -> usize {
        let bound = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }
}
