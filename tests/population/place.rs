//! An organization of one seed, served; the command that scans it; and what both cost.

use std::process::Command;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mergeaudit_test_github::seeded::extended_policy;
use mergeaudit_test_github::{SeedOptions, Settings, Simulator, Truth, World, now};
use serde_json::Value;

use crate::child::{self, Ended};
use crate::judged::{Judged, Policy};
use crate::setup::Setup;

const ORGANIZATION: &str = "acme";
const TOKEN: &str = "ghp_population";
/// All merges lie in it: less than the day in which permissions tell what they were at the merge.
const SPAN: SignedDuration = SignedDuration::from_hours(17);

/// An organization, and what was found out about it so far.
pub(crate) struct Place {
    pub(crate) github: Simulator,
    judged: Judged,
    seed: u64,
    policy: Policy,
    merges: usize,
    /// The time of the last merge.
    until: Timestamp,
    directory: tempfile::TempDir,
    runs: usize,
    took: Duration,
    peak_kib: u64,
}

// === impl Place ===

impl Place {
    /// Serves what grows of the seed; merges come to be found at most `late_by` afterwards.
    pub(crate) fn new(seed: u64, setup: &Setup, late_by: SignedDuration, policy: Policy) -> Self {
        let merges = setup.merges;
        let until = now() - SignedDuration::from_hours(3);
        let options = SeedOptions {
            organizations: vec![ORGANIZATION.to_owned()],
            repositories: 8 + merges / 120,
            pull_requests: merges,
            until,
            span: SPAN,
            late_by,
        };
        let mut world = World::seeded(seed, &options);
        world.token(TOKEN).organization(ORGANIZATION);
        // Whoever audits so much has an App with a larger budget.
        world.tokens[0].hourly_limit = 1_000_000;
        let place = Self {
            github: Simulator::start(world).unwrap(),
            judged: Judged::default(),
            seed,
            policy,
            merges,
            until,
            directory: tempfile::tempdir().unwrap(),
            runs: 0,
            took: Duration::ZERO,
            peak_kib: 0,
        };
        let latency = setup.latency_milliseconds;
        let slow = |settings: &mut Settings| settings.latency_milliseconds = latency;
        place.github.configure(slow);
        place.write_policy();
        place
    }

    fn write_policy(&self) {
        let url = self.github.url();
        let more = match self.policy {
            Policy::Default => String::new(),
            Policy::Extended => extended_policy(now()),
        };
        let policy = format!(
            "apiVersion: mergeaudit.io/v1alpha1\nkind: AuditPolicy\nmetadata: {{name: population}}\nspec:\n  \
             schedule: \"*/15 * * * *\"\n  github:\n    apiUrl: {url}\n    credentialsRef: {{name: github}}\n  \
             organizations: [{{name: {ORGANIZATION}}}]\n{more}"
        );
        std::fs::write(self.directory.path().join("policy.yaml"), policy).unwrap();
    }

    /// So many minutes after the last merge.
    pub(crate) fn time(&self, minutes: i64) -> Timestamp {
        self.until + SignedDuration::from_mins(minutes)
    }

    /// Sets GitHub's clock to so many minutes after the last merge.
    pub(crate) fn set_clock(&self, minutes: i64) {
        let offset = self.time(minutes).duration_since(now());
        self.github
            .set_clock_offset(SignedDuration::from_secs(offset.as_secs()));
    }

    /// Scans once more. The result, unless nothing could be scanned.
    pub(crate) fn scan(&mut self) -> Option<Value> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mergeaudit"));
        command
            .env_clear()
            .env("GITHUB_TOKEN", TOKEN)
            .current_dir(self.directory.path())
            .args(["scan", "-f", "policy.yaml", "-o", "json", "--all"]);
        let ended = child::run(&mut command, self.directory.path());
        self.runs += 1;
        self.took += ended.took;
        self.peak_kib = self.peak_kib.max(ended.peak_kib);
        let result = read(&ended);
        let Ended {
            code,
            stdout,
            stderr,
            ..
        } = &ended;
        assert!(result.is_some() || *code == 3, "{code}\n{stdout}\n{stderr}");
        self.judged.hear(result.as_ref()?);
        result
    }

    /// What was declared.
    pub(crate) fn truths(&self) -> Vec<Truth> {
        self.github.world().truth.clone()
    }

    /// Holds all that was said against what was declared; the last result's counts, too.
    #[track_caller]
    pub(crate) fn check(&self, result: &Value) {
        let truths = self.truths();
        let different = self.judged.compare(&truths, self.policy);
        assert!(different.is_empty(), "{different}");
        let organization = &result["organizations"][0];
        let names = [
            "changes",
            "compliant",
            "nonCompliant",
            "exempt",
            "undetermined",
        ];
        let counted = names.map(|name| organization["totals"][name].as_u64().unwrap());
        let declared = Judged::count(&truths, self.policy).map(|count| count as u64);
        assert_eq!(counted, declared, "{names:?}");
        assert_eq!(organization["debts"], Value::Array(Vec::new()));
    }

    /// Requests that were answered or failed, and points that they cost.
    pub(crate) fn usage(&self) -> (usize, u64) {
        let requests = self.github.requests();
        let points = requests.iter().map(|request| request.cost).sum();
        (requests.len(), points)
    }

    /// One line: what it cost, also by a thousand merges.
    pub(crate) fn tell(&self) -> String {
        let Self {
            seed,
            merges,
            runs,
            took,
            peak_kib,
            ..
        } = self;
        let (requests, points) = self.usage();
        format!(
            "seed {seed}: {merges} merges, {runs} runs, {requests} requests, {points} points, {:.1} s, {} MiB; by 1000 merges: {} requests, {} points",
            took.as_secs_f64(),
            peak_kib / 1024,
            requests * 1000 / merges,
            points * 1000 / *merges as u64,
        )
    }
}

/// The object on standard output, unless the organization failed as a whole.
fn read(ended: &Ended) -> Option<Value> {
    let result: Value = serde_json::from_str(&ended.stdout).ok()?;
    result["organizations"][0]["error"]
        .is_null()
        .then_some(result)
}
