//! What is to be written into a finding, and whether the finding takes it.

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt as _};
use serde_json::json;

use crate::api::finding::{Acknowledgement, Disposition};
use crate::api::{AuditFinding, MANAGER_ACKNOWLEDGE};

/// A disposition as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
pub(super) enum Word {
    /// It could not wait
    Emergency,
    /// It stays as it is
    AcceptedRisk,
    /// It was taken back
    Reverted,
    /// mergeaudit is wrong; needs a ticket
    FalsePositive,
}

/// What a person decides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) disposition: Disposition,
    pub(super) reason: String,
    pub(super) ticket: Option<String>,
    pub(super) acknowledged_by: String,
    pub(super) expiration_time: Option<Timestamp>,
}

// === impl Request ===

impl Request {
    /// Writes it into the finding as it was read.
    pub(super) async fn write(
        &self,
        findings: &Api<AuditFinding>,
        finding: &AuditFinding,
    ) -> anyhow::Result<()> {
        if let Some(known) = &finding.spec.acknowledgement {
            self.refuse_unless_extends(known)?;
        }
        let mut said = json!({
            "disposition": self.disposition,
            "reason": self.reason,
            "acknowledgedBy": self.acknowledged_by,
            // Null takes away the end of what is extended for good.
            "expirationTime": self.expiration_time.map(|end| end.to_string()),
        });
        if let Some(ticket) = &self.ticket {
            said["ticket"] = json!(ticket);
        }
        let patch = json!({
            "metadata": {"resourceVersion": finding.resource_version()},
            "spec": {"acknowledgement": said},
        });
        let parameters = PatchParams {
            field_manager: Some(MANAGER_ACKNOWLEDGE.to_owned()),
            ..PatchParams::default()
        };
        let name = finding.name_any();
        let patched = findings
            .patch(&name, &parameters, &Patch::Merge(&patch))
            .await;
        match patched {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_conflict() => {
                bail!("somebody else has just changed it; look at it, and try again")
            }
            Err(kube::Error::Api(status)) => bail!("the API server refuses: {}", status.message),
            Err(error) => Err(error).context("the API server cannot be asked"),
        }
    }

    fn refuse_unless_extends(&self, known: &Acknowledgement) -> anyhow::Result<()> {
        let (by, reason) = (&known.acknowledged_by, &known.reason);
        let Some(end) = &known.expiration_time else {
            bail!("{by} acknowledged it for good: {reason:?}");
        };
        let end = end.0;
        if self.expiration_time.is_some_and(|new| new <= end) {
            bail!(
                "{by} acknowledged it until {end}: {reason:?}; a term can only be extended: use a longer --for, or none"
            );
        }
        Ok(())
    }
}

// === impl Disposition ===

impl From<Word> for Disposition {
    fn from(word: Word) -> Self {
        match word {
            Word::Emergency => Self::Emergency,
            Word::AcceptedRisk => Self::AcceptedRisk,
            Word::Reverted => Self::Reverted,
            Word::FalsePositive => Self::FalsePositive,
        }
    }
}
