//! The status of a policy.

use kube::{Api, ResourceExt as _};

use super::write;
use crate::api::{AuditPolicy, AuditPolicyStatus};
use crate::controller::context::Context;
use crate::controller::raw::Raw;

/// Writes the policy's status, unless it is so already; true where it was written. The write carries the resourceVersion, so that
/// a status that somebody else has moved on is not put back.
///
/// The entries of the organizations in `withdrawn` go back within their chain, by a person's decision. The definition lets no entry
/// go back: those organizations are taken out by a write of its own before.
///
/// # Errors
///
/// The API server's; a conflict means that the policy has changed and is reconciled again.
pub(in crate::controller) async fn status(
    context: &Context,
    policy: &AuditPolicy,
    status: &AuditPolicyStatus,
    withdrawn: &[String],
) -> kube::Result<bool> {
    if policy.status.as_ref() == Some(status) {
        return Ok(false);
    }
    let mut version = policy.resource_version();
    if !withdrawn.is_empty() {
        let mut without = status.clone();
        without
            .organizations
            .retain(|organization| !withdrawn.contains(&organization.name));
        version = write_status(context, policy, &without, version).await?;
    }
    write_status(context, policy, status, version).await?;
    Ok(true)
}

/// Writes the status on this version of the policy, and says which version came of it.
async fn write_status(
    context: &Context,
    policy: &AuditPolicy,
    status: &AuditPolicyStatus,
    version: Option<String>,
) -> kube::Result<Option<String>> {
    let policies: Api<Raw<AuditPolicy>> = Api::namespaced(
        context.client.clone(),
        &policy.namespace().unwrap_or_default(),
    );
    let written = write::status(&policies, &policy.name_any(), version, status).await?;
    Ok(written.resource_version())
}
