//! What the operating system's errors mean for an archive, and what to do about each.

use std::fmt;
use std::io::ErrorKind;

/// What a failure of the storage means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// No space is left.
    Full,
    /// A quota is used up.
    Quota,
    /// The file system is mounted read-only.
    ReadOnly,
    /// The process may not.
    Denied,
    /// The archive's directory is gone, so its volume probably is.
    Vanished,
    /// The device or the connection to it fails.
    Device,
    /// The file system does not do what an archive needs.
    Unsupported,
    /// A file stands where a directory should, or the other way round.
    NotADirectory,
    /// Something else: the source says what.
    Other,
}

// === impl Hint ===

impl Hint {
    /// What the first error of the operating system behind this one means.
    pub(in crate::evidence) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(io) = error.downcast_ref::<std::io::Error>() {
                return Self::of_kind(io);
            }
            next = error.source();
        }
        Self::Other
    }

    fn of_kind(error: &std::io::Error) -> Self {
        match (error.raw_os_error(), error.kind()) {
            // errno(3): EIO, ENXIO and ENODEV have no kind of their own, and EPERM shares one with EACCES; link(2) says EPERM
            // where the file system has no hard links.
            (Some(5 | 6 | 19), _) => Self::Device,
            (Some(1), _) | (_, ErrorKind::Unsupported) => Self::Unsupported,
            (_, ErrorKind::StorageFull) => Self::Full,
            (_, ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) => Self::Quota,
            (_, ErrorKind::ReadOnlyFilesystem) => Self::ReadOnly,
            (_, ErrorKind::PermissionDenied) => Self::Denied,
            (_, ErrorKind::NotADirectory | ErrorKind::IsADirectory) => Self::NotADirectory,
            (_, ErrorKind::StaleNetworkFileHandle | ErrorKind::TimedOut) => Self::Device,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "no space is left; enlarge the volume or free space on it",
            Self::Quota => "a quota or limit on size is reached; raise it",
            Self::ReadOnly => {
                "the file system is read-only; mount it writable (a kernel remounts one read-only after errors)"
            }
            Self::Denied => "permission is denied; give the process's user read and write access to it",
            Self::Vanished => {
                "the archive's directory no longer exists; mount its volume again (nothing was created in its place)"
            }
            Self::Device => "the device or the network mount does not answer; check the volume",
            Self::Unsupported => {
                "the file system does not permit it; use one with hard links and sync, and see that the directory is not immutable"
            }
            Self::NotADirectory => {
                "a file stands where a directory should be, or the other way round; move it away"
            }
            Self::Other => "the storage refused; see the cause",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Error, Operation};
    use super::*;

    fn behind_the_store(code: i32) -> object_store::Error {
        object_store::Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(std::io::Error::from_raw_os_error(code)),
        }
    }

    #[test]
    fn failures_of_the_system_are_told_apart() {
        // errno values of Linux: ENOSPC, EDQUOT, EROFS, EACCES, EIO, ESTALE, EPERM, EOPNOTSUPP, ENOTDIR, EINTR.
        for (code, expected) in [
            (28, Hint::Full),
            (122, Hint::Quota),
            (30, Hint::ReadOnly),
            (13, Hint::Denied),
            (5, Hint::Device),
            (116, Hint::Device),
            (1, Hint::Unsupported),
            (95, Hint::Unsupported),
            (20, Hint::NotADirectory),
            (4, Hint::Other),
        ] {
            assert_eq!(Hint::of(&behind_the_store(code)), expected, "errno {code}");
        }
    }

    #[test]
    fn a_full_disk_is_named_with_object_and_remedy() {
        let error = Error::Storage {
            operation: Operation::Write,
            path: "ns/p/1/entries/00000000000000000001.json".into(),
            archive: "file:///var/lib/mergeaudit".into(),
            hint: Hint::of(&behind_the_store(28)),
            source: Some(behind_the_store(28)),
        };
        assert_eq!(
            error.to_string(),
            "cannot write ns/p/1/entries/00000000000000000001.json in the archive at file:///var/lib/mergeaudit: \
             no space is left; enlarge the volume or free space on it"
        );
    }
}
