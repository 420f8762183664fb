//! The alert rules and routes that are shipped: valid, tested both ways, and about metrics that exist.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, helpers of tests too"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mergeaudit::audit::record::ChangeKind;
use mergeaudit::audit::totals::{NonCompliantCount, Totals};
use mergeaudit::audit::verdict::Severity;
use mergeaudit::metrics::{
    FindingFigures, FindingState, Metrics, OrganizationFigures, PolicyFigures, names,
};
use mergeaudit::server::{Readiness, Server};
use mergeaudit_test_cluster::MonitoringTools;
use mergeaudit_test_cluster::monitoring::{
    Alertmanager, Page, Prometheus, PrometheusSetup, Routes, WebhookReceiver,
    check_alertmanager_config, check_rules, receiver_of, test_rules,
};
use serde_json::Value;

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(file)
}

fn rules() -> PathBuf {
    deploy("prometheus/mergeaudit.rules.yaml")
}

/// What takes minutes, and what takes days.
fn rule_tests() -> [PathBuf; 2] {
    ["test", "days.test"].map(|kind| deploy(&format!("prometheus/mergeaudit.rules.{kind}.yaml")))
}

/// The cases of all rule tests.
fn cases() -> Vec<Value> {
    let files = rule_tests();
    let parsed = files.iter().map(|file| parse(file));
    parsed
        .flat_map(|tests| items(&tests, "tests").cloned().collect::<Vec<_>>())
        .collect()
}

fn routes() -> PathBuf {
    deploy("alertmanager/alertmanager.yaml")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn parse(file: &Path) -> Value {
    serde_saphyr::from_str(&read(file))
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

/// The rules of all groups.
fn alerts(rules: &Value) -> Vec<&Value> {
    items(rules, "groups")
        .flat_map(|group| items(group, "rules"))
        .collect()
}

fn name(alert: &Value) -> &str {
    alert["alert"].as_str().expect("every rule is an alert")
}

/// Every word of the text that starts so.
fn words<'a>(text: &'a str, start: &'a str) -> BTreeSet<&'a str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$' || c == '.'))
        .filter_map(|word| word.strip_prefix(start).map(|_| word))
        .collect()
}

#[tokio::test]
async fn promtool_accepts_the_rules() {
    check_rules(&[&rules()]).await.unwrap();
}

#[tokio::test]
async fn the_rules_fire_and_keep_silent_as_their_tests_say() {
    let [minutes, days] = rule_tests();
    test_rules(&[&minutes, &days]).await.unwrap();
}

#[tokio::test]
async fn the_tests_notice_a_rule_that_can_never_fire() {
    let shipped = parse(&rules());
    let mut broken = shipped.clone();
    for rule in broken["groups"][0]["rules"].as_array_mut().unwrap() {
        rule["expr"] = "vector(0) == 1".into();
    }
    let refusal = test_with(&broken).await.unwrap_err();
    for alert in alerts(&shipped) {
        let named = format!("alertname: {}", name(alert));
        assert!(refusal.contains(&named), "{named} is not in {refusal}");
    }
}

#[tokio::test]
async fn the_tests_notice_the_usual_way_to_alert_on_a_counter() {
    // increase() misses a counter that is born at 1, and a merge seen first by the replica that takes over.
    let mut naive = parse(&rules());
    let rules = naive["groups"][0]["rules"].as_array_mut().unwrap();
    let rule = rules
        .iter_mut()
        .find(|rule| name(rule) == "MergeauditNonCompliantMerge");
    rule.unwrap()["expr"] =
        "max without(instance, pod) (increase(mergeaudit_noncompliant_merges_total[10m])) > 0"
            .into();
    let refusal = test_with(&naive).await.unwrap_err();
    assert!(refusal.contains("MergeauditNonCompliantMerge"), "{refusal}");
}

/// Runs the shipped tests against other rules. JSON is YAML.
async fn test_with(rules: &Value) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mergeaudit.rules.yaml");
    std::fs::write(&file, rules.to_string()).unwrap();
    let copies = rule_tests().map(|tests| {
        let copy = folder.path().join(tests.file_name().unwrap());
        std::fs::copy(tests, &copy).unwrap();
        copy
    });
    test_rules(&[&copies[0], &copies[1]])
        .await
        .map(|_| ())
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn every_alert_is_made_to_fire_and_kept_silent() {
    let (rules, tests) = (parse(&rules()), cases());
    let cases: Vec<&Value> = tests
        .iter()
        .flat_map(|test| items(test, "alert_rule_test"))
        .collect();
    for alert in alerts(&rules) {
        let of_alert = || {
            cases
                .iter()
                .filter(|case| case["alertname"] == alert["alert"])
        };
        let fires = of_alert().any(|case| items(case, "exp_alerts").next().is_some());
        let silent = of_alert().any(|case| items(case, "exp_alerts").next().is_none());
        assert!(fires, "no test makes {} fire", name(alert));
        assert!(silent, "no test keeps {} silent", name(alert));
    }
}

#[test]
fn every_alert_follows_the_conventions() {
    let rules = parse(&rules());
    let runbooks = read(&deploy("prometheus/runbooks.md"));
    for alert in alerts(&rules) {
        let name = name(alert);
        assert!(name.starts_with("Mergeaudit"), "{name}");
        let annotation = |key: &str| alert["annotations"][key].as_str().unwrap_or_default();
        let summary = annotation("summary");
        assert!(
            summary.ends_with('.') && !summary.contains("{{"),
            "{name}: {summary}"
        );
        assert!(
            !annotation("description").is_empty(),
            "{name} has no description"
        );
        let runbook = annotation("runbook_url");
        let anchor = format!("/deploy/prometheus/runbooks.md#{}", name.to_lowercase());
        assert!(runbook.ends_with(&anchor), "{name}: {runbook}");
        assert!(
            runbooks.contains(&format!("\n## {name}\n")),
            "{name} has no runbook"
        );
        // The severity is a label of the rule, or comes with the finding's series.
        let severity = alert["labels"]["severity"].as_str();
        let from_series = ["MergeauditFindingOpen", "MergeauditNonCompliantMerge"].contains(&name);
        assert_eq!(severity.is_none(), from_series, "{name}");
        assert!(
            matches!(severity, None | Some("critical" | "warning")),
            "{name}"
        );
    }
}

/// The metric whose series this is: a histogram has several.
fn family(series: &str) -> &str {
    series.strip_suffix("_bucket").unwrap_or(series)
}

#[test]
fn rules_and_their_tests_name_only_metrics_and_labels_that_exist() {
    let all = || names::DOMAIN.iter().chain(names::PROCESS);
    let metrics: BTreeSet<&str> = all().map(|metric| metric.name).collect();
    let labels: BTreeSet<&str> = all().flat_map(|metric| metric.labels).copied().collect();
    let shipped = parse(&rules());
    let mut seen = 0;
    for alert in alerts(&shipped) {
        let expression = alert["expr"].as_str().unwrap();
        let named = words(expression, "mergeaudit_");
        let named: BTreeSet<_> = named.into_iter().map(family).collect();
        assert!(named.is_subset(&metrics), "{}: {named:?}", name(alert));
        seen += named.len();
        let description = alert["annotations"]["description"].as_str().unwrap();
        for label in words(description, "$labels.") {
            let label = label.trim_start_matches("$labels.").trim_end_matches('.');
            assert!(
                labels.contains(label),
                "{}: no metric has the label {label}",
                name(alert)
            );
        }
    }
    assert!(seen >= alerts(&shipped).len());
    let tests = cases();
    for series in tests.iter().flat_map(|test| items(test, "input_series")) {
        let (metric, rest) = series["series"].as_str().unwrap().split_once('{').unwrap();
        let metric = all().find(|known| known.name == family(metric));
        let metric = metric.unwrap_or_else(|| panic!("{series} is of no known metric"));
        let target = ["instance", "pod", "job", "le"];
        let given: BTreeSet<&str> = rest
            .split([',', '}'])
            .filter_map(|pair| pair.split_once('=').map(|(label, _)| label))
            .filter(|label| !target.contains(label))
            .collect();
        let expected: BTreeSet<&str> = metric.labels.iter().copied().collect();
        assert_eq!(given, expected, "{}", metric.name);
    }
}

#[tokio::test]
async fn promtool_accepts_what_we_expose() {
    let metrics = Metrics::new().unwrap();
    metrics.github_request("merged_pull_requests", "ok");
    metrics.github_rate_limit_remaining("graphql", 4999);
    metrics.expose_policies(|| Some(vec![figures()])).unwrap();
    let text = metrics.encode().unwrap();
    for metric in names::DOMAIN.iter().chain(names::PROCESS) {
        let header = format!("# TYPE {} {}\n", metric.name, metric.kind.as_str());
        assert!(text.contains(&header), "{header}{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metrics.txt");
    std::fs::write(&file, text).unwrap();
    let tools = tokio::task::spawn_blocking(MonitoringTools::find_or_fetch);
    // Reads standard input only; prints and fails for names, types and texts that break the conventions.
    let checked = tokio::process::Command::new(tools.await.unwrap().unwrap().promtool)
        .args(["check", "metrics"])
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .await
        .unwrap();
    let printed = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && printed.is_empty(), "{printed}");
}

#[tokio::test]
async fn a_finding_pages_once_however_many_replicas_tell_of_it() {
    let metrics = Metrics::new().unwrap();
    metrics.set_leader(true);
    metrics.expose_policies(|| Some(vec![figures()])).unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let server = Server::bind(any, metrics, Readiness::default())
        .await
        .unwrap();
    let target = server.address().to_string();
    tokio::spawn(server.run(std::future::pending()));

    let on_call = WebhookReceiver::start().await.unwrap();
    let shipped = read(&routes());
    let filled_in = shipped.replace("http://on-call.invalid/page", on_call.url());
    assert_ne!(filled_in, shipped, "the placeholder is gone");
    let alertmanager = Alertmanager::start(&Routes::Text(filled_in)).await.unwrap();
    let prometheus = Prometheus::start(&PrometheusSetup {
        scrape: vec![
            ("one".to_owned(), target.clone()),
            ("two".to_owned(), target),
        ],
        rules: vec![rules()],
        alertmanager: Some(alertmanager.address()),
        ..PrometheusSetup::default()
    })
    .await
    .unwrap();

    let alert = "MergeauditFindingOpen";
    let pages = |page: &Page| page.firing(alert).next().is_some();
    let page = on_call
        .wait_for(pages, Duration::from_mins(1))
        .await
        .unwrap();
    assert_eq!(page.receiver, "on-call");
    assert_eq!(page.group_labels["finding"], "soc2-payments-1");
    assert_eq!(page.alerts.len(), 1);
    let firing = prometheus.alerts().await.unwrap();
    let count = |name: &str| {
        firing
            .iter()
            .filter(|alert| alert.labels["alertname"] == name)
            .count()
    };
    assert_eq!(count(alert), 1, "{firing:?}");
    // Its counter was born at 1, which fires as well, but adds nothing to the page.
    assert_eq!(count("MergeauditNonCompliantMerge"), 1, "{firing:?}");
    assert!(
        on_call
            .pages()
            .iter()
            .all(|page| page.firing("MergeauditNonCompliantMerge").next().is_none())
    );
    assert_eq!(count("MergeauditDown"), 0, "{firing:?}");
}

/// Figures of which every metric has a series.
fn figures() -> PolicyFigures {
    PolicyFigures {
        policy_namespace: "compliance".to_owned(),
        policy: "soc2".to_owned(),
        suspended: false,
        expected_interval_seconds: Some(900.0),
        credentials_expiry: Some(1_795_348_800.0),
        stalled: Some("FieldNotSupported".to_owned()),
        not_ready: Some("ArchiveDamaged".to_owned()),
        last_missed: Some(1_795_348_800.0),
        withheld: Some(3),
        paging: true,
        organizations: vec![OrganizationFigures {
            organization: "acme".to_owned(),
            chain_read: true,
            totals: Totals {
                changes: 1,
                non_compliant: vec![NonCompliantCount {
                    kind: ChangeKind::PullRequest,
                    severity: Severity::Critical,
                    count: 1,
                }],
                ..Totals::default()
            },
            undetermined: 0,
            last_success: Some(1_795_348_800.0),
            audited_since: Some(1_795_348_800.0),
            archive_verified: Some(1_795_348_800.0),
        }],
        findings: vec![FindingFigures {
            organization: "acme".to_owned(),
            repository: "payments".to_owned(),
            owner: "payments".to_owned(),
            severity: Some(Severity::Critical),
            state: FindingState::Open,
            name: "soc2-payments-1".to_owned(),
            review_overdue: false,
            pages: true,
        }],
    }
}

#[tokio::test]
async fn amtool_accepts_the_routes() {
    check_alertmanager_config(&routes()).await.unwrap();
}

#[tokio::test]
async fn critical_alerts_page_and_warnings_wait_for_reviewers() {
    let cases = [
        ("MergeauditFindingOpen", "critical", "on-call"),
        ("MergeauditFindingOpen", "warning", "reviewers"),
        ("MergeauditNonCompliantMerge", "critical", "on-call"),
        ("MergeauditNonCompliantMerge", "warning", "reviewers"),
        ("MergeauditScanStale", "critical", "on-call"),
        ("MergeauditUndeterminedChanges", "warning", "reviewers"),
        ("MergeauditDown", "critical", "on-call"),
        ("MergeauditArchiveDamaged", "critical", "on-call"),
        ("MergeauditPolicyNotReady", "warning", "reviewers"),
        ("MergeauditPolicyStalled", "critical", "on-call"),
        ("MergeauditScansFailing", "warning", "reviewers"),
        ("MergeauditGitHubThrottled", "warning", "reviewers"),
        ("MergeauditGitHubBudgetLow", "warning", "reviewers"),
        ("MergeauditCredentialsExpiring", "warning", "reviewers"),
        ("MergeauditCredentialsExpire", "critical", "on-call"),
        ("MergeauditSlotMissed", "warning", "reviewers"),
        ("MergeauditEmergencyReviewOverdue", "critical", "on-call"),
        ("MergeauditFindingsWithheld", "critical", "on-call"),
        ("MergeauditSuspendedLong", "warning", "reviewers"),
        ("MergeauditPagingDisabledLong", "warning", "reviewers"),
        ("MergeauditDetectedLate", "warning", "reviewers"),
        ("MergeauditArchiveUnverified", "critical", "on-call"),
    ];
    for (alert, severity, receiver) in cases {
        let labels = [("alertname", alert), ("severity", severity)];
        let receivers = receiver_of(&routes(), &labels).await.unwrap();
        assert_eq!(receivers, [receiver], "{alert} {severity}");
    }
    let shipped = parse(&rules());
    let routed: BTreeSet<&str> = cases.iter().map(|(alert, ..)| *alert).collect();
    let all: BTreeSet<&str> = alerts(&shipped).into_iter().map(name).collect();
    assert_eq!(routed, all);
}

#[test]
fn each_finding_is_a_notification_of_its_own() {
    let routes = parse(&routes());
    let group_by: Vec<&str> = items(&routes["route"], "group_by")
        .filter_map(Value::as_str)
        .collect();
    for label in [
        "alertname",
        "policy_namespace",
        "policy",
        "organization",
        "finding",
    ] {
        assert!(group_by.contains(&label), "not grouped by {label}");
    }
    for receiver in
        items(&routes, "receivers").flat_map(|receiver| items(receiver, "webhook_configs"))
    {
        assert_eq!(receiver["send_resolved"], true, "{receiver}");
    }
}
