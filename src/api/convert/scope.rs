//! What a policy audits, and where it asks.

use std::collections::BTreeSet;

use super::{InvalidPolicy, invalid};
use crate::api::audit_policy::{AuditPolicySpec, OrganizationScope, RepositoryGlobs};

/// What is audited of one organization, not yet with compiled globs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The organization's login.
    pub organization: String,
    /// Globs on the names of repositories; one must match.
    pub include: Vec<String>,
    /// Globs on the names of repositories; none may match.
    pub exclude: Vec<String>,
    /// Globs on the names of branches, and `@default`.
    pub branches: Vec<String>,
}

/// The scope of each organization, in the policy's order.
pub(super) fn scopes(spec: &AuditPolicySpec) -> Result<Vec<Scope>, InvalidPolicy> {
    if spec.organizations.is_empty() {
        return Err(invalid(
            "spec.organizations",
            "must name at least one organization",
        ));
    }
    check_names(&spec.organizations)?;
    check_branches(&spec.branches)?;
    let scope = |organization| scope(organization, &spec.branches);
    Ok(spec.organizations.iter().map(scope).collect())
}

fn check_names(organizations: &[OrganizationScope]) -> Result<(), InvalidPolicy> {
    let mut seen = BTreeSet::new();
    for (at, organization) in organizations.iter().enumerate() {
        let path = format!("spec.organizations[{at}].name");
        if !is_login(&organization.name) {
            return Err(invalid(path, "must be an organization's login on GitHub"));
        }
        if !seen.insert(organization.name.to_ascii_lowercase()) {
            let why = "is named twice; GitHub tells no upper from lower case";
            return Err(invalid(path, why));
        }
    }
    Ok(())
}

/// Names that no branch has: the glob would match nothing, and nothing would be audited.
fn check_branches(branches: &[String]) -> Result<(), InvalidPolicy> {
    let is_none = |branch: &String| branch.starts_with("refs/") || branch.starts_with('!');
    match branches.iter().position(is_none) {
        None => Ok(()),
        Some(at) => Err(invalid(
            format!("spec.branches[{at}]"),
            "must be a branch's name without refs/heads/ in front, such as main; none is excluded by a ! in front",
        )),
    }
}

fn scope(spec: &OrganizationScope, branches: &[String]) -> Scope {
    let OrganizationScope {
        name,
        repositories: RepositoryGlobs { include, exclude },
    } = spec.clone();
    Scope {
        organization: name,
        include,
        exclude,
        branches: branches.to_vec(),
    }
}

/// It becomes part of addresses and of search queries.
fn is_login(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=39).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// Only what decides whether a token would be sent in the clear; the client parses the rest.
pub(super) fn check_api_url(url: &str) -> Result<(), InvalidPolicy> {
    let allowed = match url.split_once("://") {
        Some(("https", _)) => true,
        Some(("http", rest)) => is_loopback(rest.split('/').next().unwrap_or_default()),
        _ => false,
    };
    if allowed && !url.contains(['@', '?', '#']) {
        return Ok(());
    }
    let why =
        "must be an https address without user, query and fragment; http is for loopback only";
    Err(invalid("spec.github.apiUrl", why))
}

fn is_loopback(authority: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| {
        let port = authority.strip_prefix(host);
        port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
    })
}
