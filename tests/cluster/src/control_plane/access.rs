//! Kubeconfig files and clients.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
};
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};

use crate::certificates::{Authority, Identity};

/// How a user proves who it is.
pub(super) enum Credentials {
    /// A client certificate.
    Certificate(Identity),
    /// A bearer token.
    Token(String),
}

/// Writes `<directory>/<user>-<random>.kubeconfig`. It is JSON, which every reader of kubeconfigs takes since it is YAML too.
pub(super) fn write_kubeconfig(
    directory: &Path,
    user: &str,
    server: &str,
    authority: &Authority,
    credentials: Credentials,
) -> Result<PathBuf> {
    let name = "mergeaudit-test";
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": base64(authority.serving_ca())}}],
        "users": [{"name": user, "user": user_entry(credentials)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    });
    // Each its own file: two tests may ask for the same user with different groups. Temporary files are readable for
    // their owner only; kubectl and helm warn about others.
    let prefix = format!("{}-", file_name(user));
    let file = tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".kubeconfig")
        .tempfile_in(directory);
    let writing = || {
        format!(
            "writing the kubeconfig of {user} to {}",
            directory.display()
        )
    };
    let (mut file, path) = file.with_context(writing)?.keep().with_context(writing)?;
    writeln!(file, "{config:#}").with_context(writing)?;
    Ok(path)
}

/// A client with what a kubeconfig file says, and nothing from the environment.
pub(super) async fn client_from_file(path: &Path) -> Result<Client> {
    let kubeconfig =
        Kubeconfig::read_from(path).with_context(|| format!("reading {}", path.display()))?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await;
    let config = config.with_context(|| format!("using {}", path.display()))?;
    Client::try_from(config).context("building a Kubernetes client")
}

/// A token of a service account, as a pod gets it.
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/>.
pub(super) async fn service_account_token(
    client: Client,
    namespace: &str,
    name: &str,
) -> Result<String> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
    let spec = TokenRequestSpec {
        expiration_seconds: Some(3600),
        ..TokenRequestSpec::default()
    };
    let request = TokenRequest {
        spec,
        ..TokenRequest::default()
    };
    let issued = accounts
        .create_token_request(name, &PostParams::default(), &request)
        .await;
    let issued = issued
        .with_context(|| format!("asking for a token of service account {namespace}/{name}"))?;
    Ok(issued
        .status
        .context("the API server returned a token request without a token")?
        .token)
}

fn user_entry(credentials: Credentials) -> Value {
    match credentials {
        Credentials::Certificate(Identity { certificate, key }) => {
            json!({"client-certificate-data": base64(&certificate), "client-key-data": base64(&key)})
        }
        Credentials::Token(token) => json!({"token": token}),
    }
}

/// `system:serviceaccount:a:b` and `alice@example.com` are users, and not names that every tool takes for a file.
fn file_name(user: &str) -> String {
    user.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '.' {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// Kubernetes' own type for bytes encodes them as its kubeconfig wants them.
fn base64(text: &str) -> Value {
    json!(k8s_openapi::ByteString(text.as_bytes().to_vec()))
}
