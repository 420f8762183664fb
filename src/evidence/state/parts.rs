//! A state in named parts, as snapshots keep it, and back. Parts are cut so that most of them stay what they were from one
//! snapshot to the next: by the day or the month in which changes landed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::audit::finding::Finding;
use crate::audit::record::ChangeIdentity;
use crate::evidence::error::Corruption;

use super::{ChainState, UnclearChange};

/// Everything that is not in another part.
const CORE: &str = "core";
/// Changes that are pending or undetermined.
const UNCLEAR: &str = "unclear";
/// Changes with a verdict, by the day in which they landed: `identities/2026-11-22`.
const IDENTITIES: &str = "identities";
/// Findings, by the month in which their changes landed: `findings/2026-11`.
const FINDINGS: &str = "findings";
/// Objects of records, by the month in which the window of their run ends: `records/2026-11`.
const RECORDS: &str = "records";

/// A change with its verdict.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known<C> {
    change: C,
    landed_at: Timestamp,
}

/// A change without.
#[derive(Serialize, Deserialize)]
struct Unclear<C, U> {
    change: C,
    #[serde(flatten)]
    unclear: U,
}

/// A part that is to be written.
pub(in crate::evidence) struct Part {
    /// Its name within the snapshot.
    pub(in crate::evidence) name: String,
    /// Its content, as JSON.
    pub(in crate::evidence) json: Vec<u8>,
}

// === impl Part ===

impl Part {
    fn new<T: Serialize>(name: String, content: &T) -> serde_json::Result<Self> {
        let json = serde_json::to_vec(content)?;
        Ok(Self { name, json })
    }
}

// === impl ChainState ===

impl ChainState {
    /// The parts one by one: memory holds the one that is being written.
    pub(in crate::evidence) fn parts(&self) -> impl Iterator<Item = serde_json::Result<Part>> {
        let core = std::iter::once_with(|| Part::new(CORE.to_owned(), self));
        core.chain(self.unclear_part())
            .chain(self.identity_parts())
            .chain(self.finding_parts())
            .chain(self.record_parts())
    }

    fn unclear_part(&self) -> impl Iterator<Item = serde_json::Result<Part>> {
        let part = (!self.unclear.is_empty()).then(|| {
            let unclear = self.unclear.iter();
            let unclear = unclear.map(|(change, unclear)| Unclear { change, unclear });
            Part::new(UNCLEAR.to_owned(), &unclear.collect::<Vec<_>>())
        });
        part.into_iter()
    }

    fn identity_parts(&self) -> impl Iterator<Item = serde_json::Result<Part>> {
        let known = self.determined.iter();
        let known = known.map(|(change, &landed_at)| Known { change, landed_at });
        let days = grouped(known, |known| {
            known.landed_at.strftime("%Y-%m-%d").to_string()
        });
        days.into_iter()
            .map(|(day, known)| Part::new(format!("{IDENTITIES}/{day}"), &known))
    }

    fn finding_parts(&self) -> impl Iterator<Item = serde_json::Result<Part>> {
        let findings = self.findings.values();
        let months = grouped(findings, |finding| {
            finding.merged_at.strftime("%Y-%m").to_string()
        });
        months
            .into_iter()
            .map(|(month, findings)| Part::new(format!("{FINDINGS}/{month}"), &findings))
    }

    fn record_parts(&self) -> impl Iterator<Item = serde_json::Result<Part>> {
        self.records
            .iter()
            .map(|(month, objects)| Part::new(format!("{RECORDS}/{month}"), objects))
    }

    /// The state that these parts are of.
    pub(in crate::evidence) fn from_parts(parts: &[Part]) -> Result<Self, Corruption> {
        let core = parts.iter().find(|part| part.name == CORE);
        let mut state: Self = parse(&core.ok_or(Corruption::NoCore)?.json)?;
        for part in parts {
            state.take_part(part)?;
        }
        Ok(state)
    }

    fn take_part(&mut self, part: &Part) -> Result<(), Corruption> {
        let Part { name, json } = part;
        match name.split_once('/') {
            None if name == CORE => {}
            None if name == UNCLEAR => {
                let unclear: Vec<Unclear<ChangeIdentity, UnclearChange>> = parse(json)?;
                let unclear = unclear.into_iter().map(|each| (each.change, each.unclear));
                self.unclear.extend(unclear);
            }
            Some((IDENTITIES, _)) => {
                let known: Vec<Known<ChangeIdentity>> = parse(json)?;
                let known = known.into_iter().map(|each| (each.change, each.landed_at));
                self.determined.extend(known);
            }
            Some((FINDINGS, _)) => {
                let findings: Vec<Finding> = parse(json)?;
                let findings = findings.into_iter();
                self.findings
                    .extend(findings.map(|each| (each.identity.clone(), each)));
            }
            Some((RECORDS, month)) => {
                self.records.insert(month.to_owned(), parse(json)?);
            }
            _ => return Err(Corruption::UnknownPart(name.clone())),
        }
        Ok(())
    }
}

fn parse<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, Corruption> {
    serde_json::from_slice(json).map_err(Corruption::NoSnapshot)
}

fn grouped<T>(
    items: impl Iterator<Item = T>,
    key: impl Fn(&T) -> String,
) -> BTreeMap<String, Vec<T>> {
    let mut groups = BTreeMap::<_, Vec<T>>::new();
    for item in items {
        groups.entry(key(&item)).or_default().push(item);
    }
    groups
}
