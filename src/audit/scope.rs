//! What is audited: which repositories of an organization, and which of their branches.
//!
//! Globs are those of gitignore: `*` any text, `?` one character, `[a-z]` one of these, `{a,b}` either. On names of
//! repositories upper and lower case are the same, as they are to GitHub. On branches they differ, `*` stays within one
//! part between slashes (`release/*` is not `release/1/fix`), and `**` does not (`release/**` is both).

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::facts::Repository;

/// Stands for the repository's default branch, whatever its name. (`[@]default` is a branch of that very name.)
pub const DEFAULT_BRANCH: &str = "@default";

/// A text that is no glob.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{glob:?} in {field} is no glob: {problem}; put [ ] around a character that is meant literally"
)]
pub struct InvalidGlob {
    /// The field of the policy that it is in.
    pub field: &'static str,
    /// The text.
    pub glob: String,
    /// What is wrong with it.
    pub problem: globset::ErrorKind,
}

/// What is audited of one organization.
#[derive(Debug, Clone)]
pub struct Scope {
    organization: String,
    include: GlobSet,
    exclude: GlobSet,
    branches: GlobSet,
    default_branch: bool,
}

/// Whether a repository is audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryScope {
    /// It is.
    InScope,
    /// It is not.
    Skipped(SkipReason),
}

/// Why a repository is not audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// It is archived, and would be audited otherwise.
    Archived,
    /// An exclude glob matches.
    Excluded,
    /// No include glob matches.
    NotIncluded,
}

// === impl Scope ===

impl Scope {
    /// The scope that a policy gives an organization. Without include globs, every repository is included.
    pub fn new(
        organization: &str,
        include: &[String],
        exclude: &[String],
        branches: &[String],
    ) -> Result<Self, InvalidGlob> {
        let everything = ["*".to_owned()];
        let include = if include.is_empty() {
            &everything
        } else {
            include
        };
        let is_default = |branch: &&String| branch.as_str() == DEFAULT_BRANCH;
        let named: Vec<&String> = branches.iter().filter(|it| !is_default(it)).collect();
        Ok(Self {
            organization: organization.to_owned(),
            include: repository_globs("organizations.repositories.include", include)?,
            exclude: repository_globs("organizations.repositories.exclude", exclude)?,
            branches: globs("branches", named, &branch_glob)?,
            default_branch: branches.iter().any(|it| is_default(&it)),
        })
    }

    /// The organization's login, as the policy writes it.
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// Whether the repository is audited. A policy's word comes before the repository's state.
    pub fn repository(&self, repository: &Repository) -> RepositoryScope {
        if !self.include.is_match(&repository.name) {
            RepositoryScope::Skipped(SkipReason::NotIncluded)
        } else if self.exclude.is_match(&repository.name) {
            RepositoryScope::Skipped(SkipReason::Excluded)
        } else if repository.archived {
            RepositoryScope::Skipped(SkipReason::Archived)
        } else {
            RepositoryScope::InScope
        }
    }

    /// Whether this branch (`main`, not `refs/heads/main`) is audited in a repository with this default branch.
    pub fn branch(&self, name: &str, default_branch: Option<&str>) -> bool {
        let is_default = default_branch == Some(name);
        (self.default_branch && is_default) || self.branches.is_match(name)
    }
}

// === impl SkipReason ===

impl SkipReason {
    /// The name as in the archive.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Archived => "Archived",
            Self::Excluded => "Excluded",
            Self::NotIncluded => "NotIncluded",
        }
    }
}

/// Globs on names of repositories.
pub(super) fn repository_globs(
    field: &'static str,
    patterns: &[String],
) -> Result<GlobSet, InvalidGlob> {
    globs(field, patterns, &|pattern| {
        let mut glob = GlobBuilder::new(pattern);
        glob.case_insensitive(true);
        glob
    })
}

fn branch_glob(pattern: &str) -> GlobBuilder<'_> {
    let mut glob = GlobBuilder::new(pattern);
    glob.literal_separator(true);
    glob
}

fn globs<'a>(
    field: &'static str,
    patterns: impl IntoIterator<Item = &'a String>,
    builder: &dyn Fn(&'a str) -> GlobBuilder<'a>,
) -> Result<GlobSet, InvalidGlob> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let invalid = |error: globset::Error| InvalidGlob {
            field,
            glob: pattern.clone(),
            problem: error.kind().clone(),
        };
        set.add(builder(pattern).build().map_err(invalid)?);
    }
    // A set of valid globs fails only where they grow too large together.
    set.build().map_err(|error| InvalidGlob {
        field,
        glob: error.glob().unwrap_or_default().to_owned(),
        problem: error.kind().clone(),
    })
}

#[cfg(test)]
mod tests;
