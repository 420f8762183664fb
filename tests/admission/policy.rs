//! `AuditPolicy`: what is accepted and refused when one is created.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use kube::CustomResourceExt;
use kube::api::PostParams;
use mergeaudit::api::AuditPolicy;
use serde_json::{Value, json};

use crate::case::{Case, accepted, fields, mentioned, merged, refused};
use crate::policy_rules::rules_and_lists;
use crate::world::{World, create};
use crate::{good, policy_status};

fn long(length: usize) -> String {
    "x".repeat(length)
}

fn organization(name: &str) -> Value {
    json!({"spec": {"organizations": [{"name": name}]}})
}

fn basics() -> Vec<Case> {
    let spec = |field: &str, value: Value| json!({"spec": {field: value}});
    vec![
        accepted("the smallest useful policy", json!({})),
        accepted(
            "a name of 52 characters",
            json!({"metadata": {"name": long(52)}}),
        ),
        refused(
            "a name of 53 characters",
            json!({"metadata": {"name": long(53)}}),
            "at most 52 characters",
        ),
        refused("no spec", json!({"spec": null}), "spec: Required value"),
        refused(
            "no github",
            spec("github", Value::Null),
            "spec.github: Required value",
        ),
        refused(
            "suspend is no boolean",
            spec("suspend", json!("yes")),
            "spec.suspend in body must be of type boolean",
        ),
        accepted("suspended", spec("suspend", json!(true))),
        refused(
            "a negative deadline",
            spec("startingDeadlineSeconds", json!(-1)),
            "greater than or equal to 0",
        ),
        refused(
            "a deadline of more than a year",
            spec("startingDeadlineSeconds", json!(31_536_001)),
            "less than or equal to 31536000",
        ),
        accepted(
            "no deadline to speak of",
            spec("startingDeadlineSeconds", json!(0)),
        ),
        refused(
            "an unknown mode",
            spec("execution", json!({"mode": "Job"})),
            "Unsupported value: \"Job\"",
        ),
        refused(
            "shards in process",
            spec("execution", json!({"shards": 1})),
            "shards are for mode CronJob",
        ),
        refused(
            "no shard",
            spec("execution", json!({"mode": "CronJob", "shards": 0})),
            "greater than or equal to 1",
        ),
        refused(
            "more shards than organizations",
            spec("execution", json!({"mode": "CronJob", "shards": 2})),
            "more shards than organizations",
        ),
        accepted(
            "a shard for the one organization",
            spec("execution", json!({"mode": "CronJob", "shards": 1})),
        ),
        refused(
            "a lookback of more than a year",
            spec("window", json!({"initialLookbackSeconds": 31_536_001})),
            "less than or equal to 31536000",
        ),
        refused(
            "a negative lookback",
            spec("window", json!({"initialLookbackSeconds": -1})),
            "greater than or equal to 0",
        ),
        refused(
            "an overlap of less than a minute",
            spec("window", json!({"overlapSeconds": 59})),
            "greater than or equal to 60",
        ),
        refused(
            "an overlap of more than a day",
            spec("window", json!({"overlapSeconds": 86_401})),
            "less than or equal to 86400",
        ),
        refused(
            "paging as a boolean",
            spec("findings", json!({"paging": true})),
            "spec.findings.paging",
        ),
        refused(
            "unknown paging",
            spec("findings", json!({"paging": "Off"})),
            "Unsupported value: \"Off\"",
        ),
        refused(
            "no open finding at all",
            spec("findings", json!({"maxOpen": 0})),
            "greater than or equal to 1",
        ),
        refused(
            "too many open findings",
            spec("findings", json!({"maxOpen": 5001})),
            "less than or equal to 5000",
        ),
        refused(
            "no retention",
            spec("findings", json!({"retentionDays": 0})),
            "greater than or equal to 1",
        ),
        refused(
            "retention of over ten years",
            spec("findings", json!({"retentionDays": 3651})),
            "less than or equal to 3650",
        ),
    ]
}

fn schedules() -> Vec<Case> {
    let shape = "schedule is five cron fields";
    let bad = [
        ("an empty schedule", "", "should be at least 1 chars long"),
        ("TZ", "TZ=UTC 0 * * * *", "use timeZone instead"),
        (
            "CRON_TZ",
            "CRON_TZ=Europe/Berlin 0 * * * *",
            "use timeZone instead",
        ),
        ("@every without a duration", "@every", shape),
        ("@every of days", "@every 1d", shape),
        ("@every and a number", "@every 90", shape),
        ("seconds", "0 0 * * * *", shape),
        ("four fields", "* * * *", shape),
        ("a year", "0 0 1 1 * 2027", shape),
        ("@reboot", "@reboot", shape),
        ("a macro in upper case", "@Hourly", shape),
        ("a rate that cron cannot say", "rate(7 minutes)", shape),
        ("a rate of seconds", "rate(30 seconds)", shape),
        ("a rate of no time", "rate(0 minutes)", shape),
        ("a plural of one", "rate(1 minutes)", shape),
        ("two days", "rate(2 days)", shape),
        ("minute 60", "60 * * * *", "minute, takes 0-59"),
        ("a step of nothing", "*/0 * * * *", "minute, takes 0-59"),
        ("a name as minute", "L * * * *", "minute, takes 0-59"),
        ("hour 24", "0 24 * * *", "hour, takes 0-23"),
        ("day 0", "0 0 0 * *", "day of month, takes 1-31"),
        ("day 32", "0 0 32 * *", "day of month, takes 1-31"),
        ("the last day", "0 0 L * *", "day of month, takes 1-31"),
        ("month 13", "0 0 1 13 *", "month, takes 1-12 or jan-dec"),
        (
            "a month in full",
            "0 0 1 january *",
            "month, takes 1-12 or jan-dec",
        ),
        ("Sunday as 7", "0 0 * * 7", "there is no 7"),
        (
            "a numbered weekday",
            "0 0 * * MON#1",
            "day of week, takes 0-6",
        ),
        ("an open range", "0 0 * * MON-", "day of week, takes 0-6"),
    ];
    let good = [
        ("*/15 * * * *"),
        ("0 6 * * MON-FRI"),
        ("0,30 9-17/2 1,15 jan,Jul ?"),
        ("05 08 * * 0"),
        ("*/61 * * * *"),
        ("  0\t0  1 1 *  "),
        ("5/10 * * * *"),
        ("@hourly"),
        ("@midnight"),
        ("@annually"),
        ("@every 1h30m"),
        ("rate(1 minute)"),
        ("rate(15 minutes)"),
        ("rate(60 minutes)"),
        ("rate(1 hour)"),
        ("rate(12 hours)"),
        ("rate(1 day)"),
    ];
    let spec = |text: &str| json!({"spec": {"schedule": text}});
    let bad = bad.map(|(sentence, text, message)| refused(sentence, spec(text), message));
    let good = good.map(|text| accepted(text, spec(text)));
    let others = [
        refused(
            "no schedule",
            json!({"spec": {"schedule": null}}),
            "spec.schedule: Required value",
        ),
        refused(
            "a schedule of 257 characters",
            spec(&long(257)),
            "may not be more than 256",
        ),
    ];
    bad.into_iter().chain(good).chain(others).collect()
}

fn time_zones() -> Vec<Case> {
    let bad = [
        ("an empty zone", "", "should be at least 1 chars long"),
        ("Local", "Local", "Local is the operator's own time zone"),
        ("local", "local", "Local is the operator's own time zone"),
        ("a path upwards", "../etc/passwd", "not a path"),
        ("a path of dots inside", "Etc/../UTC", "not a path"),
        ("an absolute path", "/etc/localtime", "should match"),
        ("an offset with a dash first", "-05:00", "should match"),
        ("a name with a space", "Europe/New Berlin", "should match"),
        (
            "a part of 15 characters",
            "Europe/Xxxxxxxxxxxxxxx",
            "should match",
        ),
    ];
    let good = [
        "Etc/UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "Etc/GMT+5",
        "UTC",
    ];
    let spec = |text: &str| json!({"spec": {"timeZone": text}});
    let bad = bad.map(|(sentence, text, message)| refused(sentence, spec(text), message));
    let good = good.map(|text| accepted(text, spec(text)));
    bad.into_iter().chain(good).collect()
}

fn github() -> Vec<Case> {
    let address = "apiUrl is an address such as";
    let bad = [
        (
            "http to another host",
            "http://github.example.com",
            "apiUrl is https",
        ),
        (
            "http to a host that begins as loopback",
            "http://127.0.0.1.example.com",
            "apiUrl is https",
        ),
        (
            "http to localhost as a user",
            "http://localhost@example.com",
            "apiUrl is https",
        ),
        (
            "another scheme",
            "ftp://github.example.com",
            "apiUrl is https",
        ),
        (
            "a user",
            "https://me:secret@github.example.com",
            "no user, query or fragment",
        ),
        (
            "a query",
            "https://github.example.com/?a=b",
            "no user, query or fragment",
        ),
        (
            "a fragment",
            "https://github.example.com/#a",
            "no user, query or fragment",
        ),
        ("no scheme", "github.example.com", "apiUrl is https"),
        ("no host", "https:///api/v3", address),
        ("a space", "https://github.example.com/a b", address),
        ("an empty address", "", "should be at least 1 chars long"),
    ];
    let good = [
        "https://api.github.com",
        "https://github.example.com/api/v3",
        "https://github.example.com:8443/api/v3/",
        "http://127.0.0.1:8080",
        "http://localhost:8080/api/v3",
        "http://[::1]:8080",
        "https://[2001:db8::1]/api/v3",
    ];
    let url = |text: &str| json!({"spec": {"github": {"apiUrl": text}}});
    let reference = |value: Value| json!({"spec": {"github": {"credentialsRef": value}}});
    let others = [
        refused(
            "no credentials",
            reference(Value::Null),
            "spec.github.credentialsRef: Required value",
        ),
        refused(
            "a reference to nothing",
            reference(json!({"name": null})),
            "credentialsRef.name: Required value",
        ),
        refused(
            "a name that no Secret can have",
            reference(json!({"name": "Git_Hub"})),
            "should match",
        ),
        refused(
            "a Secret's name that is too long",
            reference(json!({"name": long(254)})),
            "may not be more than 253",
        ),
    ];
    let bad = bad.map(|(sentence, text, message)| refused(sentence, url(text), message));
    let good = good.map(|text| accepted(text, url(text)));
    bad.into_iter().chain(good).chain(others).collect()
}

fn organizations() -> Vec<Case> {
    let globs = |member: &str, value: Value| json!({"spec": {"organizations": [{"name": "acme", "repositories": {member: value}}]}});
    let many = |count: usize| {
        let names: Vec<_> = (0..count)
            .map(|n| json!({"name": format!("org-{n}")}))
            .collect();
        json!({"spec": {"organizations": names}})
    };
    vec![
        refused(
            "no organizations",
            json!({"spec": {"organizations": null}}),
            "spec.organizations: Required value",
        ),
        refused(
            "an empty list of organizations",
            json!({"spec": {"organizations": []}}),
            "at least 1 items",
        ),
        accepted("a hundred organizations", many(100)),
        refused(
            "a hundred and one organizations",
            many(101),
            "must have at most 100 items",
        ),
        refused(
            "an organization without a name",
            json!({"spec": {"organizations": [{}]}}),
            "organizations[0].name: Required value",
        ),
        refused(
            "a name with a slash",
            organization("acme/payments"),
            "should match",
        ),
        refused(
            "a name that ends in a hyphen",
            organization("acme-"),
            "should match",
        ),
        refused(
            "a name with two hyphens in a row",
            organization("ac--me"),
            "should match",
        ),
        refused(
            "a name of 40 characters",
            organization(&long(40)),
            "may not be more than 39",
        ),
        refused(
            "the same organization twice",
            json!({"spec": {"organizations": [{"name": "acme"}, {"name": "acme"}]}}),
            "Duplicate value",
        ),
        refused(
            "the same organization in two cases",
            json!({"spec": {"organizations": [{"name": "acme"}, {"name": "Acme"}]}}),
            "differ only by case",
        ),
        refused(
            "an empty include",
            globs("include", json!([])),
            "at least 1 items",
        ),
        refused(
            "an include with an organization",
            globs("include", json!(["acme/*"])),
            "should match",
        ),
        refused(
            "the same include twice",
            globs("include", json!(["a", "a"])),
            "Duplicate value",
        ),
        refused(
            "an exclude of no text",
            globs("exclude", json!([""])),
            "at least 1 chars",
        ),
        refused(
            "an exclude that is too long",
            globs("exclude", json!([long(129)])),
            "may not be more than 128",
        ),
        accepted(
            "globs of every form",
            globs("exclude", json!(["sandbox-*", "x?[a-c]{d,e}", ".github"])),
        ),
        refused(
            "no branches",
            json!({"spec": {"branches": []}}),
            "at least 1 items",
        ),
        refused(
            "a branch that git cannot have",
            json!({"spec": {"branches": ["a b"]}}),
            "should match",
        ),
        refused(
            "an unknown name with @",
            json!({"spec": {"branches": ["@main"]}}),
            "there is only @default",
        ),
        refused(
            "a branch twice",
            json!({"spec": {"branches": ["main", "main"]}}),
            "Duplicate value",
        ),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    let tables = [
        basics(),
        schedules(),
        time_zones(),
        github(),
        organizations(),
        rules_and_lists(),
    ];
    tables.into_iter().flatten().collect()
}

#[tokio::test]
async fn every_field_of_a_policy_is_bounded() -> Result<()> {
    let world = World::new("policy").await?;
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let mut complaints = Vec::new();
    for case in cases() {
        let policy = serde_json::from_value(merged(good::policy(), &case.patch))?;
        let answer = world.policies().create(&dry_run, &policy).await;
        complaints.extend(case.complaint(&answer));
    }
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

#[tokio::test]
async fn the_full_policy_of_the_design_is_accepted() -> Result<()> {
    let world = World::new("full").await?;
    let created = create(&world.policies(), &good::full_policy()).await?;
    ensure!(
        created.data["spec"] == good::full_policy()["spec"],
        "{}",
        created.data
    );
    Ok(())
}

#[tokio::test]
async fn the_api_server_fills_in_the_defaults() -> Result<()> {
    let world = World::new("defaults").await?;
    let created = create(&world.policies(), &good::policy()).await?;
    let expected = json!({
        "schedule": "*/15 * * * *",
        "timeZone": "Etc/UTC",
        "suspend": false,
        "execution": {"mode": "InProcess"},
        "github": {"apiUrl": "https://api.github.com", "credentialsRef": {"name": "github"}},
        "organizations": [{"name": "acme", "repositories": {"include": ["*"]}}],
        "branches": ["@default"],
        "requirements": {"approvals": 1, "approvedCommit": "Head", "directPushes": "Forbidden",
            "approver": {"permission": "Write", "independentOf": "CommitAuthors"}},
        "window": {"initialLookbackSeconds": 86400, "overlapSeconds": 3600},
        "findings": {"paging": "Enabled", "maxOpen": 500, "retentionDays": 400},
    });
    ensure!(created.data["spec"] == expected, "{}", created.data["spec"]);
    let typed: AuditPolicy = serde_json::from_value(serde_json::to_value(&created)?)?;
    ensure!(
        serde_json::to_value(&typed.spec)? == expected,
        "the code's defaults differ"
    );
    Ok(())
}

#[test]
fn every_field_of_a_policy_is_refused_in_some_case() -> Result<()> {
    let definition = serde_json::to_value(AuditPolicy::crd())?;
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    let (mut known, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    fields(&schema["spec"], ".spec", &mut known);
    fields(&schema["status"], ".status", &mut known);
    for case in cases()
        .iter()
        .chain(&policy_status::cases())
        .filter(|case| case.refusal.is_some())
    {
        mentioned(&case.patch, "", &mut refusals);
    }
    let untried: Vec<_> = known.difference(&refusals).collect();
    ensure!(untried.is_empty(), "no case refuses a value of {untried:?}");
    Ok(())
}
