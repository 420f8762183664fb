//! What Prometheus scrapes: figures of the policies, computed at scrape, and counts of this process.
//!
//! The policies' series are projections of the archive. They come from a closure over the synced watch cache, so every
//! replica says the same, a restart changes nothing, and the series of a deleted object is gone with it. What only this
//! process knows (requests, durations) is counted here as usual.

mod families;
pub mod figures;
pub mod names;

use std::collections::HashMap;
use std::time::Duration;

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramTimer, IntCounterVec, Opts, Registry,
    TextEncoder,
};

pub use families::families;
pub use figures::{FindingFigures, FindingState, OrganizationFigures, PolicyFigures};

#[cfg(test)]
mod tests;

/// The content type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Scans take from a second to the hours of a first backfill.
const SCAN_BUCKETS: &[f64] = &[
    1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 7200.0,
];

/// Detection takes from a minute to the days of a long outage.
const LATENCY_BUCKETS: &[f64] = &[
    60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 21_600.0, 86_400.0, 604_800.0,
];

/// All metrics of one process. Cheap to clone; clones count into the same series.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    scans: IntCounterVec,
    scan_duration: Histogram,
    detection_latency: Histogram,
    github_requests: IntCounterVec,
    github_rate_limit_remaining: GaugeVec,
    leader: Gauge,
}

/// How a scan of one organization ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanResult {
    /// Everything in scope was audited.
    Succeeded,
    /// Some of it became a debt.
    PartiallyFailed,
    /// Nothing was audited.
    Failed,
}

/// Measures a scan from its start. Dropped without [`ScanTimer::finish`], as when it is cancelled, the scan failed.
#[must_use]
#[derive(Debug)]
pub struct ScanTimer {
    scans: IntCounterVec,
    result: ScanResult,
    // Observes the duration when it is dropped.
    _timer: HistogramTimer,
}

/// A metric that could not be registered or written: a mistake in the names table, never in the data.
#[derive(Debug, thiserror::Error)]
#[error("the metrics cannot be exposed")]
pub struct Error(#[from] prometheus::Error);

// === impl Metrics ===

impl Metrics {
    /// Registers the process's own metrics. The policies' follow with [`Metrics::expose_policies`].
    pub fn new() -> Result<Self, Error> {
        let build_info = GaugeVec::new(opts(&names::BUILD_INFO), names::BUILD_INFO.labels)?;
        build_info
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1.0);
        let metrics = Self {
            registry: Registry::new(),
            scans: counters(&names::SCANS)?,
            scan_duration: histogram(&names::SCAN_DURATION, SCAN_BUCKETS)?,
            detection_latency: histogram(&names::DETECTION_LATENCY, LATENCY_BUCKETS)?,
            github_requests: counters(&names::GITHUB_REQUESTS)?,
            github_rate_limit_remaining: GaugeVec::new(
                opts(&names::GITHUB_RATE_LIMIT_REMAINING),
                names::GITHUB_RATE_LIMIT_REMAINING.labels,
            )?,
            leader: Gauge::with_opts(opts(&names::LEADER))?,
        };
        let collectors: [Box<dyn Collector>; 7] = [
            Box::new(build_info),
            Box::new(metrics.scans.clone()),
            Box::new(metrics.scan_duration.clone()),
            Box::new(metrics.detection_latency.clone()),
            Box::new(metrics.github_requests.clone()),
            Box::new(metrics.github_rate_limit_remaining.clone()),
            Box::new(metrics.leader.clone()),
        ];
        for collector in collectors {
            metrics.registry.register(collector)?;
        }
        metrics.register_process()?;
        for result in ScanResult::ALL {
            // Zero is said from the start, so that the first failure is an increase.
            metrics.scans.with_label_values(&[result.as_str()]);
        }
        Ok(metrics)
    }

    /// CPU, memory and file descriptors of the process, under their usual names. Only Linux tells them.
    #[cfg(target_os = "linux")]
    fn register_process(&self) -> Result<(), Error> {
        let process = prometheus::process_collector::ProcessCollector::for_self();
        Ok(self.registry.register(Box::new(process))?)
    }

    #[cfg(not(target_os = "linux"))]
    fn register_process(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Exposes the policies: `figures` is asked at every scrape, and says none until its caches are synced. Once only.
    pub fn expose_policies<F>(&self, figures: F) -> Result<(), Error>
    where
        F: Fn() -> Option<Vec<PolicyFigures>> + Send + Sync + 'static,
    {
        let descriptions = names::DOMAIN
            .iter()
            .map(description)
            .collect::<Result<_, _>>()?;
        let collector = PolicyCollector {
            descriptions,
            figures,
        };
        Ok(self.registry.register(Box::new(collector))?)
    }

    /// Starts to measure a scan of one organization.
    pub fn start_scan(&self) -> ScanTimer {
        ScanTimer {
            scans: self.scans.clone(),
            result: ScanResult::Failed,
            _timer: self.scan_duration.start_timer(),
        }
    }

    /// Notes how long after its landing a non-compliant change was detected.
    pub fn detected_after(&self, latency: Duration) {
        self.detection_latency.observe(latency.as_secs_f64());
    }

    /// Counts a request to GitHub. Both words are of a fixed vocabulary, never from an answer.
    pub fn github_request(&self, operation: &'static str, outcome: &'static str) {
        self.github_requests
            .with_label_values(&[operation, outcome])
            .inc();
    }

    /// Notes what GitHub said is left of a budget, such as `graphql` or `core`.
    pub fn github_rate_limit_remaining(&self, resource: &str, remaining: u32) {
        self.github_rate_limit_remaining
            .with_label_values(&[resource])
            .set(f64::from(remaining));
    }

    /// Notes whether this process leads.
    pub fn set_leader(&self, leads: bool) {
        self.leader.set(f64::from(leads));
    }

    /// Everything in the text format 0.0.4.
    pub fn encode(&self) -> Result<String, Error> {
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }
}

fn opts(metric: &names::Metric) -> Opts {
    Opts::new(metric.name, metric.help)
}

fn counters(metric: &names::Metric) -> Result<IntCounterVec, prometheus::Error> {
    IntCounterVec::new(opts(metric), metric.labels)
}

fn histogram(metric: &names::Metric, buckets: &[f64]) -> Result<Histogram, prometheus::Error> {
    Histogram::with_opts(HistogramOpts::new(metric.name, metric.help).buckets(buckets.to_vec()))
}

fn description(metric: &names::Metric) -> Result<Desc, prometheus::Error> {
    let labels = metric.labels.iter().map(ToString::to_string).collect();
    Desc::new(
        metric.name.to_owned(),
        metric.help.to_owned(),
        labels,
        HashMap::new(),
    )
}

// === impl ScanResult ===

impl ScanResult {
    const ALL: [Self; 3] = [Self::Succeeded, Self::PartiallyFailed, Self::Failed];

    /// The label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::PartiallyFailed => "partially_failed",
            Self::Failed => "failed",
        }
    }
}

// === impl ScanTimer ===

impl ScanTimer {
    /// Ends the measurement and counts the scan.
    pub fn finish(mut self, result: ScanResult) {
        self.result = result;
    }
}

impl Drop for ScanTimer {
    fn drop(&mut self) {
        self.scans.with_label_values(&[self.result.as_str()]).inc();
    }
}

/// Asks for the figures at every scrape.
struct PolicyCollector<F> {
    descriptions: Vec<Desc>,
    figures: F,
}

// === impl PolicyCollector ===

impl<F> Collector for PolicyCollector<F>
where
    F: Fn() -> Option<Vec<PolicyFigures>> + Send + Sync,
{
    fn desc(&self) -> Vec<&Desc> {
        self.descriptions.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        (self.figures)().map_or_else(Vec::new, |figures| families(&figures))
    }
}
