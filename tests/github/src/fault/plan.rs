//! Faults by chance, the same ones for the same seed and order of requests.
use serde::Deserialize;

use super::{FaultKind, concerns};
use crate::{random::Random, settings::RetryAfter};

/// Which part of all requests fails, and how.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultPlan {
    /// Decides which requests fail and how.
    pub seed: u64,
    /// How many of a hundred requests fail; may have fractions.
    pub percent: f64,
    /// The kinds to choose from, each as likely.
    #[serde(default = "FaultPlan::passing_kinds")]
    pub kinds: Vec<FaultKind>,
    /// Only requests whose path or GraphQL operation contains this.
    #[serde(default)]
    pub matching: Option<String>,
}

impl FaultPlan {
    /// Every kind of [`Self::passing_kinds`].
    pub fn new(seed: u64, percent: f64) -> Self {
        Self {
            seed,
            percent,
            kinds: Self::passing_kinds(),
            matching: None,
        }
    }

    /// Everything that a second attempt gets over within about two seconds. Left out are limits without `Retry-After`, which
    /// mean a minute, refused credentials, and oversized bodies.
    pub fn passing_kinds() -> Vec<FaultKind> {
        let throttled = |status, retry_after| FaultKind::Throttled {
            status,
            seconds: 1,
            retry_after,
            former_words: false,
        };
        let mut kinds: Vec<FaultKind> = [500, 502, 503, 504]
            .into_iter()
            .flat_map(|status| [FaultKind::Status { status }, FaultKind::Empty { status }])
            .collect();
        kinds.extend([
            FaultKind::Drop,
            FaultKind::Truncated,
            FaultKind::Garbage,
            FaultKind::Slow { milliseconds: 50 },
            FaultKind::GraphqlTimeout,
            FaultKind::GraphqlTimeoutInside,
            FaultKind::GatewayTimeout,
            FaultKind::MissingNode,
            FaultKind::MissingConnection,
            FaultKind::ResourceLimits,
            throttled(403, RetryAfter::Seconds),
            throttled(429, RetryAfter::Date),
            FaultKind::PrimaryLimit { reset_after: 1 },
        ]);
        kinds
    }
}

/// A plan at work.
#[derive(Debug)]
pub(super) struct Dice {
    plan: FaultPlan,
    random: Random,
}

impl Dice {
    pub(super) fn new(plan: FaultPlan) -> Self {
        let random = Random::new(plan.seed);
        Self { plan, random }
    }

    /// The fault of a request, mostly none. Every request takes two numbers, whatever comes of it.
    pub(super) fn roll(&mut self, path: &str, operation: Option<&str>) -> Option<FaultKind> {
        if !concerns(self.plan.matching.as_deref(), path, operation) {
            return None;
        }
        let (chance, choice) = (self.random.below(1_000_000), self.random.next());
        #[expect(
            clippy::cast_precision_loss,
            reason = "a number below a million is exact"
        )]
        let fails = (chance as f64) < self.plan.percent * 10_000.0;
        let index = choice.checked_rem(self.plan.kinds.len() as u64)?;
        fails
            .then(|| self.plan.kinds.get(usize::try_from(index).ok()?).cloned())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rolls(seed: u64) -> Vec<Option<FaultKind>> {
        let mut dice = Dice::new(FaultPlan::new(seed, 5.0));
        (0..4000).map(|_| dice.roll("/graphql", None)).collect()
    }

    #[test]
    fn a_seed_decides_which_requests_fail_and_about_five_of_a_hundred_do() {
        assert_eq!(rolls(3), rolls(3));
        assert_ne!(rolls(3), rolls(4));
        let failed = rolls(3).iter().flatten().count();
        assert!((150..250).contains(&failed), "{failed} of 4000");
    }

    #[test]
    fn every_kind_comes_up() {
        let rolled: Vec<FaultKind> = rolls(5).into_iter().flatten().collect();
        for kind in FaultPlan::passing_kinds() {
            assert!(rolled.contains(&kind), "{kind:?}");
        }
    }
}
