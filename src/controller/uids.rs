//! Uids that tell one cluster and namespace from every other, for the genesis of a chain.

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, ResourceExt as _};

use super::context::Context;
use super::progress::PolicyKey;
use crate::api::AuditPolicy;

/// The cluster's uid: by custom that of its `kube-system` namespace.
///
/// # Errors
///
/// The API server's.
pub(super) async fn cluster_uid(client: &Client) -> kube::Result<Option<String>> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    Ok(namespaces.get_metadata("kube-system").await?.metadata.uid)
}

/// The uid of the policy's namespace, read once.
///
/// # Errors
///
/// The API server's.
pub(super) async fn namespace_uid(
    context: &Context,
    policy: &AuditPolicy,
) -> kube::Result<Option<String>> {
    let key = PolicyKey::of(policy);
    let progress = context.progress.of_uid(&key, policy.uid());
    if progress.namespace_uid.is_some() {
        return Ok(progress.namespace_uid);
    }
    let namespaces: Api<Namespace> = Api::all(context.client.clone());
    let uid = namespaces.get_metadata(&key.namespace).await?.metadata.uid;
    context.progress.set_namespace_uid(&key, uid.clone());
    Ok(uid)
}
