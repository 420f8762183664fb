//! What a scan does to the archive, and on which archives it does nothing.

use std::fs;
use std::path::Path;

use mergeaudit::evidence::entry::Body;
use mergeaudit::evidence::{Archive, ChainId, ChainState, Stored};
use mergeaudit_test_github::{Fault, FaultKind, World};
use serde_json::Value;

use crate::place::{Ended, Place, clean, files, mergeaudit, reviewed, seeded};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in files(from) {
        let copied = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(copied.parent().unwrap()).unwrap();
        fs::copy(file, copied).unwrap();
    }
}

/// The first organization was refused, with these words.
#[track_caller]
fn assert_mismatch(result: &Value, words: &[&str]) {
    let error = result["organizations"][0]["error"].as_str().unwrap();
    for word in words
        .iter()
        .chain(&["nothing runs on it", "restore the archive"])
    {
        assert!(error.contains(word), "{word:?} is not in {error:?}");
    }
}

#[test]
fn the_chain_of_another_organization_is_refused_and_kept_as_it_is() {
    let mut world = clean();
    reviewed(&mut world, "globex");
    let place = Place::new(world, &["acme"]);
    assert_eq!(place.scan(&[]).code, 0);
    copy(&place.chain("acme"), &place.chain("globex"));
    let before = files(&place.chain("globex"));
    place.write("policy.yaml", &place.policy(&["globex"]));
    let result = place.result(3, &[]);
    assert_mismatch(&result, &["the archive's chain is about organization"]);
    assert_eq!(files(&place.chain("globex")), before);
}

#[test]
fn the_chain_of_another_host_is_refused() {
    let (one, another) = (
        Place::new(clean(), &["acme"]),
        Place::new(clean(), &["acme"]),
    );
    assert_eq!(one.scan(&[]).code, 0);
    let evidence = one.directory.path().join("mergeaudit-evidence");
    let result = another.result(3, &["--evidence", evidence.to_str().unwrap()]);
    assert_mismatch(
        &result,
        &["the archive's chain is about 127.0.0.1:", "not 127.0.0.1:"],
    );
}

#[tokio::test]
async fn the_chain_of_a_controller_is_refused() {
    let place = Place::new(clean(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 0);
    let Stored { entry, .. } = chain(&place, "mergeaudit-evidence")
        .read(0)
        .await
        .unwrap()
        .unwrap();
    let Body::Genesis(mut genesis) = entry.body else {
        panic!("{entry:?}")
    };
    genesis.cluster_uid = Some("5f0c1e5a-0000-4000-8000-000000000001".to_owned());
    chain(&place, "of-a-cluster")
        .open_for(genesis, entry.written_at)
        .await
        .unwrap();
    let result = place.result(3, &["--evidence", "of-a-cluster"]);
    assert_mismatch(
        &result,
        &["begun by cluster 5f0c1e5a-", "not by no cluster"],
    );
}

#[test]
fn a_chain_with_an_altered_entry_is_refused() {
    let place = Place::new(clean(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 0);
    let entry = place
        .chain("acme")
        .join("entries/00000000000000000001.json");
    let text = fs::read_to_string(&entry).unwrap();
    fs::write(&entry, text.replace("\"approvals\":1", "\"approvals\":0")).unwrap();
    let result = place.result(3, &[]);
    let error = result["organizations"][0]["error"].as_str().unwrap();
    assert!(
        error.contains("the archive is corrupt at default/soc2/"),
        "{error}"
    );
}

fn chain(place: &Place, directory: &str) -> mergeaudit::evidence::Chain {
    let directory = place.directory.path().join(directory);
    let archive = Archive::open(&format!("file://{}", directory.display())).unwrap();
    let organization_id = place.github.world().find_organization("acme").unwrap().id;
    archive.chain(&ChainId {
        namespace: "default".to_owned(),
        policy: "soc2".to_owned(),
        organization_id: i64::try_from(organization_id).unwrap(),
    })
}

async fn replay(place: &Place) -> ChainState {
    let chain = chain(place, "mergeaudit-evidence");
    chain.replay().await.unwrap().unwrap()
}

#[tokio::test]
async fn two_scans_at_once_share_the_chain_and_judge_nothing_twice() {
    let place = Place::new(seeded(5, &["acme"], 40), &["acme"]);
    // Whoever searches first is held up, until the other has committed: it starts again from the new head.
    let slow = FaultKind::Slow { milliseconds: 2000 };
    place
        .github
        .fail(Fault::next(slow).matching("MergedPullRequests"));
    let spawn = || {
        let mut command = place.command("policy.yaml", &["-o", "json", "--all"]);
        std::thread::spawn(move || Ended::of(&mut command))
    };
    let both = [spawn(), spawn()].map(|scan| scan.join().unwrap());
    let results: Vec<Value> = both
        .iter()
        .map(|ended| serde_json::from_str(&ended.stdout).unwrap())
        .collect();
    let judged = results
        .iter()
        .map(|result| result["changes"].as_array().unwrap().len());
    let audited = replay(&place).await;
    assert_eq!(audited.duplicates, 0);
    let determined = audited.totals.changes + audited.undetermined();
    assert_eq!(i64::try_from(judged.sum::<usize>()).unwrap(), determined);
    for result in &results {
        let one = &result["organizations"][0];
        let error = one["error"].as_str().unwrap_or("the chain grew");
        assert!(error.contains("the chain grew"), "{error}");
    }
    // What one scan alone finds in the same world.
    let alone = place.result(1, &["--evidence", "alone"]);
    assert_eq!(alone["organizations"][0]["totals"]["changes"], determined);
}

#[tokio::test]
async fn what_is_printed_is_what_the_chain_says() {
    let place = Place::new(seeded(6, &["acme"], 40), &["acme"]);
    let result = place.result(1, &[]);
    let state = replay(&place).await;
    let one = &result["organizations"][0];
    assert_eq!(one["entry"], serde_json::to_value(state.head).unwrap());
    assert_eq!(
        one["window"]["until"],
        state.window_until.unwrap().to_string()
    );
    assert_eq!(one["totals"]["compliant"], state.totals.compliant);
    assert_eq!(one["totals"]["undetermined"], state.undetermined());
}

#[test]
fn an_archive_may_be_given_as_a_path_or_a_url() {
    let place = Place::new(clean(), &["acme"]);
    let directory = place.directory.path().join("my evidence");
    let sequence = |evidence: &str| {
        place.result(0, &["--evidence", evidence])["organizations"][0]["entry"]["sequence"].clone()
    };
    assert_eq!(sequence("my evidence"), 2);
    assert_eq!(sequence(directory.to_str().unwrap()), 3);
    let url = format!("file://{}/my%20evidence", place.directory.path().display());
    assert_eq!(sequence(&url), 4);
}

#[test]
fn the_definitions_are_printed_as_they_are_shipped() {
    let printed = Ended::of(mergeaudit().arg("crd"));
    assert_eq!(printed.code, 0);
    let crds = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let shipped = ["auditpolicies", "auditfindings"].map(|name| {
        let text = fs::read_to_string(crds.join(format!("{name}.mergeaudit.io.yaml"))).unwrap();
        format!("---\n{text}")
    });
    assert_eq!(printed.stdout, shipped.concat());
}

#[test]
fn an_organization_without_repositories_is_clean() {
    let mut world = World::new(3);
    let _ = world.organization("empty");
    let result = Place::new(world, &["empty"]).result(0, &[]);
    assert_eq!(result["organizations"][0]["totals"]["changes"], 0);
}
