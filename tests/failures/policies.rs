//! Policies that the API server takes and the operator cannot obey: Ready=False and Stalled=True name field and fix, no GitHub is
//! asked, and an edit mends it.

use anyhow::Result;
use mergeaudit_test_world::{LocalWorld, TOKEN, condition};
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::seen::{assert_names, assert_unseen, message, wait_for};

/// A policy that cannot be obeyed.
struct Bad {
    name: &'static str,
    /// What its spec has besides a sound one's.
    spec: Value,
    reason: &'static str,
    /// What the message names: field, problem, fix.
    names: &'static [&'static str],
}

fn schedules() -> Vec<Bad> {
    vec![
        Bad {
            name: "never-comes",
            spec: json!({"schedule": "0 0 31 2 *"}),
            reason: "InvalidSchedule",
            names: &["spec.schedule", "0 0 31 2 *", "never comes"],
        },
        Bad {
            name: "unknown-zone",
            spec: json!({"timeZone": "Mars/Olympus"}),
            reason: "InvalidTimeZone",
            names: &["spec.timeZone", "Mars/Olympus", "such as Etc/UTC"],
        },
        Bad {
            name: "misspelled-zone",
            spec: json!({"timeZone": "europe/berlin"}),
            reason: "InvalidTimeZone",
            names: &["spec.timeZone", "it is written \"Europe/Berlin\""],
        },
    ]
}

fn globs_and_hosts() -> Vec<Bad> {
    vec![
        Bad {
            name: "bad-branch",
            spec: json!({"branches": ["release/[0-9"]}),
            reason: "InvalidGlob",
            names: &["spec.branches", "release/[0-9", "put [ ] around"],
        },
        Bad {
            name: "host-not-allowed",
            spec: json!({"github": {"apiUrl": "https://github.example.com/api/v3", "credentialsRef": {"name": "github"}}}),
            reason: "HostNotAllowed",
            names: &[
                "spec.github.apiUrl",
                "github.example.com",
                "--allowed-github-hosts",
            ],
        },
    ]
}

fn rules_and_exemptions() -> Vec<Bad> {
    vec![
        Bad {
            name: "bad-rule",
            spec: json!({"rules": [{"name": "ticket", "expression": "change.titel != ''"}]}),
            reason: "InvalidPolicy",
            names: &["spec.rules[0].expression", "ticket", "no field titel"],
        },
        Bad {
            name: "rule-of-text",
            spec: json!({"rules": [{"name": "ticket", "expression": "change.title"}]}),
            reason: "InvalidPolicy",
            names: &[
                "spec.rules[0].expression",
                "ticket",
                "type string",
                "is true or false",
            ],
        },
        Bad {
            name: "rule-without-answer",
            spec: json!({"rules": [{"name": "ticket", "expression": "change.commits > 'a few'"}]}),
            reason: "InvalidPolicy",
            names: &["spec.rules[0].expression", "no answer, whatever the change"],
        },
        Bad {
            name: "long-exemption",
            spec: json!({"exemptions": [{"name": "docs", "repositories": ["docs"], "reason": "no code",
                "approvedBy": "ciso@example.com", "expirationTime": "2999-01-01T00:00:00Z"}]}),
            reason: "InvalidPolicy",
            names: &[
                "spec.exemptions[0].expirationTime",
                "docs",
                "a year at most",
            ],
        },
        Bad {
            name: "no-such-rule",
            spec: json!({"severities": [{"reasons": ["Rule/ticket"], "severity": "Critical"}]}),
            reason: "InvalidPolicy",
            names: &["spec.severities[0].reasons[0]", "one of spec.rules"],
        },
        Bad {
            name: "bad-pattern",
            spec: json!({"emergency": {"labels": ["hotfix"], "justificationPattern": "why: (.+"}}),
            reason: "InvalidPolicy",
            names: &["spec.emergency.justificationPattern", "unclosed group"],
        },
    ]
}

fn not_obeyed_yet() -> Vec<Bad> {
    let bad = |name, spec, names| Bad {
        name,
        spec,
        reason: "FieldNotSupported",
        names,
    };
    vec![
        bad(
            "cronjob",
            json!({"execution": {"mode": "CronJob"}}),
            &["spec.execution.mode", "use InProcess"],
        ),
        bad(
            "search-query",
            json!({"searchQuery": "review:required"}),
            &["spec.searchQuery", "remove it"],
        ),
    ]
}

fn policy_with(world: &LocalWorld, bad: &Bad) -> Value {
    let mut policy = world.policy(bad.name);
    for (field, value) in bad.spec.as_object().into_iter().flatten() {
        policy["spec"][field] = value.clone();
    }
    policy
}

async fn assert_stalled(world: &LocalWorld, bad: &Bad) -> Result<()> {
    let policy = wait_for(world, bad.name, "Stalled", ("True", bad.reason)).await?;
    assert_eq!(condition(&policy, "Ready"), Some(("False", bad.reason)));
    assert_eq!(
        condition(&policy, "Compliant"),
        Some(("Unknown", bad.reason))
    );
    assert_eq!(condition(&policy, "Reconciling"), None);
    assert_names(&message(&policy, "Stalled"), bad.names);
    assert_names(&message(&policy, "Ready"), bad.names);
    assert_eq!(
        policy["status"]["observedGeneration"],
        policy["metadata"]["generation"]
    );
    Ok(())
}

async fn assert_mended(world: &LocalWorld, bad: &Bad) -> Result<()> {
    world.apply(&world.policy(bad.name)).await?;
    let policy = wait_for(world, bad.name, "Ready", ("True", "NotYetChecked")).await?;
    assert_eq!(condition(&policy, "Stalled"), None);
    let policy = world.scan(bad.name).await?;
    assert_eq!(
        condition(&policy, "Ready"),
        Some(("True", "Succeeded")),
        "{policy:#}"
    );
    assert!(
        policy["status"]["lastCheckedTime"].is_string(),
        "{policy:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_cannot_be_obeyed_is_stalled_naming_field_and_fix_until_it_is_edited()
-> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    let all: Vec<Bad> = [
        schedules(),
        globs_and_hosts(),
        rules_and_exemptions(),
        not_obeyed_yet(),
    ]
    .into_iter()
    .flatten()
    .collect();
    for bad in &all {
        world.apply(&policy_with(&world, bad)).await?;
    }
    for bad in &all {
        assert_stalled(&world, bad).await?;
    }
    assert_eq!(
        world.github.requests().len(),
        0,
        "nothing is asked for a policy that cannot be obeyed"
    );
    let events = world
        .kubectl(&["get", "events", "--field-selector=type=Warning"])
        .await?;
    assert_names(
        &events,
        &[
            "InvalidSchedule",
            "InvalidTimeZone",
            "InvalidGlob",
            "InvalidPolicy",
            "HostNotAllowed",
            "FieldNotSupported",
        ],
    );
    for bad in &all {
        assert_mended(&world, bad).await?;
    }
    assert_unseen(&world, &[TOKEN]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_worked_keeps_what_it_published_while_an_edit_stalls_it() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("edited")).await?;
    wait_for(&world, "edited", "Ready", ("True", "NotYetChecked")).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    world.scan("edited").await?;
    let verified =
        |policy: &Value| policy["status"]["organizations"][0]["archiveVerifiedTime"].is_string();
    let before = world
        .wait_for_policy("edited", "the archive to be verified", verified)
        .await?;
    assert_eq!(before["status"]["findings"]["open"], 1);

    let bad = Bad {
        name: "edited",
        spec: json!({"schedule": "0 0 30 2 *"}),
        reason: "InvalidSchedule",
        names: &["spec.schedule"],
    };
    world.apply(&policy_with(&world, &bad)).await?;
    assert_stalled(&world, &bad).await?;
    let stalled = world.policy_now("edited").await?;
    for kept in ["lastCheckedTime", "totals", "findings", "organizations"] {
        assert_eq!(stalled["status"][kept], before["status"][kept], "{kept}");
    }
    assert_eq!(stalled["status"]["nextScheduleTime"], Value::Null);
    world.merge_unreviewed("ledger", "Hurry more").await?;

    world.apply(&world.policy("edited")).await?;
    let mended = world.scan("edited").await?;
    assert_eq!(condition(&mended, "Stalled"), None);
    assert_eq!(
        mended["status"]["findings"]["open"], 2,
        "what merged in between is found"
    );
    Ok(())
}
