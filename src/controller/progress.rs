//! What this process knows of each policy's organizations between reconciliations: chains as last read, and failures. All of it
//! can be lost: the archive and the status have what matters.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::retry::Failure;
use super::validate::Plan;
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
    /// Why the last attempt failed; none after a success.
    pub(super) failure: Option<Failure>,
    /// When the credentials run out, where GitHub tells.
    pub(super) credentials_expiration: Option<Timestamp>,
}

/// What is known of one policy.
#[derive(Debug, Clone, Default)]
pub(super) struct PolicyProgress {
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

    /// Forgets a policy that is gone; its chain remains in the archive.
    pub(super) fn forget(&self, key: &PolicyKey) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PolicyKey, PolicyProgress>> {
        // A panic elsewhere leaves plain data, which is as good as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
