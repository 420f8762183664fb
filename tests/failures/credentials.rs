//! Secrets that are missing or wrong, and tokens that GitHub revokes.

use std::time::Duration;

use anyhow::{Result, ensure};
use mergeaudit_test_github::{Grant, World};
use mergeaudit_test_world::{LocalWorld, Setup, TOKEN, condition, eventually};
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::seen::{assert_names, assert_unseen, debt, message, organization, wait_for};

/// The base64 of `ghp_` and bytes that are no UTF-8.
const NO_TEXT: &str = "Z2hwX//+/Q==";

/// `acme` and `beta`, which the token sees.
fn two_organizations() -> World {
    let mut world = World::new(2);
    for name in ["acme", "beta"] {
        let mut organization = world.organization(name);
        let _ = organization
            .repository("payments")
            .writers(&["alice", "bob"]);
    }
    world.token(TOKEN).organization("acme").organization("beta");
    world
}

/// A policy over both by a Secret of its own name.
fn policy(world: &LocalWorld, name: &str) -> Value {
    let mut policy = world.policy(name);
    policy["spec"]["github"]["credentialsRef"]["name"] = json!(name);
    policy["spec"]["organizations"] = json!([{"name": "acme"}, {"name": "beta"}]);
    policy
}

async fn create_wrong_secret(
    world: &LocalWorld,
    name: &str,
    kind: &str,
    data: &Value,
) -> Result<()> {
    let mut secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": {"name": name, "namespace": world.namespace},
    });
    for (field, value) in data.as_object().into_iter().flatten() {
        secret[field] = value.clone();
    }
    world.apply(&secret).await
}

/// Ready=False with the reason; the failure is named for each organization; nobody is called compliant.
async fn assert_named_for_each(
    world: &LocalWorld,
    name: &str,
    reason: &str,
    names: &[&str],
) -> Result<()> {
    let policy = wait_for(world, name, "Ready", ("False", reason)).await?;
    assert_eq!(
        condition(&policy, "Stalled"),
        None,
        "a Secret can come without an edit of the policy"
    );
    assert_eq!(
        condition(&policy, "Compliant"),
        Some(("Unknown", "NotYetChecked"))
    );
    for organization_name in ["acme", "beta"] {
        let debt = debt(&policy, organization_name);
        assert_names(
            &debt,
            &[reason, &format!("organization {organization_name}")],
        );
        assert_names(&debt, names);
        assert_names(
            &message(&policy, "Ready"),
            &[&format!("organization {organization_name}")],
        );
        assert_eq!(
            organization(&policy, organization_name)["debts"][0]["since"],
            policy["metadata"]["creationTimestamp"]
        );
        assert_eq!(
            organization(&policy, organization_name)["lastCheckedTime"],
            Value::Null
        );
    }
    assert_eq!(policy["status"]["lastCheckedTime"], Value::Null);
    Ok(())
}

/// A Secret that is no use, its reason, and what the message names.
struct Unusable {
    /// Of the policy and of its Secret.
    name: &'static str,
    kind: &'static str,
    /// None where there is no such Secret at all.
    data: Option<Value>,
    reason: &'static str,
    names: &'static [&'static str],
}

#[expect(clippy::too_many_lines, reason = "a table: a case after the other")]
fn unusable_secrets() -> [Unusable; 8] {
    let unusable = |name, data, reason, names| Unusable {
        name,
        kind: "mergeaudit.io/github",
        data,
        reason,
        names,
    };
    let text = |data: Value| Some(json!({"stringData": data}));
    let mut wrong_type = unusable(
        "wrong-type",
        text(json!({"token": TOKEN})),
        "CredentialsWrongType",
        &["Secret wrong-type", "Opaque", "mergeaudit.io/github"],
    );
    wrong_type.kind = "Opaque";
    let missing = "CredentialsMissing";
    let rejected = "CredentialsRejected";
    [
        wrong_type,
        unusable(
            "missing",
            None,
            missing,
            &[
                "Secret missing does not exist",
                "mergeaudit.io/github",
                "the key token",
            ],
        ),
        unusable(
            "no-key",
            text(json!({"tokn": TOKEN})),
            missing,
            &["Secret no-key lacks token", "appId"],
        ),
        unusable(
            "two-tokens",
            text(json!({"token": format!("{TOKEN}\n{TOKEN}_2")})),
            missing,
            &[
                "Secret two-tokens",
                "token is no token",
                "store the token alone",
            ],
        ),
        unusable(
            "ambiguous",
            text(json!({"token": TOKEN, "appId": "7", "privateKey": "no key at all"})),
            missing,
            &["Secret ambiguous holds token and appId", "remove"],
        ),
        unusable(
            "no-text",
            Some(json!({"data": {"token": NO_TEXT}})),
            missing,
            &["Secret no-text", "token", "UTF-8"],
        ),
        unusable(
            "no-pem",
            text(json!({"appId": "7", "privateKey": "no key at all"})),
            rejected,
            &["Secret no-pem", "private key", "PEM"],
        ),
        unusable(
            "no-ca",
            text(json!({"token": TOKEN, "ca.crt": "no certificate"})),
            rejected,
            &["Secret no-ca", "PEM certificate"],
        ),
    ]
}

async fn mend(world: &LocalWorld, name: &str) -> Result<()> {
    // A Secret's type is immutable.
    world
        .kubectl(&["delete", "secret", name, "--ignore-not-found"])
        .await?;
    world.create_secret(name, &[("token", TOKEN)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_secret_is_named_for_each_organization_and_mended_without_a_restart()
-> Result<()> {
    let world = Setup::new(PROGRAM)
        .github(two_organizations())
        .without_secret()
        .start()
        .await?;
    let all = unusable_secrets();
    for Unusable {
        name, kind, data, ..
    } in &all
    {
        if let Some(data) = data {
            create_wrong_secret(&world, name, kind, data).await?;
        }
        world.apply(&policy(&world, name)).await?;
    }
    for Unusable {
        name,
        reason,
        names,
        ..
    } in &all
    {
        assert_named_for_each(&world, name, reason, names).await?;
    }
    assert_eq!(world.github.requests().len(), 0, "no token, no question");
    for Unusable { name, .. } in &all {
        mend(&world, name).await?;
    }
    for Unusable { name, .. } in &all {
        let mended = wait_for(&world, name, "Ready", ("True", "NotYetChecked")).await?;
        assert_eq!(debt(&mended, "acme") + &debt(&mended, "beta"), "");
    }
    assert_unseen(&world, &[TOKEN, NO_TEXT, "no key at all"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_not_read_pull_requests_is_never_taken_for_no_changes() -> Result<()> {
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("soc2")).await?;
    wait_for(&world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    let before = world.scan("soc2").await?;
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    world.github.world().tokens[0]
        .missing
        .insert(Grant::PullRequests);
    let refused = world.scan("soc2").await?;
    assert_eq!(
        condition(&refused, "Ready"),
        Some(("False", "PartiallyFailed")),
        "{refused:#}"
    );
    assert_eq!(
        condition(&refused, "Compliant"),
        Some(("Unknown", "PartiallyFailed"))
    );
    assert_names(
        &debt(&refused, "acme"),
        &["left out part", "not accessible"],
    );
    let metrics = world.operator.metrics().await?;
    let scans = |result| metrics.metric("mergeaudit_scans_total", &[("result", result)]);
    assert_eq!(
        (scans("succeeded"), scans("partially_failed")),
        (Some(1.0), Some(1.0))
    );
    // What the window reads again is owed as well, so that it may even go back.
    let checked = |policy: &Value| {
        policy["status"]["lastCheckedTime"]
            .as_str()
            .map(str::to_owned)
    };
    assert!(checked(&refused) <= checked(&before), "{refused:#}");

    world.github.world().tokens[0].missing.clear();
    let mended = world.scan("soc2").await?;
    assert_eq!(
        condition(&mended, "Ready"),
        Some(("True", "Succeeded")),
        "{mended:#}"
    );
    assert_eq!(
        world.findings("soc2").await?[0]["spec"]["change"]["number"],
        number
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_never_taken_for_no_changes_and_a_new_one_finds_what_merged_meanwhile()
-> Result<()> {
    const NEXT: &str = "ghp_the_next_one";
    let world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("soc2")).await?;
    wait_for(&world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    world.merge_reviewed("payments", "Careful").await?;
    let before = world.scan("soc2").await?;
    assert_eq!(
        condition(&before, "Compliant"),
        Some(("True", "NoFindings")),
        "{before:#}"
    );

    ensure!(world.github.revoke(TOKEN), "there is no such token");
    let number = world.merge_unreviewed("payments", "Hurry").await?;
    let revoked = world.scan("soc2").await?;
    assert_eq!(
        condition(&revoked, "Ready"),
        Some(("False", "CredentialsRejected")),
        "{revoked:#}"
    );
    assert_names(
        &debt(&revoked, "acme"),
        &[
            "CredentialsRejected: organization acme: GitHub",
            "401",
            "Secret github",
        ],
    );
    assert_eq!(
        organization(&revoked, "acme")["debts"][0]["since"],
        before["status"]["lastCheckedTime"]
    );
    for unmoved in [
        "lastCheckedTime",
        "lastSuccessfulTime",
        "totals",
        "findings",
    ] {
        assert_eq!(
            revoked["status"][unmoved], before["status"][unmoved],
            "{unmoved}"
        );
    }
    assert_eq!(
        organization(&revoked, "acme")["entry"],
        organization(&before, "acme")["entry"]
    );
    assert_eq!(world.findings("soc2").await?.len(), 0);

    world.github.world().token(NEXT).organization("acme");
    world.create_secret("github", &[("token", NEXT)]).await?;
    let mended = world.scan("soc2").await?;
    assert_eq!(
        condition(&mended, "Ready"),
        Some(("True", "Succeeded")),
        "{mended:#}"
    );
    assert_eq!(debt(&mended, "acme"), "");
    let findings = world.findings("soc2").await?;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0]["spec"]["change"]["number"], number);
    assert_unseen(&world, &[TOKEN, NEXT]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_deleted_while_the_operator_restarts_leaves_open_findings_open()
-> Result<()> {
    let mut world = LocalWorld::start(PROGRAM).await?;
    world.apply(&world.policy("soc2")).await?;
    wait_for(&world, "soc2", "Ready", ("True", "NotYetChecked")).await?;
    world.merge_unreviewed("payments", "Hurry").await?;
    let before = world.scan("soc2").await?;
    assert_eq!(
        condition(&before, "Compliant"),
        Some(("False", "FindingsOpen")),
        "{before:#}"
    );

    world.operator.kill();
    world.kubectl(&["delete", "secret", "github"]).await?;
    world.operator.restart().await?;
    let after = wait_for(&world, "soc2", "Ready", ("False", "CredentialsMissing")).await?;
    assert_eq!(
        condition(&after, "Compliant"),
        Some(("False", "FindingsOpen")),
        "unread is not clean"
    );
    for unmoved in ["lastCheckedTime", "totals", "findings"] {
        assert_eq!(
            after["status"][unmoved], before["status"][unmoved],
            "{unmoved}"
        );
    }
    assert_eq!(
        organization(&after, "acme")["debts"][0]["since"],
        before["status"]["lastCheckedTime"]
    );
    let counted = eventually("the counter", Duration::from_secs(10), async || {
        let labels = [
            ("policy", "soc2"),
            ("policy_namespace", world.namespace.as_str()),
        ];
        let metrics = world.operator.metrics().await?;
        Ok(metrics.metric("mergeaudit_noncompliant_merges_total", &labels))
    });
    assert_eq!(counted.await?, Some(1.0));
    Ok(())
}
