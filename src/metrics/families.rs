//! From figures to metric families: pure, so that every replica says the same of the same cache.

use std::collections::BTreeMap;

use prometheus::proto::{Counter, Gauge, LabelPair, Metric as Sample, MetricFamily, MetricType};

use super::figures::{FindingFigures, FindingState, OrganizationFigures, PolicyFigures};
use super::names::{self, Kind, Metric};
use crate::audit::record::ChangeKind;
use crate::audit::verdict::Severity;

#[cfg(test)]
mod tests;

const KINDS: [ChangeKind; 3] = [
    ChangeKind::PullRequest,
    ChangeKind::DirectPush,
    ChangeKind::ForcePush,
];
const SEVERITIES: [Severity; 2] = [Severity::Critical, Severity::Warning];

/// The states and severities that exist, which are said even when there is none of them.
const STATES: [(FindingState, Option<Severity>); 10] = [
    (FindingState::Undetermined, None),
    (FindingState::Open, Some(Severity::Critical)),
    (FindingState::Open, Some(Severity::Warning)),
    (FindingState::Acknowledged, Some(Severity::Critical)),
    (FindingState::Acknowledged, Some(Severity::Warning)),
    (FindingState::Reviewed, Some(Severity::Critical)),
    (FindingState::Reviewed, Some(Severity::Warning)),
    (FindingState::Baseline, Some(Severity::Critical)),
    (FindingState::Baseline, Some(Severity::Warning)),
    (FindingState::Resolved, None),
];

/// The families of all policies. A family without a series is left out.
pub fn families(policies: &[PolicyFigures]) -> Vec<MetricFamily> {
    let mut families = Families::default();
    for policy in policies {
        add_policy(&mut families, policy);
        for organization in &policy.organizations {
            add_organization(&mut families, policy, organization);
        }
        add_findings(&mut families, policy);
    }
    families.finish()
}

fn add_policy(families: &mut Families, policy: &PolicyFigures) {
    let labels = [policy.policy_namespace.as_str(), policy.policy.as_str()];
    families.add(
        &names::POLICY_SUSPENDED,
        &labels,
        f64::from(policy.suspended),
    );
    families.add(&names::POLICY_PAGING, &labels, f64::from(policy.paging));
    families.add_known(
        &names::EXPECTED_INTERVAL,
        &labels,
        policy.expected_interval_seconds,
    );
    families.add_known(
        &names::CREDENTIALS_EXPIRY,
        &labels,
        policy.credentials_expiry,
    );
    families.add_known(&names::LAST_MISSED, &labels, policy.last_missed);
    families.add_known(
        &names::FINDINGS_WITHHELD,
        &labels,
        policy.withheld.map(float),
    );
    let reasons = [
        (&names::POLICY_STALLED, &policy.stalled),
        (&names::POLICY_NOT_READY, &policy.not_ready),
    ];
    for (metric, reason) in reasons {
        if let Some(reason) = reason {
            families.add(metric, &[labels[0], labels[1], reason], 1.0);
        }
    }
}

fn add_organization(
    families: &mut Families,
    policy: &PolicyFigures,
    organization: &OrganizationFigures,
) {
    let labels = [
        policy.policy_namespace.as_str(),
        policy.policy.as_str(),
        organization.organization.as_str(),
    ];
    families.add_known(&names::LAST_SUCCESS, &labels, organization.last_success);
    families.add_known(&names::AUDITED_SINCE, &labels, organization.audited_since);
    families.add_known(
        &names::ARCHIVE_VERIFIED,
        &labels,
        organization.archive_verified,
    );
    let overdue = policy
        .findings
        .iter()
        .filter(|finding| finding.review_overdue && finding.organization == labels[2]);
    let overdue = i64::try_from(overdue.count()).unwrap_or(i64::MAX);
    families.add(&names::REVIEWS_OVERDUE, &labels, float(overdue));
    if organization.chain_read {
        add_totals(families, labels, organization);
    }
}

fn add_totals(families: &mut Families, labels: [&str; 3], organization: &OrganizationFigures) {
    let [namespace, policy, name] = labels;
    let totals = &organization.totals;
    families.add(
        &names::UNDETERMINED_CHANGES,
        &labels,
        float(organization.undetermined),
    );
    for kind in KINDS {
        for severity in SEVERITIES {
            let counts = totals.non_compliant.iter();
            let count = counts
                .filter(|row| row.kind == kind && row.severity == severity)
                .map(|row| row.count)
                .sum();
            families.add(
                &names::NONCOMPLIANT_MERGES,
                &[
                    namespace,
                    policy,
                    name,
                    kind.as_label(),
                    severity_label(Some(severity)),
                ],
                float(count),
            );
        }
    }
    let verdicts = [
        ("compliant", totals.compliant),
        ("exempt", totals.exempt),
        ("baseline", totals.baseline),
        ("non_compliant", totals.non_compliant_count()),
    ];
    for (verdict, count) in verdicts {
        families.add(
            &names::CHANGES_AUDITED,
            &[namespace, policy, name, verdict],
            float(count),
        );
    }
}

fn add_findings(families: &mut Families, policy: &PolicyFigures) {
    let mut counts = BTreeMap::new();
    for organization in &policy.organizations {
        for (state, severity) in STATES {
            counts.insert((organization.organization.as_str(), state, severity), 0);
        }
    }
    for finding in &policy.findings {
        let key = (
            finding.organization.as_str(),
            finding.state,
            finding.severity,
        );
        *counts.entry(key).or_insert(0) += 1;
        if finding.pages && policy.paging {
            add_open_finding(families, policy, finding);
        }
    }
    for ((organization, state, severity), count) in counts {
        families.add(
            &names::FINDINGS,
            &[
                &policy.policy_namespace,
                &policy.policy,
                organization,
                state.as_str(),
                severity_label(severity),
            ],
            float(count),
        );
    }
}

fn add_open_finding(families: &mut Families, policy: &PolicyFigures, finding: &FindingFigures) {
    families.add(
        &names::FINDING_OPEN,
        &[
            &policy.policy_namespace,
            &policy.policy,
            &finding.organization,
            &finding.repository,
            &finding.owner,
            severity_label(finding.severity),
            &finding.name,
        ],
        1.0,
    );
}

/// The severity as alerts spell it. An empty value would be no label at all.
fn severity_label(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Critical) => "critical",
        Some(Severity::Warning) => "warning",
        None => "none",
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count above 2^53 cannot be reached"
)]
fn float(count: i64) -> f64 {
    count as f64
}

/// Families under construction, by name.
#[derive(Default)]
struct Families(BTreeMap<&'static str, (Metric, Vec<Sample>)>);

// === impl Families ===

impl Families {
    fn add_known(&mut self, metric: &Metric, labels: &[&str], value: Option<f64>) {
        if let Some(value) = value {
            self.add(metric, labels, value);
        }
    }

    fn add(&mut self, metric: &Metric, labels: &[&str], value: f64) {
        let mut pairs: Vec<LabelPair> = metric
            .labels
            .iter()
            .zip(labels)
            .map(|(name, value)| label(name, value))
            .collect();
        pairs.sort_by(|a, b| a.name().cmp(b.name()));
        let mut sample = Sample::from_label(pairs);
        match metric.kind {
            Kind::Counter => sample.set_counter(counter(value)),
            Kind::Gauge | Kind::Histogram => sample.set_gauge(gauge(value)),
        }
        let (_, samples) = self
            .0
            .entry(metric.name)
            .or_insert_with(|| (*metric, Vec::new()));
        samples.push(sample);
    }

    fn finish(self) -> Vec<MetricFamily> {
        let family = |(metric, samples): (Metric, Vec<Sample>)| {
            let mut family = MetricFamily::default();
            family.set_name(metric.name.to_owned());
            family.set_help(metric.help.to_owned());
            family.set_field_type(match metric.kind {
                Kind::Counter => MetricType::COUNTER,
                Kind::Gauge | Kind::Histogram => MetricType::GAUGE,
            });
            family.set_metric(samples);
            family
        };
        self.0.into_values().map(family).collect()
    }
}

fn label(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

fn counter(value: f64) -> Counter {
    let mut counter = Counter::default();
    counter.set_value(value);
    counter
}

fn gauge(value: f64) -> Gauge {
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    gauge
}
