//! Objects of records: small enough to hold, whole or refused.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use mergeaudit::audit::record::Record;
use mergeaudit::digest::Digest;
use mergeaudit::evidence::entry::RecordsReference;
use mergeaudit::evidence::{Error, Result};

use crate::fixtures::{World, compliant, non_compliant, tell};

async fn read(world: &World, reference: &RecordsReference) -> Result<Vec<Record>> {
    world.chain.records(reference).await?.collect()
}

/// An object that claims to be what it is, with any content.
fn plant(world: &World, content: &[u8], records: i64) -> RecordsReference {
    let digest = Digest::of(content);
    let file = world.records_file(&digest);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, content).unwrap();
    RecordsReference {
        digest,
        records,
        bytes: i64::try_from(content.len()).unwrap(),
        landed: None,
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(content).unwrap();
    gzip.finish().unwrap()
}

#[tokio::test]
async fn records_come_back_in_their_order() {
    let world = World::empty();
    let records = [non_compliant(3), compliant(1), compliant(2)];
    let references = world.write(&records).await;
    assert_eq!(references.len(), 1);
    assert_eq!(read(&world, &references[0]).await.unwrap(), records);
    let opened = world.chain.records(&references[0]).await.unwrap();
    let expected = format!(
        "compliance/soc2-cc8-1/42/records/{}.jsonl.gz",
        references[0].digest.to_hex()
    );
    assert_eq!(opened.location(), expected);
}

#[tokio::test]
async fn no_record_makes_no_object() {
    let world = World::empty();
    assert_eq!(world.write(&[]).await, []);
}

#[tokio::test]
async fn many_records_roll_over() {
    let world = World::empty();
    let records: Vec<Record> = (0..4_001).map(compliant).collect();
    let references = world.write(&records).await;
    let counts: Vec<i64> = references.iter().map(|each| each.records).collect();
    assert_eq!(counts, [2_000, 2_000, 1]);
    let mut back = Vec::new();
    for reference in &references {
        back.extend(read(&world, reference).await.unwrap());
    }
    assert_eq!(back, records);
}

#[tokio::test]
async fn large_records_roll_over_by_size() {
    let world = World::empty();
    let large = |number| {
        let mut record = compliant(number);
        record.pull_request.title = "x".repeat(3 << 20);
        record
    };
    let references = world.write(&[large(1), large(2), large(3)]).await;
    let counts: Vec<i64> = references.iter().map(|each| each.records).collect();
    assert_eq!(counts, [2, 1], "eight mebibytes hold two of three");
}

#[tokio::test]
async fn a_record_that_no_reader_would_accept_is_not_written() {
    let world = World::empty();
    let mut record = compliant(1);
    record.pull_request.title = "x".repeat(16 << 20);
    let refused = world.chain.records_writer().write(&record).await;
    assert!(
        matches!(refused, Err(Error::TooLarge { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_object_of_the_same_name_and_another_size_is_corrupt() {
    let world = World::empty();
    let references = world.write(&[compliant(1)]).await;
    std::fs::write(world.records_file(&references[0].digest), b"").unwrap();
    let mut writer = world.chain.records_writer();
    writer.write(&compliant(1)).await.unwrap();
    let text = tell(&writer.finish().await.unwrap_err());
    let bytes = references[0].bytes;
    assert!(
        text.contains(&format!("it has 0 bytes instead of {bytes}")),
        "{text}"
    );
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_fills_memory() {
    let world = World::empty();
    let mut line = serde_json::to_vec(&compliant(1)).unwrap();
    line.push(b'\n');
    let lines = (64 << 20) / line.len();
    for (content, records) in [
        (gzip(&vec![b' '; 200 << 20]), 1),
        (gzip(&line.repeat(lines)), i64::try_from(lines).unwrap()),
    ] {
        assert!(content.len() < 2 << 20, "small as stored");
        let reference = plant(&world, &content, records);
        let text = tell(&read(&world, &reference).await.unwrap_err());
        assert!(text.contains(&reference.digest.to_hex()), "{text}");
        assert!(text.contains("more than the limit of 16777217"), "{text}");
    }
}

#[tokio::test]
async fn an_object_that_is_cut_off_is_corrupt() {
    let world = World::empty();
    let references = world.write(&[compliant(1), compliant(2)]).await;
    let whole = std::fs::read(world.records_file(&references[0].digest)).unwrap();
    // The digest is of the cut bytes: only the decompression can tell.
    for length in [0, 5, whole.len() / 2, whole.len() - 1] {
        let reference = plant(&world, &whole[..length], 2);
        let text = tell(&read(&world, &reference).await.unwrap_err());
        assert!(text.contains(&reference.digest.to_hex()), "{text}");
        assert!(
            text.contains("it cannot be decompressed") || text.contains("line"),
            "{length}: {text}"
        );
    }
}

#[tokio::test]
async fn a_line_that_is_no_record_is_named_by_its_number() {
    let world = World::empty();
    let mut lines = serde_json::to_vec(&compliant(1)).unwrap();
    lines.extend(b"\n{\"identity\":7}\n");
    let reference = plant(&world, &gzip(&lines), 2);
    let mut records = world.chain.records(&reference).await.unwrap();
    assert_eq!(records.next().unwrap().unwrap(), compliant(1));
    let text = tell(&records.next().unwrap().unwrap_err());
    assert!(text.contains("line 2 is no record"), "{text}");
    assert!(records.next().is_none(), "nothing comes after an error");
}

#[tokio::test]
async fn fewer_records_than_the_entry_says_are_noticed() {
    let world = World::empty();
    let mut reference = world.write(&[compliant(1)]).await.remove(0);
    reference.records = 2;
    let text = tell(&read(&world, &reference).await.unwrap_err());
    assert!(text.contains("it holds 1 records instead of 2"), "{text}");
}
