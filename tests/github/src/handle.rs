//! What tests hold: the world while it is served, its clock, its faults and its log.
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    budget::Budgets,
    clock::Clock,
    control::{self, MergeNow},
    fault::{Fault, Faults},
    graphql::Engine,
    log::RequestRecord,
    world::World,
};

/// A served world. Clones share it.
#[derive(Debug, Clone)]
pub struct Handle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    world: Mutex<World>,
    budgets: Mutex<Budgets>,
    faults: Mutex<Faults>,
    log: Mutex<Vec<RequestRecord>>,
    clock: Clock,
    engine: Engine,
    served: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Handle {
    pub(crate) fn new(world: World) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Shared {
            world: Mutex::new(world),
            budgets: Mutex::default(),
            faults: Mutex::default(),
            log: Mutex::default(),
            clock: Clock::default(),
            engine: Engine::new()?,
            served: AtomicU64::new(0),
        })))
    }

    /// The world; requests wait while this is held.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = lock(&self.0.world);
        world.index.turn_to(self.now());
        world
    }

    /// Now, by this world's clock.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Sets this world's clock apart from real time; negative is the past.
    pub fn set_clock_offset(&self, offset: SignedDuration) {
        self.0.clock.set_offset(offset);
    }

    /// Makes the next requests fail.
    pub fn fail(&self, fault: Fault) {
        lock(&self.0.faults).add(fault);
    }

    /// Revokes a token; false if there is none of that text.
    pub fn revoke(&self, token: &str) -> bool {
        self.world().revoke(token)
    }

    /// Merges a pull request now and returns its number.
    ///
    /// # Errors
    /// When the repository does not exist.
    pub fn merge(&self, what: &MergeNow) -> anyhow::Result<u64> {
        control::merge(&mut self.world(), what, self.now())
    }

    /// Every request so far, except those under `/_sim/`.
    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.0.log).clone()
    }

    pub(crate) fn record(&self, record: RequestRecord) {
        lock(&self.0.log).push(record);
    }

    pub(crate) fn budgets(&self) -> MutexGuard<'_, Budgets> {
        lock(&self.0.budgets)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.0.faults)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// A number for `x-github-request-id`.
    pub(crate) fn next_request(&self) -> u64 {
        self.0.served.fetch_add(1, Ordering::Relaxed)
    }
}
