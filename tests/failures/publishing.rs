//! An API server that refuses a finding.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::{LocalWorld, condition, eventually};
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::seen::wait_for;

/// A policy of the cluster that refuses, in this world's namespace, the finding of that pull request and a `ConfigMap` named
/// `probe`, by which a test sees that it is in force.
fn refusal(world: &LocalWorld, number: u64) -> [Value; 2] {
    let name = world.namespace.as_str();
    let admission = "admissionregistration.k8s.io/v1";
    let rule = |group: &str, resource: &str| json!({"apiGroups": [group], "apiVersions": ["*"], "operations": ["*"], "resources": [resource]});
    let expression = format!(
        "object.kind == 'ConfigMap' ? object.metadata.name != 'probe' : object.spec.change.number != {number}"
    );
    [
        json!({
            "apiVersion": admission, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
            "spec": {
                "matchConstraints": {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
                    "resourceRules": [rule("mergeaudit.io", "auditfindings"), rule("", "configmaps")],
                },
                "validations": [{"expression": expression, "message": "refused by a test"}],
            },
        }),
        json!({
            "apiVersion": admission, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        }),
    ]
}

/// Waits until the refusal is in force, or no longer is.
async fn wait_until_refused(world: &LocalWorld, refused: bool) -> Result<()> {
    eventually(
        "the admission policy",
        Duration::from_secs(30),
        async || {
            let probe = world
                .kubectl(&["create", "configmap", "probe", "--dry-run=server"])
                .await;
            ensure!(probe.is_err() == refused, "{probe:?}");
            Ok(())
        },
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_the_api_server_refuses_is_counted_and_stops_no_other() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("soc2")).await?;
    wait_for(&world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    let refused = world.merge_unreviewed("payments", "Refused").await?;
    let taken = world.merge_unreviewed("payments", "Taken").await?;
    ensure!(refused != taken, "two pull requests of one number");
    for object in refusal(&world, refused) {
        world.apply(&object).await?;
    }
    wait_until_refused(&world, true).await?;

    let policy = world.scan("soc2").await?;
    let findings = world.findings("soc2").await?;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["spec"]["change"]["number"], taken);
    assert_eq!(policy["status"]["findings"]["withheld"], 1, "{policy:#}");
    assert_eq!(policy["status"]["totals"]["changes"], 2);
    assert_eq!(condition(&policy, "Ready"), Some(("True", "Succeeded")));
    assert_eq!(
        condition(&policy, "Compliant").context("no condition")?.0,
        "False"
    );
    assert!(
        world.operator.log().contains("refused by a test"),
        "{}",
        world.operator.log_tail()
    );

    for kind in [
        "validatingadmissionpolicybinding",
        "validatingadmissionpolicy",
    ] {
        world.kubectl(&["delete", kind, &world.namespace]).await?;
    }
    wait_until_refused(&world, false).await?;
    let policy = world.scan("soc2").await?;
    assert_eq!(policy["status"]["findings"]["withheld"], 0, "{policy:#}");
    assert_eq!(world.findings("soc2").await?.len(), 2);
    assert_eq!(policy["status"]["totals"]["changes"], 2, "each change once");
    Ok(())
}
