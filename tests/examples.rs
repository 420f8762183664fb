//! Every example under `deploy/` parses into the current types, says nothing that they do not know, and would be obeyed.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Secret;
use mergeaudit::api::{AuditPolicy, SECRET_TOKEN, SECRET_TYPE};
use mergeaudit::controller::{Surroundings, validate};
use serde_json::Value;

#[test]
fn every_example_is_a_policy_with_its_secret_that_would_be_obeyed() -> Result<()> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples");
    let mut policies = 0;
    for entry in std::fs::read_dir(&directory).context("reading deploy/examples")? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        policies += check(&text).with_context(|| path.display().to_string())?;
    }
    ensure!(policies >= 2, "there are {policies} examples");
    Ok(())
}

/// Checks every document, and returns how many are policies.
fn check(text: &str) -> Result<usize> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text)?;
    let of_kind = |kind: &str| {
        let documents = documents
            .iter()
            .filter(move |document| document["kind"] == kind);
        documents.cloned().collect::<Vec<_>>()
    };
    let secrets: Vec<Secret> = of_kind("Secret")
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<_, _>>()?;
    let policies = of_kind("AuditPolicy");
    for document in &policies {
        let policy = check_policy(document)?;
        let named = &policy.spec.github.credentials_ref.name;
        let secret = secrets
            .iter()
            .find(|secret| secret.metadata.name.as_ref() == Some(named))
            .with_context(|| format!("there is no Secret {named}"))?;
        check_secret(secret, &policy)?;
    }
    Ok(policies.len())
}

fn check_policy(document: &Value) -> Result<AuditPolicy> {
    let policy: AuditPolicy = serde_json::from_value(document.clone())?;
    // Serialized, it says at least what was written: a field that the type does not know would be missing.
    let written = serde_json::to_value(&policy)?;
    says_everything(&document["spec"], &written["spec"], "spec")?;
    let surroundings = Surroundings {
        allowed_hosts: &["api.github.com".to_owned()],
        cluster_uid: None,
        namespace_uid: None,
        executor: "test",
        now: "2026-11-22T12:00:00Z".parse()?,
    };
    let plan = validate(&policy, &surroundings);
    let problem = plan.err().map(|invalid| invalid.message);
    ensure!(problem.is_none(), "{problem:?}");
    Ok(policy)
}

fn check_secret(secret: &Secret, policy: &AuditPolicy) -> Result<()> {
    ensure!(secret.type_.as_deref() == Some(SECRET_TYPE));
    ensure!(secret.metadata.namespace == policy.metadata.namespace);
    let data = secret.string_data.as_ref();
    ensure!(data.is_some_and(|data| data.contains_key(SECRET_TOKEN)));
    Ok(())
}

fn says_everything(example: &Value, parsed: &Value, place: &str) -> Result<()> {
    match (example, parsed) {
        (Value::Object(example), Value::Object(parsed)) => {
            for (key, value) in example {
                let place = format!("{place}.{key}");
                let parsed = parsed
                    .get(key)
                    .with_context(|| format!("{place} is unknown"))?;
                says_everything(value, parsed, &place)?;
            }
        }
        (Value::Array(example), Value::Array(parsed)) => {
            ensure!(example.len() == parsed.len(), "{place} lost items");
            for (index, (example, parsed)) in example.iter().zip(parsed).enumerate() {
                says_everything(example, parsed, &format!("{place}[{index}]"))?;
            }
        }
        _ => ensure!(example == parsed, "{place} is {parsed}, not {example}"),
    }
    Ok(())
}
