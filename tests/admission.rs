//! What a real API server takes and refuses of both resources: every bound, grammar and rule of the definitions, each with the
//! message that the person who wrote it will read.

#![expect(
    clippy::too_many_lines,
    clippy::needless_pass_by_value,
    reason = "tables: a case after the other, each value written where it is used"
)]

#[path = "admission/case.rs"]
mod case;
#[path = "admission/finding.rs"]
mod finding;
#[path = "admission/finding_history.rs"]
mod finding_history;
#[path = "admission/good.rs"]
mod good;
#[path = "admission/policy.rs"]
mod policy;
#[path = "admission/policy_rules.rs"]
mod policy_rules;
#[path = "admission/policy_status.rs"]
mod policy_status;
#[path = "admission/schedules.rs"]
mod schedules;
#[path = "admission/world.rs"]
mod world;

use anyhow::{Result, ensure};

use world::{World, apply_definition, explain};

#[tokio::test]
async fn the_definitions_apply_without_a_warning() -> Result<()> {
    let world = World::new("definitions").await?;
    for (name, definition) in mergeaudit::api::crds()? {
        let errors = apply_definition(world.cluster, &definition, "server").await?;
        ensure!(errors.is_empty(), "{name}: {errors}");
        // That warnings are seen at all: the API server warns of a format that it does not know.
        let odd = definition.replacen("format: int64", "format: uint64", 1);
        let errors = apply_definition(world.cluster, &odd, "server").await?;
        ensure!(errors.contains("unrecognized format"), "{name}: {errors}");
    }
    Ok(())
}

#[tokio::test]
async fn explain_describes_every_level() -> Result<()> {
    let world = World::new("explain").await?;
    for (field, words) in [
        (
            "auditpolicy",
            "audits every change that lands in GitHub organizations",
        ),
        (
            "auditpol.spec.schedule",
            "Of missed slots the latest one is caught up",
        ),
        (
            "auditpol.spec.github.credentialsRef",
            "Its type is mergeaudit.io/github",
        ),
        ("auditpol.spec.exemptions.expirationTime", "at most a year"),
        ("auditpol.spec.exemptions.authors", "shows as verified"),
        ("auditpol.spec.rules", "no answer"),
        (
            "auditpol.spec.rules.expression",
            "approvals (login, kind, time, commit, counts",
        ),
        (
            "auditpol.spec.emergency.justificationPattern",
            "its first group is the justification",
        ),
        (
            "auditpol.status.organizations.entry",
            "last entry of the organization's chain",
        ),
        (
            "auditfind.spec.acknowledgement",
            "expired, the finding opens again",
        ),
        ("auditfind.spec.change.mergedBy", "merged the pull request"),
        ("auditfind.status.state", "proved compliant"),
    ] {
        let text = explain(world.cluster, field).await?;
        ensure!(text.contains(words), "{field}: {text}");
    }
    Ok(())
}
