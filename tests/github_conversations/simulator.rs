//! Whole conversations with the simulator: what is asked for is what there is.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use mergeaudit::audit::facts::{Organization, PullRequest, ReviewState};
use mergeaudit::clock::Clock;
use mergeaudit::github::{
    App, Client, Credentials, Endpoint, ErrorKind, NumberedPullRequest, Options, PrincipalKind,
    Usage,
};
use mergeaudit::schedule::window::Window;
use mergeaudit_test_github::{Fault, FaultKind, SeedOptions, Simulator, World, generate_key, time};

use crate::scripted::{TOKEN, client, options};

const SPAN: SignedDuration = SignedDuration::from_hours(24);

fn until() -> Timestamp {
    time("2026-11-21T12:00:00Z")
}

fn window() -> Window {
    Window {
        since: until() - SPAN,
        until: until() + SignedDuration::from_secs(1),
    }
}

fn seeded(pull_requests: usize) -> World {
    let options = SeedOptions {
        organizations: vec!["acme".to_owned()],
        repositories: 4,
        pull_requests,
        until: until(),
        span: SPAN,
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
async fn scan(client: &Client) -> Vec<PullRequest> {
    let organization = client.organization("acme").await.unwrap().to_fact();
    let pages = client.merged_pull_requests(&organization, window());
    let pages: Vec<_> = pages.try_collect().await.unwrap();
    pages
        .into_iter()
        .flat_map(|page| page.pull_requests)
        .collect()
}

/// Repository, number and merge commit of each.
fn found(pull_requests: &[PullRequest]) -> BTreeSet<(String, i64, Option<String>)> {
    let identity = |found: &PullRequest| {
        (
            found.repository.name.clone(),
            found.number,
            found.merge_commit.clone(),
        )
    };
    pull_requests.iter().map(identity).collect()
}

fn told(github: &Simulator) -> BTreeSet<(String, i64, Option<String>)> {
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
    assert!(
        repositories
            .iter()
            .all(|repository| repository.default_branch.as_deref() == Some("main"))
    );
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
async fn more_than_a_search_gives_is_found_in_slices() {
    let github = Simulator::start(seeded(1050)).unwrap();
    let client = client(
        &github.url(),
        Options {
            page_size: 100,
            ..options()
        },
    );
    let pull_requests = scan(&client).await;
    assert_eq!(pull_requests.len(), 1050);
    assert_eq!(found(&pull_requests), told(&github));
}

/// A world with an App in it, and a client of that App.
fn with_app(installation: bool) -> (Simulator, Client) {
    with_app_and(installation, options())
}

fn with_app_and(installation: bool, options: Options) -> (Simulator, Client) {
    let (private_key, public_key) = generate_key().unwrap();
    let mut world = seeded(3);
    world.app(9, "mergeaudit", public_key);
    let id = world.install(9, "acme", Some(&["payments"]));
    let github = Simulator::start(world).unwrap();
    let installation = id.filter(|_| installation);
    let app = App {
        id: 9,
        private_key: private_key.into(),
        installation,
    };
    let endpoint = Endpoint::parse(&github.url()).unwrap();
    let client = Client::new(endpoint, Credentials::app(app), options).unwrap();
    (github, client)
}

fn minted(github: &Simulator) -> usize {
    let requests = github.requests();
    requests
        .iter()
        .filter(|request| request.path.ends_with("/access_tokens"))
        .count()
}

#[tokio::test]
async fn an_app_finds_its_installation_by_the_organization() {
    let (_github, client) = with_app(false);
    assert_eq!(client.organization("acme").await.unwrap().login, "acme");
    let principal = client.for_organization("acme").principal().await.unwrap();
    assert_eq!(
        (principal.login.as_str(), principal.kind),
        ("mergeaudit", PrincipalKind::App)
    );
    assert_eq!(
        principal.visibility.as_deref(),
        Some("repository_selection: selected")
    );
    let error = client.principal().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let error = client.organization("nobody").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error
            .to_string()
            .contains("installation of the app in nobody"),
        "{error}"
    );
}

#[tokio::test]
async fn an_app_mints_one_token_for_many_requests_and_another_when_it_is_revoked() {
    let (github, client) = with_app(true);
    let asked = (0..8).map(|_| client.organization("acme"));
    for organization in futures::future::join_all(asked).await {
        assert_eq!(organization.unwrap().login, "acme");
    }
    assert_eq!(minted(&github), 1);
    let token = github.world().tokens.last().unwrap().text.clone();
    assert!(github.revoke(&token));
    assert_eq!(client.organization("acme").await.unwrap().login, "acme");
    assert_eq!(minted(&github), 2);
}

#[tokio::test]
async fn an_app_sees_what_its_installation_sees() {
    let (_github, client) = with_app(true);
    let organization: Organization = client.organization("acme").await.unwrap().to_fact();
    let pages: Vec<_> = client
        .merged_pull_requests(&organization, window())
        .collect()
        .await;
    for page in pages {
        let page = page.unwrap();
        assert!(
            page.pull_requests
                .iter()
                .all(|found| ["payments", "website"].contains(&found.repository.name.as_str()))
        );
    }
}

#[tokio::test]
async fn an_app_with_a_wrong_clock_signs_by_github_s() {
    let clock = Clock::Fixed(time("2020-01-01T00:00:00Z"));
    let (github, client) = with_app_and(true, Options { clock, ..options() });
    assert_eq!(client.organization("acme").await.unwrap().login, "acme");
    let statuses: Vec<u16> = github
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [401, 201, 200]);
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
    let mut expected = scan(&client).await.swap_remove(0);
    let shown = client
        .pull_request("acme", &expected.repository.name, expected.number)
        .await
        .unwrap();
    let Some(NumberedPullRequest::Merged(mut facts)) = shown else {
        panic!("{shown:?}")
    };
    facts.observed_at = expected.observed_at;
    expected.observed_at = facts.observed_at;
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
    let client = client(&github.url(), options());
    let started = std::time::Instant::now();
    let pull_requests = scan(&client).await;
    assert_eq!(i64::try_from(pull_requests.len()), Ok(MERGES));
    let Usage { requests, points } = client.usage();
    let per_thousand = |count: i64| count * 1000 / MERGES;
    println!(
        "{} requests and {} points for 1,000 merges; {MERGES} merges in {:?}",
        per_thousand(requests),
        per_thousand(points),
        started.elapsed()
    );
    assert!(per_thousand(requests) <= 25, "{requests} requests");
    assert!(per_thousand(points) <= 300, "{points} points");
}
