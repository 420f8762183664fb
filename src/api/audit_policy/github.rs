//! Which GitHub is asked, and as whom.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// Which GitHub is asked, and as whom.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct GitHub {
    /// The address of GitHub's REST API. Of GitHub Enterprise Server it is https://HOST/api/v3. Tokens are sent only to hosts that
    /// the administrator allows (--allowed-github-hosts of the operator, by default api.github.com).
    #[serde(default = "default_api_url")]
    #[schemars(length(min = 1, max = 512))]
    #[x_kube(
        validation = Rule::new(r"self.startsWith('https://') || self.matches(r'^http://(127[.]0[.]0[.]1|localhost|\[::1\])(:[0-9]+)?(/|$)')")
            .message("apiUrl is https; http is for loopback addresses only, since it would send the token in the clear"),
        validation = Rule::new("!self.matches('[@?#]')").message("apiUrl has no user, query or fragment"),
        validation = Rule::new(
            r"isURL(self) && self.matches(r'^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$')"
        ).message("apiUrl is an address such as https://api.github.com or https://github.example.com/api/v3")
    )]
    pub api_url: String,

    /// The Secret with the credentials, in the policy's namespace. Its type is mergeaudit.io/github; it holds token, or appId and
    /// privateKey of a GitHub App (and installationId, where that is not the organization's own), and optionally ca.crt.
    pub credentials_ref: CredentialsRef,
}

/// A Secret of type mergeaudit.io/github in the policy's namespace.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CredentialsRef {
    /// The Secret's name.
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
    )]
    #[x_kube(
        validation = Rule::new("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')")
            .message("name is that of a Secret in the policy's namespace: lower-case letters, digits, dashes and dots")
    )]
    pub name: String,
}

fn default_api_url() -> String {
    "https://api.github.com".to_owned()
}
