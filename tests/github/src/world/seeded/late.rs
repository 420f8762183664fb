//! When each merge comes to be found: most at once, some minutes later, a few at the very bound.
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::chance::Chance;
use crate::world::{PullRequest, World};

/// A share of the bound is the replicas': what just became visible comes and goes for so long.
const REPLICAS_SHARE: i32 = 10;
/// Sets these numbers apart from those that grew the world, which is the same with and without delays.
const STREAM: u64 = 0x1A7E;

/// Delays what every pull request's search knows of it.
pub(super) fn arrive(world: &mut World, seed: u64, bound: SignedDuration) {
    if bound <= SignedDuration::ZERO {
        return;
    }
    let replica_lag = bound / REPLICAS_SHARE;
    world.index.replica_lag = replica_lag;
    let longest = usize::try_from((bound - replica_lag).as_secs()).unwrap_or_default();
    let mut chance = Chance::new(seed ^ STREAM);
    let mut known = BTreeMap::new();
    for organization in &mut world.organizations {
        for repository in &mut organization.repositories {
            let place = (organization.login.clone(), repository.name.clone());
            for pull_request in &mut repository.pull_requests {
                delay(pull_request, &mut chance, longest);
                let identity = (place.clone(), pull_request.number);
                known.insert(identity, pull_request.searchable_at);
            }
        }
    }
    for truth in &mut world.truth {
        let place = (truth.organization.clone(), truth.repository.clone());
        let first = known.get(&(place, truth.number)).copied().flatten();
        truth.searchable_at = first.and_then(|time| time.checked_add(replica_lag).ok());
    }
}

fn delay(pull_request: &mut PullRequest, chance: &mut Chance, longest: usize) {
    let Some(merged_at) = pull_request.merged_at else {
        return;
    };
    let seconds = match chance.below(10) {
        0..5 => 0,
        5..8 => chance.below(longest / 10 + 1),
        8 => chance.below(longest + 1),
        _ => longest - chance.below(longest / 20 + 1),
    };
    let delay = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or_default());
    let time: Option<Timestamp> = merged_at.checked_add(delay).ok();
    pull_request.searchable_at = time;
}
