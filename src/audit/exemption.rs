//! Exemptions: whether the policy demands no review of a change.
//!
//! An exemption waives the requirement of review, as `approvals: 0` would: an objection of a reviewer is waived with it, and named
//! in the ground. It waives no rule. It is looked at only where something would be wrong without it: a change that was reviewed
//! as demanded is compliant, so that exempt are those, and only those, that needed the exemption.
//!
//! One that names authors holds only if the pull request is theirs and nobody else has a part in it:
//!
//! 1. every commit has a signature that GitHub holds for valid, so that its committer is who it says;
//! 2. that committer is one of them, or GitHub itself;
//! 3. every author and co-author is one of them. That of an update from the base branch counts too: whether a person resolved
//!    conflicts in it, GitHub does not tell.
//!
//! Where GitHub lists only some of the commits, and the listed ones are theirs, whether it holds is not known.
//!
//! It holds for what was merged before its expiration time and within the year before that, so that no term outlasts a year.

use globset::GlobSet;
use jiff::SignedDuration;

use super::contributor::{app_behind, app_login};
use super::facts::{Actor, ActorKind, Commit, Contributor, PullRequest};
use super::message::short;
use super::requirements::Exemption;
use super::scope::{InvalidGlob, repository_globs};

/// The longest term: a leap year.
pub const TERM: SignedDuration = SignedDuration::from_hours(366 * 24);

/// What marks an app among the authors of an exemption.
const APP_PREFIX: &str = "app/";

/// The exemptions of a policy, with every glob compiled.
#[derive(Debug, Clone)]
pub(super) struct Exemptions {
    exemptions: Vec<(Exemption, GlobSet)>,
}

/// Whether a change is exempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// No exemption is about it.
    None,
    /// It is.
    Holds {
        /// By this exemption.
        exemption: &'a Exemption,
        /// For this reason.
        ground: String,
    },
    /// That depends on commits that GitHub did not list.
    Unknown(&'a Exemption),
    /// An exemption is about its author and repository, and yet does not hold; says why.
    Not(String),
}

// === impl Exemptions ===

impl Exemptions {
    pub(super) fn new(exemptions: &[Exemption]) -> Result<Self, InvalidGlob> {
        let compiled = exemptions.iter().map(|exemption| {
            let globs = repository_globs("exemptions.repositories", &exemption.repositories)?;
            Ok((exemption.clone(), globs))
        });
        Ok(Self {
            exemptions: compiled.collect::<Result<_, _>>()?,
        })
    }

    /// The best that any exemption says, in the order of the policy.
    pub(super) fn standing(&self, pull: &PullRequest) -> Standing<'_> {
        let about = self.exemptions.iter().filter(|(exemption, globs)| {
            let name = &pull.repository.name;
            let here = exemption.repositories.is_empty() || globs.is_match(name);
            here && is_theirs(exemption, pull)
        });
        let standings = about.map(|(exemption, _)| standing(exemption, pull));
        // The first of the best: `min_by_key` keeps the first of equals.
        standings.min_by_key(rank).unwrap_or(Standing::None)
    }
}

fn rank(standing: &Standing<'_>) -> u8 {
    match standing {
        Standing::Holds { .. } => 0,
        Standing::Unknown(_) => 1,
        Standing::Not(_) => 2,
        Standing::None => 3,
    }
}

fn standing<'a>(exemption: &'a Exemption, pull: &PullRequest) -> Standing<'a> {
    let not = |why: String| {
        let name = &exemption.name;
        Standing::Not(format!("the exemption {name} does not hold: {why}"))
    };
    let end = exemption.expiration_time;
    if pull.merged_at >= end {
        return not(format!("it expired at {end}"));
    }
    if end.duration_since(pull.merged_at) > TERM {
        return not(format!(
            "it ends at {end}, and holds only for the year before that"
        ));
    }
    let foreign = |commit: &&Commit| !is_wholly_theirs(exemption, commit);
    if !exemption.authors.is_empty() {
        // The same one whatever their order.
        let foreign = pull.commits.iter().filter(foreign);
        if let Some(commit) = foreign.min_by_key(|commit| &commit.oid) {
            return not(format!(
                "commit {} is not verified, or somebody else has a part in it",
                short(&commit.oid)
            ));
        }
        if pull.commits.is_empty() || !pull.has_all_commits() {
            return Standing::Unknown(exemption);
        }
    }
    let ground = ground(exemption, pull);
    Standing::Holds { exemption, ground }
}

fn ground(exemption: &Exemption, pull: &PullRequest) -> String {
    let (repository, at) = (&pull.repository.name, pull.merged_at);
    let by = match &pull.author {
        Some(author) if !exemption.authors.is_empty() => {
            format!("every commit is verified and by {} only, ", author.login)
        }
        _ => String::new(),
    };
    let end = exemption.expiration_time;
    format!("{by}merged in {repository} at {at}, before the exemption ends at {end}")
}

/// Whether the exemption is about this pull request's author.
fn is_theirs(exemption: &Exemption, pull: &PullRequest) -> bool {
    let author = pull.author.as_ref();
    exemption.authors.is_empty() || author.is_some_and(|author| names(exemption, author))
}

fn is_wholly_theirs(exemption: &Exemption, commit: &Commit) -> bool {
    let named = |contributor: &Contributor| match app_behind(contributor, commit) {
        Some(app) => names(exemption, &app),
        None => contributor
            .user
            .as_ref()
            .is_some_and(|user| names(exemption, user)),
    };
    let committer = match &commit.committer {
        Some(committer) => named(committer),
        None => commit.made_by_github,
    };
    let authors = !commit.authors.is_empty() && commit.authors.iter().all(named);
    commit.verified && committer && authors
}

/// Whether the account is among the exemption's authors: an app as `app/<slug>`, a person by login.
fn names(exemption: &Exemption, account: &Actor) -> bool {
    let is = |listed: &String| match listed.strip_prefix(APP_PREFIX) {
        Some(app) => account.kind == ActorKind::Bot && app_login(app) == app_login(&account.login),
        None => account.is_human() && listed.eq_ignore_ascii_case(&account.login),
    };
    exemption.authors.iter().any(is)
}

#[cfg(test)]
mod tests;
