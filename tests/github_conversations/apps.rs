//! A GitHub App and the simulator: installations, their tokens, and clocks that differ.

use std::time::Duration;

use futures::StreamExt;
use mergeaudit::audit::facts::Organization;
use mergeaudit::clock::Clock;
use mergeaudit::github::{App, Client, Credentials, Endpoint, ErrorKind, Options, PrincipalKind};
use mergeaudit_test_github::{Simulator, generate_key, time};

use crate::scripted::options;
use crate::simulator::{seeded, window};

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
async fn an_app_s_token_that_is_not_known_yet_is_waited_for() {
    let (private_key, public_key) = generate_key().unwrap();
    let mut world = seeded(3);
    world.app(9, "mergeaudit", public_key);
    let installation = world.install(9, "acme", None);
    let github = Simulator::start(world).unwrap();
    github.configure(|settings| settings.fresh_token_milliseconds = 200);
    let app = App {
        id: 9,
        private_key: private_key.into(),
        installation,
    };
    let endpoint = Endpoint::parse(&github.url()).unwrap();
    let options = Options {
        backoff: Duration::from_millis(100),
        ..options()
    };
    let client = Client::new(endpoint, Credentials::app(app), options).unwrap();
    assert_eq!(client.organization("acme").await.unwrap().login, "acme");
    let minted = github.requests();
    let minted = minted
        .iter()
        .filter(|request| request.path.ends_with("/access_tokens"));
    assert_eq!(minted.count(), 1);
}
