//! Secrets that are missing or wrong, and tokens that GitHub revokes.

use std::time::Duration;

use anyhow::{Result, ensure};
use mergeaudit_test_github::World;
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
    data: Value,
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

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_missing_or_wrong_is_named_for_each_organization_and_mended_without_a_restart()
-> Result<()> {
    let world = Setup::new(PROGRAM)
        .github(two_organizations())
        .without_secret()
        .start()
        .await?;
    let token = json!({"stringData": {"token": TOKEN}});
    let misspelled = json!({"stringData": {"tokn": TOKEN}});
    create_wrong_secret(&world, "wrong-type", "Opaque", token).await?;
    create_wrong_secret(&world, "no-key", "mergeaudit.io/github", misspelled).await?;
    create_wrong_secret(
        &world,
        "no-text",
        "mergeaudit.io/github",
        json!({"data": {"token": NO_TEXT}}),
    )
    .await?;
    let no_key = json!({"stringData": {"appId": "7", "privateKey": "no key at all"}});
    create_wrong_secret(&world, "no-pem", "mergeaudit.io/github", no_key).await?;
    let no_ca = json!({"stringData": {"token": TOKEN, "ca.crt": "no certificate"}});
    create_wrong_secret(&world, "no-ca", "mergeaudit.io/github", no_ca).await?;
    let cases: [(&str, &str, &[&str]); 6] = [
        (
            "missing",
            "CredentialsMissing",
            &[
                "Secret missing does not exist",
                "mergeaudit.io/github",
                "the key token",
            ],
        ),
        (
            "wrong-type",
            "CredentialsWrongType",
            &["Secret wrong-type", "Opaque", "mergeaudit.io/github"],
        ),
        (
            "no-key",
            "CredentialsMissing",
            &["Secret no-key lacks token", "appId"],
        ),
        (
            "no-text",
            "CredentialsMissing",
            &["Secret no-text", "token", "UTF-8"],
        ),
        (
            "no-pem",
            "CredentialsRejected",
            &["Secret no-pem", "private key", "PEM"],
        ),
        (
            "no-ca",
            "CredentialsRejected",
            &["Secret no-ca", "PEM certificate"],
        ),
    ];
    for (name, ..) in cases {
        world.apply(&policy(&world, name)).await?;
    }
    for (name, reason, names) in cases {
        assert_named_for_each(&world, name, reason, names).await?;
    }
    assert_eq!(world.github.requests().len(), 0, "no token, no question");
    for (name, ..) in cases {
        // A Secret's type is immutable.
        world
            .kubectl(&["delete", "secret", name, "--ignore-not-found"])
            .await?;
        world.create_secret(name, &[("token", TOKEN)]).await?;
    }
    for (name, ..) in cases {
        let mended = wait_for(&world, name, "Ready", ("True", "NotYetChecked")).await?;
        assert_eq!(debt(&mended, "acme") + &debt(&mended, "beta"), "");
    }
    assert_unseen(&world, &[TOKEN, NO_TEXT]).await
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
        &["CredentialsRejected", "organization acme", "401"],
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
