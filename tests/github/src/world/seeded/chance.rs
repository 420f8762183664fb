//! What is left to chance in a world, the same for the same seed.
use crate::random::Random;

/// Chance, over lists.
#[derive(Debug)]
pub(super) struct Chance(Random);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// A number from 0 to below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap_or_default()
    }

    /// An index; one with twice the weight comes twice as often.
    pub(super) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        let fits = |weight: &usize| {
            let fits = left < *weight;
            left = left.saturating_sub(*weight);
            fits
        };
        weights.iter().position(fits).unwrap_or_default()
    }

    /// Another order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
