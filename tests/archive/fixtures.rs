//! Chains, runs and records that read like sentences.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mergeaudit::audit::facts::{Actor, ActorKind, Organization, PullRequest, Repository};
use mergeaudit::audit::finding::{Disposition, Independence};
use mergeaudit::audit::record::{ChangeIdentity, ChangeKey, ChangeKind, Record};
use mergeaudit::audit::verdict::{Missing, MissingType, Reason, ReasonType, Severity, Verdict};
use mergeaudit::digest::Digest;
use mergeaudit::evidence::entry::{
    Acknowledgement, Body, Control, ControlAction, Genesis, Head, NamedFinding, Position,
    Principal, Publication, Query, RecordsReference, Retirement, Review, Run, Trigger,
};
use mergeaudit::evidence::{Archive, Chain, ChainId, ChainState};
use mergeaudit::schedule::window::Window;
use object_store::ObjectStore;
use object_store::memory::InMemory;

use crate::storage::CountingStore;

/// An archive in a directory of its own, with one chain.
pub(crate) struct World {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) chain: Chain,
}

/// Behind this entry, without knowing of a snapshot.
pub(crate) fn after(head: Head) -> Position {
    let snapshot = None;
    Position { head, snapshot }
}

/// Minutes after the chains' genesis.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    let genesis: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    genesis + SignedDuration::from_mins(minutes)
}

pub(crate) fn genesis() -> Genesis {
    Genesis {
        host: "github.com".into(),
        organization_id: 42,
        organization: "acme".into(),
        cluster_uid: Some("5f0c1e5a-0000-4000-8000-000000000001".into()),
        namespace_uid: Some("5f0c1e5a-0000-4000-8000-000000000002".into()),
        time: minute(0),
    }
}

pub(crate) fn control(action: ControlAction) -> Control {
    Control {
        action,
        policy_digest: policy_digest(),
        policy: policy(),
        generation: Some(1),
        policy_uid: Some("5f0c1e5a-0000-4000-8000-000000000003".into()),
        changed_by: Some("kubectl-client-side-apply".into()),
        reason: None,
        adoption: None,
    }
}

pub(crate) fn policy_digest() -> Digest {
    Digest::of(policy().to_string().as_bytes())
}

fn policy() -> serde_json::Value {
    serde_json::json!({"organizations": [{"name": "acme"}], "schedule": "*/15 * * * *"})
}

/// A run over the fifteen minutes that end at `until`, with everything else as `state` and `records` make it.
pub(crate) fn run(
    state: &ChainState,
    until: i64,
    records: &[Record],
    references: Vec<RecordsReference>,
) -> Run {
    let mut tally = state.tally();
    for record in records {
        tally.add(record);
    }
    Run {
        window: Window {
            since: minute(until - 15),
            until: minute(until),
        },
        closes_window: true,
        segment_until: None,
        slot: Some(minute(until)),
        missed_slots: 0,
        last_missed_slot: None,
        trigger: Trigger::Schedule,
        request: None,
        queries: vec![Query {
            text: "org:acme is:pr is:merged".into(),
            expected: 1,
            received: 1,
        }],
        requests: 3,
        points: 1,
        repositories_audited: 1,
        repositories_skipped: Vec::new(),
        heads: BTreeMap::from([(
            99,
            BTreeMap::from([("main".to_owned(), "c0ffee".to_owned())]),
        )]),
        debts: Vec::new(),
        unread: Vec::new(),
        records: references,
        undetermined: tally.undetermined(),
        totals: tally.totals().clone(),
        policy_digest: policy_digest(),
        tool_version: "0.1.0".into(),
        evaluator_version: 1,
        executor: "controller".into(),
        principal: Principal {
            login: "auditor".into(),
            kind: "User".into(),
            visibility: Some("repo, read:org".into()),
        },
        started_at: minute(until),
        finished_at: minute(until) + SignedDuration::from_secs(5),
    }
}

pub(crate) fn identity(number: i64) -> ChangeIdentity {
    ChangeIdentity {
        host: "github.com".into(),
        organization_id: 42,
        repository_id: 99,
        change: ChangeKey::PullRequest { number },
    }
}

/// A compliant pull request that merged `number` minutes after the genesis.
pub(crate) fn compliant(number: i64) -> Record {
    Record {
        identity: identity(number),
        kind: ChangeKind::PullRequest,
        pull_request: pull_request(number),
        verdict: Verdict::Compliant,
        baseline: number < 0,
        pending: false,
        owner: Some("platform".into()),
        policy_digest: policy_digest(),
        judged_at: minute(number + 1),
    }
}

pub(crate) fn exempt(number: i64) -> Record {
    let exemption = "dependency-updates".into();
    let ground = "merged before the exemption ends".into();
    Record {
        verdict: Verdict::Exempt { exemption, ground },
        ..compliant(number)
    }
}

pub(crate) fn non_compliant(number: i64) -> Record {
    Record {
        verdict: Verdict::NonCompliant {
            reasons: vec![Reason {
                kind: ReasonType::ApprovalMissing,
                message: "nobody approved".into(),
            }],
            severity: Severity::Critical,
            emergency: None,
        },
        ..compliant(number)
    }
}

pub(crate) fn undetermined(number: i64) -> Record {
    Record {
        verdict: Verdict::Undetermined {
            missing: vec![Missing {
                kind: MissingType::ReviewAuthor,
                message: "a reviewer's account is deleted".into(),
            }],
        },
        ..compliant(number)
    }
}

pub(crate) fn pending(number: i64) -> Record {
    Record {
        pending: true,
        ..undetermined(number)
    }
}

fn pull_request(number: i64) -> PullRequest {
    let author = Actor {
        id: Some(7),
        login: "alice".into(),
        kind: ActorKind::User,
    };
    PullRequest {
        organization: Organization {
            id: 42,
            login: "acme".into(),
        },
        repository: Repository {
            id: 99,
            name: "payments".into(),
            default_branch: Some("main".into()),
            archived: false,
        },
        node_id: format!("PR_{number}"),
        number,
        url: format!("https://github.com/acme/payments/pull/{number}"),
        title: format!("Change {number}"),
        title_renames: Vec::new(),
        author: Some(author.clone()),
        merged_by: Some(author),
        created_at: minute(number - 60),
        merged_at: minute(number),
        base_branch: "main".into(),
        head_commit: "beef".into(),
        merge_commit: Some("cafe".into()),
        reviews: Vec::new(),
        dismissals: Vec::new(),
        commits: Vec::new(),
        body: None,
        body_edited_at: None,
        labels: Vec::new(),
        commits_total: 0,
        observed_at: minute(number + 1),
    }
}

pub(crate) fn chain_id() -> ChainId {
    ChainId {
        namespace: "compliance".into(),
        policy: "soc2-cc8-1".into(),
        organization_id: 42,
    }
}

// === impl World ===

impl World {
    /// An archive without a chain.
    pub(crate) fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("file://{}/evidence", directory.path().display());
        let archive = Archive::open(&url).unwrap();
        let chain = archive.chain(&chain_id());
        Self { directory, chain }
    }

    /// An archive with a chain of genesis and control.
    pub(crate) async fn begun() -> Self {
        let world = Self::empty();
        begin(&world.chain).await;
        world
    }

    /// Appends a control after this entry.
    pub(crate) async fn control_after(&self, head: Head) -> Head {
        control_after(&self.chain, head).await
    }

    /// Appends controls until the chain's last entry has this number.
    pub(crate) async fn grow_to(&self, sequence: u64) -> Head {
        grow_to(&self.chain, sequence).await
    }

    /// Writes these records and commits the run that names them.
    pub(crate) async fn commit(&self, until: i64, records: &[Record]) -> Head {
        commit(&self.chain, until, records).await
    }

    pub(crate) async fn commit_run(&self, state: &ChainState, run: Run) -> Head {
        commit_run(&self.chain, state, run).await
    }

    pub(crate) async fn write(&self, records: &[Record]) -> Vec<RecordsReference> {
        write(&self.chain, records).await
    }

    pub(crate) async fn state(&self) -> ChainState {
        state(&self.chain).await
    }

    /// A file of the chain on disk.
    pub(crate) fn file(&self, path: impl AsRef<str>) -> PathBuf {
        self.directory.path().join("evidence").join(path.as_ref())
    }

    pub(crate) fn entry_file(&self, sequence: u64) -> PathBuf {
        self.file(chain_id().entry(sequence))
    }

    pub(crate) fn records_file(&self, digest: &Digest) -> PathBuf {
        self.file(chain_id().records(digest))
    }

    pub(crate) fn snapshot_file(&self, digest: &Digest) -> PathBuf {
        self.file(chain_id().snapshot(digest))
    }
}

/// A chain of genesis and control in memory, and what was asked of its store.
pub(crate) async fn begun_in_memory() -> (Chain, Arc<CountingStore>) {
    let store = Arc::new(CountingStore::new(InMemory::new()));
    let shared: Arc<dyn ObjectStore> = Arc::clone(&store) as _;
    let chain = Archive::in_store(shared, "memory").chain(&chain_id());
    begin(&chain).await;
    (chain, store)
}

async fn begin(chain: &Chain) {
    let opened = chain.open_for(genesis(), minute(0)).await.unwrap();
    control_after(chain, opened.genesis.head()).await;
}

pub(crate) async fn control_after(chain: &Chain, head: Head) -> Head {
    let body = Body::Control(control(ControlAction::Accepted));
    let appended = chain.append(Some(after(head)), body, minute(0)).await;
    appended.unwrap()
}

pub(crate) async fn grow_to(chain: &Chain, sequence: u64) -> Head {
    let mut head = chain.find_head(None).await.unwrap().unwrap();
    while head.sequence < sequence {
        head = control_after(chain, head).await;
    }
    head
}

pub(crate) async fn commit(chain: &Chain, until: i64, records: &[Record]) -> Head {
    let state = state(chain).await;
    let references = write(chain, records).await;
    let run = run(&state, until, records, references);
    commit_run(chain, &state, run).await
}

pub(crate) async fn commit_run(chain: &Chain, state: &ChainState, run: Run) -> Head {
    let written_at = run.finished_at;
    let body = Body::Run(Box::new(run));
    let appended = chain.append(Some(state.position()), body, written_at);
    appended.await.unwrap()
}

pub(crate) async fn write(chain: &Chain, records: &[Record]) -> Vec<RecordsReference> {
    let mut writer = chain.records_writer();
    for record in records {
        writer.write(record).await.unwrap();
    }
    writer.finish().await.unwrap()
}

pub(crate) async fn state(chain: &Chain) -> ChainState {
    chain.replay().await.unwrap().unwrap()
}

pub(crate) fn acknowledgement(number: i64) -> Acknowledgement {
    Acknowledgement {
        change: identity(number),
        finding: format!("soc2-cc8-1-payments-{number}"),
        disposition: Disposition::Emergency,
        reason: "the site was down".into(),
        ticket: Some("SEC-42".into()),
        acknowledged_by: "carol@example.com".into(),
        expiration_time: Some(minute(120)),
        independence: Independence::Verified,
    }
}

pub(crate) fn review(number: i64) -> Review {
    Review {
        change: identity(number),
        finding: format!("soc2-cc8-1-payments-{number}"),
        by: Actor {
            id: Some(8),
            login: "bob".into(),
            kind: ActorKind::User,
        },
        at: minute(90),
        review: "PRR_1".into(),
        commit: "beef".into(),
    }
}

pub(crate) fn retirement(numbers: &[i64]) -> Retirement {
    let retired = |number: &i64| NamedFinding {
        change: identity(*number),
        finding: format!("soc2-cc8-1-payments-{number}"),
    };
    Retirement {
        findings: numbers.iter().map(retired).collect(),
        reason: "closed 400 days ago".into(),
    }
}

pub(crate) fn publication(numbers: &[i64]) -> Publication {
    let published = |number: &i64| NamedFinding {
        change: identity(*number),
        finding: format!("soc2-cc8-1-payments-{number}"),
    };
    Publication {
        findings: numbers.iter().map(published).collect(),
        max_open: 500,
    }
}

/// An error with its causes, as a log shows it.
pub(crate) fn tell(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
