//! The policy of a file, checked as the controller checks one of the cluster.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::api::AuditPolicy;
use crate::controller::{Plan, Surroundings, validate};

/// The namespace of chains without a cluster.
const NAMESPACE: &str = "default";

/// Reads the one `AuditPolicy` of a file; other objects in it, such as a namespace, are passed over.
pub(super) fn read(file: &Path, allowed_hosts: &[String]) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let mut policy = parse(&text).with_context(|| format!("{}", file.display()))?;
    policy.metadata.namespace = Some(NAMESPACE.to_owned());
    let surroundings = Surroundings {
        allowed_hosts,
        cluster_uid: None,
        namespace_uid: None,
        executor: "command-line",
    };
    validate(&policy, &surroundings).map_err(|invalid| {
        anyhow::anyhow!(
            "{}: {}: {}",
            file.display(),
            invalid.reason.as_str(),
            invalid.message
        )
    })
}

fn parse(text: &str) -> anyhow::Result<AuditPolicy> {
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(text)?;
    let mut policies = documents
        .into_iter()
        .filter(|document| document["kind"] == "AuditPolicy");
    let Some(policy) = policies.next() else {
        bail!("no AuditPolicy is in it")
    };
    if policies.next().is_some() {
        bail!("more than one AuditPolicy is in it; give each a file of its own");
    }
    Ok(serde_json::from_value(policy)?)
}
