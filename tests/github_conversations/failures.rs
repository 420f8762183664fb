//! What the client does about each kind of broken answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mergeaudit::github::{
    App, Client, Credentials, Endpoint, Error, ErrorKind, Observer, Options, PrincipalKind, Request,
};
use serde_json::json;

use crate::scripted::{Reply, Scripted, TOKEN, client, options};

pub(crate) fn acme() -> Reply {
    let body = json!({"data": {"organization": {"databaseId": 3, "login": "Acme"}}});
    Reply::json(&body).with("date", "Sun, 22 Nov 2026 12:00:00 GMT")
}

/// The error of asking for the organization, and how often the server was asked.
async fn failure(replies: impl IntoIterator<Item = Reply>) -> (Error, usize) {
    let server = Scripted::start(replies).await;
    let error = server.client().organization("acme").await.unwrap_err();
    assert!(!error.to_string().contains(TOKEN), "{error}");
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
    (error, server.asked().len())
}

#[tokio::test]
async fn an_organization_has_github_s_spelling_and_time() {
    let server = Scripted::start([acme()]).await;
    let organization = server.client().organization("acme").await.unwrap();
    assert_eq!((organization.id, organization.login.as_str()), (3, "Acme"));
    assert_eq!(
        organization.github_time,
        "2026-11-22T12:00:00Z".parse().unwrap()
    );
}

#[tokio::test]
async fn what_may_pass_is_asked_again() {
    for broken in [
        Reply::status(500),
        Reply::status(502),
        Reply::status(200),
        Reply::Close,
        Reply::Truncated,
    ] {
        let server =
            Scripted::start([broken.clone(), broken.clone(), broken.clone(), acme()]).await;
        let organization = server.client().organization("acme").await;
        assert!(organization.is_ok(), "{broken:?}: {organization:?}");
        assert_eq!(server.asked().len(), 4, "{broken:?}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_unavailable_after_three_retries() {
    for broken in [
        Reply::status(503),
        Reply::status(200),
        Reply::Close,
        Reply::Truncated,
    ] {
        let (error, asked) = failure([broken.clone()]).await;
        assert_eq!(
            (error.kind(), asked),
            (ErrorKind::Unavailable, 4),
            "{broken:?}: {error}"
        );
        assert!(!error.to_string().contains("http://"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_silent_is_unavailable() {
    let server = Scripted::start([Reply::Silence]).await;
    let request_timeout = Duration::from_millis(50);
    let client = client(
        &server.url,
        Options {
            request_timeout,
            ..options()
        },
    );
    let error = client.organization("acme").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.to_string().contains("no answer within 50ms"),
        "{error}"
    );
}

#[tokio::test]
async fn a_refused_token_is_denied_at_once() {
    let (error, asked) = failure([Reply::message(401, "Bad credentials")]).await;
    assert_eq!((error.kind(), asked), (ErrorKind::Denied, 1));
    assert_eq!(
        error.to_string(),
        "GitHub denied Organization for organization acme: 401 Bad credentials"
    );
}

#[tokio::test]
async fn an_organization_that_is_not_shown_is_absent_or_not_visible() {
    let nobody = json!({"data": {"organization": null}, "errors": [
        {"type": "NOT_FOUND", "path": ["organization"], "message": "Could not resolve to an Organization with the login of 'acme'."}
    ]});
    let (error, asked) = failure([Reply::json(&nobody)]).await;
    assert_eq!((error.kind(), asked), (ErrorKind::NotFound, 1));
    assert!(
        error
            .to_string()
            .starts_with("GitHub shows no organization acme: it is absent or not visible"),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_that_does_not_parse_names_the_field() {
    let odd = json!({"data": {"organization": {"databaseId": 3}}});
    let (error, asked) = failure([Reply::json(&odd)]).await;
    assert_eq!((error.kind(), asked), (ErrorKind::Invalid, 1));
    assert_eq!(
        error.to_string(),
        "Organization for organization acme: GitHub's answer does not parse: missing field `login`"
    );
}

#[tokio::test]
async fn a_token_follows_no_redirect_to_another_server() {
    let other = Scripted::start([acme()]).await;
    let away = Reply::status(307).with("location", format!("{}/graphql", other.url));
    let (error, asked) = failure([away.clone()]).await;
    assert_eq!((error.kind(), asked), (ErrorKind::Invalid, 1));
    assert!(other.asked().is_empty());
    // A request without a body could be sent again as it is.
    let own = Scripted::start([away]).await;
    let error = own.client().principal().await.unwrap_err();
    assert_eq!((error.kind(), own.asked().len()), (ErrorKind::Invalid, 1));
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn requests_carry_one_of_each_header_and_go_where_the_server_has_graphql() {
    let server = Scripted::start([acme(), Reply::json(&json!({"login": "ci"}))]).await;
    let client = client(&format!("{}/api/v3", server.url), options());
    client.organization("acme").await.unwrap();
    client.principal().await.unwrap();
    let asked = server.asked();
    let lines: Vec<&str> = asked.iter().map(|asked| asked.line.as_str()).collect();
    assert_eq!(lines, ["POST /api/graphql", "GET /api/v3/user"]);
    for asked in &asked {
        assert_eq!(asked.header("authorization"), [format!("Bearer {TOKEN}")]);
        assert_eq!(asked.header("x-github-api-version"), ["2022-11-28"]);
        assert_eq!(asked.header("accept"), ["application/vnd.github+json"]);
        assert!(
            matches!(asked.header("user-agent")[..], [agent] if agent.starts_with("mergeaudit/"))
        );
    }
}

#[tokio::test]
async fn a_principal_tells_its_scopes_and_its_expiration() {
    let user = Reply::json(&json!({"login": "ci"}))
        .with("x-oauth-scopes", "repo, read:org")
        .with(
            "github-authentication-token-expiration",
            "2026-12-06 07:42:23 +0100",
        );
    let server = Scripted::start([user, Reply::json(&json!({"login": "ci"}))]).await;
    let client = server.client();
    let classic = client.principal().await.unwrap();
    assert_eq!(
        (classic.login.as_str(), classic.kind),
        ("ci", PrincipalKind::User)
    );
    assert_eq!(
        classic.visibility.as_deref(),
        Some("scopes: repo, read:org")
    );
    assert_eq!(
        classic.credentials_expiration,
        Some("2026-12-06T06:42:23Z".parse().unwrap())
    );
    let fine_grained = client.principal().await.unwrap();
    assert_eq!(
        (fine_grained.visibility, fine_grained.credentials_expiration),
        (None, None)
    );
}

pub(crate) type Attempt = (Option<u16>, Option<ErrorKind>, Option<i64>);

#[derive(Debug, Default)]
pub(crate) struct Seen(pub(crate) Mutex<Vec<Attempt>>);

impl Observer for Seen {
    fn observe(&self, request: &Request<'_>) {
        assert_eq!(request.operation, "Organization");
        let seen = (request.status, request.failure, request.remaining);
        self.0.lock().unwrap().push(seen);
    }
}

#[tokio::test]
async fn the_observer_is_told_of_each_attempt() {
    let server = Scripted::start([
        Reply::Close,
        Reply::status(502),
        acme().with("x-ratelimit-remaining", "41"),
    ])
    .await;
    let seen = Arc::new(Seen::default());
    let observer = Arc::clone(&seen);
    let client = client(
        &server.url,
        Options {
            observer,
            ..options()
        },
    );
    client.organization("acme").await.unwrap();
    let unavailable = Some(ErrorKind::Unavailable);
    let expected = [
        (None, unavailable, None),
        (Some(502), unavailable, None),
        (Some(200), None, Some(41)),
    ];
    assert_eq!(*seen.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn credentials_are_never_printed() {
    let key = "-----BEGIN RSA PRIVATE KEY-----";
    let app = App {
        id: 7,
        private_key: key.to_owned().into(),
        installation: None,
    };
    let app = Credentials::app(app).with_ca(b"ca".to_vec());
    let token = Credentials::token(TOKEN.to_owned().into());
    let client = client("http://127.0.0.1:1", options());
    for text in [
        format!("{app:?}"),
        format!("{token:?}"),
        format!("{client:?}"),
    ] {
        assert!(!text.contains("BEGIN") && !text.contains(TOKEN), "{text}");
    }
}

#[tokio::test]
async fn credentials_that_cannot_work_are_refused_before_anything_is_sent() {
    let endpoint = || Endpoint::parse("https://api.github.com").unwrap();
    let app = App {
        id: 7,
        private_key: "no key".to_owned().into(),
        installation: None,
    };
    let error = Client::new(endpoint(), Credentials::app(app), options()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the App's private key is no RSA key in PEM"),
        "{error}"
    );
    let token = Credentials::token(TOKEN.to_owned().into()).with_ca(b"no certificate".to_vec());
    let error = Client::new(endpoint(), token, options()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the CA bundle holds no PEM certificate"),
        "{error}"
    );
}

#[tokio::test]
async fn a_github_that_is_broken_for_all_is_soon_asked_only_once_a_question() {
    let server = Scripted::start([Reply::status(500)]).await;
    let client = server.client();
    for _ in 0..20 {
        let error = client.organization("acme").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    // 20 questions and the reserve of 50 retries.
    assert_eq!(server.asked().len(), 70);
}

fn app() -> Credentials {
    let (private_key, _) = mergeaudit_test_github::generate_key().unwrap();
    Credentials::app(App {
        id: 9,
        private_key: private_key.into(),
        installation: Some(1),
    })
}

fn minted(token: &str) -> Reply {
    let body = json!({"token": token, "expires_at": "2026-11-22T13:00:00Z"}).to_string();
    Reply::Http(201, Vec::new(), body).with("date", "Sun, 22 Nov 2026 12:00:00 GMT")
}

#[tokio::test]
async fn a_token_that_is_not_known_everywhere_yet_is_tried_again() {
    let refused = Reply::message(401, "Bad credentials");
    let server = Scripted::start([minted("ghs_1"), refused.clone(), refused.clone(), acme()]).await;
    let endpoint = Endpoint::parse(&server.url).unwrap();
    let client = Client::new(endpoint, app(), options()).unwrap();
    client.organization("acme").await.unwrap();
    let bearers: Vec<String> = server.asked()[1..]
        .iter()
        .map(|asked| asked.header("authorization").concat())
        .collect();
    assert_eq!(bearers, ["Bearer ghs_1"; 3]);

    let server = Scripted::start([
        minted("ghs_1"),
        refused.clone(),
        refused.clone(),
        refused.clone(),
        minted("ghs_2"),
        refused,
    ])
    .await;
    let endpoint = Endpoint::parse(&server.url).unwrap();
    let client = Client::new(endpoint, app(), options()).unwrap();
    let error = client.organization("acme").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(server.asked().len(), 6);
}
