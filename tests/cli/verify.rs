//! `mergeaudit verify`: an archive that holds, and one that does not.

use std::fs;

use crate::place::{Ended, Place, clean, mergeaudit};

fn verify(place: &Place, arguments: &[&str]) -> Ended {
    let mut command = mergeaudit();
    command
        .current_dir(place.directory.path())
        .arg("verify")
        .args(arguments);
    Ended::of(&mut command)
}

#[test]
fn an_archive_holds_after_two_scans() {
    let place = Place::new(clean(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 0);
    place.minutes_pass(5);
    let head = place.result(0, &[])["organizations"][0]["entry"]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let ended = verify(&place, &[]);
    assert_eq!(ended.code, 0, "{}", ended.said());
    assert!(
        ended.stdout.starts_with("default/soc2/"),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stdout
            .contains(": holds: organization acme, 4 entries, 2 runs, 0 snapshots, "),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.trim_end().ends_with(&head), "{}", ended.stdout);
}

#[test]
fn an_altered_entry_breaks_its_chain_and_is_named() {
    let place = Place::new(clean(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 0);
    let file = place
        .chain("acme")
        .join("entries/00000000000000000001.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("Accepted", "Resumed")).unwrap();
    let ended = verify(&place, &["--policy", "default/soc2"]);
    assert_eq!(ended.code, 3, "{}", ended.said());
    assert!(ended.stdout.contains(": BROKEN: "), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("entries/00000000000000000002.json"),
        "{}",
        ended.stdout
    );
}

#[test]
fn everything_that_is_wrong_is_listed_with_its_place() {
    let place = Place::new(clean(), &["acme"]);
    assert_eq!(place.scan(&[]).code, 0);
    place.minutes_pass(5);
    assert_eq!(place.scan(&[]).code, 0);
    let chain = place.chain("acme");
    let records = fs::read_dir(chain.join("records")).unwrap().next();
    let records = records.unwrap().unwrap().path();
    fs::remove_file(&records).unwrap();
    fs::write(chain.join("records").join("left-behind"), b"").unwrap();
    fs::remove_file(chain.join("entries/00000000000000000000.json")).unwrap();
    let ended = verify(&place, &[]);
    assert_eq!(ended.code, 3, "{}", ended.said());
    for expected in [
        ": BROKEN: 3 entries, 2 runs, 0 snapshots; what they add up to cannot be told\n",
        "entries/00000000000000000000.json: it is missing\n",
        &format!(
            "{}: it is missing\n",
            records.file_name().unwrap().display()
        ),
        "note: no entry names 1 of the objects",
    ] {
        assert!(ended.stdout.contains(expected), "{}", ended.stdout);
    }
}

#[test]
fn a_directory_without_chains_and_one_that_is_not_there_prove_nothing() {
    let place = Place::new(clean(), &["acme"]);
    let missing = verify(&place, &[]);
    assert_eq!(missing.code, 3);
    assert!(
        missing.stderr.contains("there is no such directory"),
        "{}",
        missing.stderr
    );
    assert!(
        !place.directory.path().join("mergeaudit-evidence").exists(),
        "verifying creates nothing"
    );
    let empty = verify(&place, &["--evidence", "."]);
    assert_eq!(empty.code, 3);
    assert!(
        empty.stderr.contains("no chain is in it"),
        "{}",
        empty.stderr
    );
}
