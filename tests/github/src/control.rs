//! `/_sim/`: what the demo and people by hand do to a served world. GitHub has nothing like it.
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    exchange::{Ask, Reply},
    fault::{Fault, FaultPlan},
    handle::Handle,
    world::{MergeMethod, Verdict, World},
};

/// A pull request to merge now.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MergeNow {
    /// Login.
    pub organization: String,
    /// Name; it must exist.
    pub repository: String,
    /// Title.
    pub title: String,
    /// Who opens it.
    pub author: String,
    /// Who approves before the merge.
    #[serde(default)]
    pub approved_by: Vec<String>,
    /// Who merges; the author if missing.
    #[serde(default)]
    pub merged_by: Option<String>,
    /// Base branch; the default branch if missing.
    #[serde(default)]
    pub base: Option<String>,
    /// Description.
    #[serde(default)]
    pub body: String,
    /// Labels that the author puts on.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Reasons to declare as the truth; if missing, compliant with an approval and `ApprovalMissing` without.
    #[serde(default)]
    pub reasons: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetClock {
    offset_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suspend {
    installation: u64,
    suspended: bool,
}

/// Answers a control request.
pub(crate) fn respond(handle: &Handle, ask: &Ask) -> Reply {
    match (ask.method.as_str(), ask.path.as_str()) {
        ("GET", "/_sim/truth") => Reply::json(200, &json!(handle.world().truth)),
        ("GET", "/_sim/requests") => Reply::json(200, &json!(handle.requests())),
        ("POST", "/_sim/merge") => with_body(ask, |what: MergeNow| {
            let number = handle.merge(&what)?;
            let truth = handle.world().truth.last().map(|truth| json!(truth));
            Ok(json!({ "number": number, "truth": truth }))
        }),
        ("POST", "/_sim/revoke") => with_body(ask, |what: Revoke| {
            anyhow::ensure!(handle.revoke(&what.token), "no token has that text");
            Ok(json!({}))
        }),
        ("POST", "/_sim/clock") => with_body(ask, |what: SetClock| {
            handle.set_clock_offset(SignedDuration::from_secs(what.offset_seconds));
            Ok(json!({ "now": handle.now() }))
        }),
        ("POST", "/_sim/faults") => with_body(ask, |fault: Fault| {
            handle.fail(fault);
            Ok(json!({}))
        }),
        ("POST", "/_sim/faults/plan") => with_body(ask, |plan: Option<FaultPlan>| {
            handle.fail_at_random(plan);
            Ok(json!({}))
        }),
        ("GET", "/_sim/usage") => Reply::json(200, &json!(handle.usage())),
        ("GET", "/_sim/settings") => Reply::json(200, &json!(handle.settings())),
        ("POST", "/_sim/settings") => with_body(ask, |change: Value| configure(handle, &change)),
        ("POST", "/_sim/suspend") => with_body(ask, |what: Suspend| {
            let known = handle.suspend(what.installation, what.suspended);
            anyhow::ensure!(known, "no installation has that id");
            Ok(json!({}))
        }),
        (method, path) => Reply::error(404, &format!("the simulator has no {method} {path}")),
    }
}

/// Changes the settings that the body names and answers all of them.
fn configure(handle: &Handle, change: &Value) -> anyhow::Result<Value> {
    let mut merged = json!(handle.settings());
    merge_into(&mut merged, change);
    let settings = serde_json::from_value(merged.clone()).context("there is no such setting")?;
    handle.configure(|current| *current = settings);
    Ok(merged)
}

fn merge_into(target: &mut Value, change: &Value) {
    match (target, change) {
        (Value::Object(target), Value::Object(change)) => {
            for (name, value) in change {
                merge_into(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, change) => *target = change.clone(),
    }
}

fn with_body<T: for<'de> Deserialize<'de>>(
    ask: &Ask,
    act: impl FnOnce(T) -> anyhow::Result<Value>,
) -> Reply {
    let done = serde_json::from_slice(&ask.body)
        .context("the body is not as expected")
        .and_then(act);
    match done {
        Ok(body) => Reply::json(200, &body),
        Err(error) => Reply::error(422, &format!("{error:#}")),
    }
}

/// Merges a pull request at a time.
pub(crate) fn merge(world: &mut World, what: &MergeNow, now: Timestamp) -> anyhow::Result<u64> {
    let MergeNow {
        organization,
        repository,
        title,
        author,
        ..
    } = what;
    world
        .find_repository(organization, repository)
        .with_context(|| format!("there is no {organization}/{repository}"))?;
    let mut owner = world.organization(organization);
    let mut place = owner.repository(repository);
    let mut told = place
        .merged_pull_request(title)
        .author(author)
        .body(&what.body)
        .merged_by(what.merged_by.as_ref().unwrap_or(author))
        .method(MergeMethod::Squash)
        .merged_at(now);
    if let Some(base) = &what.base {
        told = told.base(base);
    }
    for approver in &what.approved_by {
        told = told.approved_by(approver);
    }
    for label in &what.labels {
        told = told.labeled_by(author, label);
    }
    let reasons: Vec<&str> = match &what.reasons {
        Some(reasons) => reasons.iter().map(String::as_str).collect(),
        None if what.approved_by.is_empty() => vec!["ApprovalMissing"],
        None => Vec::new(),
    };
    let verdict = if reasons.is_empty() {
        Verdict::Compliant
    } else {
        Verdict::NonCompliant
    };
    Ok(told.declare(verdict, &reasons))
}
