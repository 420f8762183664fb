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

#[test]
fn every_verdict_and_reason_about_reviews_is_declared() {
    let world = World::seeded(1, &options(40));
    let reasons: BTreeSet<&str> = world
        .truth
        .iter()
        .flat_map(|truth| &truth.reasons)
        .map(String::as_str)
        .collect();
    let expected = [
        "ApprovalAfterMerge",
        "ApprovalByBot",
        "ApprovalByContributor",
        "ApprovalDismissed",
        "ApprovalMissing",
        "ApprovalStale",
        "ApproverWithoutWrite",
        "ChangesRequested",
    ];
    assert_eq!(reasons.into_iter().collect::<Vec<_>>(), expected);
    for verdict in [
        Verdict::Compliant,
        Verdict::NonCompliant,
        Verdict::Undetermined,
        Verdict::OutOfScope,
    ] {
        assert!(
            world.truth.iter().any(|truth| truth.verdict == verdict),
            "{verdict:?}"
        );
    }
    assert_eq!(world.truth.len(), 80);
    let acme = world.find_organization("acme").unwrap();
    assert_eq!(
        acme.repositories
            .iter()
            .filter(|repository| repository.archived)
            .count(),
        1
    );
}

#[test]
fn merges_lie_in_the_span_and_nobody_approves_their_own_pull_request() {
    let world = World::seeded(9, &options(200));
    let pull_requests = world
        .organizations
        .iter()
        .flat_map(|entry| &entry.repositories)
        .flat_map(|entry| &entry.pull_requests);
    for pull_request in pull_requests {
        let merged_at = pull_request.merged_at.unwrap();
        assert!(
            merged_at <= time("2026-11-20T12:00:00Z") && merged_at >= time("2026-11-18T12:00:00Z")
        );
        let own = pull_request
            .reviews
            .iter()
            .find(|review| review.author.is_some() && review.author == pull_request.author);
        assert!(own.is_none(), "GitHub refuses it: {pull_request:?}");
    }
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
