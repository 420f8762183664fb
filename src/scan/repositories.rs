//! The organization's repositories as a run finds them: how many are audited, which are left out and why, and what is owed where
//! GitHub does not show all.

use std::pin::pin;

use futures::TryStreamExt as _;
use jiff::Timestamp;

use super::{Result, github};
use crate::audit::facts::{Organization, Repository};
use crate::audit::scope::{RepositoryScope, Scope};
use crate::evidence::entry::{Debt, SkippedRepository};
use crate::github::Client;

/// How many repositories GitHub's search covers; it says nothing of the others.
///
/// <https://docs.github.com/en/rest/search/search#limits-on-query-length>
const SEARCHED: usize = 4000;

/// The repositories as they are when a run starts.
#[derive(Debug, Default)]
pub(super) struct Repositories {
    /// How many are in scope.
    pub(super) audited: i64,
    /// Those that are not, and why.
    pub(super) skipped: Vec<SkippedRepository>,
    /// What GitHub left out of the list.
    missing: Vec<String>,
}

// === impl Repositories ===

impl Repositories {
    /// Lists them.
    pub(super) async fn read(
        client: &Client,
        organization: &Organization,
        scope: &Scope,
    ) -> Result<Self> {
        let what = format!("the repositories of {}", organization.login);
        let mut found = Self::default();
        let mut pages = pin!(client.repositories(organization));
        loop {
            match pages.try_next().await {
                Ok(Some(page)) => found.take(page, scope),
                Ok(None) => return Ok(found),
                Err(error) if error.is_partial() => found.missing.push(error.to_string()),
                Err(error) => return Err(github(what)(error)),
            }
        }
    }

    fn take(&mut self, page: Vec<Repository>, scope: &Scope) {
        for repository in page {
            match scope.repository(&repository) {
                RepositoryScope::InScope => self.audited += 1,
                RepositoryScope::Skipped(reason) => self.skipped.push(SkippedRepository {
                    id: repository.id,
                    name: repository.name,
                    reason: reason.as_str().to_owned(),
                }),
            }
        }
    }

    /// What is owed since a time where GitHub does not show all: what merges in a repository that the list leaves out, the search
    /// may leave out without a word.
    pub(super) fn debts(&self, since: Timestamp) -> impl Iterator<Item = Debt> {
        let reasons = self.missing.iter().cloned().chain(self.beyond_search());
        reasons.map(move |reason| Debt {
            repository: None,
            since,
            reason,
        })
    }

    /// GitHub's search leaves out silently what is beyond its bound.
    fn beyond_search(&self) -> Option<String> {
        let audited = usize::try_from(self.audited).unwrap_or(usize::MAX);
        let seen = audited.saturating_add(self.skipped.len());
        (seen > SEARCHED).then(|| {
            format!(
                "GitHub's search covers {SEARCHED} repositories of an organization and this one shows {seen}: what merged in the \
                 others may be missing; use credentials that see at most {SEARCHED} of them"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_repositories_than_a_search_covers_are_a_debt() {
        let since: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let owed = |audited: i64, skipped: usize| -> Vec<Debt> {
            let old = SkippedRepository {
                id: 1,
                name: "old".to_owned(),
                reason: "Archived".to_owned(),
            };
            let found = Repositories {
                audited,
                skipped: vec![old; skipped],
                missing: Vec::new(),
            };
            found.debts(since).collect()
        };
        assert_eq!(owed(3999, 1), []);
        let debts = owed(3999, 2);
        assert_eq!((debts.len(), debts[0].since), (1, since));
        let reason = &debts[0].reason;
        assert!(reason.contains("4000 repositories"), "{reason}");
        assert!(reason.contains("shows 4001"), "{reason}");
    }
}
