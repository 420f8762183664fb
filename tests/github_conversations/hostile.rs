//! Whole conversations with a GitHub that is slow, elsewhere, or fails by chance: what is found stays the same.

use jiff::Timestamp;
use mergeaudit::audit::facts::PullRequest;
use mergeaudit::github::{Client, Credentials, Endpoint, ErrorKind, Options, Usage};
use mergeaudit_test_github::{Edition, FaultPlan, Simulator, World};

use crate::scripted::{TOKEN, client, options};
use crate::simulator::{found, scan, seeded, told, until};

/// The pull requests in an order of their own, and without the time at which they were read.
fn settled(mut pull_requests: Vec<PullRequest>) -> Vec<PullRequest> {
    for facts in &mut pull_requests {
        facts.observed_at = Timestamp::UNIX_EPOCH;
    }
    pull_requests.sort_by_key(|facts| (facts.repository.id, facts.number));
    pull_requests
}

/// A world in which every fifth pull request is longer than a page asks for, in one way or another.
fn long(pull_requests: usize) -> World {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    for number in 0..pull_requests {
        let mut plan = payments
            .pull_request("Change")
            .author("alice")
            .merged_at(until());
        let (commits, comments) = match number {
            0 => (130, 130),
            number if number % 10 == 0 => (15, 0),
            number if number % 5 == 0 => (1, 60),
            _ => (2, 1),
        };
        for _ in 0..commits {
            plan = plan.committed_by("alice");
        }
        for _ in 0..comments {
            plan = plan.commented_by("bob");
        }
        let _ = plan.approved_by("bob").compliant();
    }
    world.token(TOKEN).organization("acme");
    world
}

#[tokio::test]
async fn faults_by_chance_lose_nothing_and_change_nothing() {
    let github = Simulator::start(seeded(300)).unwrap();
    let whole = settled(scan(&client(&github.url(), options())).await);
    assert_eq!(found(&whole), told(&github));
    for seed in 0..4 {
        github.fail_at_random(FaultPlan::new(seed, 20.0));
        let options = Options {
            page_size: 10,
            ..options()
        };
        let again = settled(scan(&client(&github.url(), options)).await);
        assert_eq!(again, whole, "seed {seed}");
    }
}

#[tokio::test]
async fn long_pull_requests_are_read_whole_in_few_requests_also_by_a_slow_github() {
    let github = Simulator::start(long(60)).unwrap();
    let client_of = |github: &Simulator| client(&github.url(), options());
    let client = client_of(&github);
    let whole = settled(scan(&client).await);
    assert_eq!(whole.len(), 60);
    for facts in &whole {
        assert!(facts.has_all_commits(), "{}", facts.url);
    }
    assert_eq!((whole[0].commits.len(), whole[0].reviews.len()), (130, 131));
    assert_eq!((whole[10].commits.len(), whole[5].reviews.len()), (15, 61));
    // The organization, two pages, the long ones together, and the longest's rest of reviews and commits.
    assert_eq!(client.usage().requests, 6);

    github.configure(|settings| settings.heaviest_query = Some(4000));
    let slow = client_of(&github);
    assert_eq!(settled(scan(&slow).await), whole);
    let Usage { requests, .. } = slow.usage();
    assert!(requests <= 40, "{requests}");
}

#[tokio::test]
async fn a_server_of_its_own_is_reached_by_tls_that_its_authority_vouches_for() {
    let github = Simulator::start_tls(seeded(30)).unwrap();
    github.configure(|settings| settings.edition = Edition::EnterpriseServer);
    let endpoint = Endpoint::parse(&format!("{}/api/v3", github.url())).unwrap();
    let credentials = || Credentials::token(TOKEN.to_owned().into());
    let ca = github.ca_pem().unwrap().as_bytes().to_vec();
    let trusting = Client::new(endpoint.clone(), credentials().with_ca(ca), options()).unwrap();
    let pull_requests = scan(&trusting).await;
    assert_eq!(found(&pull_requests), told(&github));
    // It has no limits, and so charges nothing.
    assert_eq!(trusting.usage().points, 0);
    assert!(
        github
            .requests()
            .iter()
            .all(|request| request.path == "/api/graphql")
    );

    let asked = github.requests().len();
    let wary = Client::new(endpoint, credentials(), options()).unwrap();
    let error = wary.organization("acme").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.to_string().to_lowercase().contains("certificate"),
        "{error}"
    );
    assert_eq!(github.requests().len(), asked);
}
