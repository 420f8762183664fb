//! Versions as programs print them.

use std::{fmt, path::Path, process::Command};

/// A semantic version without its suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) patch: u32,
}

// === impl Version ===

impl Version {
    pub(crate) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// The first version in a text such as `etcd Version: 3.6.10`, `Kubernetes v1.36.1` or `go version go1.26.8 linux/amd64`.
    /// Two numbers are enough; what follows the third (`+ds`, `-rc.1`) is left out.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || c == ',' || c == '"')
            .find_map(Self::from_word)
    }

    fn from_word(word: &str) -> Option<Self> {
        let numbers = word.trim_start_matches("go").trim_start_matches('v');
        let mut parts = numbers.splitn(3, '.');
        let major = parts.next()?.parse().ok()?;
        let minor = leading_number(parts.next()?)?;
        let patch = parts.next().and_then(leading_number).unwrap_or(0);
        Some(Self {
            major,
            minor,
            patch,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What a program says about its version on standard output or, as older Prometheus tools do, on standard error.
pub(crate) fn of_program(program: &Path, arguments: &[&str]) -> Option<Version> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Version::find(&String::from_utf8_lossy(&output.stdout))
        .or_else(|| Version::find(&String::from_utf8_lossy(&output.stderr)))
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_the_programs_print() {
        let cases = [
            (
                "etcd Version: 3.6.10\nGit SHA: Not provided\nGo Version: go1.26.8\n",
                (3, 6, 10),
            ),
            ("Kubernetes v1.36.1\n", (1, 36, 1)),
            (
                "Client Version: v1.33.0-rc.1\nKustomize Version: v5.5.0\n",
                (1, 33, 0),
            ),
            (
                "Client Version: version.Info{Major:\"1\", Minor:\"20\", GitVersion:\"v1.20.2\"}",
                (1, 20, 2),
            ),
            (
                "prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)\n",
                (2, 42, 0),
            ),
            ("go version go1.26 linux/amd64\n", (1, 26, 0)),
        ];
        for (text, (major, minor, patch)) in cases {
            assert_eq!(
                Version::find(text),
                Some(Version::new(major, minor, patch)),
                "{text}"
            );
        }
        assert_eq!(Version::find("unknown flag: --version"), None);
    }
}
