//! The one place of this crate that reads the process's environment: where tools may be found, and where they are cached.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};

/// `KUBEBUILDER_ASSETS`: the directory of Kubernetes test binaries that controller-runtime's envtest uses too.
/// Source: <https://book.kubebuilder.io/reference/envtest>.
pub(crate) fn kubebuilder_assets() -> Option<PathBuf> {
    env::var_os("KUBEBUILDER_ASSETS")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// The directories of `PATH`, in order.
pub(crate) fn path_directories() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// `${XDG_CACHE_HOME:-~/.cache}/mergeaudit/tools`: where tools that were built or unpacked are kept.
/// Source: <https://specifications.freedesktop.org/basedir-spec/latest/>.
///
/// # Errors
/// When neither `XDG_CACHE_HOME` nor `HOME` says where.
pub(crate) fn tool_cache() -> Result<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let cache =
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let cache = cache
        .context("finding the cache directory: set HOME or XDG_CACHE_HOME to an absolute path")?;
    Ok(cache.join("mergeaudit").join("tools"))
}
