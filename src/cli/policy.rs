//! The policy of a file, checked as the API server and the controller check one of the cluster.

mod schema;

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use kube::CustomResourceExt as _;
use serde_json::Value;

use crate::api::{self, AuditPolicy};
use crate::clock::Clock;
use crate::controller::{Plan, Surroundings, validate};
use crate::github::Endpoint;

/// The namespace of chains without a cluster.
const NAMESPACE: &str = "default";
/// As of a `CronJob`, and as the definition's rule says.
const NAME_LIMIT: usize = 52;

/// Reads the one `AuditPolicy` of a file; other objects in it, such as a namespace, are passed over.
pub(super) fn read(file: &Path, allowed_hosts: &[String]) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let mut policy = parse(&text).with_context(|| format!("{}", file.display()))?;
    policy.metadata.namespace = Some(NAMESPACE.to_owned());
    let allowed_hosts = with_loopback(allowed_hosts, &policy.spec.github.api_url);
    let surroundings = Surroundings {
        allowed_hosts: &allowed_hosts,
        cluster_uid: None,
        namespace_uid: None,
        executor: "command-line",
        now: Clock::System.now(),
    };
    validate(&policy, &surroundings).map_err(|invalid| {
        anyhow!(
            "{}: {}: {}",
            file.display(),
            invalid.reason.as_str(),
            invalid.message
        )
    })
}

/// A token that goes to this very machine goes nowhere: loopback is allowed to whoever runs the command.
fn with_loopback(allowed_hosts: &[String], api_url: &str) -> Vec<String> {
    let endpoint = Endpoint::parse(api_url).ok();
    let loopback = endpoint.filter(Endpoint::is_loopback);
    let loopback = loopback.map(|endpoint| endpoint.authority().to_owned());
    allowed_hosts.iter().cloned().chain(loopback).collect()
}

fn parse(text: &str) -> anyhow::Result<AuditPolicy> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|error| anyhow!(unquoted(&error)))?;
    let mut policies = documents
        .into_iter()
        .filter(|document| document["kind"] == "AuditPolicy");
    let Some(mut policy) = policies.next() else {
        bail!("no AuditPolicy is in it")
    };
    if policies.next().is_some() {
        bail!("more than one AuditPolicy is in it; give each a file of its own");
    }
    schema::prune_nulls(&mut policy);
    let problems = problems(&policy)?;
    if !problems.is_empty() {
        bail!(problems.join("; "));
    }
    Ok(serde_json::from_value(policy)?)
}

/// The error without the lines around it: another object in the file may be a Secret.
fn unquoted(error: &serde_saphyr::Error) -> String {
    let formatter = serde_saphyr::UserMessageFormatter;
    error.render_with_options(serde_saphyr::render_options! {
        formatter: &formatter,
        snippets: serde_saphyr::SnippetMode::Off,
    })
}

/// What an API server would refuse, or drop: a typo that is ignored could be a requirement that is not demanded.
fn problems(policy: &Value) -> anyhow::Result<Vec<String>> {
    const KNOWN: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
    let members = policy.as_object().into_iter().flat_map(|map| map.keys());
    let unknown = members.filter(|name| !KNOWN.contains(&name.as_str()));
    let mut problems: Vec<String> = unknown
        .map(|name| format!("{name}: unknown field; known are {}", KNOWN.join(", ")))
        .collect();
    let version = format!("{}/{}", api::GROUP, api::VERSION);
    if policy["apiVersion"] != version {
        problems.push(format!("apiVersion: must be {version}"));
    }
    if !policy["metadata"]["name"].as_str().is_some_and(is_name) {
        problems.push(format!(
            "metadata.name: must be lower-case letters, digits, dashes and dots, {NAME_LIMIT} at most"
        ));
    }
    let definition = serde_json::to_value(AuditPolicy::crd())?;
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let spec = &schema["properties"]["spec"];
    problems.extend(schema::problems(spec, &policy["spec"], "spec"));
    Ok(problems)
}

/// A DNS subdomain (RFC 1123), as names of Kubernetes are.
///
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>
fn is_name(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |label: &str| {
        let ends = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && !ends && label.chars().all(is_inner)
    };
    text.len() <= NAME_LIMIT && text.split('.').all(is_label)
}
