//! What is between the lines of the real wire: HTTP/2 under TLS, compression, redirects, silence.

use std::sync::{Arc, Mutex};

use mergeaudit::github::{Client, Credentials, Endpoint, Error, ErrorKind, Options};
use mergeaudit_test_github::{Fault, FaultKind, FaultPlan, Simulator};

use crate::scripted::{TOKEN, client, options};
use crate::simulator::{found, scan, seeded, told, window};

#[tokio::test]
async fn over_http_2_faults_by_chance_lose_nothing_either() {
    let github = Simulator::start_tls(seeded(120)).unwrap();
    let pem = github.ca_pem().unwrap().as_bytes().to_vec();
    let credentials = Credentials::token(TOKEN.to_owned().into()).with_ca(pem);
    let endpoint = Endpoint::parse(&github.url()).unwrap();
    let options = Options {
        page_size: 10,
        ..options()
    };
    let client = Client::new(endpoint, credentials, options).unwrap();
    for seed in 0..2 {
        github.fail_at_random(FaultPlan::new(seed, 20.0));
        assert_eq!(found(&scan(&client).await), told(&github), "seed {seed}");
    }
}

/// What was logged so far.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_of_a_conversation_holds_the_token_however_much_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For every thread: a subscriber of one only is not asked about what another thread came across first.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let github = Simulator::start(seeded(3)).unwrap();
    for fault in [
        FaultKind::Status { status: 502 },
        FaultKind::SecondaryLimit {
            retry_after: Some(1),
        },
        FaultKind::Drop,
    ] {
        github.fail(Fault::next(fault));
    }
    let client = client(&github.url(), options());
    scan(&client).await;
    github.revoke(TOKEN);
    client.organization("acme").await.unwrap_err();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("rate limit is hit"), "nothing is logged");
    let mut lines = log.lines();
    assert_eq!(lines.find(|line| line.contains(TOKEN)), None);
}

#[tokio::test]
async fn an_answer_that_unpacks_to_more_than_the_memory_is_for_is_not_unpacked() {
    let github = Simulator::start(seeded(1)).unwrap();
    github.fail(Fault::next(FaultKind::Bomb { megabytes: 40 }).times(9));
    let client = client(&github.url(), options());
    let error = client.organization("acme").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("longer than 32 MiB"), "{error}");
}

#[tokio::test]
async fn a_page_of_a_proxy_with_status_200_is_asked_again_and_never_taken_for_an_answer() {
    let github = Simulator::start(seeded(3)).unwrap();
    let client = client(&github.url(), options());
    github.fail(Fault::next(FaultKind::Status { status: 200 }).times(2));
    assert_eq!(found(&scan(&client).await), told(&github));
    github.fail(Fault::next(FaultKind::Status { status: 200 }).times(9));
    let error = client.organization("acme").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn refusals_that_no_retry_changes_are_told_in_github_s_words() {
    let github = Simulator::start(seeded(1)).unwrap();
    let client = client(&github.url(), options());
    for (status, kind) in [
        (410, ErrorKind::Invalid),
        (422, ErrorKind::Invalid),
        (451, ErrorKind::Denied),
    ] {
        let before = github.requests().len();
        github.fail(Fault::next(FaultKind::Refused {
            status,
            message: "No more of this".to_owned(),
        }));
        let error = client.organization("acme").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        assert!(error.to_string().contains("No more of this"), "{error}");
        assert_eq!(github.requests().len(), before + 1);
    }
}

#[tokio::test]
async fn a_search_that_hides_an_organization_silently_does_not_make_it_empty() {
    let mut world = seeded(5);
    world.token("ghp_weak");
    let github = Simulator::start(world).unwrap();
    github.configure(|settings| settings.search.silent_in_graphql = true);
    let credentials = Credentials::token("ghp_weak".to_owned().into());
    let endpoint = Endpoint::parse(&github.url()).unwrap();
    let client = Client::new(endpoint, credentials, options()).unwrap();
    let error = client.organization("nobody").await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn an_organization_that_is_renamed_is_told_by_its_old_name_and_found_by_its_new_one() {
    let github = Simulator::start(seeded(5)).unwrap();
    let client = client(&github.url(), options());
    let before = client.organization("acme").await.unwrap();
    github.world().rename_organization("acme", "acme-inc");
    let error = client.organization("acme").await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    let after = client.organization("acme-inc").await.unwrap();
    assert_eq!((after.id, after.login.as_str()), (before.id, "acme-inc"));
    let pages = client.merged_pull_requests(&after.to_fact(), window());
    let pages: Vec<_> = futures::TryStreamExt::try_collect(pages).await.unwrap();
    let read: Vec<_> = pages
        .into_iter()
        .flat_map(|page: mergeaudit::github::MergedPage| page.pull_requests)
        .collect();
    assert_eq!(found(&read), told(&github));
}
