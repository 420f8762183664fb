//! Whole conversations with the simulator: what is asked for is what there is.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use mergeaudit::audit::facts::{PullRequest, ReviewState};
use mergeaudit::github::{Client, ErrorKind, NumberedPullRequest, Usage};
use mergeaudit::schedule::window::Window;
use mergeaudit_test_github::{Fault, FaultKind, SeedOptions, Simulator, World, time};

use crate::scripted::{TOKEN, client, options};

const SPAN: SignedDuration = SignedDuration::from_hours(24);

pub(crate) fn until() -> Timestamp {
    time("2026-11-21T12:00:00Z")
}

pub(crate) fn window() -> Window {
    Window {
        since: until() - SPAN,
        until: until() + SignedDuration::from_secs(1),
    }
}

pub(crate) fn seeded(pull_requests: usize) -> World {
    let options = SeedOptions {
        organizations: vec!["acme".to_owned()],
        repositories: 4,
        pull_requests,
        until: until(),
        span: SPAN,
        ..SeedOptions::default()
    };
    let mut world = World::seeded(7, &options);
    world.organization("other").repository("x");
    world
        .token(TOKEN)
        .organization("acme")
        .organization("other");
    world
}

/// Everything that the client finds in the window; no error is accepted.
pub(crate) async fn scan(client: &Client) -> Vec<PullRequest> {
    let organization = client.organization("acme").await.unwrap().to_fact();
    let pages = client.merged_pull_requests(&organization, window());
    let pages: Vec<_> = pages.try_collect().await.unwrap();
    pages
        .into_iter()
        .flat_map(|page| page.pull_requests)
        .collect()
}

/// Repository, number and merge commit of each.
pub(crate) fn found(pull_requests: &[PullRequest]) -> BTreeSet<(String, i64, Option<String>)> {
    let identity = |found: &PullRequest| {
        (
            found.repository.name.clone(),
            found.number,
            found.merge_commit.clone(),
        )
    };
    pull_requests.iter().map(identity).collect()
}

pub(crate) fn told(github: &Simulator) -> BTreeSet<(String, i64, Option<String>)> {
    let world = github.world();
    let merged = world.truth.iter().filter(|truth| truth.merged_at.is_some());
    let identity = merged.map(|truth| {
        let number = i64::try_from(truth.number).unwrap();
        (truth.repository.clone(), number, truth.merge_commit.clone())
    });
    identity.collect()
}

#[tokio::test]
async fn every_merged_pull_request_of_the_window_is_found_once_and_cheaply() {
    let github = Simulator::start(seeded(60)).unwrap();
    let pull_requests = scan(&client(&github.url(), options())).await;
    assert_eq!(pull_requests.len(), 60);
    assert_eq!(found(&pull_requests), told(&github));
    let requests = github.requests();
    // The organization, a page of 50 and one of 10.
    assert_eq!(requests.len(), 3);
    assert!(
        requests.iter().all(|request| request.cost <= 12),
        "{requests:?}"
    );
}

#[tokio::test]
async fn only_what_was_merged_in_the_window_is_found() {
    let github = Simulator::start(seeded(60)).unwrap();
    let client = client(&github.url(), options());
    let organization = client.organization("acme").await.unwrap().to_fact();
    let cut = until() - SignedDuration::from_hours(10);
    let earlier = Window {
        until: cut,
        ..window()
    };
    let later = Window {
        since: cut,
        ..window()
    };
    let mut parts = Vec::new();
    for part in [earlier, later] {
        let pages: Vec<_> = client
            .merged_pull_requests(&organization, part)
            .try_collect()
            .await
            .unwrap();
        let part_found: Vec<_> = pages
            .into_iter()
            .flat_map(|page| page.pull_requests)
            .collect();
        assert!(
            part_found
                .iter()
                .all(|found| part.since <= found.merged_at && found.merged_at < part.until)
        );
        assert!(!part_found.is_empty());
        parts.extend(part_found);
    }
    assert_eq!(parts.len(), 60);
    assert_eq!(found(&parts), told(&github));
}

#[tokio::test]
async fn faults_change_nothing_but_the_time_it_takes() {
    let github = Simulator::start(seeded(40)).unwrap();
    let garbage = Fault::next(FaultKind::Garbage).matching("PullRequests");
    let timeout = Fault::next(FaultKind::GraphqlTimeout)
        .times(3)
        .matching("MergedPullRequests");
    let limit = FaultKind::SecondaryLimit {
        retry_after: Some(1),
    };
    for fault in [
        garbage,
        timeout,
        Fault::next(limit).matching("MergedPullRequests"),
        Fault::next(FaultKind::Drop),
    ] {
        github.fail(fault);
    }
    let pull_requests = scan(&client(&github.url(), options())).await;
    assert_eq!(pull_requests.len(), 40);
    assert_eq!(found(&pull_requests), told(&github));
}

#[tokio::test]
async fn the_repositories_are_all_that_the_token_sees() {
    let github = Simulator::start(seeded(0)).unwrap();
    let client = client(&github.url(), options());
    let pages: Vec<_> = client.repositories("acme").try_collect().await.unwrap();
    let repositories: Vec<_> = pages.into_iter().flatten().collect();
    let names: Vec<&str> = repositories
        .iter()
        .map(|repository| repository.name.as_str())
        .collect();
    assert_eq!(names, ["infrastructure", "ledger", "payments", "website"]);
    assert_eq!(
        repositories
            .iter()
            .filter(|repository| repository.archived)
            .count(),
        1
    );
    let branches = repositories.iter().map(|it| it.default_branch.as_deref());
    let branches: Vec<&str> = branches.flatten().collect();
    assert_eq!(branches, ["main", "trunk", "main", "main"]);
}

#[tokio::test]
async fn long_lists_are_read_to_their_end() {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    let mut long = payments
        .pull_request("Long")
        .author("alice")
        .merged_at(until());
    for _ in 0..120 {
        long = long.committed_by("alice").commented_by("bob");
    }
    let _ = long
        .approved_by("bob")
        .dismissed_by("alice", "bob")
        .declare(mergeaudit_test_github::Verdict::NonCompliant, &[]);
    world.token(TOKEN).organization("acme");
    let github = Simulator::start(world).unwrap();
    let pull_requests = scan(&client(&github.url(), options())).await;
    let [facts] = pull_requests.as_slice() else {
        panic!("{}", pull_requests.len())
    };
    assert_eq!(i64::try_from(facts.commits.len()), Ok(facts.commits_total));
    assert!(facts.commits_total >= 120);
    assert_eq!(facts.reviews.len(), 121);
    assert_eq!(facts.reviews[120].state, ReviewState::Dismissed);
    assert_eq!(facts.dismissals[0].previous_state, ReviewState::Approved);
    assert_eq!(
        facts.dismissals[0].review.as_ref(),
        Some(&facts.reviews[120].id)
    );
}

#[tokio::test]
async fn pull_requests_read_again_are_the_same() {
    let github = Simulator::start(seeded(40)).unwrap();
    let client = client(&github.url(), options());
    let mut first = scan(&client).await;
    let mut ids: Vec<String> = first.iter().map(|found| found.node_id.clone()).collect();
    ids.push("PR_nobody".to_owned());
    let mut again = client.pull_requests(&ids).await;
    assert_eq!(again.pop(), Some(("PR_nobody".to_owned(), Ok(None))));
    let mut again: Vec<PullRequest> = again
        .into_iter()
        .map(|(_, result)| result.unwrap().unwrap())
        .collect();
    for facts in first.iter_mut().chain(&mut again) {
        facts.observed_at = Timestamp::UNIX_EPOCH;
    }
    assert_eq!(again, first);
}

#[tokio::test]
async fn a_revoked_token_and_an_unknown_organization_are_told_apart() {
    let github = Simulator::start(seeded(1)).unwrap();
    let client = client(&github.url(), options());
    let nobody = client.organization("nobody").await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::NotFound);
    assert!(
        nobody.to_string().contains("organization nobody"),
        "{nobody}"
    );
    assert!(github.revoke(TOKEN));
    let refused = client.organization("acme").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn more_than_a_search_gives_is_found_in_slices_in_the_order_of_time() {
    let github = Simulator::start(seeded(1050)).unwrap();
    let client = client(&github.url(), options());
    let organization = client.organization("acme").await.unwrap().to_fact();
    let pages: Vec<_> = client
        .merged_pull_requests(&organization, window())
        .try_collect()
        .await
        .unwrap();
    let mut read_until = window().since;
    for page in &pages {
        // What was read is never found again, and never later.
        let earliest = page.pull_requests.iter().map(|found| found.merged_at).min();
        assert!(earliest.is_none_or(|earliest| earliest >= read_until));
        if let Some(until) = page.read_until {
            assert!(until > read_until);
            read_until = until;
        }
    }
    assert_eq!(read_until, window().until);
    let pull_requests: Vec<_> = pages
        .into_iter()
        .flat_map(|page| page.pull_requests)
        .collect();
    assert_eq!(pull_requests.len(), 1050);
    assert_eq!(found(&pull_requests), told(&github));
    let requests = github.requests();
    let counts = requests
        .iter()
        .filter(|request| request.operation.as_deref() == Some("Counts"));
    // Only the first page and the count are asked for in vain.
    assert_eq!(counts.count(), 1);
    // Long lists of single pull requests are read besides.
    let own = |operation: &str| !operation.starts_with("More");
    let names = requests.iter().filter_map(|it| it.operation.as_deref());
    let own = names.filter(|operation| own(operation)).count();
    assert!(own <= 18, "{own}");
}

#[tokio::test]
async fn organizations_side_by_side_know_what_each_has_cost() {
    let github = Simulator::start(seeded(30)).unwrap();
    let client = client(&github.url(), options());
    let (acme, other) = (
        client.for_organization("acme"),
        client.for_organization("other"),
    );
    let before = client.usage();
    scan(&acme).await;
    other.organization("other").await.unwrap();
    let requests = github.requests();
    let cost: u64 = requests.iter().map(|request| request.cost).sum();
    let total = client.usage().since(before);
    assert_eq!(
        (Ok(total.requests), Ok(total.points)),
        (i64::try_from(requests.len()), i64::try_from(cost))
    );
    assert_eq!(other.usage().requests, 1);
    assert_eq!(
        acme.usage().since(Usage::default()),
        total.since(other.usage())
    );
}

#[tokio::test]
async fn one_pull_request_is_shown_by_its_number_merged_or_not() {
    let github = Simulator::start(seeded(40)).unwrap();
    let client = client(&github.url(), options());
    let expected = scan(&client).await.swap_remove(0);
    let shown = client
        .pull_request("acme", &expected.repository.name, expected.number)
        .await
        .unwrap();
    let Some(NumberedPullRequest::Merged(mut facts)) = shown else {
        panic!("{shown:?}")
    };
    facts.observed_at = expected.observed_at;
    assert_eq!(*facts, expected);
    for (repository, number) in [(expected.repository.name.as_str(), 9999), ("nothing", 1)] {
        let shown = client.pull_request("acme", repository, number).await;
        assert_eq!(shown, Ok(None), "{repository} {number}");
    }
}

#[tokio::test]
async fn a_thousand_merges_take_few_requests_and_points() {
    const MERGES: i64 = 2000;
    let github = Simulator::start(seeded(2000)).unwrap();
    github.configure(|settings| settings.latency_milliseconds = 50);
    let client = client(&github.url(), options());
    let started = std::time::Instant::now();
    let pull_requests = scan(&client).await;
    assert_eq!(i64::try_from(pull_requests.len()), Ok(MERGES));
    let Usage { requests, points } = client.usage();
    let per_thousand = |count: i64| count * 1000 / MERGES;
    println!(
        "{} requests and {} points for 1,000 merges; {MERGES} merges at 50 ms latency in {:?}",
        per_thousand(requests),
        per_thousand(points),
        started.elapsed()
    );
    assert!(per_thousand(requests) <= 25, "{requests} requests");
    assert!(per_thousand(points) <= 300, "{points} points");
}
