//! GitHub Apps: JWTs, installations and their tokens.
use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use mergeaudit_test_github::{Simulator, generate_key, now};
use serde_json::{Value, json};

use crate::client::{Client, payments};

const APP: u64 = 4711;

fn sign(pem: &str, claims: &Value) -> String {
    let der: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let pair = KeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        encode(&json!({ "alg": "RS256", "typ": "JWT" })),
        encode(claims)
    );
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims(issued: i64, expires: i64) -> Value {
    let now = now().as_second();
    json!({ "iss": APP.to_string(), "iat": now + issued, "exp": now + expires })
}

/// An installation with a token of it.
pub(crate) struct Minted {
    pub(crate) simulator: Simulator,
    pub(crate) app: Client,
    pub(crate) installation: u64,
    pub(crate) client: Client,
}

/// An App on `acme/ledger`.
pub(crate) async fn start() -> Minted {
    let (simulator, pem, installation) = installed();
    let app = Client::new(&simulator.url(), &sign(&pem, &claims(-60, 540)));
    let path = format!("/app/installations/{installation}/access_tokens");
    let token: Value = app.post(&path, json!({})).await.json().await.unwrap();
    let client = Client::new(&simulator.url(), token["token"].as_str().unwrap());
    Minted {
        simulator,
        app,
        installation,
        client,
    }
}

fn installed() -> (Simulator, String, u64) {
    let mut world = payments(1);
    let _ = world.organization("acme").repository("ledger");
    let (pem, public) = generate_key().unwrap();
    world.app(APP, "mergeaudit", public);
    let installation = world.install(APP, "acme", Some(&["ledger"])).unwrap();
    (Simulator::start(world).unwrap(), pem, installation)
}

#[tokio::test]
async fn an_app_finds_its_installation_and_mints_a_token() {
    let (simulator, pem, installation) = installed();
    let app = Client::new(&simulator.url(), &sign(&pem, &claims(-60, 540)));
    let (status, found) = app.get_json("/orgs/acme/installation").await;
    assert_eq!(
        (status, &found["id"], &found["repository_selection"]),
        (200, &json!(installation), &json!("selected"))
    );
    assert_eq!(app.get("/orgs/elsewhere/installation").await.status(), 404);

    let path = format!("/app/installations/{installation}");
    assert_eq!(app.get_json(&path).await.1["account"]["login"], "acme");
    assert_eq!(app.get("/app/installations/1").await.status(), 404);

    let response = app
        .post(
            &format!("/app/installations/{installation}/access_tokens"),
            json!({}),
        )
        .await;
    assert_eq!(response.status(), 201);
    let token: Value = response.json().await.unwrap();
    let client = Client::new(&simulator.url(), token["token"].as_str().unwrap());
    let (_, seen) = client.get_json("/installation/repositories").await;
    assert_eq!(
        (&seen["total_count"], &seen["repositories"][0]["name"]),
        (&json!(1), &json!("ledger"))
    );
    let data = client.data("{ viewer { login } }", json!({})).await;
    assert_eq!(data["viewer"]["login"], "mergeaudit[bot]");
    assert_eq!(client.get("/user").await.status(), 403);
    let expiry =
        client.get("/orgs/acme").await.headers()["github-authentication-token-expiration"].clone();
    assert!(expiry.to_str().unwrap().ends_with(" UTC"));
}

#[tokio::test]
async fn a_jwt_that_does_not_hold_is_refused() {
    let (simulator, pem, _) = installed();
    let (other, _) = generate_key().unwrap();
    for (token, words) in [
        (
            sign(&pem, &claims(-660, -60)),
            "must be a numeric value representing the future time",
        ),
        (sign(&pem, &claims(-60, 700)), "too far in the future"),
        (sign(&pem, &claims(60, 300)), "'Issued at' claim"),
        (sign(&other, &claims(-60, 300)), "could not be decoded"),
        ("ghp_no".to_owned(), "could not be decoded"),
    ] {
        let (status, body) = Client::new(&simulator.url(), &token)
            .get_json("/orgs/acme/installation")
            .await;
        assert_eq!(status, 401);
        assert!(body["message"].as_str().unwrap().contains(words), "{body}");
    }
}
