//! The control plane is a Kubernetes: its controllers work, users have the rights they have, tests do not meet.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, Client,
    api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, PostParams},
};
use mergeaudit_test_cluster::ControlPlane;
use serde_json::json;

const CRD: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.test.mergeaudit.io}
spec:
  group: test.mergeaudit.io
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {size: {type: integer}}
            x-kubernetes-validations: [{rule: "self.size < 10", message: "too big"}]
"#;

#[tokio::test]
async fn a_config_map_comes_back_from_a_fresh_namespace() -> Result<()> {
    let cluster = ControlPlane::shared().await?;
    let (first, second) = (
        cluster.namespace("roundtrip").await?,
        cluster.namespace("roundtrip").await?,
    );
    ensure!(first != second, "both namespaces are {first}");

    let maps: Api<ConfigMap> = Api::namespaced(cluster.client().await?, &first);
    let wanted: ConfigMap =
        serde_json::from_value(json!({"metadata": {"name": "a"}, "data": {"k": "v"}}))?;
    maps.create(&PostParams::default(), &wanted).await?;
    ensure!(maps.get("a").await?.data == wanted.data);
    Ok(())
}

#[tokio::test]
async fn a_custom_resource_is_validated_by_its_cel_rule() -> Result<()> {
    let cluster = ControlPlane::shared().await?;
    let namespace = cluster.namespace("custom").await?;
    cluster.apply(CRD).await?;
    let established = cluster
        .kubectl(&[
            "wait",
            "--for=condition=Established",
            "crd/widgets.test.mergeaudit.io",
        ])
        .await?;
    ensure!(
        established.status.success(),
        "{}",
        String::from_utf8_lossy(&established.stderr)
    );

    let widget =
        ApiResource::from_gvk(&GroupVersionKind::gvk("test.mergeaudit.io", "v1", "Widget"));
    let widgets: Api<DynamicObject> =
        Api::namespaced_with(cluster.client().await?, &namespace, &widget);
    let sized = |name: &str, size: u32| {
        DynamicObject::new(name, &widget).data(json!({"spec": {"size": size}}))
    };
    widgets
        .create(&PostParams::default(), &sized("small", 3))
        .await?;
    let refused = widgets
        .create(&PostParams::default(), &sized("large", 30))
        .await;
    let refusal = refused
        .err()
        .context("the large widget was accepted")?
        .to_string();
    ensure!(refusal.contains("too big"), "{refusal}");
    Ok(())
}

#[tokio::test]
async fn a_deleted_namespace_goes_because_controllers_run() -> Result<()> {
    let cluster = ControlPlane::shared().await?;
    let namespace = cluster.namespace("doomed").await?;
    let namespaces: Api<Namespace> = Api::all(cluster.client().await?);
    namespaces
        .delete(&namespace, &DeleteParams::default())
        .await?;
    let gone = cluster
        .kubectl(&[
            "wait",
            "--for=delete",
            "--timeout=60s",
            &format!("namespace/{namespace}"),
        ])
        .await?;
    ensure!(
        gone.status.success(),
        "{}",
        String::from_utf8_lossy(&gone.stderr)
    );
    Ok(())
}

#[tokio::test]
async fn users_and_service_accounts_have_only_the_rights_given_to_them() -> Result<()> {
    let cluster = ControlPlane::shared().await?;
    let namespace = cluster.namespace("rights").await?;
    let token = cluster
        .kubeconfig_for_service_account(&namespace, "default")
        .await?;
    let token = token.display().to_string();
    for client in [
        cluster
            .client_for("alice@example.com", Some("on-call"))
            .await?,
        cluster.client_for("bob", None).await?,
    ] {
        ensure!(
            !may_list_config_maps(client, &namespace).await?,
            "a right that nobody gave"
        );
    }
    let grants = [
        "create",
        "rolebinding",
        "readers",
        "--clusterrole=view",
        "--group=on-call",
        "--namespace",
        &namespace,
    ];
    ensure!(cluster.kubectl(&grants).await?.status.success());

    ensure!(
        may_list_config_maps(
            cluster
                .client_for("alice@example.com", Some("on-call"))
                .await?,
            &namespace
        )
        .await?
    );
    ensure!(!may_list_config_maps(cluster.client_for("bob", None).await?, &namespace).await?);
    // kubectl takes the last --kubeconfig.
    let account = cluster
        .kubectl(&["--kubeconfig", &token, "auth", "whoami"])
        .await?;
    let account = String::from_utf8_lossy(&account.stdout).into_owned();
    ensure!(
        account.contains(&format!("system:serviceaccount:{namespace}:default")),
        "{account}"
    );
    Ok(())
}

#[tokio::test]
async fn two_control_planes_run_side_by_side() -> Result<()> {
    let (shared, own) = tokio::try_join!(ControlPlane::shared(), ControlPlane::start())?;
    let namespace = own.namespace("apart").await?;
    let elsewhere: Api<Namespace> = Api::all(shared.client().await?);
    ensure!(
        elsewhere.get_opt(&namespace).await?.is_none(),
        "{namespace} is in both"
    );
    Ok(())
}

async fn may_list_config_maps(client: Client, namespace: &str) -> Result<bool> {
    let maps: Api<ConfigMap> = Api::namespaced(client, namespace);
    match maps.list(&ListParams::default()).await {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(false),
        Err(error) => Err(error).context("listing config maps"),
    }
}
