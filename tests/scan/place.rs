//! A served world, an archive, and the runs between them.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use mergeaudit::api::AuditPolicy;
use mergeaudit::clock::Clock;
use mergeaudit::controller::{Plan, Surroundings, validate};
use mergeaudit::evidence::entry::{Body, Run, Trigger};
use mergeaudit::evidence::{Archive, Chain, ChainState, Claim};
use mergeaudit::github::{Client, Credentials, Endpoint, Options};
use mergeaudit::scan::{self, Assignment, Known, Occasion, Opened, Outcome};
use mergeaudit_test_github::{MergeNow, SeedOptions, Simulator, Verdict, World};

/// The token that sees `acme`.
pub(crate) const TOKEN: &str = "ghp_scan";

/// A world with the organization `acme`, and an archive.
pub(crate) struct Place {
    pub(crate) github: Simulator,
    pub(crate) assignment: Assignment,
    archive: Archive,
    client: Client,
    directory: tempfile::TempDir,
}

// === impl Place ===

impl Place {
    pub(crate) fn new(mut world: World) -> Self {
        world.token(TOKEN).organization("acme");
        let github = Simulator::start(world).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(&format!("file://{}", directory.path().display())).unwrap();
        let options = Options {
            backoff: Duration::from_millis(1),
            ..Options::default()
        };
        let endpoint = Endpoint::parse(&github.url()).unwrap();
        let credentials = Credentials::token(TOKEN.to_owned().into());
        let assignment = plan(&github.url()).assignments.remove(0);
        Self {
            client: Client::new(endpoint, credentials, options).unwrap(),
            github,
            assignment,
            archive,
            directory,
        }
    }

    /// Opens the chain as a process does that knows this much of it.
    pub(crate) async fn open(&self, state: Option<ChainState>) -> scan::Result<Opened> {
        let known = Known {
            state,
            ..Known::default()
        };
        let Self {
            client,
            archive,
            assignment,
            ..
        } = self;
        scan::open(client, archive, assignment, known, Clock::System).await
    }

    pub(crate) async fn run(&self, opened: &mut Opened) -> scan::Result<Outcome> {
        let Self {
            client, assignment, ..
        } = self;
        scan::run(client, assignment, opened, &occasion(), Clock::System).await
    }

    /// A whole scan by a process that knows nothing.
    pub(crate) async fn scan(&self) -> scan::Result<Opened> {
        let mut opened = self.open(None).await?;
        self.run(&mut opened).await?;
        Ok(opened)
    }

    /// Merges now, reviewed or not.
    pub(crate) fn merge(&self, reviewed: bool) -> u64 {
        let what = MergeNow {
            organization: "acme".to_owned(),
            repository: "payments".to_owned(),
            title: "Change".to_owned(),
            author: "alice".to_owned(),
            approved_by: if reviewed {
                vec!["bob".to_owned()]
            } else {
                Vec::new()
            },
            ..MergeNow::default()
        };
        self.github.merge(&what).unwrap()
    }

    /// Sets GitHub's clock to so long after real time.
    pub(crate) fn set_time(&self, passed: SignedDuration) {
        self.github.set_clock_offset(passed);
    }

    /// How many searches for merged pull requests were answered so far.
    pub(crate) fn searches(&self) -> usize {
        self.answered("MergedPullRequest")
    }

    /// How many queries whose name begins like this were answered so far.
    pub(crate) fn answered(&self, operation: &str) -> usize {
        let requests = self.github.requests();
        let operations = requests
            .iter()
            .filter_map(|request| request.operation.as_deref());
        operations
            .filter(|name| name.starts_with(operation))
            .count()
    }

    /// Opens the chain as a process does to which this entry was published.
    pub(crate) async fn open_claiming(&self, claim: Claim) -> scan::Result<Opened> {
        let known = Known {
            claim: Some(claim),
            ..Known::default()
        };
        scan::open(
            &self.client,
            &self.archive,
            &self.assignment,
            known,
            Clock::System,
        )
        .await
    }

    /// Has the archive lose everything.
    pub(crate) fn lose_archive(&self) {
        for folder in std::fs::read_dir(self.directory.path()).unwrap() {
            std::fs::remove_dir_all(folder.unwrap().path()).unwrap();
        }
    }

    /// Whether nothing is in the archive.
    pub(crate) fn has_lost_archive(&self) -> bool {
        let mut folders = std::fs::read_dir(self.directory.path()).unwrap();
        folders.next().is_none()
    }

    /// Has GitHub refuse the token, or take it again.
    pub(crate) fn set_revoked(&self, revoked: bool) {
        self.github.world().tokens[0].revoked = revoked;
    }

    /// Waits until so many queries of this name were answered.
    pub(crate) async fn wait_for(&self, operation: &str, answered: usize) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while self.answered(operation) < answered {
            assert!(Instant::now() < deadline, "the run asks no {operation}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Each declared change is counted once, with the verdict that was declared.
    pub(crate) fn assert_true(&self, state: &ChainState) {
        let world = self.github.world();
        let count = |wanted: fn(Verdict) -> bool, before: Option<Timestamp>| {
            let landed = |at: Option<Timestamp>| before.is_none_or(|before| at < Some(before));
            let found = world
                .truth
                .iter()
                .filter(|truth| wanted(truth.verdict) && landed(truth.merged_at));
            i64::try_from(found.count()).unwrap()
        };
        let genesis = Some(state.genesis.time);
        let violating = |verdict| verdict == Verdict::NonCompliant;
        let baseline = count(violating, genesis);
        let declared = (
            count(|verdict| verdict == Verdict::Compliant, None),
            baseline,
            count(violating, None) - baseline,
            count(|verdict| verdict == Verdict::Undetermined, None),
        );
        let totals = &state.totals;
        let found = (
            totals.compliant,
            totals.baseline,
            totals.non_compliant_count(),
            state.undetermined(),
        );
        assert_eq!(
            found, declared,
            "compliant, baseline, non-compliant, undetermined"
        );
        assert_eq!(state.duplicates, 0, "judged twice");
    }
}

/// A run that somebody asked for.
fn occasion() -> Occasion {
    Occasion {
        trigger: Trigger::Request,
        slot: None,
        missed_slots: 0,
        last_missed_slot: None,
        request: None,
    }
}

fn plan(url: &str) -> Plan {
    let policy: AuditPolicy = serde_json::from_value(serde_json::json!({
        "apiVersion": "mergeaudit.io/v1alpha1",
        "kind": "AuditPolicy",
        "metadata": {"name": "soc2", "namespace": "default"},
        "spec": {
            "schedule": "*/15 * * * *",
            "github": {"apiUrl": url, "credentialsRef": {"name": "github"}},
            "organizations": [{"name": "acme"}],
        },
    }))
    .unwrap();
    let surroundings = Surroundings {
        allowed_hosts: &[url.replace("http://", "")],
        cluster_uid: None,
        namespace_uid: None,
        executor: "controller",
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    validate(&policy, &surroundings).unwrap()
}

/// The runs of a chain, in order.
pub(crate) async fn runs(chain: &Chain, state: &ChainState) -> Vec<Run> {
    let mut runs = Vec::new();
    for sequence in 0..=state.head.sequence {
        if let Body::Run(run) = chain.read(sequence).await.unwrap().unwrap().entry.body {
            runs.push(*run);
        }
    }
    runs
}

/// `acme` with `payments`, and nothing merged.
pub(crate) fn empty() -> World {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    let _ = acme.repository("payments").writers(&["alice", "bob"]);
    world
}

/// `acme` with so many merges of every kind within the last day.
pub(crate) fn grown(seed: u64, pull_requests: usize) -> World {
    let options = SeedOptions {
        organizations: vec!["acme".to_owned()],
        repositories: 4,
        pull_requests,
        until: mergeaudit_test_github::now() - SignedDuration::from_mins(90),
        span: SignedDuration::from_hours(18),
        late_by: SignedDuration::ZERO,
    };
    World::seeded(seed, &options)
}
