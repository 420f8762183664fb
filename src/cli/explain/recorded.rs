//! The change as the archive has it: what was recorded, in which entries, by which policy.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::explained::{Explained, PolicyName, Recorded};
use super::reference::Reference;
use crate::api::audit_policy::AuditPolicySpec;
use crate::api::convert;
use crate::audit::evaluate::Judge;
use crate::audit::explanation::Explanation;
use crate::audit::record::Record;
use crate::cli::{archive, outcome};
use crate::digest::Digest;
use crate::evidence::entry::{Body, Genesis, Head, Run};
use crate::evidence::{Archive, Chain, ChainId, Stored};

/// The walk along one chain.
struct Search<'a> {
    chain: &'a Chain,
    reference: &'a Reference,
    /// The text of every policy that the chain holds.
    policies: HashMap<Digest, Value>,
    recorded: Vec<Recorded>,
    latest: Option<Record>,
}

/// Every judgement of the change in the archive, a policy each.
pub(super) async fn explain(
    reference: &Reference,
    evidence: &str,
    policy: Option<&str>,
) -> anyhow::Result<Vec<Explained>> {
    let archive = archive::open_existing(evidence)?;
    let mut ids = archive.chains().await?;
    ids.retain(|id| policy.is_none_or(|name| format!("{}/{}", id.namespace, id.policy) == name));
    let searched = searched(&archive, ids, reference).await?;
    let mut explained = Vec::new();
    for chain in &searched {
        let search = Search::new(chain, reference);
        explained.extend(search.run().await?);
    }
    ensure!(
        !explained.is_empty(),
        "{reference} is not recorded in --evidence {evidence} ({} chains searched): it is not merged, not in a policy's \
         scope, or was not audited yet",
        searched.len()
    );
    Ok(explained)
}

/// The chains that began under the organization's name, or all where none did: it may have been renamed since.
async fn searched(
    archive: &Archive,
    ids: Vec<ChainId>,
    reference: &Reference,
) -> anyhow::Result<Vec<Chain>> {
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for id in ids {
        let chain = archive.chain(&id);
        let Some(genesis) = genesis(&chain).await? else {
            continue;
        };
        let host = reference.host.as_ref();
        if host.is_some_and(|host| !host.eq_ignore_ascii_case(&genesis.host)) {
            continue;
        }
        if is_same(&genesis.organization, &reference.organization) {
            named.push(chain);
        } else {
            others.push(chain);
        }
    }
    Ok(if named.is_empty() { others } else { named })
}

async fn genesis(chain: &Chain) -> anyhow::Result<Option<Genesis>> {
    let first = chain.read(0).await?;
    let genesis = first.map(|first| first.entry.body);
    if let Some(Body::Genesis(genesis)) = genesis {
        return Ok(Some(genesis));
    }
    Ok(None)
}

/// As names are the same to GitHub.
fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

// === impl Search ===

impl<'a> Search<'a> {
    fn new(chain: &'a Chain, reference: &'a Reference) -> Self {
        Self {
            chain,
            reference,
            policies: HashMap::new(),
            recorded: Vec::new(),
            latest: None,
        }
    }

    /// Reads the chain from its beginning, every link checked.
    async fn run(mut self) -> anyhow::Result<Option<Explained>> {
        let mut next = self.chain.read(0).await?;
        while let Some(stored) = next {
            let head = stored.head();
            self.look(&stored, head).await?;
            next = self.chain.read_after(&head).await?;
        }
        let Some(record) = self.latest else {
            return Ok(None);
        };
        let ChainId {
            namespace, policy, ..
        } = self.chain.id().clone();
        let policy = PolicyName {
            namespace,
            name: policy,
            digest: record.policy_digest,
        };
        let text = self.policies.get(&record.policy_digest);
        let explanation = text.and_then(|text| explanation(text, &record));
        let mut explained = Explained::new(record, policy, explanation);
        explained.recorded = self.recorded;
        Ok(Some(explained))
    }

    async fn look(&mut self, stored: &Stored, head: Head) -> anyhow::Result<()> {
        if let Body::Control(control) = &stored.entry.body {
            let policy = control.policy.clone();
            self.policies.insert(control.policy_digest, policy);
        }
        if let Body::Run(run) = &stored.entry.body {
            self.look_through(run, head).await?;
        }
        Ok(())
    }

    async fn look_through(&mut self, run: &Run, entry: Head) -> anyhow::Result<()> {
        for reference in &run.records {
            let records = self.chain.records(reference).await;
            let records =
                records.with_context(|| format!("records of entry {}", entry.sequence))?;
            for record in records {
                let record = record?;
                if self.is_meant(&record) {
                    self.note(record, entry);
                }
            }
        }
        Ok(())
    }

    fn is_meant(&self, record: &Record) -> bool {
        let (pull, reference) = (&record.pull_request, self.reference);
        pull.number == reference.number
            && is_same(&pull.repository.name, &reference.repository)
            && is_same(&pull.organization.login, &reference.organization)
    }

    fn note(&mut self, record: Record, entry: Head) {
        self.recorded.push(Recorded {
            entry,
            verdict: outcome::verdict_name(&record.verdict),
            policy_digest: record.policy_digest,
            judged_time: record.judged_at,
        });
        self.latest = Some(record);
    }
}

/// Why, by the policy's text as the chain holds it; none where this version cannot obey it.
fn explanation(policy: &Value, record: &Record) -> Option<Explanation> {
    let spec: AuditPolicySpec = serde_json::from_value(policy.clone()).ok()?;
    let plan = convert::plan(&spec).ok()?;
    let judge = Judge::new(&plan.requirements).ok()?;
    Some(judge.explain(&record.pull_request))
}
