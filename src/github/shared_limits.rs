//! Whom GitHub's limits hold for: all clients with the same credentials, and each installation of an app by itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::ExposeSecret;

use super::auth::{Credentials, Identity};
use super::endpoint::Endpoint;
use super::limits::Limiter;
use crate::digest::Digest;

/// What is known of GitHub's limits, shared by the clients that it is given to ([`super::Options::limits`]): a client made
/// later, or for another policy, waits with those that hit a limit, and all of them together keep to the concurrency.
///
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations>
#[derive(Clone, Default)]
pub struct SharedLimits(Arc<Mutex<HashMap<String, Arc<Limiter>>>>);

// === impl SharedLimits ===

impl SharedLimits {
    /// The limits that hold for these credentials, acting for an organization.
    pub(super) fn of(
        &self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        organization: Option<&str>,
        concurrency: usize,
    ) -> Arc<Limiter> {
        let holder = holder(endpoint, credentials, organization);
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Of credentials that nobody uses any more nothing is left to know once their limits are over.
        limiters.retain(|_, limiter| Arc::strong_count(limiter) > 1 || limiter.is_held());
        let limiter = limiters
            .entry(holder)
            .or_insert_with(|| Arc::new(Limiter::new(concurrency)));
        Arc::clone(limiter)
    }
}

impl fmt::Debug for SharedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLimits").finish_non_exhaustive()
    }
}

fn holder(endpoint: &Endpoint, credentials: &Credentials, organization: Option<&str>) -> String {
    match &credentials.identity {
        Identity::Token(token) => {
            let token = Digest::of(token.expose_secret().as_bytes());
            format!("{endpoint} token {}", token.to_hex())
        }
        Identity::App(app) => {
            let installation = match (app.installation, organization) {
                (Some(id), _) => id.to_string(),
                (None, organization) => organization.unwrap_or_default().to_ascii_lowercase(),
            };
            format!("{endpoint} app {} {installation}", app.id)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::auth::App;
    use super::super::error::Limit;
    use super::super::limits::Bucket;
    use super::*;

    fn token(text: &str) -> Credentials {
        Credentials::token(text.to_owned().into())
    }

    fn app(installation: Option<u64>) -> Credentials {
        Credentials::app(App {
            id: 9,
            private_key: String::new().into(),
            installation,
        })
    }

    #[test]
    fn a_token_shares_its_limits_and_installations_have_each_their_own() {
        let limits = SharedLimits::default();
        let endpoint = Endpoint::parse("https://api.github.com").unwrap();
        let of = |credentials: &Credentials, organization: &str| {
            limits.of(&endpoint, credentials, Some(organization), 4)
        };
        assert!(Arc::ptr_eq(
            &of(&token("a"), "acme"),
            &of(&token("a"), "other")
        ));
        assert!(!Arc::ptr_eq(
            &of(&token("a"), "acme"),
            &of(&token("b"), "acme")
        ));
        let (acme, other) = (of(&app(None), "acme"), of(&app(None), "other"));
        assert!(!Arc::ptr_eq(&acme, &other));
        assert!(Arc::ptr_eq(&acme, &of(&app(None), "Acme")));
        assert!(Arc::ptr_eq(
            &of(&app(Some(1)), "acme"),
            &of(&app(Some(1)), "other")
        ));
        assert!(!format!("{limits:?}").contains("api.github.com"));
    }

    #[tokio::test]
    async fn a_limit_outlives_the_client_that_hit_it() {
        let limits = SharedLimits::default();
        let endpoint = Endpoint::parse("https://api.github.com").unwrap();
        let of = |text: &str| limits.of(&endpoint, &token(text), None, 4);
        let hour = Duration::from_hours(1);
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        of("a").block(Bucket::Graphql, Limit::Primary, hour, now);
        drop(of("b"));
        let again = of("a");
        let refused = again.ready(Bucket::Graphql, Duration::ZERO).await;
        assert!(refused.is_err());
        let held = limits.0.lock().unwrap().len();
        assert_eq!(held, 1);
    }
}
