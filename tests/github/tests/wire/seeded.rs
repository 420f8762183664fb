//! Worlds grown from a seed.
use std::collections::BTreeSet;

use jiff::SignedDuration;
use mergeaudit_test_github::{SeedOptions, Verdict, World, time};
use serde_json::json;

use crate::{client::serve, documents::MERGED};

fn options(pull_requests: usize) -> SeedOptions {
    SeedOptions {
        organizations: vec!["acme".to_owned(), "globex".to_owned()],
        repositories: 4,
        pull_requests,
        until: time("2026-11-20T12:00:00Z"),
        span: SignedDuration::from_hours(48),
        ..SeedOptions::default()
    }
}

#[test]
fn the_same_seed_grows_the_same_world_and_another_another() {
    let commits = |seed| -> Vec<Option<String>> {
        World::seeded(seed, &options(40))
            .truth
            .into_iter()
            .map(|truth| truth.merge_commit)
            .collect()
    };
    assert_eq!(commits(1), commits(1));
    assert_ne!(commits(1), commits(2));
}

/// Every kind that there is, by a world that is large enough.
fn kinds(world: &World) -> BTreeSet<&str> {
    world
        .truth
        .iter()
        .map(|truth| truth.kind.as_str())
        .collect()
}

#[test]
fn a_few_hundred_merges_have_every_kind_verdict_and_reason() {
    let large = World::seeded(1, &options(2000));
    for seed in [2, 3] {
        let world = World::seeded(seed, &options(300));
        assert_eq!(kinds(&world), kinds(&large));
        assert_eq!(world.truth.len(), 600);
    }
    assert!(kinds(&large).len() >= 100, "{}", kinds(&large).len());
    let reasons: BTreeSet<&str> = large
        .truth
        .iter()
        .flat_map(|truth| truth.reasons.iter().chain(&truth.extended.reasons))
        .map(String::as_str)
        .collect();
    let expected = [
        "ApprovalAfterMerge",
        "ApprovalByAuthor",
        "ApprovalByBot",
        "ApprovalByContributor",
        "ApprovalDismissed",
        "ApprovalMissing",
        "ApprovalStale",
        "ApproverWithoutWrite",
        "ChangesRequested",
        "Rule/ticket",
    ];
    assert_eq!(reasons.into_iter().collect::<Vec<_>>(), expected);
    for verdict in [
        Verdict::Compliant,
        Verdict::NonCompliant,
        Verdict::Undetermined,
        Verdict::OutOfScope,
    ] {
        assert!(
            large.truth.iter().any(|truth| truth.verdict == verdict),
            "{verdict:?}"
        );
    }
    assert!(
        large
            .truth
            .iter()
            .any(|truth| truth.extended.verdict == Verdict::Exempt)
    );
    assert!(large.truth.iter().any(|truth| truth.extended.emergency));
}

#[test]
fn most_merges_are_as_they_should_be_and_one_repository_is_archived() {
    let world = World::seeded(5, &options(2000));
    let is = |verdict| {
        world
            .truth
            .iter()
            .filter(|truth| truth.verdict == verdict)
            .count()
    };
    assert!(is(Verdict::Compliant) > is(Verdict::NonCompliant) * 2);
    let acme = world.find_organization("acme").unwrap();
    let archived = acme.repositories.iter().filter(|it| it.archived);
    let archived: Vec<&str> = archived.map(|it| it.name.as_str()).collect();
    assert_eq!(archived, ["infrastructure"]);
    let inside = world
        .truth
        .iter()
        .filter(|truth| truth.repository == "infrastructure");
    assert!(inside.clone().count() > 100);
    assert!(
        inside
            .into_iter()
            .all(|truth| truth.extended.verdict == Verdict::OutOfScope)
    );
}

#[test]
fn a_repository_that_is_renamed_half_way_goes_by_its_new_name() {
    let world = World::seeded(
        5,
        &SeedOptions {
            repositories: 8,
            ..options(400)
        },
    );
    let declared = world
        .truth
        .iter()
        .filter(|truth| truth.repository == "mobile-app");
    assert!(declared.count() > 10);
    assert!(world.truth.iter().all(|truth| truth.repository != "mobile"));
    let by_old_name = world.find_repository("acme", "mobile").unwrap();
    assert_eq!(by_old_name.name, "mobile-app");
}

#[test]
fn five_thousand_merges_grow_in_a_few_seconds() {
    let options = SeedOptions {
        organizations: vec!["acme".to_owned()],
        repositories: 40,
        ..options(5000)
    };
    let started = std::time::Instant::now();
    let world = World::seeded(1, &options);
    assert_eq!(world.truth.len(), 5000);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn merges_lie_in_the_span_and_on_the_graph() {
    let world = World::seeded(9, &options(400));
    let repositories = world
        .organizations
        .iter()
        .flat_map(|entry| &entry.repositories);
    for repository in repositories {
        for pull_request in &repository.pull_requests {
            let merged_at = pull_request.merged_at.unwrap();
            let span = time("2026-11-18T12:00:00Z")..=time("2026-11-20T12:00:00Z");
            assert!(span.contains(&merged_at));
            assert!(pull_request.created_at < merged_at);
            let base = &repository.branches[&pull_request.base_name];
            let landed = pull_request.merge_commit.as_ref().unwrap();
            let history = repository.history(base);
            assert!(
                history.iter().any(|commit| commit.oid == *landed),
                "{pull_request:?}"
            );
            let own = pull_request.commits.last();
            assert_eq!(own, Some(&pull_request.head_oid));
        }
    }
}

#[test]
fn lateness_changes_nothing_else_and_keeps_to_its_bound() {
    let bound = SignedDuration::from_mins(40);
    let prompt = World::seeded(6, &options(300));
    let late = World::seeded(
        6,
        &SeedOptions {
            late_by: bound,
            ..options(300)
        },
    );
    let commits = |world: &World| -> Vec<Option<String>> {
        let truths = world.truth.iter();
        truths.map(|truth| truth.merge_commit.clone()).collect()
    };
    assert_eq!(commits(&prompt), commits(&late));
    assert!(
        prompt
            .truth
            .iter()
            .all(|truth| truth.searchable_at.is_none())
    );
    let delays = late.truth.iter().map(|truth| {
        let merged_at = truth.merged_at.unwrap();
        truth.searchable_at.unwrap().duration_since(merged_at)
    });
    let delays: Vec<SignedDuration> = delays.collect();
    assert!(delays.iter().all(|delay| *delay <= bound));
    assert!(
        delays
            .iter()
            .any(|delay| *delay > SignedDuration::from_mins(38))
    );
    let prompt = SignedDuration::from_mins(5);
    assert!(delays.iter().filter(|delay| **delay <= prompt).count() > 250);
}

#[tokio::test]
async fn a_window_over_the_wire_holds_what_the_truth_says() {
    let world = World::seeded(4, &options(60));
    let expected = world
        .truth
        .iter()
        .filter(|truth| truth.organization == "acme")
        .count();
    let (_simulator, client) = serve(world);
    let q = "org:acme is:pr is:merged merged:2026-11-18T12:00:00Z..2026-11-20T12:00:00Z";
    let data = client.data(MERGED, json!({ "q": q, "n": 100 })).await;
    assert_eq!(data["search"]["issueCount"], expected);
    assert_eq!(data["search"]["nodes"].as_array().unwrap().len(), expected);
}
