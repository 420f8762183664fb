//! Resolve step (I/O): the policy's Secret, read anew for every scan, as credentials for GitHub.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use secrecy::SecretString;

use crate::api;
use crate::digest::Digest;
use crate::github::{App, Credentials};

/// Why a policy has no usable credentials. Names the Secret and the key, never a value.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// There is no such Secret.
    #[error("Secret {name} does not exist in namespace {namespace}; create it with type {expected} and the key {token}", expected = api::SECRET_TYPE, token = api::SECRET_TOKEN)]
    Missing {
        /// The policy's namespace.
        namespace: String,
        /// The name in `credentialsRef`.
        name: String,
    },
    /// It is a Secret of another type: refused, so that no policy can send any Secret's content to GitHub.
    #[error("Secret {name} has type {found:?}; a policy uses Secrets of type {expected} only", expected = api::SECRET_TYPE)]
    WrongType {
        /// The name.
        name: String,
        /// Its type.
        found: String,
    },
    /// It lacks a key.
    #[error("Secret {name} lacks {missing}; it needs the key {token}, or {app} and {key}", token = api::SECRET_TOKEN, app = api::SECRET_APP_ID, key = api::SECRET_PRIVATE_KEY)]
    KeyMissing {
        /// The name.
        name: String,
        /// The missing key.
        missing: &'static str,
    },
    /// It could mean either of two identities.
    #[error("Secret {name} holds {token} and {other}: credentials are a token or an app; remove the one or the other", token = api::SECRET_TOKEN)]
    Ambiguous {
        /// The name.
        name: String,
        /// What it holds beside the token.
        other: &'static str,
    },
    /// A value is not of its form.
    #[error("Secret {name}: the value of {key} is {problem}")]
    Malformed {
        /// The name.
        name: String,
        /// The key.
        key: &'static str,
        /// What is wrong with it, without the value.
        problem: &'static str,
    },
    /// The API server refused or failed.
    #[error("Secret {name} in namespace {namespace} could not be read")]
    Unreadable {
        /// The policy's namespace.
        namespace: String,
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: kube::Error,
    },
}

/// Tells one content of a Secret from another. It is nowhere shown, not even as a digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint(Digest);

/// Reads the credentials from a Secret of this namespace.
///
/// # Errors
///
/// See [`Error`].
pub(super) async fn credentials(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<(Credentials, Fingerprint), Error> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let secret = secrets
        .get_opt(name)
        .await
        .map_err(|source| Error::Unreadable {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            source,
        })?;
    match secret {
        Some(secret) => Ok((from_secret(name, &secret)?, Fingerprint::of(&secret))),
        None => Err(Error::Missing {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }),
    }
}

fn from_secret(name: &str, secret: &Secret) -> Result<Credentials, Error> {
    let found = secret.type_.as_deref().unwrap_or("Opaque");
    if found != api::SECRET_TYPE {
        return Err(Error::WrongType {
            name: name.to_owned(),
            found: found.to_owned(),
        });
    }
    let empty = BTreeMap::new();
    let keys = Keys {
        name,
        data: secret.data.as_ref().unwrap_or(&empty),
    };
    let credentials = keys.identity()?;
    let ca = keys.text(api::SECRET_CA)?;
    Ok(match ca {
        Some(ca) => credentials.with_ca(ca.into_bytes()),
        None => credentials,
    })
}

// === impl Fingerprint ===

impl Fingerprint {
    fn of(secret: &Secret) -> Self {
        let mut content = Vec::new();
        for (key, ByteString(value)) in secret.data.iter().flatten() {
            // Each with its length, so that no two contents are the same text.
            content.extend_from_slice(format!("{}:{key},{}:", key.len(), value.len()).as_bytes());
            content.extend_from_slice(value);
        }
        Self(Digest::of(&content))
    }
}

/// The keys of one Secret.
struct Keys<'a> {
    name: &'a str,
    data: &'a BTreeMap<String, ByteString>,
}

// === impl Keys ===

impl Keys<'_> {
    /// A token, or else an app.
    fn identity(&self) -> Result<Credentials, Error> {
        if let Some(token) = self.token()? {
            return Ok(Credentials::token(token));
        }
        let id = self
            .number(api::SECRET_APP_ID)?
            .ok_or_else(|| self.missing(api::SECRET_TOKEN))?;
        let private_key = self
            .text(api::SECRET_PRIVATE_KEY)?
            .ok_or_else(|| self.missing(api::SECRET_PRIVATE_KEY))?;
        let installation = self.number(api::SECRET_INSTALLATION_ID)?;
        Ok(Credentials::app(App {
            id,
            private_key: SecretString::from(private_key),
            installation,
        }))
    }

    /// The token, where it is one and nothing says that an app is meant: anything else would be asked of GitHub, which locks out
    /// whoever insists.
    fn token(&self) -> Result<Option<SecretString>, Error> {
        let Some(token) = self.text(api::SECRET_TOKEN)? else {
            return Ok(None);
        };
        for other in [
            api::SECRET_APP_ID,
            api::SECRET_PRIVATE_KEY,
            api::SECRET_INSTALLATION_ID,
        ] {
            if self.text(other)?.is_some() {
                let name = self.name.to_owned();
                return Err(Error::Ambiguous { name, other });
            }
        }
        if !is_token(&token) {
            let problem = "no token: it holds white space, a quote or another character that no token has; store the token alone";
            return Err(self.malformed(api::SECRET_TOKEN, problem));
        }
        Ok(Some(SecretString::from(token)))
    }

    /// A value without the white space around it (a trailing newline is a common accident); none when absent or empty.
    fn text(&self, key: &'static str) -> Result<Option<String>, Error> {
        let Some(ByteString(bytes)) = self.data.get(key) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(bytes).map_err(|_| self.malformed(key, "no UTF-8 text"))?;
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    fn number(&self, key: &'static str) -> Result<Option<u64>, Error> {
        let parse = |text: String| text.parse().map_err(|_| self.malformed(key, "no number"));
        self.text(key)?.map(parse).transpose()
    }

    fn missing(&self, missing: &'static str) -> Error {
        Error::KeyMissing {
            name: self.name.to_owned(),
            missing,
        }
    }

    fn malformed(&self, key: &'static str, problem: &'static str) -> Error {
        Error::Malformed {
            name: self.name.to_owned(),
            key,
            problem,
        }
    }
}

/// Whether it can stand behind `Bearer`: <https://www.rfc-editor.org/rfc/rfc6750#section-2.1>.
fn is_token(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    text.chars().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(kind: &str, data: &[(&str, &str)]) -> Secret {
        let data = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), ByteString(value.as_bytes().to_vec())));
        Secret {
            type_: Some(kind.to_owned()),
            data: Some(data.collect()),
            ..Secret::default()
        }
    }

    fn refusal(kind: &str, data: &[(&str, &str)]) -> String {
        from_secret("github", &secret(kind, data))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_token_with_a_newline_after_it_is_taken() {
        from_secret(
            "github",
            &secret(api::SECRET_TYPE, &[("token", "ghp_secret\n")]),
        )
        .unwrap();
    }

    #[test]
    fn what_is_no_token_is_not_sent_to_github() {
        let no_tokens = [
            "ghp_one\nghp_two",
            "Bearer ghp_one",
            "\"ghp_one\"",
            "{\"token\": 1}",
            "ghp_ünï",
            "ghp_\u{0}",
        ];
        for text in no_tokens {
            let said = refusal(api::SECRET_TYPE, &[("token", text)]);
            assert!(said.contains("token is no token"), "{said}");
            assert!(!said.contains(text), "{said}");
        }
        for text in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "github_pat_11A_b",
            "v1.1f699f1069f60xxx",
        ] {
            from_secret("github", &secret(api::SECRET_TYPE, &[("token", text)])).unwrap();
        }
    }

    #[test]
    fn a_token_beside_an_app_is_refused_rather_than_preferred() {
        for other in ["appId", "privateKey", "installationId"] {
            let data = [("token", "ghp_secret"), (other, "7")];
            let said = refusal(api::SECRET_TYPE, &data);
            assert!(said.contains(&format!("token and {other}")), "{said}");
            assert!(said.contains("remove"), "{said}");
        }
        let data = [("token", "ghp_secret"), ("appId", "")];
        from_secret("github", &secret(api::SECRET_TYPE, &data)).unwrap();
    }

    #[test]
    fn another_content_has_another_fingerprint_and_another_label_has_not() {
        let fingerprint = |data| Fingerprint::of(&secret(api::SECRET_TYPE, data));
        let one = fingerprint(&[("token", "ghp_one")]);
        assert!(one != fingerprint(&[("token", "ghp_two")]));
        assert!(one != fingerprint(&[("token", "ghp_one"), ("ca.crt", "")]));
        let mut labelled = secret(api::SECRET_TYPE, &[("token", "ghp_one")]);
        labelled.metadata.labels = Some([("a".to_owned(), "b".to_owned())].into());
        assert!(one == Fingerprint::of(&labelled));
    }

    #[test]
    fn every_defect_is_named_without_the_value() {
        let wrong_type = refusal("Opaque", &[("token", "ghp_secret")]);
        assert!(
            wrong_type.contains("\"Opaque\"") && !wrong_type.contains("ghp_secret"),
            "{wrong_type}"
        );
        let no_key = refusal(api::SECRET_TYPE, &[("tokn", "ghp_secret")]);
        assert!(no_key.contains("lacks token"), "{no_key}");
        let empty = refusal(api::SECRET_TYPE, &[("token", " \n")]);
        assert!(empty.contains("lacks token"), "{empty}");
        let no_private_key = refusal(api::SECRET_TYPE, &[("appId", "7")]);
        assert!(
            no_private_key.contains("lacks privateKey"),
            "{no_private_key}"
        );
        let no_number = refusal(api::SECRET_TYPE, &[("appId", "seven")]);
        assert!(
            no_number.contains("appId is no number") && !no_number.contains("seven"),
            "{no_number}"
        );
    }
}
