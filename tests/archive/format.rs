//! The bytes of entries and records are a promise: whoever archived with an older version must be able to read on.

use mergeaudit::audit::record::Record;
use mergeaudit::evidence::entry::{Body, ControlAction};

use crate::fixtures::{World, compliant, control, genesis, minute, non_compliant, tell};

fn text(path: std::path::PathBuf) -> String {
    String::from_utf8(std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn a_genesis_has_these_bytes() {
    let world = World::empty();
    world.chain.open_for(genesis(), minute(0)).await.unwrap();
    insta::assert_snapshot!(text(world.entry_file(0)), @r##"{"format":1,"sequence":0,"previous":null,"writtenAt":"2026-11-22T12:00:00Z","snapshot":null,"type":"Genesis","host":"github.com","organizationId":42,"organization":"acme","clusterUid":"5f0c1e5a-0000-4000-8000-000000000001","namespaceUid":"5f0c1e5a-0000-4000-8000-000000000002","time":"2026-11-22T12:00:00Z"}"##);
}

#[tokio::test]
async fn a_control_has_these_bytes() {
    let world = World::begun().await;
    insta::assert_snapshot!(text(world.entry_file(1)), @r##"{"format":1,"sequence":1,"previous":"sha256:d9fad25dae3c066f4aafdaeb4ee68c0b87fcf5a58bf678055dbd5db7c71c728c","writtenAt":"2026-11-22T12:00:00Z","snapshot":null,"type":"Control","action":"Accepted","policy":{"organizations":[{"name":"acme"}],"schedule":"*/15 * * * *"},"policyDigest":"sha256:5f576e437d7d9f8554347c04e50d85a683c36023a8386acac26164bf27a25cde","generation":1,"policyUid":"5f0c1e5a-0000-4000-8000-000000000003","changedBy":"kubectl-client-side-apply"}"##);
}

#[tokio::test]
async fn a_run_has_these_bytes() {
    let world = World::begun().await;
    world.commit(15, &[]).await;
    insta::assert_snapshot!(text(world.entry_file(2)), @r##"{"format":1,"sequence":2,"previous":"sha256:f22101284e866cf6af9d82f029572bc620bfa4610db1185204dfde2e413bc9b3","writtenAt":"2026-11-22T12:15:05Z","snapshot":null,"type":"Run","window":{"since":"2026-11-22T12:00:00Z","until":"2026-11-22T12:15:00Z"},"closesWindow":true,"slot":"2026-11-22T12:15:00Z","missedSlots":0,"trigger":"Schedule","request":null,"queries":[{"text":"org:acme is:pr is:merged","expected":1,"received":1}],"requests":3,"points":1,"repositoriesAudited":1,"repositoriesSkipped":[],"heads":{"99":{"main":"c0ffee"}},"debts":[],"records":[],"totals":{"changes":0,"compliant":0,"exempt":0,"baseline":0,"nonCompliant":[]},"undetermined":0,"policyDigest":"sha256:5f576e437d7d9f8554347c04e50d85a683c36023a8386acac26164bf27a25cde","toolVersion":"0.1.0","evaluatorVersion":1,"executor":"controller","principal":{"login":"auditor","kind":"User","visibility":"repo, read:org"},"startedAt":"2026-11-22T12:15:00Z","finishedAt":"2026-11-22T12:15:05Z"}"##);
}

#[tokio::test]
async fn a_record_has_these_members() {
    let line = serde_json::to_string(&non_compliant(3)).unwrap();
    insta::assert_snapshot!(line, @r##"{"identity":{"host":"github.com","organizationId":42,"repositoryId":99,"number":3},"kind":"PullRequest","pullRequest":{"organization":{"id":42,"login":"acme"},"repository":{"id":99,"name":"payments","defaultBranch":"main","archived":false},"nodeId":"PR_3","number":3,"url":"https://github.com/acme/payments/pull/3","title":"Change 3","author":{"id":7,"login":"alice","kind":"User"},"mergedBy":{"id":7,"login":"alice","kind":"User"},"createdAt":"2026-11-22T11:03:00Z","mergedAt":"2026-11-22T12:03:00Z","baseBranch":"main","headCommit":"beef","mergeCommit":"cafe","reviews":[],"dismissals":[],"commits":[],"commitsTotal":0,"observedAt":"2026-11-22T12:04:00Z"},"verdict":"NonCompliant","reasons":[{"type":"ApprovalMissing","message":"nobody approved"}],"severity":"Critical","baseline":false,"pending":false,"owner":"platform","policyDigest":"sha256:5f576e437d7d9f8554347c04e50d85a683c36023a8386acac26164bf27a25cde","judgedAt":"2026-11-22T12:04:00Z"}"##);
    assert_eq!(
        serde_json::from_str::<Record>(&line).unwrap(),
        non_compliant(3)
    );
}

#[tokio::test]
async fn the_same_records_have_the_same_digest() {
    let world = World::begun().await;
    let records = [compliant(1), non_compliant(2)];
    let first = world.write(&records).await;
    assert_eq!(world.write(&records).await, first);
}

#[tokio::test]
async fn an_entry_reads_back_as_it_was_written() {
    let world = World::begun().await;
    world.commit(15, &[non_compliant(1)]).await;
    let stored = world.chain.read(2).await.unwrap().unwrap();
    let Body::Run(run) = &stored.entry.body else {
        panic!("{stored:?}");
    };
    assert_eq!(run.heads[&99]["main"], "c0ffee");
    let stored = world.chain.read(1).await.unwrap().unwrap();
    let expected = Body::Control(control(ControlAction::Accepted));
    assert_eq!(stored.entry.body, expected);
}

#[tokio::test]
async fn a_newer_format_is_refused_by_name() {
    let world = World::begun().await;
    let newer = text(world.entry_file(1)).replace("\"format\":1", "\"format\":2,\"unknown\":{}");
    std::fs::write(world.entry_file(1), newer).unwrap();
    let error = world.chain.read(1).await.unwrap_err();
    assert_eq!(
        tell(&error),
        "compliance/soc2-cc8-1/42/entries/00000000000000000001.json has format 2, and this version reads formats up to 1: \
         use a newer version of mergeaudit"
    );
}
