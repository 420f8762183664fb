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
    fault::{Fault, FaultPlan, Faults},
    graphql::Engine,
    log::{RequestRecord, Usage},
    settings::Settings,
    throttle::Throttle,
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
    throttle: Mutex<Throttle>,
    settings: Mutex<Settings>,
    log: Mutex<Vec<RequestRecord>>,
    clock: Clock,
    engine: Engine,
    served: AtomicU64,
    under_way: AtomicU64,
}

/// A request on its way; over when this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay<'h> {
    counter: &'h AtomicU64,
    /// How many are under way, with this one.
    pub(crate) count: u64,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.counter.fetch_sub(1, Ordering::Relaxed);
    }
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
            throttle: Mutex::default(),
            settings: Mutex::default(),
            log: Mutex::default(),
            clock: Clock::default(),
            engine: Engine::new()?,
            served: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
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

    /// Forgets every fault that waits.
    pub fn fail_none(&self) {
        *lock(&self.0.faults) = Faults::default();
    }

    /// Makes requests fail by chance from now on; none ends that. Faults of [`Self::fail`] go first.
    pub fn fail_at_random(&self, plan: impl Into<Option<FaultPlan>>) {
        lock(&self.0.faults).plan(plan.into());
    }

    /// The settings as they are.
    pub fn settings(&self) -> Settings {
        lock(&self.0.settings).clone()
    }

    /// Changes the settings; requests under way keep what they began with.
    pub fn configure(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut lock(&self.0.settings));
    }

    /// Suspends an App's installation, or ends that; false if there is none of that id.
    pub fn suspend(&self, installation: u64, suspended: bool) -> bool {
        let now = self.now();
        let mut world = self.world();
        let found = world.installation_mut(installation);
        found
            .map(|entry| entry.suspended_at = suspended.then_some(now))
            .is_some()
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

    /// Requests, points and bytes so far.
    pub fn usage(&self) -> Usage {
        Usage::of(&lock(&self.0.log))
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

    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        lock(&self.0.throttle)
    }

    pub(crate) fn precise_now(&self) -> Timestamp {
        self.0.clock.precise()
    }

    pub(crate) fn enter(&self) -> UnderWay<'_> {
        let counter = &self.0.under_way;
        let count = counter.fetch_add(1, Ordering::Relaxed) + 1;
        UnderWay { counter, count }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// A number for `x-github-request-id`.
    pub(crate) fn next_request(&self) -> u64 {
        self.0.served.fetch_add(1, Ordering::Relaxed)
    }
}
