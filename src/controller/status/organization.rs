//! One organization's part of the status.

use jiff::Timestamp;

use crate::api::DEBTS_SHOWN;
use crate::api::audit_policy::status::{
    DebtStatus, OrganizationStatus, PublishedEntry, RepositoryCounts,
};
use crate::api::condition::whole_seconds;
use crate::controller::progress::OrganizationProgress;
use crate::controller::retry::Failure;
use crate::controller::verification::Said;
use crate::evidence::state::{ChainState, Mismatch};

/// The most characters of a debt's reason that the resource takes.
const REASON_LENGTH: usize = 512;

/// What the status says of one organization: what its chain says, else what was said before, and what is owed now.
pub(super) fn compute(
    name: &str,
    known: Option<&OrganizationProgress>,
    before: Option<&OrganizationStatus>,
    created: Timestamp,
) -> OrganizationStatus {
    let chain = known.and_then(|known| known.chain.as_deref());
    let mut status = match chain {
        Some(chain) => from_chain(name, chain, before),
        None => before.cloned().unwrap_or_default(),
    };
    name.clone_into(&mut status.name);
    let verified = known.and_then(|known| known.verified.as_ref());
    if let Some(verified) = verified.filter(|verified| verified.said == Said::Whole) {
        status.archive_verified_time = Some(whole_seconds(verified.at));
    }
    let failure = known.and_then(|known| known.failure.as_ref());
    if chain.is_none() && failure.is_none() {
        // Nothing is known that the status before did not say.
        return status;
    }
    let published = status.last_checked_time.as_ref().map(|time| time.0);
    let since = chain.map_or(published, |chain| chain.window_until);
    let failure = failure.map(|failure| owed(failure, since.unwrap_or(created)));
    set_debts(&mut status, chain, failure);
    status
}

fn from_chain(
    name: &str,
    chain: &ChainState,
    before: Option<&OrganizationStatus>,
) -> OrganizationStatus {
    OrganizationStatus {
        name: name.to_owned(),
        id: Some(chain.genesis.organization_id),
        last_checked_time: chain.checked_until().map(whole_seconds),
        last_successful_time: chain.last_success.map(whole_seconds),
        entry: Some(PublishedEntry {
            genesis: chain.genesis_digest,
            sequence: i64::try_from(chain.head.sequence).unwrap_or(i64::MAX),
            digest: chain.head.digest,
        }),
        adopted_archive: chain
            .adopted
            .as_ref()
            .and_then(|adopted| adopted.reason.clone())
            .or_else(|| before.and_then(|before| before.adopted_archive.clone())),
        archive_verified_time: before.and_then(|before| before.archive_verified_time.clone()),
        debts: Vec::new(),
        debt_count: None,
        totals: Some((&chain.totals).into()),
        undetermined: Some(chain.undetermined() - chain.pending()),
        repositories: chain.last_success.map(|_| RepositoryCounts {
            audited: chain.repositories_audited,
            skipped: i64::try_from(chain.repositories_skipped.len()).unwrap_or(i64::MAX),
        }),
    }
}

/// Whether the chain stands before the entry that was published of it, by the decision of a person to go on without that entry.
pub(super) fn goes_back(chain: &ChainState, published: &PublishedEntry) -> bool {
    let sequence = u64::try_from(published.sequence).unwrap_or(0);
    let lost = Mismatch::Entry {
        sequence,
        archived: None,
        claimed: published.digest,
    };
    published.genesis == chain.genesis_digest
        && sequence > chain.head.sequence
        && chain
            .adopted
            .as_ref()
            .is_some_and(|adopted| adopted.settles(&lost))
}

/// A failing organization owes everything since its last window closed.
fn owed(failure: &Failure, since: Timestamp) -> DebtStatus {
    let reason = format!("{}: {}", failure.reason.as_str(), failure.message);
    DebtStatus {
        repository: None,
        since: whole_seconds(since),
        reason: shortened(&reason),
    }
}

fn set_debts(
    status: &mut OrganizationStatus,
    chain: Option<&ChainState>,
    failure: Option<DebtStatus>,
) {
    let recorded = chain
        .into_iter()
        .flat_map(|chain| &chain.debts)
        .map(|debt| DebtStatus {
            repository: debt.repository.clone(),
            since: whole_seconds(debt.since),
            reason: shortened(&debt.reason),
        });
    let mut debts: Vec<DebtStatus> = failure.into_iter().chain(recorded).collect();
    debts.sort_by_key(|debt| debt.since.0);
    status.debt_count = Some(i64::try_from(debts.len()).unwrap_or(i64::MAX));
    debts.truncate(DEBTS_SHOWN);
    status.debts = debts;
}

fn shortened(text: &str) -> String {
    text.chars().take(REASON_LENGTH).collect()
}
