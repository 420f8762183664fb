//! A policy whose spec cannot be read: it says so itself, and everything else goes on.

use kube::{Api, Resource as _, ResourceExt as _};
use kube_runtime::events::EventType;

use super::context::Context;
use super::raw::Raw;
use super::validate::Invalid;
use super::{publish, status};
use crate::api::condition::ConditionReason as Reason;
use crate::api::{AuditPolicy, AuditPolicyStatus};

/// Makes the policy Stalled. What its status said before stays.
///
/// # Errors
///
/// The API server's.
pub(super) async fn stall(
    context: &Context,
    raw: &Raw<AuditPolicy>,
    error: &serde_json::Error,
) -> kube::Result<()> {
    let invalid = Invalid {
        reason: Reason::InvalidPolicy,
        message: format!("{}: it cannot be read: {error}; correct it", raw.culprit()),
    };
    let before: Option<AuditPolicyStatus> = raw.status();
    let generation = raw.meta().generation;
    let said = status::stalled(before.as_ref(), generation, &invalid, context.now());
    if before.as_ref() == Some(&said) {
        return Ok(());
    }
    let namespace = raw.namespace().unwrap_or_default();
    let policies: Api<Raw<AuditPolicy>> = Api::namespaced(context.client.clone(), &namespace);
    let version = raw.resource_version();
    publish::write_status(&policies, &raw.name_any(), version, said).await?;
    let note = format!("Ready: {}", invalid.message);
    context
        .event(raw, EventType::Warning, invalid.reason.as_str(), &note)
        .await;
    Ok(())
}
