//! One process's exposition as a whole.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

fn policy() -> PolicyFigures {
    PolicyFigures {
        policy_namespace: "compliance".to_owned(),
        policy: "soc2".to_owned(),
        suspended: true,
        expected_interval_seconds: None,
        credentials_expiry: None,
        stalled: None,
        not_ready: None,
        last_missed: None,
        withheld: None,
        paging: true,
        organizations: Vec::new(),
        findings: Vec::new(),
    }
}

fn line<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.lines().find(|line| line.starts_with(start))
}

#[test]
fn policies_are_absent_until_the_caches_are_synced() {
    let synced = Arc::new(AtomicBool::new(false));
    let metrics = Metrics::new().unwrap();
    let seen = Arc::clone(&synced);
    metrics
        .expose_policies(move || seen.load(Ordering::SeqCst).then(|| vec![policy()]))
        .unwrap();
    let before = metrics.encode().unwrap();
    assert_eq!(line(&before, "mergeaudit_policy"), None);
    synced.store(true, Ordering::SeqCst);
    let after = metrics.encode().unwrap();
    assert_eq!(
        line(&after, "mergeaudit_policy_suspended{"),
        Some(r#"mergeaudit_policy_suspended{policy="soc2",policy_namespace="compliance"} 1"#)
    );
}

#[test]
fn a_scan_that_is_cancelled_counts_as_failed() {
    let metrics = Metrics::new().unwrap();
    drop(metrics.start_scan());
    metrics.start_scan().finish(ScanResult::Succeeded);
    let text = metrics.encode().unwrap();
    let scans = |result| format!("mergeaudit_scans_total{{result=\"{result}\"}}");
    assert_eq!(
        line(&text, &scans("failed")),
        Some(&*(scans("failed") + " 1"))
    );
    assert_eq!(
        line(&text, &scans("succeeded")),
        Some(&*(scans("succeeded") + " 1"))
    );
    assert_eq!(
        line(&text, &scans("partially_failed")),
        Some(&*(scans("partially_failed") + " 0"))
    );
    assert_eq!(
        line(&text, "mergeaudit_scan_duration_seconds_count"),
        Some("mergeaudit_scan_duration_seconds_count 2")
    );
}

#[test]
fn the_process_says_what_only_it_knows() {
    let metrics = Metrics::new().unwrap();
    metrics.set_leader(true);
    metrics.github_request("merged_pull_requests", "ok");
    metrics.github_rate_limit_remaining("graphql", 4999);
    metrics.detected_after(Duration::from_mins(10));
    let text = metrics.encode().unwrap();
    let expected = [
        "mergeaudit_leader 1",
        "mergeaudit_github_requests_total{operation=\"merged_pull_requests\",outcome=\"ok\"} 1",
        "mergeaudit_github_rate_limit_remaining{resource=\"graphql\"} 4999",
        "mergeaudit_detection_latency_seconds_bucket{le=\"900\"} 1",
        "mergeaudit_detection_latency_seconds_bucket{le=\"300\"} 0",
    ];
    for expected in expected {
        assert!(
            text.lines().any(|line| line == expected),
            "{expected}\n{text}"
        );
    }
    assert!(line(&text, "mergeaudit_build_info{version=\"").is_some());
    #[cfg(target_os = "linux")]
    assert!(line(&text, "process_start_time_seconds ").is_some());
}

#[test]
fn names_follow_the_conventions_of_prometheus() {
    let mut seen = BTreeSet::new();
    // Labels that a scrape configuration sets itself, and that would come out as `exported_…`.
    let reserved = [
        "namespace",
        "pod",
        "container",
        "job",
        "instance",
        "service",
        "endpoint",
    ];
    for metric in names::DOMAIN.iter().chain(names::PROCESS) {
        assert!(seen.insert(metric.name), "{} is named twice", metric.name);
        assert!(metric.name.starts_with("mergeaudit_"), "{}", metric.name);
        let is_counter = metric.kind == names::Kind::Counter;
        assert_eq!(
            metric.name.ends_with("_total"),
            is_counter,
            "{}",
            metric.name
        );
        assert!(metric.help.ends_with('.'), "{}", metric.name);
        for label in metric.labels {
            assert!(
                !reserved.contains(label),
                "{} has the label {label}",
                metric.name
            );
        }
    }
}
