//! SIGKILL at random in a long scan, again and again: at the end every change is judged once, as it was declared.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use mergeaudit::audit::record::{ChangeKey, Record};
use mergeaudit::audit::verdict::Verdict;
use mergeaudit::evidence::entry::{Body, Run};
use mergeaudit::evidence::{Archive, Chain, ChainId, ChainState};
use mergeaudit_test_github::{Fault, FaultKind, Verdict as Declared};

use crate::place::{Ended, Place, mergeaudit, seeded};

/// How many changes are to be judged.
const MERGES: usize = 5000;
/// How often the scan is killed.
const KILLS: u32 = 30;
/// So long a scan may take to reach its next request.
const PATIENCE: Duration = Duration::from_mins(1);

/// A small, repeatable source of numbers.
struct Random(u64);

impl Random {
    /// From 1 to this.
    fn up_to(&mut self, most: u64) -> u64 {
        // Xorshift, by Marsaglia: https://www.jstatsoft.org/article/view/v008i14
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        1 + self.0 % most
    }
}

/// Another one each time, unless `MERGEAUDIT_TEST_SEED` named it when this was compiled.
#[expect(
    clippy::print_stdout,
    reason = "shown when the test fails, which can then be repeated"
)]
fn seed() -> u64 {
    let named = option_env!("MERGEAUDIT_TEST_SEED");
    let named = named.map(|seed| seed.parse().unwrap());
    let seed = named.unwrap_or_else(|| mergeaudit_test_github::now().as_second().unsigned_abs());
    println!("MERGEAUDIT_TEST_SEED={seed}");
    seed
}

/// A scan that is killed once GitHub has had so many more requests, and a little later; false where it ended before.
fn is_killed(place: &Place, requests: u64, later: Duration) -> bool {
    let before = place.github.requests().len() as u64;
    let mut scan = place.command("policy.yaml", &["-o", "json"]);
    let mut scan = scan
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while (place.github.requests().len() as u64) < before + requests {
        if scan.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(started.elapsed() < PATIENCE, "the scan makes no requests");
        std::thread::sleep(Duration::from_millis(1));
    }
    // Where between two requests it is hit: while it judges, writes or commits.
    std::thread::sleep(later);
    kill(&mut scan)
}

fn kill(scan: &mut Child) -> bool {
    let ended = scan.try_wait().unwrap().is_some();
    scan.kill().unwrap();
    scan.wait().unwrap();
    !ended
}

fn chain(place: &Place) -> Chain {
    let evidence = place.directory.path().join("mergeaudit-evidence");
    let archive = Archive::open(&format!("file://{}", evidence.display())).unwrap();
    let world = place.github.world();
    let organization_id = world.find_organization("acme").unwrap().id;
    archive.chain(&ChainId {
        namespace: "default".to_owned(),
        policy: "soc2".to_owned(),
        organization_id: organization_id.try_into().unwrap(),
    })
}

async fn runs(chain: &Chain, state: &ChainState) -> Vec<Run> {
    let mut runs = Vec::new();
    for sequence in 0..=state.head.sequence {
        if let Body::Run(run) = chain.read(sequence).await.unwrap().unwrap().entry.body {
            runs.push(*run);
        }
    }
    runs
}

/// Every determined record, by repository and number; each must be there once.
async fn judged(chain: &Chain, runs: &[Run]) -> BTreeMap<(String, i64), Record> {
    let mut judged = BTreeMap::new();
    for reference in runs.iter().flat_map(|run| &run.records) {
        for record in chain.records(reference).await.unwrap() {
            let record = record.unwrap();
            let ChangeKey::PullRequest { number } = record.identity.change else {
                continue;
            };
            if !matches!(record.verdict, Verdict::Undetermined { .. }) {
                let change = (record.pull_request.repository.name.clone(), number);
                let twice = judged.insert(change, record);
                assert_eq!(twice, None, "judged twice");
            }
        }
    }
    judged
}

fn said(record: &Record) -> (&'static str, Vec<String>) {
    match &record.verdict {
        Verdict::Compliant => ("Compliant", Vec::new()),
        Verdict::NonCompliant { reasons, .. } => {
            let mut reasons: Vec<_> = reasons.iter().map(|one| one.kind.to_string()).collect();
            reasons.sort();
            ("NonCompliant", reasons)
        }
        other => unreachable!("{other:?}"),
    }
}

fn assert_as_declared(place: &Place, judged: &BTreeMap<(String, i64), Record>, state: &ChainState) {
    let world = place.github.world();
    let (mut changes, mut compliant, mut unclear) = (0, 0, 0);
    for truth in &world.truth {
        let change = (
            truth.repository.clone(),
            i64::try_from(truth.number).unwrap(),
        );
        let found = judged.get(&change).map(said);
        let declared = match truth.verdict {
            Declared::Compliant => "Compliant",
            Declared::NonCompliant => "NonCompliant",
            _ => {
                unclear += i64::from(truth.verdict == Declared::Undetermined);
                assert_eq!(found, None, "{change:?}");
                continue;
            }
        };
        changes += 1;
        compliant += i64::from(truth.verdict == Declared::Compliant);
        assert_eq!(found, Some((declared, truth.reasons.clone())), "{change:?}");
    }
    assert_eq!(i64::try_from(judged.len()).unwrap(), changes);
    let totals = &state.totals;
    let found = (
        totals.changes,
        totals.compliant,
        totals.baseline,
        state.undetermined(),
    );
    assert_eq!(found, (changes, compliant, changes - compliant, unclear));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_thirty_times_a_long_scan_judges_every_change_once() {
    let seed = seed();
    let mut random = Random(seed | 1);
    let place = Place::new(seeded(seed, &["acme"], MERGES), &["acme"]);
    let latency = FaultKind::Slow { milliseconds: 5 };
    place.github.fail(Fault::next(latency).times(u32::MAX));

    // A segment takes about fifteen requests, so that some scans get one done before they are killed.
    let (mut kills, mut longest) = (0, 25);
    while kills < KILLS {
        let later = Duration::from_millis(random.up_to(40));
        if is_killed(&place, random.up_to(longest), later) {
            kills += 1;
        } else {
            // It is through: from now on scans are short.
            longest = 5;
        }
    }
    let ended = place.scan(&["-o", "json"]);
    assert!(ended.code <= 2, "{}", ended.said());

    let verified = Ended::of(
        mergeaudit()
            .current_dir(place.directory.path())
            .arg("verify"),
    );
    assert_eq!(verified.code, 0, "{}", verified.said());
    let chain = chain(&place);
    let state = chain.replay().await.unwrap().unwrap();
    assert_eq!(state.duplicates, 0);
    let runs = runs(&chain, &state).await;
    let segments = runs.iter().filter(|run| !run.closes_window).count();
    // Each has less than twice a thousand records.
    assert!(segments >= 2, "{segments} segments");
    assert_as_declared(&place, &judged(&chain, &runs).await, &state);
}
