//! What people see: conditions, debts; and what nobody may see: tokens.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use mergeaudit_test_world::{LocalWorld, condition};
use serde_json::Value;

/// Waits until a condition has this status and reason; returns the policy.
pub(crate) async fn wait_for(
    world: &LocalWorld,
    policy: &str,
    kind: &str,
    wanted: (&str, &str),
) -> Result<Value> {
    let what = format!("{policy}: {kind}={}/{}", wanted.0, wanted.1);
    let says = |policy: &Value| condition(policy, kind) == Some(wanted);
    world.wait_for_policy(policy, &what, says).await
}

/// The message of a condition; empty where it is absent.
pub(crate) fn message(policy: &Value, kind: &str) -> String {
    let conditions = policy["status"]["conditions"].as_array();
    let found = conditions
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == kind);
    let message = found.and_then(|condition| condition["message"].as_str());
    message.unwrap_or_default().to_owned()
}

/// The status of one organization.
pub(crate) fn organization<'a>(policy: &'a Value, name: &str) -> &'a Value {
    let organizations = policy["status"]["organizations"].as_array();
    let found = organizations
        .into_iter()
        .flatten()
        .find(|status| status["name"] == name);
    found.unwrap_or(&Value::Null)
}

/// The reason of an organization's first debt; empty where it has none.
pub(crate) fn debt(policy: &Value, name: &str) -> String {
    let reason = organization(policy, name)["debts"][0]["reason"].as_str();
    reason.unwrap_or_default().to_owned()
}

/// Each of the words is in the text.
#[track_caller]
pub(crate) fn assert_names(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{text:?} does not name {word:?}");
    }
}

/// Invariant 7, after whatever a test did: the text of a secret is in no log, object, event, metric and evidence.
pub(crate) async fn assert_unseen(world: &LocalWorld, secrets: &[&str]) -> Result<()> {
    let kinds = "auditpolicies,auditfindings,events,leases,configmaps";
    let objects = world
        .kubectl(&["get", kinds, "--output=json", "--show-managed-fields"])
        .await?;
    ensure!(
        objects.contains("\"AuditPolicy\""),
        "nothing to look through: {objects}"
    );
    let metrics = format!("{:?}", world.operator.metrics().await?);
    let evidence = evidence(world.evidence())?;
    let places = [
        ("the operator's log", world.operator.log()),
        ("the API server's objects", objects),
        ("the metrics", metrics),
        ("the evidence", evidence),
    ];
    for (place, text) in places {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }
    Ok(())
}

/// Everything in the archive as text, unpacked; names of files included.
fn evidence(directory: &Path) -> Result<String> {
    let mut text = String::new();
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Ok(text);
    };
    for entry in entries {
        let path = entry?.path();
        text.push_str(&path.display().to_string());
        text.push_str(&if path.is_dir() {
            evidence(&path)?
        } else {
            content(&path)?
        });
    }
    Ok(text)
}

fn content(path: &Path) -> Result<String> {
    let reading = || format!("reading {}", path.display());
    let mut bytes = std::fs::read(path).with_context(reading)?;
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut unpacked = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut unpacked)
            .with_context(reading)?;
        bytes = unpacked;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
