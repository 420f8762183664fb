//! When a lease may be taken: by what this process has seen with its own clock.

use super::*;

/// A candidate whose API server shows this lease, whatever it is asked.
fn candidate(lease: &Lease) -> Candidate {
    let shown = serde_json::to_vec(lease).unwrap();
    let answer = tower::service_fn(move |_: http::Request<kube::client::Body>| {
        let shown = shown.clone();
        async {
            Ok::<_, std::convert::Infallible>(http::Response::new(kube::client::Body::from(shown)))
        }
    });
    let client = Client::new(answer, "mergeaudit");
    Candidate::new(client, "mergeaudit", "us".to_owned(), Clock::System)
}

fn lease(holder: Option<&str>, renewed: &str, seconds: i32) -> Lease {
    let spec = LeaseSpec {
        holder_identity: holder.map(str::to_owned),
        renew_time: Some(MicroTime(renewed.parse().unwrap())),
        lease_duration_seconds: Some(seconds),
        ..LeaseSpec::default()
    };
    Lease {
        spec: Some(spec),
        ..Lease::default()
    }
}

#[tokio::test]
async fn a_lease_is_taken_when_it_is_ours_or_nobody_s() {
    let mut candidate = candidate(&Lease::default());
    assert!(candidate.may_take(&lease(Some("us"), "2026-11-22T12:00:00Z", 15)));
    assert!(candidate.may_take(&lease(None, "2026-11-22T12:00:00Z", 15)));
    assert!(candidate.may_take(&Lease::default()));
}

#[tokio::test]
async fn somebody_else_s_lease_is_taken_only_after_the_same_renewal_was_watched_to_its_end() {
    let mut candidate = candidate(&Lease::default());
    // Long over by the clock, but just seen for the first time.
    let held = lease(Some("them"), "2020-01-01T00:00:00Z", 15);
    assert!(!candidate.may_take(&held));
    assert!(!candidate.may_take(&held));
    let short = |renewed| lease(Some("them"), renewed, 0);
    assert!(!candidate.may_take(&short("2026-11-22T12:00:00Z")));
    assert!(candidate.may_take(&short("2026-11-22T12:00:00Z")));
    // A renewal starts the watch anew, and so does another holder.
    assert!(!candidate.may_take(&short("2026-11-22T12:00:02Z")));
    assert!(!candidate.may_take(&lease(Some("others"), "2026-11-22T12:00:02Z", 0)));
}

#[tokio::test]
async fn who_sees_the_lease_with_somebody_else_stops_at_the_next_renewal() {
    let mut candidate = candidate(&lease(Some("them"), "2026-11-22T12:00:00Z", 15));
    let stopped = tokio::time::timeout(RETRY * 2, candidate.hold()).await;
    assert!(stopped.is_ok(), "it goes on");
}
