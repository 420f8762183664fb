//! Figures become exactly this text.

use prometheus::TextEncoder;

use super::*;
use crate::audit::totals::{NonCompliantCount, Totals};

fn text(policies: &[PolicyFigures]) -> Vec<String> {
    let families = families(policies);
    let text = TextEncoder::new().encode_to_string(&families).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn series(policies: &[PolicyFigures], name: &str) -> Vec<String> {
    let mut lines = text(policies);
    lines.retain(|line| line.starts_with(name));
    lines
}

fn policy() -> PolicyFigures {
    PolicyFigures {
        policy_namespace: "compliance".to_owned(),
        policy: "soc2".to_owned(),
        suspended: false,
        expected_interval_seconds: Some(900.0),
        credentials_expiry: None,
        stalled: None,
        not_ready: None,
        last_missed: None,
        withheld: None,
        paging: true,
        organizations: vec![OrganizationFigures {
            organization: "acme".to_owned(),
            chain_read: true,
            totals: Totals {
                changes: 9,
                compliant: 4,
                exempt: 1,
                baseline: 1,
                non_compliant: vec![NonCompliantCount {
                    kind: ChangeKind::PullRequest,
                    severity: Severity::Critical,
                    count: 3,
                }],
            },
            undetermined: 2,
            last_success: Some(1_795_348_800.0),
            audited_since: Some(1_795_000_000.0),
            archive_verified: None,
        }],
        findings: Vec::new(),
    }
}

fn finding(name: &str, state: FindingState, severity: Option<Severity>) -> FindingFigures {
    FindingFigures {
        organization: "acme".to_owned(),
        repository: "payments".to_owned(),
        owner: "platform".to_owned(),
        severity,
        state,
        name: name.to_owned(),
        review_overdue: false,
        pages: state == FindingState::Open,
    }
}

const COUNTERS: &str = r#"# HELP mergeaudit_changes_audited_total Changes with a determined verdict since auditing began, each once. Absent until the archive is read.
# TYPE mergeaudit_changes_audited_total counter
mergeaudit_changes_audited_total{organization="acme",policy="soc2",policy_namespace="compliance",verdict="compliant"} 4
mergeaudit_changes_audited_total{organization="acme",policy="soc2",policy_namespace="compliance",verdict="exempt"} 1
mergeaudit_changes_audited_total{organization="acme",policy="soc2",policy_namespace="compliance",verdict="baseline"} 1
mergeaudit_changes_audited_total{organization="acme",policy="soc2",policy_namespace="compliance",verdict="non_compliant"} 3"#;

const MERGES: &str = r#"# HELP mergeaudit_noncompliant_merges_total Changes that landed without the required review since auditing began, each once. Absent until the archive is read.
# TYPE mergeaudit_noncompliant_merges_total counter
mergeaudit_noncompliant_merges_total{kind="pull_request",organization="acme",policy="soc2",policy_namespace="compliance",severity="critical"} 3
mergeaudit_noncompliant_merges_total{kind="pull_request",organization="acme",policy="soc2",policy_namespace="compliance",severity="warning"} 0
mergeaudit_noncompliant_merges_total{kind="direct_push",organization="acme",policy="soc2",policy_namespace="compliance",severity="critical"} 0
mergeaudit_noncompliant_merges_total{kind="direct_push",organization="acme",policy="soc2",policy_namespace="compliance",severity="warning"} 0
mergeaudit_noncompliant_merges_total{kind="force_push",organization="acme",policy="soc2",policy_namespace="compliance",severity="critical"} 0
mergeaudit_noncompliant_merges_total{kind="force_push",organization="acme",policy="soc2",policy_namespace="compliance",severity="warning"} 0"#;

const GAUGES: &str = r#"mergeaudit_audited_since_timestamp_seconds{organization="acme",policy="soc2",policy_namespace="compliance"} 1795000000
mergeaudit_emergency_reviews_overdue{organization="acme",policy="soc2",policy_namespace="compliance"} 0
mergeaudit_expected_interval_seconds{policy="soc2",policy_namespace="compliance"} 900
mergeaudit_last_success_timestamp_seconds{organization="acme",policy="soc2",policy_namespace="compliance"} 1795348800
mergeaudit_policy_paging{policy="soc2",policy_namespace="compliance"} 1
mergeaudit_policy_suspended{policy="soc2",policy_namespace="compliance"} 0
mergeaudit_undetermined_changes{organization="acme",policy="soc2",policy_namespace="compliance"} 2"#;

#[test]
fn a_policy_without_findings_is_this_text() {
    let lines = text(&[policy()]);
    assert_eq!(lines[..6].join("\n"), "# HELP mergeaudit_audited_since_timestamp_seconds Since when the organization ought to be audited: the policy's creation, a moment before its chain's genesis.\n# TYPE mergeaudit_audited_since_timestamp_seconds gauge\n".to_owned()
        + GAUGES.lines().next().unwrap() + "\n" + &COUNTERS.lines().take(3).collect::<Vec<_>>().join("\n"));
    let whole = lines.join("\n");
    assert!(whole.contains(COUNTERS), "{whole}");
    assert!(whole.contains(MERGES), "{whole}");
    let gauges: Vec<String> = lines
        .into_iter()
        .filter(|line| !line.starts_with('#') && !line.contains("_total{"))
        .filter(|line| !line.starts_with("mergeaudit_findings"))
        .collect();
    assert_eq!(gauges.join("\n"), GAUGES);
}

#[test]
fn counters_are_absent_until_the_chain_is_read() {
    let mut policy = policy();
    policy.organizations[0].chain_read = false;
    let lines = text(&[policy]);
    let early = ["_total", "mergeaudit_undetermined_changes"];
    for name in early {
        assert!(
            !lines.iter().any(|line| line.contains(name)),
            "{name}: {lines:#?}"
        );
    }
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("mergeaudit_policy_suspended{"))
    );
}

#[test]
fn a_new_chain_says_zero_for_every_kind_and_severity() {
    let mut policy = policy();
    policy.organizations[0].totals = Totals::default();
    let merges = series(&[policy], "mergeaudit_noncompliant_merges_total{");
    assert_eq!(merges.len(), KINDS.len() * SEVERITIES.len());
    assert!(
        merges.iter().all(|line| line.ends_with(" 0")),
        "{merges:#?}"
    );
}

#[test]
fn findings_are_counted_by_state_and_severity_and_open_ones_are_named() {
    let mut policy = policy();
    policy.findings = vec![
        finding(
            "soc2-payments-1",
            FindingState::Open,
            Some(Severity::Critical),
        ),
        finding(
            "soc2-payments-2",
            FindingState::Open,
            Some(Severity::Critical),
        ),
        finding(
            "soc2-payments-3",
            FindingState::Acknowledged,
            Some(Severity::Warning),
        ),
        finding("soc2-payments-4", FindingState::Undetermined, None),
    ];
    let open = series(&[policy.clone()], "mergeaudit_finding_open{");
    assert_eq!(open.len(), 2);
    assert_eq!(
        open[0],
        r#"mergeaudit_finding_open{finding="soc2-payments-1",organization="acme",owner="platform",policy="soc2",policy_namespace="compliance",repository="payments",severity="critical"} 1"#
    );
    let counts = series(&[policy], "mergeaudit_findings{");
    assert_eq!(counts.len(), STATES.len());
    let above_zero: Vec<&str> = counts
        .iter()
        .filter(|line| !line.ends_with(" 0"))
        .filter_map(|line| line.split_once("severity="))
        .map(|(_, rest)| rest)
        .collect();
    assert_eq!(
        above_zero,
        [
            r#""none",state="undetermined"} 1"#,
            r#""critical",state="open"} 2"#,
            r#""warning",state="acknowledged"} 1"#
        ]
    );
}

#[test]
fn nothing_pages_while_paging_is_disabled() {
    let mut policy = policy();
    policy.findings = vec![finding(
        "soc2-payments-1",
        FindingState::Open,
        Some(Severity::Critical),
    )];
    policy.paging = false;
    let policies = [policy];
    assert!(series(&policies, "mergeaudit_finding_open").is_empty());
    assert_eq!(
        series(&policies, "mergeaudit_policy_paging{"),
        [r#"mergeaudit_policy_paging{policy="soc2",policy_namespace="compliance"} 0"#]
    );
}

#[test]
fn hostile_label_values_are_escaped() {
    let mut policy = policy();
    policy.findings = vec![FindingFigures {
        owner: "a\"b\\c\nd".to_owned(),
        ..finding("x", FindingState::Open, Some(Severity::Warning))
    }];
    let open = series(&[policy], "mergeaudit_finding_open{");
    assert!(open[0].contains(r#"owner="a\"b\\c\nd""#), "{open:#?}");
}
