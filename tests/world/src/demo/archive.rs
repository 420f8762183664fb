//! The files of an archive.

use std::path::Path;

use anyhow::{Context as _, Result};

/// Every file below a directory: its size in bytes and its path from there, by path.
pub(super) fn files(directory: &Path) -> Result<Vec<(u64, String)>> {
    let mut found = Vec::new();
    let mut todo = vec![directory.to_owned()];
    while let Some(next) = todo.pop() {
        let reading = || format!("reading {}", next.display());
        for entry in std::fs::read_dir(&next).with_context(reading)? {
            let entry = entry.with_context(reading)?;
            let data = entry.metadata().with_context(reading)?;
            if data.is_dir() {
                todo.push(entry.path());
            } else {
                let path = entry.path();
                let path = path.strip_prefix(directory).unwrap_or(&path);
                found.push((data.len(), path.display().to_string()));
            }
        }
    }
    found.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(found)
}
