//! What this process knows of each policy's organizations between reconciliations: chains as last read, and failures. All of it
//! can be lost: the archive and the status have what matters.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kube::ResourceExt as _;

use super::retry::Failure;
use super::validate::Plan;
use super::verification::Verified;
use crate::api::{AuditFinding, AuditPolicy};
use crate::evidence::ChainId;
use crate::evidence::state::ChainState;

/// A policy, by namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyKey {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// What is known of one organization.
#[derive(Debug, Clone, Default)]
pub(super) struct OrganizationProgress {
    /// Its chain, once read.
    pub(super) chain: Option<Arc<ChainState>>,
    /// The last entry whose findings were said in the log by this process; none before any were.
    pub(super) said: Option<u64>,
    /// Why the last attempt failed; none after a success.
    pub(super) failure: Option<Failure>,
    /// What the last verification of its chain said.
    pub(super) verified: Option<Verified>,
    /// Whether its chain is being verified.
    pub(super) verifying: bool,
    /// When the credentials run out, where GitHub tells.
    pub(super) credentials_expiration: Option<Timestamp>,
}

/// What is known of one policy.
#[derive(Debug, Clone, Default)]
pub(super) struct PolicyProgress {
    /// The uid of the policy that the rest is about: one that was deleted and created again begins anew.
    pub(super) uid: Option<String>,
    /// The uid of its namespace, once read.
    pub(super) namespace_uid: Option<String>,
    /// The generation whose organizations were last opened.
    pub(super) generation: Option<i64>,
    /// Whether a task is at work on it.
    pub(super) running: bool,
    /// By login, as in the policy.
    pub(super) organizations: BTreeMap<String, OrganizationProgress>,
}

/// All policies.
#[derive(Debug, Default)]
pub(super) struct Progress(Mutex<HashMap<PolicyKey, PolicyProgress>>);

// === impl PolicyKey ===

impl PolicyKey {
    /// The key of this policy.
    pub(super) fn of(policy: &AuditPolicy) -> Self {
        Self {
            namespace: policy.namespace().unwrap_or_default(),
            name: policy.name_any(),
        }
    }

    /// The key of the policy that this finding is of, whether or not the policy is still there.
    pub(super) fn of_finding(finding: &AuditFinding) -> Self {
        Self {
            namespace: finding.namespace().unwrap_or_default(),
            name: finding.spec.policy_name.clone(),
        }
    }

    /// The chain of one of the policy's organizations.
    pub(super) fn chain(&self, organization_id: i64) -> ChainId {
        ChainId {
            namespace: self.namespace.clone(),
            policy: self.name.clone(),
            organization_id,
        }
    }
}

// === impl OrganizationProgress ===

impl OrganizationProgress {
    /// Takes this state of the chain, unless a decision that was recorded meanwhile made a newer one known.
    pub(super) fn advance(&mut self, state: &Arc<ChainState>) {
        let known = self.chain.as_ref();
        if !known.is_some_and(|known| known.is_after(state)) {
            self.chain = Some(state.clone());
        }
    }

    fn chain_of(&self, organization_id: i64) -> Option<&Arc<ChainState>> {
        let is_its = |chain: &&Arc<ChainState>| chain.genesis.organization_id == organization_id;
        self.chain.as_ref().filter(is_its)
    }
}

// === impl PolicyProgress ===

impl PolicyProgress {
    /// What is known of the organizations that the policy names now; others may be left from before an edit.
    pub(super) fn of_plan(&self, plan: &Plan) -> impl Iterator<Item = &OrganizationProgress> {
        let names = plan.assignments.iter();
        names.filter_map(|assignment| self.organizations.get(&assignment.organization))
    }
}

// === impl Progress ===

impl Progress {
    /// What is known of this policy now.
    pub(super) fn of(&self, key: &PolicyKey) -> PolicyProgress {
        self.lock().get(key).cloned().unwrap_or_default()
    }

    /// What is known of the policy with this uid; of another one of the same name everything is forgotten.
    pub(super) fn of_uid(&self, key: &PolicyKey, uid: Option<String>) -> PolicyProgress {
        let mut policies = self.lock();
        let policy = policies.entry(key.clone()).or_default();
        if policy.uid != uid {
            *policy = PolicyProgress {
                uid,
                running: policy.running,
                ..PolicyProgress::default()
            };
        }
        policy.clone()
    }

    /// Remembers the uid of a policy's namespace, which never changes.
    pub(super) fn set_namespace_uid(&self, key: &PolicyKey, uid: Option<String>) {
        self.lock().entry(key.clone()).or_default().namespace_uid = uid;
    }

    /// Marks a policy as being worked on; false where it already is.
    pub(super) fn begin(&self, key: &PolicyKey) -> bool {
        let mut policies = self.lock();
        let policy = policies.entry(key.clone()).or_default();
        !std::mem::replace(&mut policy.running, true)
    }

    /// Marks the end of the work on a generation of a policy.
    pub(super) fn end(&self, key: &PolicyKey, generation: Option<i64>) {
        if let Some(policy) = self.lock().get_mut(key) {
            policy.running = false;
            policy.generation = generation;
        }
    }

    /// Marks an organization's chain as being verified; false where it already is.
    pub(super) fn begin_verification(&self, key: &PolicyKey, organization: &str) -> bool {
        let mut began = false;
        self.update(key, organization, |known| {
            began = !std::mem::replace(&mut known.verifying, true);
        });
        began
    }

    /// Changes what is known of one organization.
    pub(super) fn update(
        &self,
        key: &PolicyKey,
        organization: &str,
        change: impl FnOnce(&mut OrganizationProgress),
    ) {
        let mut policies = self.lock();
        let policy = policies.entry(key.clone()).or_default();
        change(
            policy
                .organizations
                .entry(organization.to_owned())
                .or_default(),
        );
    }

    /// The chain of the organization with this id, as far as the policy's organizations have been read.
    pub(super) fn chain(&self, key: &PolicyKey, organization_id: i64) -> Option<Arc<ChainState>> {
        let policies = self.lock();
        let mut known = policies.get(key)?.organizations.values();
        let chain = known.find_map(|known| known.chain_of(organization_id));
        chain.cloned()
    }

    /// Takes a newer state of a chain, where the policy's organization has been read.
    pub(super) fn advance(&self, key: &PolicyKey, organization_id: i64, state: &Arc<ChainState>) {
        let mut policies = self.lock();
        let policy = policies.get_mut(key).into_iter();
        for known in policy.flat_map(|policy| policy.organizations.values_mut()) {
            if known.chain_of(organization_id).is_some() {
                known.advance(state);
            }
        }
    }

    /// Forgets a policy that is gone; its chain remains in the archive.
    pub(super) fn forget(&self, key: &PolicyKey) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PolicyKey, PolicyProgress>> {
        // A panic elsewhere leaves plain data, which is as good as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
