//! A small client, and the worlds that several tests share.
use mergeaudit_test_github::{Simulator, World};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

/// Token of [`serve`].
pub(crate) const TOKEN: &str = "ghp_test";

/// Somebody who asks.
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Client {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self::trusting(url, token, None)
    }

    /// The same for a server under an authority of its own.
    pub(crate) fn trusting(url: &str, token: &str, ca_pem: Option<&str>) -> Self {
        let mut builder = reqwest::Client::builder().user_agent("wire-test");
        if let Some(pem) = ca_pem {
            let authority = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
            builder = builder.tls_certs_only([authority]);
        }
        Self {
            http: builder.build().unwrap(),
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap();
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await.unwrap()
    }

    pub(crate) async fn get_json(&self, path: &str) -> (u16, Value) {
        let response = self.get(path).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.request("POST", path).json(&body).send().await.unwrap()
    }

    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let response = self
            .post(
                "/graphql",
                json!({ "query": query, "variables": variables }),
            )
            .await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// Answers without errors.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let body = self.graphql(query, variables).await;
        assert_eq!(body.get("errors"), None, "{body}");
        body["data"].clone()
    }
}

/// Serves a world to a token that sees all of `acme`.
pub(crate) fn serve(mut world: World) -> (Simulator, Client) {
    world.token(TOKEN).organization("acme");
    let simulator = Simulator::start(world).unwrap();
    let client = Client::new(&simulator.url(), TOKEN);
    (simulator, client)
}

/// One repository, `acme/payments`, with a number of merged pull requests.
pub(crate) fn payments(pull_requests: usize) -> World {
    let mut world = World::new(1);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    for index in 0..pull_requests {
        payments
            .merged_pull_request(&format!("Change {index}"))
            .author("alice")
            .approved_by("bob")
            .compliant();
    }
    world
}
