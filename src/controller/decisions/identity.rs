//! Who of the cluster's users is who on GitHub, as the administrator wrote it into a `ConfigMap`.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};

use crate::api::CONFIG_MAP_IDENTITIES;
use crate::audit::independence::Users;

/// Reads the map, which is small and may change at any time. Without one, or without the right to read it, nobody is known.
///
/// # Errors
///
/// The API server's, but for a refusal.
pub(super) async fn users(client: &Client, namespace: &str) -> kube::Result<Users> {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    match maps.get_opt(CONFIG_MAP_IDENTITIES).await {
        Ok(map) => Ok(map.map(parse).unwrap_or_default()),
        Err(kube::Error::Api(status)) if status.is_forbidden() => {
            tracing::warn!(
                namespace,
                "the ConfigMap {CONFIG_MAP_IDENTITIES} may not be read, so that no acknowledgement is verified to be independent; grant the right to get it"
            );
            Ok(Users::new())
        }
        Err(error) => Err(error),
    }
}

fn parse(map: ConfigMap) -> Users {
    let data = map.data.unwrap_or_default().into_iter();
    let entry = |(id, user): (String, String)| {
        let Ok(id) = id.parse() else {
            tracing::warn!(
                key = id,
                "a key of the ConfigMap {CONFIG_MAP_IDENTITIES} is no id of a GitHub account; write the number, not the login"
            );
            return None;
        };
        Some((id, user.trim().to_owned()))
    };
    data.filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_in_the_place_of_an_id_is_left_out() {
        let map = serde_json::from_value(serde_json::json!({
            "data": {"7": "alice@example.com\n", "bob": "bob@example.com"}
        }));
        let users = parse(map.unwrap());
        assert_eq!(users, Users::from([(7, "alice@example.com".to_owned())]));
    }
}
