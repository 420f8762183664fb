//! What the chart permits is what the operator needs, and no more of Secrets than to read one by its name.

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use mergeaudit_test_world::{LocalWorld, Setup};
use serde_json::{Value, json};

use crate::helm::render;

/// The objects that say who may do what.
const OF_ACCESS: [&str; 7] = [
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
];

#[tokio::test]
async fn the_operator_does_its_job_with_the_charts_permissions() -> Result<()> {
    for scope in ["Cluster", "Namespaced"] {
        let program = env!("CARGO_BIN_EXE_mergeaudit");
        let mut world = Setup::new(program).without_operator().start().await?;
        let _kubeconfig = as_the_operator(&mut world, scope).await?;
        scan(&world)
            .await
            .with_context(|| format!("scope {scope}"))?;
        let log = world.operator.log();
        ensure!(!log.contains("forbidden"), "scope {scope}: {log}");
    }
    Ok(())
}

/// Starts the operator as the chart's service account, under the chart's rules; its kubeconfig goes when the file is dropped.
pub(crate) async fn as_the_operator(
    world: &mut LocalWorld,
    scope: &str,
) -> Result<tempfile::NamedTempFile> {
    grant(world, scope).await?;
    let file = kubeconfig(world).await?;
    file.path()
        .clone_into(&mut world.operator.setup_mut().kubeconfig);
    world.operator.restart().await?;
    Ok(file)
}

#[test]
fn secrets_are_never_listed() -> Result<()> {
    for scope in ["scope=Cluster", "scope=Namespaced"] {
        let documents = render("audit", &[scope])?;
        let rules = documents
            .iter()
            .filter_map(|document| document["rules"].as_array())
            .flatten();
        let of_secrets: Vec<_> = rules
            .filter(|rule| {
                let resources = rule["resources"].as_array();
                resources.is_some_and(|resources| {
                    resources.iter().any(|it| it == "secrets" || it == "*")
                })
            })
            .collect();
        ensure!(of_secrets.len() == 1, "{of_secrets:?}");
        ensure!(of_secrets[0]["verbs"] == json!(["get"]), "{of_secrets:?}");
    }
    Ok(())
}

/// Applies the chart's access rules under a name of this world's own: they are the cluster's.
async fn grant(world: &LocalWorld, scope: &str) -> Result<()> {
    let name = format!("fullnameOverride={}", world.namespace);
    let scope = format!("scope={scope}");
    // The policy of the whole cluster would judge the other tests' operators too.
    let policy = format!("admissionPolicy.enabled={}", scope.ends_with("Namespaced"));
    let documents = render(&world.namespace, &[&name, &scope, &policy])?;
    let access = documents.into_iter().filter(|document| {
        let kind = document["kind"].as_str();
        kind.is_some_and(|kind| OF_ACCESS.contains(&kind))
    });
    for document in access {
        world.apply(&document).await?;
    }
    Ok(())
}

/// A kubeconfig of the chart's service account.
async fn kubeconfig(world: &LocalWorld) -> Result<tempfile::NamedTempFile> {
    let accounts: Api<ServiceAccount> = Api::namespaced(world.client.clone(), &world.namespace);
    let request = TokenRequest {
        spec: TokenRequestSpec {
            expiration_seconds: Some(3600),
            ..TokenRequestSpec::default()
        },
        ..TokenRequest::default()
    };
    let token = accounts
        .create_token_request(&world.namespace, &PostParams::default(), &request)
        .await?;
    let token = token.status.context("a token")?.token;
    let mut config: Value =
        serde_saphyr::from_str(&std::fs::read_to_string(world.cluster.kubeconfig_path())?)?;
    config["users"][0]["user"] = json!({"token": token});
    let file = tempfile::NamedTempFile::new_in(world.cluster.directory())?;
    std::fs::write(file.path(), config.to_string())?;
    let read = Kubeconfig::read_from(file.path())?;
    kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
    Ok(file)
}

/// A policy is scanned, and a change without review becomes a finding with its status.
pub(crate) async fn scan(world: &LocalWorld) -> Result<()> {
    world.apply(&world.policy("soc2")).await?;
    world.scan("soc2").await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    world.scan("soc2").await?;
    let findings = world.findings("soc2").await?;
    ensure!(findings.len() == 1, "{findings:?}");
    ensure!(findings[0]["status"]["state"] == "Open", "{findings:?}");
    Ok(())
}
