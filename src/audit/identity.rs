//! What makes a change the same change, and the name of its finding, which follows from it.
//!
//! Ids are the identity; names are for people, and change.

use super::facts::PullRequest;
use super::finding::Finding;
use super::record::{ChangeIdentity, ChangeKey};
use crate::digest::Digest;

/// The most characters of a policy's or a repository's name within a finding's: GitHub allows 100, a policy's has at most 52.
/// Two of them, a number of 20 digits, a hash of 16 and the hyphens stay below the 253 of a resource's name.
const MAX_PART: usize = 100;

// === impl ChangeIdentity ===

impl ChangeIdentity {
    /// The identity of a pull request on this host, such as `github.com`.
    pub fn of_pull_request(host: &str, pull: &PullRequest) -> Self {
        Self {
            host: host.to_ascii_lowercase(),
            organization_id: pull.organization.id,
            repository_id: pull.repository.id,
            change: ChangeKey::PullRequest {
                number: pull.number,
            },
        }
    }

    /// The digest of the identity.
    ///
    /// Over the concatenation of its parts, each as its length in bytes, a colon, its bytes and a comma, so that no part can
    /// pass for two: host, organization id, repository id, then `pull` and the number, or `push`, branch, before and after.
    /// Numbers are decimal. Findings are named by it: it must never change.
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical().as_bytes())
    }

    fn canonical(&self) -> String {
        let organization = self.organization_id.to_string();
        let repository = self.repository_id.to_string();
        let place = [self.host.as_str(), &organization, &repository];
        let place = place.map(delimited).concat();
        match &self.change {
            ChangeKey::PullRequest { number } => {
                place + &["pull", &number.to_string()].map(delimited).concat()
            }
            ChangeKey::Push {
                branch,
                before,
                after,
            } => place + &["push", branch, before, after].map(delimited).concat(),
        }
    }
}

/// The name of a finding's resource: `<policy>-<repository>-<number>-<16 hexadecimal digits>`, for a push the first digits of
/// the commit it led to in the number's place.
///
/// The digits are a 64-bit hash of the policy's name and the change's identity, and tell findings apart; the rest is for
/// people. The repository's name is the one that the finding was first recorded with, which the archive keeps: a finding
/// must keep its [`Finding::repository`] when its repository is renamed, and so it keeps its name.
pub fn finding_name(policy: &str, finding: &Finding) -> String {
    let change = match &finding.identity.change {
        ChangeKey::PullRequest { number } => number.to_string(),
        ChangeKey::Push { after, .. } => after.chars().take(12).collect(),
    };
    let identity = finding.identity.canonical();
    let hash = Digest::of((delimited(policy) + &identity).as_bytes()).short();
    let readable = [policy, &finding.repository.name, &change].map(name_part);
    let parts = readable.into_iter().chain([hash]);
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// What a part of a resource's name may hold: lower-case letters, digits and inner hyphens (RFC 1123).
fn name_part(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    trimmed(&replaced(&text, allowed, MAX_PART)).to_owned()
}

/// The first characters, those not allowed as hyphens.
fn replaced(text: &str, allowed: impl Fn(char) -> bool, length: usize) -> String {
    let kept = |c| if allowed(c) { c } else { '-' };
    text.chars().take(length).map(kept).collect()
}

/// Without what may not be first or last.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_ascii_alphanumeric())
}

fn delimited(part: &str) -> String {
    format!("{}:{part},", part.len())
}

#[cfg(test)]
mod tests;
