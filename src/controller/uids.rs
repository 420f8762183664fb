//! Uids that tell one cluster and namespace from every other, for the genesis of a chain.

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, ResourceExt as _};

use super::context::Context;
use super::reconcile::Error;
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

/// The uid of the policy's namespace.
///
/// # Errors
///
/// The API server's.
pub(super) async fn namespace_uid(
    context: &Context,
    policy: &AuditPolicy,
) -> Result<Option<String>, Error> {
    let namespace = policy.namespace().unwrap_or_default();
    let namespaces: Api<Namespace> = Api::all(context.client.clone());
    let found = namespaces.get_metadata(&namespace).await;
    Ok(found
        .map_err(|source| Error::Namespace { namespace, source })?
        .metadata
        .uid)
}
