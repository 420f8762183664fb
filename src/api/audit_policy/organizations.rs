//! Which organizations and repositories are audited.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// An organization and which of its repositories are audited.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationScope {
    /// The organization's login on GitHub.
    #[schemars(
        length(min = 1, max = 39),
        regex(pattern = r"^[A-Za-z0-9](-?[A-Za-z0-9])*$")
    )]
    pub name: String,

    /// Which of its repositories are audited; all by default. Archived ones are listed as skipped, and with them what was merged
    /// between the last scan and the archiving.
    #[serde(default)]
    pub repositories: RepositoryGlobs,
}

/// Globs on the names of repositories, without the organization, as they are at the time of the scan.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryGlobs {
    /// Repositories that one of these globs matches are audited.
    #[serde(default = "default_include")]
    #[schemars(
        length(min = 1, max = 100),
        inner(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9._*?\[\]{},!-]+$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub include: Vec<String>,

    /// Of those, repositories that one of these globs matches are not. The archive names every repository that is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 100),
        inner(length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9._*?\[\]{},!-]+$")),
        extend("x-kubernetes-list-type" = "set")
    )]
    pub exclude: Vec<String>,
}

impl Default for RepositoryGlobs {
    fn default() -> Self {
        Self {
            include: default_include(),
            exclude: Vec::new(),
        }
    }
}

fn default_include() -> Vec<String> {
    vec!["*".to_owned()]
}
