//! Leader election on a `coordination.k8s.io/v1` Lease: one replica scans, all serve metrics.
//!
//! The rules are those of the Kubernetes client libraries: a holder renews; others take over only after they have watched
//! the same renewal for the whole duration by their own clock, so that skewed clocks do no harm.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::time::Instant;

use crate::clock::Clock;

/// The name of the Lease.
const NAME: &str = "mergeaudit";
/// How long a lease holds without a renewal.
const DURATION: Duration = Duration::from_secs(15);
/// A holder that could not renew for this long stops: before the others may take over.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);
/// Time between two tries.
const RETRY: Duration = Duration::from_secs(2);

/// One replica's candidacy.
pub(super) struct Candidate {
    leases: Api<Lease>,
    name: String,
    identity: String,
    clock: Clock,
    seen: Option<Observation>,
}

/// A renewal by somebody else, and when this process first saw it.
struct Observation {
    holder: Option<String>,
    renewed: Option<MicroTime>,
    at: Instant,
}

// === impl Candidate ===

impl Candidate {
    /// A candidate for the lease in this namespace. `client` should give up sooner than the lease runs out.
    pub(super) fn new(client: Client, namespace: &str, identity: String, clock: Clock) -> Self {
        Self {
            leases: Api::namespaced(client, namespace),
            name: NAME.to_owned(),
            identity,
            clock,
            seen: None,
        }
    }

    /// Waits until this replica leads.
    pub(super) async fn acquire(&mut self) {
        loop {
            match self.try_once().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = %error, lease = self.name, "the lease could not be read or taken");
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Renews until this replica no longer leads: somebody else holds the lease, or renewing failed for too long.
    pub(super) async fn hold(&mut self) {
        let mut renewed = Instant::now();
        while renewed.elapsed() < RENEW_DEADLINE {
            tokio::time::sleep(RETRY).await;
            match tokio::time::timeout(RENEW_DEADLINE / 2, self.try_once()).await {
                Ok(Ok(true)) => renewed = Instant::now(),
                Ok(Ok(false)) => return,
                Ok(Err(error)) => {
                    tracing::warn!(error = %error, lease = self.name, "the lease could not be renewed");
                }
                Err(_) => tracing::warn!(lease = self.name, "renewing the lease timed out"),
            }
        }
    }

    /// Gives the lease up, so that another replica need not wait for it to run out.
    pub(super) async fn release(&self) {
        let Ok(Some(mut lease)) = self.leases.get_opt(&self.name).await else {
            return;
        };
        let Some(spec) = lease
            .spec
            .as_mut()
            .filter(|spec| spec.holder_identity.as_ref() == Some(&self.identity))
        else {
            return;
        };
        spec.holder_identity = None;
        spec.lease_duration_seconds = Some(1);
        if let Err(error) = self
            .leases
            .replace(&self.name, &PostParams::default(), &lease)
            .await
        {
            tracing::debug!(error = %error, lease = self.name, "the lease could not be released; it runs out by itself");
        }
    }

    async fn try_once(&mut self) -> kube::Result<bool> {
        let written = match self.leases.get_opt(&self.name).await? {
            None => {
                self.leases
                    .create(&PostParams::default(), &self.fresh())
                    .await
            }
            Some(lease) if self.may_take(&lease) => {
                self.leases
                    .replace(&self.name, &PostParams::default(), &self.renewal(lease))
                    .await
            }
            Some(_) => return Ok(false),
        };
        match written {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.is_conflict() || status.is_already_exists() => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn may_take(&mut self, lease: &Lease) -> bool {
        let spec = lease.spec.clone().unwrap_or_default();
        if spec.holder_identity.as_ref() == Some(&self.identity) || spec.holder_identity.is_none() {
            return true;
        }
        let unchanged = |seen: &Observation| {
            seen.holder == spec.holder_identity && seen.renewed == spec.renew_time
        };
        if let Some(seen) = self.seen.as_ref().filter(|seen| unchanged(seen)) {
            return seen.at.elapsed() >= duration_of(&spec);
        }
        self.seen = Some(Observation {
            holder: spec.holder_identity,
            renewed: spec.renew_time,
            at: Instant::now(),
        });
        false
    }

    fn fresh(&self) -> Lease {
        let metadata = ObjectMeta {
            name: Some(self.name.clone()),
            ..ObjectMeta::default()
        };
        Lease {
            metadata,
            spec: Some(self.held(self.clock.now(), 0)),
        }
    }

    fn renewal(&self, mut lease: Lease) -> Lease {
        let now = self.clock.now();
        let before = lease.spec.take().unwrap_or_default();
        let transitions = before.lease_transitions.unwrap_or(0);
        lease.spec = Some(if before.holder_identity.as_ref() == Some(&self.identity) {
            LeaseSpec {
                acquire_time: before.acquire_time,
                ..self.held(now, transitions)
            }
        } else {
            self.held(now, transitions + 1)
        });
        lease
    }

    fn held(&self, now: Timestamp, transitions: i32) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: Some(MicroTime(now)),
            renew_time: Some(MicroTime(now)),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        }
    }
}

fn duration_of(spec: &LeaseSpec) -> Duration {
    let seconds = spec
        .lease_duration_seconds
        .and_then(|seconds| u64::try_from(seconds).ok());
    seconds.map_or(DURATION, Duration::from_secs)
}

#[cfg(test)]
mod tests;
