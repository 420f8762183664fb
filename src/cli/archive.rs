//! What commands share that work on an archive: how it is named, and how a result is printed.

use std::io::{self, Write as _};

use anyhow::Context as _;

use crate::evidence::Archive;

/// Opens the archive of `--evidence`: a path means the directory of that path.
pub(super) fn open(text: &str) -> anyhow::Result<Archive> {
    let named = || format!("--evidence {text}");
    Archive::open(&url(text)?).with_context(named)
}

/// Opens an archive that must be there already.
pub(super) fn open_existing(text: &str) -> anyhow::Result<Archive> {
    let url = url(text)?;
    let path = url::Url::parse(&url)
        .ok()
        .and_then(|url| url.to_file_path().ok());
    if path.is_some_and(|path| !path.is_dir()) {
        anyhow::bail!("--evidence {text}: there is no such directory");
    }
    open(text)
}

fn url(text: &str) -> anyhow::Result<String> {
    if text.contains("://") {
        return Ok(text.to_owned());
    }
    let path = std::path::absolute(text).with_context(|| format!("--evidence {text}"))?;
    let url = url::Url::from_file_path(&path);
    url.map(String::from)
        .map_err(|()| anyhow::anyhow!("--evidence {text}: no path"))
}

/// Prints a result; a reader who left, such as `head`, changes nothing about it.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}
