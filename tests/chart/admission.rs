//! The chart's admission policy on a real API server: a person acknowledges, in the own name and not the own change, and does
//! nothing else to a finding.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams};
use mergeaudit_test_world::{LocalWorld, Setup, eventually};
use serde_json::{Value, json};

use crate::permissions::as_the_operator;

/// What somebody may do is theirs by this group, which may do everything.
const ADMINISTRATORS: &str = "system:masters";

struct Person {
    findings: Api<DynamicObject>,
}

impl Person {
    async fn named(world: &LocalWorld, name: &str) -> Result<Self> {
        let client: Client = world.cluster.client_for(name, Some(ADMINISTRATORS)).await?;
        let kind = kube::api::ApiResource::from_gvk(&kube::core::GroupVersionKind::gvk(
            "mergeaudit.io",
            "v1alpha1",
            "AuditFinding",
        ));
        Ok(Self {
            findings: Api::namespaced_with(client, &world.namespace, &kind),
        })
    }

    async fn patch(&self, finding: &str, spec: Value) -> kube::Result<DynamicObject> {
        let patch = Patch::Merge(json!({"spec": spec}));
        self.findings
            .patch(finding, &PatchParams::default(), &patch)
            .await
    }

    async fn acknowledge(&self, finding: &str, by: &str) -> kube::Result<DynamicObject> {
        let said = json!({"disposition": "AcceptedRisk", "reason": "known", "acknowledgedBy": by});
        self.patch(finding, json!({"acknowledgement": said})).await
    }
}

fn refused<T: std::fmt::Debug>(answer: kube::Result<T>, why: &str) -> Result<()> {
    let error = answer.err().context("it was accepted")?.to_string();
    ensure!(error.contains(why), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_only_acknowledges_and_never_the_own_change() -> Result<()> {
    let setup = Setup::new(env!("CARGO_BIN_EXE_mergeaudit"));
    let mut world = setup.without_operator().start().await?;
    let _kubeconfig = as_the_operator(&mut world, "Namespaced").await?;
    crate::permissions::scan(&world).await?;
    let finding = world.findings("soc2").await?[0].clone();
    let name = finding["metadata"]["name"].as_str().context("a name")?;
    let author = finding["spec"]["change"]["author"]["id"].to_string();
    let identities = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "mergeaudit-identities", "namespace": world.namespace},
        "data": {author: "alice@example.com"},
    });
    world.apply(&identities).await?;
    let carol = Person::named(&world, "carol@example.com").await?;
    let alice = Person::named(&world, "alice@example.com").await?;

    // The API server takes a new policy up within seconds.
    eventually(
        "the policy to be in force",
        Duration::from_mins(1),
        async || {
            let edit = carol.patch(name, json!({"owner": "nobody"})).await;
            refused(edit, "only spec.acknowledgement may be written")
        },
    )
    .await?;
    let parameters = DeleteParams::default();
    refused(
        carol.findings.delete(name, &parameters).await,
        "deleted by the operator only",
    )?;
    let own = Patch::Merge(json!({"status": {"state": "Resolved"}}));
    let plain = PatchParams::default();
    let written = carol.findings.patch_status(name, &plain, &own);
    refused(written.await, "status is written by the operator only")?;
    refused(
        carol.acknowledge(name, "dave@example.com").await,
        "acknowledgedBy must be the requesting user",
    )?;
    refused(
        alice.acknowledge(name, "alice@example.com").await,
        "cannot acknowledge their own change",
    )?;
    carol.acknowledge(name, "carol@example.com").await?;
    eventually("the acknowledgement", Duration::from_mins(1), async || {
        let state = world.findings("soc2").await?[0]["status"]["state"].clone();
        ensure!(state == "Acknowledged", "{state}");
        Ok(())
    })
    .await
}
