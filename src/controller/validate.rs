//! Validate step (pure): from a policy as it was written to a plan that everything after works from, or to the reason why it
//! cannot be obeyed.

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt as _;

use super::progress::PolicyKey;
use crate::api::audit_policy::{AuditPolicySpec, DirectPushes, Exemption, Paging};
use crate::api::condition::ConditionReason as Reason;
use crate::api::{self, AuditPolicy, convert};
use crate::audit::evaluate::Judge;
use crate::audit::exemption;
use crate::audit::requirements::InvalidRequirements;
use crate::audit::scope::{InvalidGlob, Scope};
use crate::evidence::state::ChainState;
use crate::github::Endpoint;
use crate::scan::{Assignment, PolicyVersion};
use crate::schedule::cron::Schedule;
use crate::schedule::invalid::InvalidSchedule;
use crate::schedule::window::Reach;
use crate::schedule::window::jitter;

#[cfg(test)]
mod tests;

/// A policy that can be obeyed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which policy.
    pub key: PolicyKey,
    /// `metadata.generation`.
    pub generation: Option<i64>,
    /// Its uid; none of a file.
    pub uid: Option<String>,
    /// When it was created.
    pub created: Timestamp,
    /// When scans are due.
    pub schedule: Schedule,
    /// Whether none are to start.
    pub suspended: bool,
    /// How late a scan may start.
    pub deadline: Option<SignedDuration>,
    /// The annotation that asks for a scan now.
    pub request: Option<String>,
    /// The annotation that adopts an archive that does not match: the reason.
    pub adopt: Option<String>,
    /// The GitHub to ask.
    pub endpoint: Endpoint,
    /// The Secret with the credentials.
    pub secret: String,
    /// One per organization.
    pub assignments: Vec<Assignment>,
    /// How many findings may be open.
    pub max_open: i64,
    /// Whether findings page.
    pub paging: bool,
    /// How long a finding stays after it closed.
    pub retention: SignedDuration,
    /// Whether direct pushes are forbidden, which this version does not audit.
    pub direct_pushes_forbidden: bool,
}

/// What of the world outside a policy decides whether it can be obeyed.
#[derive(Debug, Clone)]
pub struct Surroundings<'a> {
    /// Hosts that tokens may be sent to.
    pub allowed_hosts: &'a [String],
    /// The cluster's uid.
    pub cluster_uid: Option<&'a str>,
    /// The uid of the policy's namespace.
    pub namespace_uid: Option<&'a str>,
    /// What runs the scans.
    pub executor: &'static str,
    /// The time.
    pub now: Timestamp,
}

/// A policy that cannot be obeyed until its spec is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The word for it.
    pub reason: Reason,
    /// Field, problem and fix.
    pub message: String,
}

// === impl Plan ===

impl Plan {
    /// Whether a rule or emergency asks for the descriptions of pull requests.
    pub fn needs_descriptions(&self) -> bool {
        let mut judges = self.assignments.iter().map(|it| &it.judge);
        judges.any(|judge| judge.requirements().needs_description())
    }

    /// When the scan of a slot starts: a moment later that is always the same for one policy, so that many with one schedule do not
    /// all start at once. It moves neither the slot nor what is covered, and never past the deadline.
    pub fn start_of(&self, slot: Timestamp) -> Timestamp {
        let interval = self.schedule.interval_at(slot) / 20;
        let bound = self.deadline.map_or(SPREAD, |deadline| deadline / 2);
        let bound = bound.min(interval).min(SPREAD);
        let delay = self.uid.as_deref().map(|uid| jitter(uid, bound));
        slot.saturating_add(delay.unwrap_or_default())
            .unwrap_or(slot)
    }

    /// The moment after which slots are due for a chain: its last handled slot, or the policy's creation.
    pub fn earliest(&self, chain: &ChainState) -> Timestamp {
        chain.last_slot.unwrap_or(self.created)
    }
}

/// The most that a scan's start is moved; a twentieth of the interval where that is less.
const SPREAD: SignedDuration = SignedDuration::from_secs(30);

/// The plan that a policy asks for.
///
/// # Errors
///
/// What the API server could not refuse: names that do not exist, hosts that are not allowed, fields that are not obeyed.
pub fn validate(policy: &AuditPolicy, surroundings: &Surroundings<'_>) -> Result<Plan, Invalid> {
    let spec = &policy.spec;
    refuse_unsupported(spec)?;
    refuse_future_exemptions(spec, surroundings.now)?;
    let schedule = Schedule::parse(&spec.schedule, &spec.time_zone)
        .map_err(|error| schedule_invalid(&error))?;
    let endpoint = endpoint(spec, surroundings)?;
    let key = PolicyKey::of(policy);
    Ok(Plan {
        generation: policy.metadata.generation,
        uid: policy.uid(),
        created: policy
            .creation_timestamp()
            .map_or(Timestamp::UNIX_EPOCH, |time| time.0),
        schedule,
        suspended: spec.suspend,
        deadline: spec
            .starting_deadline_seconds
            .map(SignedDuration::from_secs),
        request: api::requested_at(policy),
        adopt: api::adopt_archive(policy),
        endpoint,
        secret: spec.github.credentials_ref.name.clone(),
        assignments: assignments(policy, &key, surroundings)?,
        max_open: spec.findings.max_open,
        paging: spec.findings.paging == Paging::Enabled,
        retention: SignedDuration::from_hours(24 * spec.findings.retention_days),
        direct_pushes_forbidden: spec.requirements.direct_pushes == DirectPushes::Forbidden,
        key,
    })
}

fn refuse_unsupported(spec: &AuditPolicySpec) -> Result<(), Invalid> {
    let unsupported = convert::unsupported_fields(spec);
    if unsupported.is_empty() {
        return Ok(());
    }
    let fields: Vec<String> = unsupported
        .iter()
        .map(|field| format!("{}: {}", field.path, field.why))
        .collect();
    Err(Invalid {
        reason: Reason::FieldNotSupported,
        message: fields.join("; "),
    })
}

/// An exemption holds for the year before its end. One that ends later than that exempts nothing yet, whatever people think.
fn refuse_future_exemptions(spec: &AuditPolicySpec, now: Timestamp) -> Result<(), Invalid> {
    let too_far = |it: &Exemption| it.expiration_time.0.duration_since(now) > exemption::TERM;
    let Some(at) = spec.exemptions.iter().position(too_far) else {
        return Ok(());
    };
    let (name, end) = (
        &spec.exemptions[at].name,
        &spec.exemptions[at].expiration_time.0,
    );
    let latest = now.saturating_add(exemption::TERM).unwrap_or(now);
    let latest = latest.strftime("%Y-%m-%d");
    Err(invalid(
        Reason::InvalidPolicy,
        &format!(
            "spec.exemptions[{at}].expirationTime: {name} ends at {end}, more than a year from now; the term of an exemption is a year \
             at most: write {latest}T00:00:00Z or earlier"
        ),
    ))
}

fn schedule_invalid(error: &InvalidSchedule) -> Invalid {
    let (reason, field) = match error {
        InvalidSchedule::UnknownTimeZone { .. } | InvalidSchedule::MisspelledTimeZone { .. } => {
            (Reason::InvalidTimeZone, "spec.timeZone")
        }
        _ => (Reason::InvalidSchedule, "spec.schedule"),
    };
    Invalid {
        reason,
        message: format!("{field}: {error}"),
    }
}

fn endpoint(spec: &AuditPolicySpec, surroundings: &Surroundings<'_>) -> Result<Endpoint, Invalid> {
    let url = &spec.github.api_url;
    let endpoint = Endpoint::parse(url).map_err(|error| {
        invalid(
            Reason::InvalidPolicy,
            &format!("spec.github.apiUrl: {url}: {error}"),
        )
    })?;
    if endpoint.is_allowed(surroundings.allowed_hosts) {
        return Ok(endpoint);
    }
    Err(invalid(
        Reason::HostNotAllowed,
        &format!(
            "spec.github.apiUrl: tokens may not be sent to {}; the administrator allows {} (--allowed-github-hosts)",
            endpoint.authority(),
            surroundings.allowed_hosts.join(", "),
        ),
    ))
}

fn assignments(
    policy: &AuditPolicy,
    key: &PolicyKey,
    surroundings: &Surroundings<'_>,
) -> Result<Vec<Assignment>, Invalid> {
    let convert::Plan {
        requirements,
        scopes,
        window,
    } = convert::plan(&policy.spec)
        .map_err(|error| invalid(Reason::InvalidPolicy, &error.to_string()))?;
    let judge = Judge::new(&requirements).map_err(|error| requirements_invalid(&error))?;
    let reach = Reach {
        lookback: window.initial_lookback,
        overlap: window.overlap,
    };
    let version = version(policy);
    let assignment = |organization: convert::Scope| {
        let convert::Scope {
            organization,
            include,
            exclude,
            branches,
        } = organization;
        Ok(Assignment {
            namespace: key.namespace.clone(),
            policy: key.name.clone(),
            scope: Scope::new(&organization, &include, &exclude, &branches)
                .map_err(|error| glob(&error))?,
            organization,
            judge: judge.clone(),
            version: version.clone(),
            reach,
            cluster_uid: surroundings.cluster_uid.map(str::to_owned),
            namespace_uid: surroundings.namespace_uid.map(str::to_owned),
            executor: surroundings.executor,
        })
    };
    scopes.into_iter().map(assignment).collect()
}

fn requirements_invalid(error: &InvalidRequirements) -> Invalid {
    match error {
        InvalidRequirements::Glob(error) => glob(error),
        InvalidRequirements::Field { field, problem } => {
            invalid(Reason::InvalidPolicy, &format!("spec.{field}: {problem}"))
        }
    }
}

fn glob(error: &InvalidGlob) -> Invalid {
    let InvalidGlob {
        field,
        glob,
        problem,
    } = error;
    let remedy = "put [ ] around a character that is meant literally";
    invalid(
        Reason::InvalidGlob,
        &format!("spec.{field}: {glob:?} is no glob: {problem}; {remedy}"),
    )
}

fn version(policy: &AuditPolicy) -> PolicyVersion {
    PolicyVersion {
        spec: convert::canonical_spec(&policy.spec),
        digest: convert::policy_digest(&policy.spec),
        generation: policy.metadata.generation,
        uid: policy.uid(),
        changed_by: changed_by(policy),
        suspended: policy.spec.suspend,
    }
}

/// The manager of the latest write to the policy that was not to its status.
fn changed_by(policy: &AuditPolicy) -> Option<String> {
    let writes = policy
        .managed_fields()
        .iter()
        .filter(|write| write.subresource.is_none());
    let latest = writes.max_by_key(|write| write.time.as_ref().map(|time| time.0))?;
    latest.manager.clone()
}

fn invalid(reason: Reason, message: &str) -> Invalid {
    Invalid {
        reason,
        message: message.to_owned(),
    }
}
