//! How the operator writes: by server-side apply, strictly, so that nothing is dropped silently; a status only onto the object as it
//! was seen.

use std::fmt::Debug;

use kube::api::{Patch, PatchParams, ValidationDirective};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::api;
use crate::controller::raw::Raw;

/// Applies an object as this manager.
///
/// # Errors
///
/// The API server's, and where its answer cannot be read.
pub(super) async fn apply<K>(
    objects: &Api<Raw<K>>,
    manager: &str,
    name: &str,
    object: impl Serialize + Debug,
) -> kube::Result<K>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug,
{
    let applied = objects
        .patch(name, &strictly(manager), &Patch::Apply(&object))
        .await?;
    applied.read().map_err(kube::Error::SerdeError)
}

/// Writes the status of an object, and says what came of it. With the `resourceVersion` that was seen it is not written over what
/// somebody else wrote since.
///
/// # Errors
///
/// The API server's; a conflict means that the object has changed.
pub(in crate::controller) async fn status<K>(
    objects: &Api<Raw<K>>,
    name: &str,
    version: Option<String>,
    status: impl Serialize,
) -> kube::Result<Raw<K>>
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug,
{
    let patch = json!({
        "apiVersion": K::api_version(&()),
        "kind": K::kind(&()),
        "metadata": {"resourceVersion": version},
        "status": status,
    });
    objects
        .patch_status(name, &strictly(api::MANAGER_STATUS), &Patch::Apply(&patch))
        .await
}

fn strictly(manager: &str) -> PatchParams {
    PatchParams::apply(manager)
        .force()
        .validation(ValidationDirective::Strict)
}
