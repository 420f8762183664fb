//! Who asks: tokens, what they see, and GitHub Apps. A 404 hides what a token may not see.
pub mod jwt;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    clock::later,
    id::UserId,
    world::{Organization, Repository, Visibility, World},
};

/// What kind of token it is; decides headers and the words of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A classic personal access token (`ghp_`): its scopes are in `X-OAuth-Scopes`.
    Classic,
    /// A fine-grained personal access token (`github_pat_`).
    FineGrained,
    /// An installation's token (`ghs_`).
    Installation(u64),
}

/// What may be done. Metadata is always readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Pull requests: read.
    PullRequests,
    /// Contents: read.
    Contents,
}

impl Grant {
    /// As `X-Accepted-GitHub-Permissions` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PullRequests => "pull_requests=read",
            Self::Contents => "contents=read",
        }
    }
}

/// Why an organization keeps a token out that its owner would otherwise be let in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barrier {
    /// SAML single sign-on, and the token was not authorized for it.
    SingleSignOn,
    /// The organization refuses classic tokens.
    ClassicForbidden,
}

impl Barrier {
    /// The words of a refusal for want of single sign-on.
    pub(crate) const SSO_MESSAGE: &'static str = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.";

    /// The words in which an organization refuses classic tokens.
    pub(crate) fn classic_message(login: &str) -> String {
        format!(
            "`{login}` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions."
        )
    }
}

/// What a token sees of one organization beyond what is public.
#[derive(Debug, Clone)]
pub struct Access {
    /// Login.
    pub organization: String,
    /// Names of the repositories; none for all of them, future ones too.
    pub repositories: Option<BTreeSet<String>>,
    /// The token's owner administers the organization.
    pub administrator: bool,
}

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its text.
    pub text: String,
    /// What kind of token.
    pub kind: TokenKind,
    /// Whose token it is; for an installation, the app's bot.
    pub owner: UserId,
    /// What it sees.
    pub access: Vec<Access>,
    /// Permissions it lacks.
    pub missing: BTreeSet<Grant>,
    /// Organizations that keep it out, by login in lower case.
    pub barriers: BTreeMap<String, Barrier>,
    /// When it was minted; none for what exists since ever.
    pub minted_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Answers 401 once set.
    pub revoked: bool,
    /// GraphQL points and REST requests in an hour (5,000 for a user).
    pub hourly_limit: u64,
}

/// A GitHub App.
#[derive(Debug, Clone)]
pub struct App {
    /// App id: the `iss` of its JWT.
    pub id: u64,
    /// Its slug; the bot is `slug[bot]`.
    pub slug: String,
    /// RSA public key, DER.
    pub public_key: Vec<u8>,
    /// Where it is installed.
    pub installations: Vec<Installation>,
}

/// An App's installation in an organization.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Installation id.
    pub id: u64,
    /// What it sees.
    pub access: Access,
    /// Tokens minted so far.
    pub minted: u64,
    /// Since when it is suspended: its tokens answer 403.
    pub suspended_at: Option<Timestamp>,
    /// Permissions its tokens lack.
    pub missing: BTreeSet<Grant>,
}

/// Describes a new token.
#[derive(Debug)]
pub struct TokenBuilder<'w> {
    world: &'w mut World,
    index: usize,
}

// === impl World ===

impl World {
    /// Adds a token, owned by `auditor` and seeing only what is public until it is told more. A text that starts with
    /// `github_pat_` is a fine-grained token, all others are classic.
    pub fn token(&mut self, text: &str) -> TokenBuilder<'_> {
        let owner = self.user("auditor").unwrap_or_default();
        let kind = if text.starts_with("github_pat_") {
            TokenKind::FineGrained
        } else {
            TokenKind::Classic
        };
        self.tokens.push(Token {
            text: text.to_owned(),
            kind,
            owner,
            access: Vec::new(),
            missing: BTreeSet::new(),
            barriers: BTreeMap::new(),
            minted_at: None,
            expires_at: None,
            revoked: false,
            hourly_limit: 5000,
        });
        let index = self.tokens.len() - 1;
        TokenBuilder { world: self, index }
    }

    /// Revokes a token; false if there is none of that text.
    pub fn revoke(&mut self, text: &str) -> bool {
        let found = self.tokens.iter_mut().find(|token| token.text == text);
        found.map(|token| token.revoked = true).is_some()
    }
}

// === impl TokenBuilder ===

impl TokenBuilder<'_> {
    fn edit(&mut self, change: impl FnOnce(&mut Token)) -> &mut Self {
        change(&mut self.world.tokens[self.index]);
        self
    }

    /// Whose token it is.
    pub fn owner(&mut self, login: &str) -> &mut Self {
        let owner = self.world.user(login).unwrap_or_default();
        self.edit(|token| token.owner = owner)
    }

    /// Sees every repository of an organization.
    pub fn organization(&mut self, login: &str) -> &mut Self {
        let access = Access {
            organization: login.to_owned(),
            repositories: None,
            administrator: false,
        };
        self.edit(|token| token.access.push(access))
    }

    /// Sees the named repositories of an organization.
    pub fn repositories(&mut self, login: &str, names: &[&str]) -> &mut Self {
        let repositories = Some(names.iter().map(|name| (*name).to_owned()).collect());
        let access = Access {
            organization: login.to_owned(),
            repositories,
            administrator: false,
        };
        self.edit(|token| token.access.push(access))
    }

    /// The owner administers every organization named so far.
    pub fn administrator(&mut self) -> &mut Self {
        self.edit(|token| {
            token
                .access
                .iter_mut()
                .for_each(|access| access.administrator = true);
        })
    }

    /// Lacks a permission.
    pub fn without(&mut self, grant: Grant) -> &mut Self {
        self.edit(|token| {
            token.missing.insert(grant);
        })
    }

    /// Is kept out by an organization, of which it sees only what is public.
    pub fn barred(&mut self, login: &str, barrier: Barrier) -> &mut Self {
        self.edit(|token| {
            token.barriers.insert(login.to_lowercase(), barrier);
        })
    }

    /// Expires.
    pub fn expires_at(&mut self, time: Timestamp) -> &mut Self {
        self.edit(|token| token.expires_at = Some(time))
    }

    /// Requests and points in an hour.
    pub fn hourly_limit(&mut self, limit: u64) -> &mut Self {
        self.edit(|token| token.hourly_limit = limit)
    }
}

// === impl Token ===

impl Token {
    /// Whether it is accepted at a time.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|expiry| now < expiry)
    }

    /// Whether it is old enough to be known everywhere.
    pub fn is_settled(&self, now: Timestamp, milliseconds: u32) -> bool {
        self.minted_at
            .is_none_or(|minted| now >= later(minted, milliseconds))
    }

    /// Whose limits it counts against: its own, or those of its installation.
    pub fn caller(&self) -> String {
        match self.kind {
            TokenKind::Installation(id) => format!("installation {id}"),
            TokenKind::Classic | TokenKind::FineGrained => self.text.clone(),
        }
    }

    /// What keeps it out of an organization.
    pub fn barrier(&self, login: &str) -> Option<Barrier> {
        self.barriers.get(&login.to_lowercase()).copied()
    }

    /// `X-GitHub-SSO` of an answer that leaves organizations out.
    pub(crate) fn sso_header(&self, world: &World) -> Option<String> {
        let barred = world.organizations.iter().filter(|organization| {
            self.barrier(&organization.login) == Some(Barrier::SingleSignOn)
        });
        let ids: Vec<String> = barred
            .map(|organization| organization.id.to_string())
            .collect();
        (!ids.is_empty()).then(|| format!("partial-results; organizations={}", ids.join(",")))
    }

    /// Whether it sees a repository.
    pub fn can_read(&self, organization: &Organization, repository: &Repository) -> bool {
        repository.visibility == Visibility::Public
            || self.access_to(organization).any(|access| {
                access.repositories.as_ref().is_none_or(|names| {
                    names
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(&repository.name))
                })
            })
    }

    /// Whether it sees anything of an organization.
    pub fn sees_organization(&self, organization: &Organization) -> bool {
        self.access_to(organization).next().is_some()
            || organization
                .repositories
                .iter()
                .any(|repository| repository.visibility == Visibility::Public)
    }

    /// Whether its owner administers an organization.
    pub fn administers(&self, organization: &Organization) -> bool {
        self.access_to(organization)
            .any(|access| access.administrator)
    }

    /// What GitHub says when a permission is missing.
    pub fn refusal(&self) -> &'static str {
        match self.kind {
            TokenKind::Installation(_) => "Resource not accessible by integration",
            TokenKind::Classic | TokenKind::FineGrained => {
                "Resource not accessible by personal access token"
            }
        }
    }

    /// The repositories it sees of an organization.
    pub fn readable<'w>(&self, organization: &'w Organization) -> Vec<&'w Repository> {
        organization
            .repositories
            .iter()
            .filter(|repository| self.can_read(organization, repository))
            .collect()
    }

    fn access_to(&self, organization: &Organization) -> impl Iterator<Item = &Access> {
        let login = organization.login.clone();
        let barred = self.barrier(&login).is_some();
        self.access
            .iter()
            .filter(move |access| !barred && access.organization.eq_ignore_ascii_case(&login))
    }
}
