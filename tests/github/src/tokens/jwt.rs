//! JSON web tokens of GitHub Apps, checked as GitHub does, and the keys for them.
//! <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Access, App, Installation, Token, TokenKind};
use crate::world::World;

/// Longest life of a JWT, in seconds.
const LONGEST_LIFE: i64 = 600;
/// Life of an installation token.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// A fresh RSA key pair: the private key as PKCS #8 PEM, the public key as DER.
pub fn generate_key() -> anyhow::Result<(String, Vec<u8>)> {
    let pair = KeyPair::generate(KeySize::Rsa2048)
        .ok()
        .context("cannot generate an RSA key")?;
    let private: Pkcs8V1Der<'_> = pair
        .as_der()
        .ok()
        .context("cannot encode the private key")?;
    let public: PublicKeyX509Der<'_> = pair
        .public_key()
        .as_der()
        .ok()
        .context("cannot encode the public key")?;
    let lines: Vec<String> = STANDARD
        .encode(private.as_ref())
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    );
    Ok((pem, public.as_ref().to_vec()))
}

/// The app that signed a JWT, or the words in which GitHub refuses it (401).
pub fn verify<'w>(world: &'w World, token: &str, now: Timestamp) -> Result<&'w App, &'static str> {
    let undecodable = "A JSON web token could not be decoded";
    let (signed, signature) = token.rsplit_once('.').ok_or(undecodable)?;
    let (header, claims) = signed.split_once('.').ok_or(undecodable)?;
    let header = part(header).ok_or(undecodable)?;
    let claims = part(claims).ok_or(undecodable)?;
    if header["alg"] != "RS256" {
        return Err(undecodable);
    }
    let issuer = claims["iss"]
        .as_u64()
        .or_else(|| claims["iss"].as_str()?.parse().ok());
    let app = world
        .apps
        .iter()
        .find(|app| Some(app.id) == issuer)
        .ok_or("Integration not found")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| undecodable)?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &app.public_key);
    key.verify(signed.as_bytes(), &signature)
        .map_err(|_| undecodable)?;
    check_times(&claims, now)?;
    Ok(app)
}

fn part(text: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn check_times(claims: &Value, now: Timestamp) -> Result<(), &'static str> {
    let now = now.as_second();
    let issued = claims["iat"]
        .as_i64()
        .ok_or("Missing 'issued at' claim ('iat') in assertion")?;
    let expires = claims["exp"].as_i64().filter(|expires| *expires > now).ok_or(
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    )?;
    if issued > now {
        return Err(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        );
    }
    if expires - now > LONGEST_LIFE {
        return Err("'Expiration time' claim ('exp') is too far in the future");
    }
    Ok(())
}

// === impl World ===

impl World {
    /// Registers a GitHub App by its public key (DER, as [`generate_key`] returns it).
    pub fn app(&mut self, id: u64, slug: &str, public_key: Vec<u8>) {
        self.apps.push(App {
            id,
            slug: slug.to_owned(),
            public_key,
            installations: Vec::new(),
        });
    }

    /// Installs an App in an organization, on some repositories or all, and returns the installation's id.
    pub fn install(
        &mut self,
        app: u64,
        organization: &str,
        repositories: Option<&[&str]>,
    ) -> Option<u64> {
        let id = self.ids.fresh();
        let repositories = repositories.map(|names| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<BTreeSet<_>>()
        });
        let access = Access {
            organization: organization.to_owned(),
            repositories,
            administrator: false,
        };
        let found = self.apps.iter_mut().find(|entry| entry.id == app)?;
        found.installations.push(Installation {
            id,
            access,
            minted: 0,
            suspended_at: None,
            missing: BTreeSet::new(),
        });
        Some(id)
    }

    /// Takes an installation away; its tokens end with it.
    pub fn uninstall(&mut self, installation: u64) {
        for app in &mut self.apps {
            app.installations.retain(|entry| entry.id != installation);
        }
    }

    /// Finds an installation.
    pub fn installation(&self, id: u64) -> Option<&Installation> {
        let mut all = self.apps.iter().flat_map(|app| &app.installations);
        all.find(|entry| entry.id == id)
    }

    /// Finds an installation to change it.
    pub fn installation_mut(&mut self, id: u64) -> Option<&mut Installation> {
        let mut all = self.apps.iter_mut().flat_map(|app| &mut app.installations);
        all.find(|entry| entry.id == id)
    }

    /// Requests and points of an installation in an hour: 5,000, and 50 more for each repository over 20, up to 12,500.
    /// <https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations>
    fn hourly_limit(&self, access: &Access) -> u64 {
        let owned = self
            .find_organization(&access.organization)
            .map_or(0, |organization| organization.repositories.len());
        let repositories = access.repositories.as_ref().map_or(owned, BTreeSet::len) as u64;
        (5000 + 50 * repositories.saturating_sub(20)).min(12_500)
    }

    /// Mints an installation token that lives for an hour, narrowed to some of the installation's repositories if asked.
    pub(crate) fn mint(
        &mut self,
        app: u64,
        installation: u64,
        narrowed: Option<BTreeSet<String>>,
        now: Timestamp,
    ) -> Option<Token> {
        let seed = self.ids.seed.to_string();
        let found = self.apps.iter_mut().find(|entry| entry.id == app)?;
        let slug = format!("{}[bot]", found.slug);
        let entry = found
            .installations
            .iter_mut()
            .find(|entry| entry.id == installation)?;
        entry.minted += 1;
        let serial = format!("{installation}:{}", entry.minted);
        let mut access = entry.access.clone();
        let missing = entry.missing.clone();
        access.repositories = narrowed.or(access.repositories);
        // Newer tokens are longer than 40 characters and say whose they are: nobody may count them.
        let secret = crate::id::oid(&["token", &seed, &serial]);
        let token = Token {
            text: format!("ghs_{app}_{secret}.{}", crate::id::oid(&["tail", &secret])),
            kind: TokenKind::Installation(installation),
            owner: self.user(&slug)?,
            hourly_limit: self.hourly_limit(&access),
            access: vec![access],
            missing,
            barriers: BTreeMap::new(),
            minted_at: Some(now),
            // Told in whole seconds, so that it must not end within one.
            expires_at: Timestamp::from_second(now.as_second() + TOKEN_LIFE.as_secs()).ok(),
            revoked: false,
        };
        self.tokens.push(token.clone());
        Some(token)
    }
}
