//! A commit and the people in it.
use jiff::Timestamp;

use crate::id::{Oid, UserId};

/// A name in a commit. Only the account is proof of a person; name and e-mail are free text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name as git has it.
    pub name: String,
    /// E-mail as git has it.
    pub email: String,
    /// The account that GitHub links by the e-mail, if any.
    pub user: Option<UserId>,
}

/// A commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its name.
    pub oid: Oid,
    /// Order of creation, to break ties of the date.
    pub serial: u64,
    /// First the author, then co-authors from `Co-authored-by:` trailers. Never empty.
    pub authors: Vec<Person>,
    /// Who made the object; GitHub itself for what its web interface made.
    pub committer: Person,
    /// Author date.
    pub authored_at: Timestamp,
    /// Committer date.
    pub committed_at: Timestamp,
    /// Parents; two for a merge.
    pub parents: Vec<Oid>,
    /// Whole message.
    pub message: String,
    /// Signed by GitHub's own key and valid.
    pub signed_by_github: bool,
    /// Made in the web interface.
    pub via_web: bool,
}

impl Person {
    /// GitHub itself, as committer of what its web interface makes. No account is linked.
    pub fn github() -> Self {
        Self {
            name: "GitHub".to_owned(),
            email: "noreply@github.com".to_owned(),
            user: None,
        }
    }

    /// Somebody whose e-mail address is linked to no account.
    pub fn unlinked(name: &str) -> Self {
        let local = name.to_lowercase().replace(' ', ".");
        Self {
            name: name.to_owned(),
            email: format!("{local}@laptop.local"),
            user: None,
        }
    }
}
