//! What all places have in common: a world that gets a reviewed and an unreviewed merge for each kill, and what holds after it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use mergeaudit::evidence::{Archive, ChainId};
use mergeaudit_test_github::MergeNow;
use mergeaudit_test_world::{Held, LocalWorld, Proxy, Setup, Stop, eventually};
use serde_json::{Value, json};

use crate::{POLICY, PROGRAM};

const PATIENCE: Duration = Duration::from_secs(30);

/// A world and what was merged in it.
pub(crate) struct Story {
    pub(crate) world: LocalWorld,
    proxy: Proxy,
    organization_id: i64,
    unreviewed: Vec<u64>,
    /// Each finding's uid when it was first seen.
    uids: BTreeMap<String, String>,
}

// === impl Story ===

impl Story {
    /// A policy whose first scan is over; the operator talks to the API server through a proxy.
    pub(crate) async fn begin() -> Result<Self> {
        let mut world = Setup::new(PROGRAM).without_operator().start().await?;
        let directory = world.evidence().parent().context("a directory")?;
        let proxy = Proxy::start(world.cluster.kubeconfig_path(), directory).await?;
        proxy
            .kubeconfig()
            .clone_into(&mut world.operator.setup_mut().kubeconfig);
        world.operator.restart().await?;
        world.apply(&world.policy(POLICY)).await?;
        let policy = world.scan(POLICY).await?;
        let organization_id = policy["status"]["organizations"][0]["id"].as_i64();
        Ok(Self {
            world,
            proxy,
            organization_id: organization_id.context("the organization's id")?,
            unreviewed: Vec::new(),
            uids: BTreeMap::new(),
        })
    }

    /// Has the operator talk to the API server without the proxy, whose runtime is this test's.
    pub(crate) async fn without_proxy(mut self) -> Result<Self> {
        let direct = self.world.cluster.kubeconfig_path().to_owned();
        self.world.operator.setup_mut().kubeconfig = direct;
        self.restart().await?;
        Ok(self)
    }

    /// Merges a reviewed and an unreviewed change.
    pub(crate) async fn merge(&mut self) -> Result<()> {
        self.world.github.merge(&MergeNow {
            organization: "acme".to_owned(),
            repository: "ledger".to_owned(),
            title: "Close books in UTC".to_owned(),
            author: "alice".to_owned(),
            approved_by: vec!["bob".to_owned()],
            ..MergeNow::default()
        })?;
        let number = self.world.merge_unreviewed("payments", "Hurry").await?;
        self.unreviewed.push(number);
        Ok(())
    }

    /// Requests a scan; nothing waits for it.
    pub(crate) async fn request_scan(&self) -> Result<()> {
        let value = format!("kill-{}", self.unreviewed.len());
        self.world.request_scan(POLICY, &value).await
    }

    /// See [`Proxy::hold`].
    pub(crate) fn hold(
        &self,
        stop: Stop,
        matches: impl FnMut(&str, &str) -> bool + Send + 'static,
    ) -> Held {
        self.proxy.hold(stop, matches)
    }

    /// How many files of entries there are, unfinished ones included.
    pub(crate) fn entries(&self) -> usize {
        files(&self.folder().join("entries")).len()
    }

    /// How many entries are committed.
    pub(crate) fn committed(&self) -> usize {
        let entries = files(&self.folder().join("entries"));
        // An unfinished file has something after its extension.
        let is_whole = |name: &&String| Path::new(name).extension() == Some("json".as_ref());
        entries.iter().filter(is_whole).count()
    }

    /// How many objects of records there are, unfinished ones included.
    pub(crate) fn records(&self) -> usize {
        files(&self.folder().join("records")).len()
    }

    /// Kills the operator when it has reached the place.
    pub(crate) async fn kill_at(&mut self, held: Held) -> Result<()> {
        let reached = held.reached(PATIENCE).await;
        reached.map_err(|error| error.context(self.world.operator.log_tail()))?;
        self.world.operator.kill();
        Ok(())
    }

    /// Starts a successor.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.world.operator.kill();
        // What a crash leaves in the Lease is not these tests' matter, and would cost 15 s each time.
        self.world.free_lease().await?;
        self.world.operator.restart().await
    }

    /// Starts a successor, lets it finish and scan once more, and checks that nothing is lost and nothing counts twice.
    pub(crate) async fn recover(&mut self) -> Result<()> {
        self.restart().await?;
        let value = format!("killed-{}", self.unreviewed.len());
        self.world.request_scan(POLICY, &value).await?;
        let policy = self
            .world
            .wait_for_policy(POLICY, "the successor's scan", |policy| {
                policy["status"]["lastHandledRequest"] == value.as_str()
            })
            .await?;
        let checked = self.check(&policy).await;
        checked.map_err(|error| error.context(self.world.operator.log()))
    }

    async fn check(&mut self, policy: &Value) -> Result<()> {
        let count = self.unreviewed.len();
        let totals = json!({
            "changes": 2 * count, "compliant": count, "exempt": 0, "baseline": 0,
            "nonCompliant": [{"kind": "PullRequest", "severity": "Critical", "count": count}],
        });
        let status = &policy["status"];
        ensure!(status["totals"] == totals, "{status:#}");
        ensure!(status["findings"]["open"] == count, "{status:#}");
        self.check_findings().await?;
        self.check_metrics().await?;
        self.check_chain(policy).await
    }

    /// Exactly one for each unreviewed merge, open, and never created again.
    async fn check_findings(&mut self) -> Result<()> {
        let findings = self.world.findings(POLICY).await?;
        let numbers: Vec<_> = findings
            .iter()
            .filter_map(|finding| finding["spec"]["change"]["number"].as_u64())
            .collect();
        ensure!(numbers == self.unreviewed, "{numbers:?}");
        for finding in findings {
            ensure!(finding["status"]["state"] == "Open", "{finding:#}");
            ensure!(finding["spec"]["change"]["repository"] == "payments");
            let [name, uid] = ["name", "uid"].map(|field| finding["metadata"][field].to_string());
            let first = self.uids.entry(name).or_insert_with(|| uid.clone());
            ensure!(*first == uid, "it was created twice: {finding:#}");
        }
        Ok(())
    }

    async fn check_metrics(&self) -> Result<()> {
        let count = self.unreviewed.len().to_string();
        // The watch that the series are computed from may be a moment behind.
        eventually("the counter", PATIENCE, async || {
            let metrics = self.world.operator.metrics().await?;
            for name in [
                "mergeaudit_noncompliant_merges_total",
                "mergeaudit_finding_open",
            ] {
                let value = metrics.metric(name, &[]).map(|value| value.to_string());
                ensure!(value.as_ref() == Some(&count), "{name} is {value:?}");
            }
            Ok(())
        })
        .await
    }

    /// Every link, digest and total holds, no change was judged twice, and the status tells the last entry.
    async fn check_chain(&self, policy: &Value) -> Result<()> {
        let archive = Archive::open(&format!("file://{}", self.world.evidence().display()))?;
        let chain = archive.chain(&ChainId {
            namespace: self.world.namespace.clone(),
            policy: POLICY.to_owned(),
            organization_id: self.organization_id,
        });
        let state = chain.replay().await?.context("there is no chain")?;
        ensure!(state.duplicates == 0, "{} judged twice", state.duplicates);
        ensure!(state.findings().len() == self.unreviewed.len());
        ensure!(state.determined().len() == 2 * self.unreviewed.len());
        let entry = &policy["status"]["organizations"][0]["entry"];
        ensure!(entry["sequence"] == state.head.sequence, "{entry}");
        ensure!(entry["digest"] == state.head.digest.to_string(), "{entry}");
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        let Self {
            world,
            organization_id,
            ..
        } = self;
        let folder = world.evidence().join(&world.namespace).join(POLICY);
        folder.join(organization_id.to_string())
    }
}

/// The names of a directory's files; none where it does not exist yet.
fn files(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
