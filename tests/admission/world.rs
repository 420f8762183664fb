//! A namespace on the real control plane in which both resources are defined.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::{Client, CustomResourceExt, Resource};
use mergeaudit::api::{AuditFinding, AuditPolicy};
use mergeaudit_test_cluster::ControlPlane;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

static DEFINED: OnceCell<()> = OnceCell::const_new();

pub(crate) struct World {
    pub(crate) cluster: &'static ControlPlane,
    pub(crate) client: Client,
    pub(crate) namespace: String,
}

impl World {
    pub(crate) async fn new(name: &str) -> Result<Self> {
        let cluster = ControlPlane::shared().await?;
        DEFINED.get_or_try_init(|| define(cluster)).await?;
        Ok(Self {
            cluster,
            client: cluster.client().await?,
            namespace: cluster.namespace(name).await?,
        })
    }

    pub(crate) fn policies(&self) -> Api<DynamicObject> {
        self.objects::<AuditPolicy>()
    }

    pub(crate) fn findings(&self) -> Api<DynamicObject> {
        self.objects::<AuditFinding>()
    }

    fn objects<K: Resource<DynamicType = ()>>(&self) -> Api<DynamicObject> {
        let resource = ApiResource::erase::<K>(&());
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }
}

async fn define(cluster: &ControlPlane) -> Result<()> {
    for (name, definition) in mergeaudit::api::crds()? {
        let errors = apply_definition(cluster, &definition, "none").await?;
        ensure!(errors.is_empty(), "{name}: {errors}");
    }
    let names =
        [AuditPolicy::crd_name(), AuditFinding::crd_name()].map(|name| format!("crd/{name}"));
    let arguments = [
        "wait",
        "--for=condition=Established",
        "--timeout=30s",
        &names[0],
        &names[1],
    ];
    let output = cluster.kubectl(&arguments).await?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// What kubectl complains or warns of; `dry_run` is `none` or `server`.
pub(crate) async fn apply_definition(
    cluster: &ControlPlane,
    definition: &str,
    dry_run: &str,
) -> Result<String> {
    let dry_run = format!("--dry-run={dry_run}");
    let arguments = [
        "apply",
        "--server-side",
        "--validate=strict",
        &dry_run,
        "-f",
        "-",
    ];
    let output = cluster.kubectl_with_input(&arguments, definition).await?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What `kubectl explain` prints, in one line. It may take seconds until the API server has published a new definition.
pub(crate) async fn explain(cluster: &ControlPlane, field: &str) -> Result<String> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let output = cluster.kubectl(&["explain", field]).await?;
        if output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout);
            return Ok(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            Instant::now() < deadline,
            "kubectl explain {field}: {errors}"
        );
        sleep(Duration::from_millis(200)).await;
    }
}

/// Untyped, so that what a test writes is sent as it stands.
pub(crate) async fn create(api: &Api<DynamicObject>, object: &Value) -> Result<DynamicObject> {
    let object = serde_json::from_value(object.clone()).context("an object")?;
    Ok(api.create(&PostParams::default(), &object).await?)
}

/// As a person does it with `kubectl patch --type merge`.
pub(crate) async fn merge(
    api: &Api<DynamicObject>,
    name: &str,
    patch: &Value,
) -> kube::Result<DynamicObject> {
    api.patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await
}

pub(crate) async fn merge_status(
    api: &Api<DynamicObject>,
    name: &str,
    patch: &Value,
) -> kube::Result<DynamicObject> {
    api.patch_status(name, &PatchParams::default(), &Patch::Merge(patch))
        .await
}

/// As the operator states what it states.
pub(crate) async fn apply(
    api: &Api<DynamicObject>,
    name: &str,
    manager: &str,
    object: &Value,
) -> kube::Result<DynamicObject> {
    api.patch(
        name,
        &PatchParams::apply(manager).force(),
        &Patch::Apply(object),
    )
    .await
}
