//! How many items a page asks for: as many as GitHub can serve in its ten seconds, found by trying.

/// GitHub's bound on a page, and on the ids that are asked for at once.
///
/// <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit>
pub(super) const MOST: u32 = 100;

/// Successes in a row before a page may grow to a size that has not been tried, or that failed.
const PATIENCE: u32 = 3;

/// So many at most, however often that size failed.
const MOST_PATIENCE: u32 = 12;

/// Halved when GitHub cannot serve it, doubled again after successes: at once below the size that failed, later beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageSize {
    size: u32,
    most: u32,
    /// The size that succeeded last.
    good: u32,
    /// The size that failed last; none where none did since it was passed.
    failed: Option<u32>,
    successes: u32,
    patience: u32,
}

// === impl PageSize ===

impl PageSize {
    /// Starts with `most`.
    pub(super) fn new(most: u32) -> Self {
        let most = most.clamp(1, MOST);
        Self {
            size: most,
            most,
            good: most,
            failed: None,
            successes: 0,
            patience: PATIENCE,
        }
    }

    /// Starts with `size`, and grows to what GitHub allows.
    pub(super) fn growing(size: u32) -> Self {
        let most = MOST;
        Self {
            most,
            ..Self::new(size)
        }
    }

    pub(super) fn get(self) -> u32 {
        self.size
    }

    /// Makes it smaller after a failure with this page of `available` items; false where it was a single one already.
    pub(super) fn narrow(&mut self, available: usize) -> bool {
        let asked = u32::try_from(available).unwrap_or(u32::MAX).min(self.size);
        self.successes = 0;
        if asked <= 1 {
            return false;
        }
        if self.failed.is_some_and(|failed| asked >= failed) {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        self.failed = Some(asked);
        self.size = asked / 2;
        true
    }

    /// Goes back to the size before the failures, which a single item explains that is left out now.
    pub(super) fn restore(&mut self) {
        self.size = self.good;
        self.failed = None;
    }

    /// Notes a success.
    pub(super) fn grow(&mut self) {
        self.successes += 1;
        self.good = self.size;
        if self.failed.is_some_and(|failed| self.size >= failed) {
            self.failed = None;
            self.patience = PATIENCE;
        }
        let doubled = self.size.saturating_mul(2).min(self.most);
        let needed = match self.failed {
            Some(failed) if doubled + 1 < failed => 1,
            _ => self.patience,
        };
        if doubled > self.size && self.successes >= needed {
            self.size = doubled;
            self.successes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sizes of a page over so many successes.
    fn grown(mut page: PageSize, successes: usize) -> Vec<u32> {
        let grow = |_| {
            page.grow();
            page.get()
        };
        (0..successes).map(grow).collect()
    }

    #[test]
    fn a_page_halves_down_to_one_and_doubles_back() {
        let mut page = PageSize::new(50);
        let mut sizes = vec![page.get()];
        while page.narrow(usize::MAX) {
            sizes.push(page.get());
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1]);
        assert_eq!(grown(page, 100).last(), Some(&50));
    }

    #[test]
    fn a_page_grows_to_what_github_allows_after_three_successes() {
        assert_eq!(grown(PageSize::growing(50), 4), [50, 50, 100, 100]);
        assert_eq!(grown(PageSize::new(50), 4), [50; 4]);
    }

    #[test]
    fn a_size_that_failed_is_tried_again_later_than_one_that_did_not() {
        let mut page = PageSize::new(100);
        page.narrow(usize::MAX);
        assert_eq!(grown(page, 3), [50, 50, 100]);
        for _ in 0..3 {
            page.grow();
        }
        page.narrow(usize::MAX);
        assert_eq!(grown(page, 6), [50, 50, 50, 50, 50, 100]);
    }

    #[test]
    fn a_page_that_one_item_spoilt_goes_on_as_before() {
        let mut page = PageSize::new(50);
        page.grow();
        while page.narrow(usize::MAX) {}
        page.restore();
        assert_eq!(grown(page, 1), [50]);
    }

    #[test]
    fn a_page_of_fewer_items_than_its_size_is_halved_from_those() {
        let mut page = PageSize::new(100);
        assert!(page.narrow(3));
        assert_eq!(page.get(), 1);
        assert!(!page.narrow(3));
    }

    #[test]
    fn a_page_keeps_to_github_s_bounds() {
        assert_eq!(PageSize::new(0).get(), 1);
        assert_eq!(PageSize::growing(1000).get(), 100);
    }
}
