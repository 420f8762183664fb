//! The chart renders, lints, refuses what is no value of it, and is what an API server takes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::shared_cluster;
use serde_json::{Value, json};

use crate::helm::{lint, render, template};

/// Sets of values that people choose.
const CHOICES: [&[&str]; 4] = [
    &[],
    &["scope=Namespaced", "crds.install=false"],
    &[
        "evidence.url=s3://audit/evidence",
        "replicas=2",
        "controller.allowedGithubHosts={api.github.com,github.example.com}",
        "image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000",
    ],
    &[
        "networkPolicy.enabled=true",
        "evidence.persistence.storageClassName=fast",
        "serviceAccount.annotations.team=audit",
        "commonLabels.team=audit",
        "priorityClassName=system-cluster-critical",
    ],
];

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let matching = documents.iter().filter(|document| document["kind"] == kind);
    matching.collect()
}

#[test]
fn helm_finds_nothing_to_complain_of() -> Result<()> {
    for values in CHOICES {
        lint(values).with_context(|| format!("{values:?}"))?;
    }
    Ok(())
}

#[test]
fn a_value_that_does_not_exist_is_refused() {
    for (value, named) in [
        ("replica=2", "replica"),
        ("controller.concurency=2", "concurency"),
        ("scope=Everywhere", "scope"),
        ("controller.concurrency=65", "concurrency"),
        ("image.digest=latest", "digest"),
        ("evidence.url=/var/lib", "url"),
    ] {
        let refusal = template("audit", &[value]).unwrap_err().to_string();
        assert!(refusal.contains(named), "{value}: {refusal}");
    }
}

#[test]
fn two_replicas_cannot_share_a_volume() {
    let refusal = template("audit", &["replicas=2"]).unwrap_err().to_string();
    assert!(refusal.contains("evidence.url"), "{refusal}");
}

#[tokio::test]
async fn an_api_server_takes_everything_without_a_warning() -> Result<()> {
    let cluster = shared_cluster().await?;
    let namespace = cluster.namespace("chart").await?;
    let label = ["enforce", "warn", "audit"]
        .map(|mode| format!("pod-security.kubernetes.io/{mode}=restricted"));
    let [enforce, warn, audit] = &label;
    let labelled = cluster
        .kubectl(&["label", "namespace", &namespace, enforce, warn, audit])
        .await?;
    ensure!(labelled.status.success(), "{labelled:?}");
    for values in CHOICES {
        let documents = render(&namespace, values)?;
        let list = json!({"apiVersion": "v1", "kind": "List", "items": documents});
        let file = tempfile::NamedTempFile::new_in(cluster.directory())?;
        file.as_file().write_all(list.to_string().as_bytes())?;
        let file = format!("--filename={}", file.path().display());
        let arguments = [
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
            "--force-conflicts",
            &file,
        ];
        let output = cluster.kubectl(&arguments).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{values:?}: {said}");
        ensure!(!said.contains("Warning"), "{values:?}: {said}");
    }
    Ok(())
}

#[test]
fn its_own_pods_are_restricted_and_have_a_volume_to_write_to() -> Result<()> {
    let documents = render("audit", &[])?;
    let deployment = of_kind(&documents, "Deployment")[0];
    let pod = &deployment["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
    let claim = of_kind(&documents, "PersistentVolumeClaim")[0];
    assert_eq!(
        pod["volumes"][0]["persistentVolumeClaim"]["claimName"],
        claim["metadata"]["name"]
    );
    assert_eq!(
        claim["metadata"]["annotations"]["helm.sh/resource-policy"],
        "keep"
    );
    Ok(())
}

#[test]
fn the_monitor_finds_the_service_and_the_service_the_pods() -> Result<()> {
    let documents = render("audit", &["prometheus.serviceMonitor.enabled=true"])?;
    let deployment = of_kind(&documents, "Deployment")[0];
    let service = of_kind(&documents, "Service")[0];
    let monitor = of_kind(&documents, "ServiceMonitor")[0];
    let contains = |labels: &Value, selector: &Value| {
        let selector = selector.as_object().unwrap();
        !selector.is_empty() && selector.iter().all(|(key, value)| &labels[key] == value)
    };
    let pod = &deployment["spec"]["template"];
    assert!(contains(
        &pod["metadata"]["labels"],
        &service["spec"]["selector"]
    ));
    let wanted = &monitor["spec"]["selector"]["matchLabels"];
    assert!(contains(&service["metadata"]["labels"], wanted));
    let port = &service["spec"]["ports"][0];
    assert_eq!(monitor["spec"]["endpoints"][0]["port"], port["name"]);
    let ports = &pod["spec"]["containers"][0]["ports"];
    assert_eq!(ports[0]["name"], port["targetPort"]);
    Ok(())
}

#[test]
fn the_rules_are_those_that_promtool_tests() -> Result<()> {
    let documents = render("audit", &["prometheus.rules.enabled=true"])?;
    let tested = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("deploy/prometheus/mergeaudit.rules.yaml"),
    )?;
    let tested: Value = serde_saphyr::from_str(&tested)?;
    assert_eq!(of_kind(&documents, "PrometheusRule")[0]["spec"], tested);
    Ok(())
}

/// The operator's own check of its arguments: each that the Deployment gives is one that the program knows.
#[test]
fn the_program_takes_the_arguments_of_the_deployment() -> Result<()> {
    for values in CHOICES {
        let documents = render("audit", values)?;
        let container =
            &of_kind(&documents, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0];
        let arguments = container["args"].as_array().context("args")?;
        let mut arguments: Vec<_> = arguments.iter().filter_map(Value::as_str).collect();
        arguments.push("--help");
        let output = Command::new(env!("CARGO_BIN_EXE_mergeaudit"))
            .args(&arguments)
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?}: {said}");
    }
    Ok(())
}
