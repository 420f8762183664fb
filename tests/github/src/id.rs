//! Identities as GitHub spells them: object ids, node ids and cursors.
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The name of a git object: 40 hexadecimal digits.
pub type Oid = String;

/// Identity of a user; stays when the login changes.
pub type UserId = u64;

/// What a global node id points at. GitHub's are opaque: clients may only hand them back
/// (<https://docs.github.com/graphql/guides/using-global-node-ids>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeId {
    /// An organization, by database id.
    Organization(u64),
    /// A user, by database id.
    User(UserId),
    /// A GitHub App's bot user, by database id.
    Bot(UserId),
    /// A placeholder of an import, by database id.
    Mannequin(UserId),
    /// A repository, by database id.
    Repository(u64),
    /// A pull request, by database id.
    PullRequest(u64),
    /// A review, by database id.
    Review(u64),
    /// A commit, by repository and object id.
    Commit(u64, Oid),
    /// A branch, by repository and name.
    Ref(u64, String),
    /// Anything that nothing looks up, by a prefix and a text.
    Other(&'static str, String),
}

impl NodeId {
    /// The node id as it goes over the wire, such as `PR_kwMTIz`.
    pub fn encode(&self) -> String {
        let (prefix, text) = match self {
            Self::Organization(id) => ("O", id.to_string()),
            Self::User(id) => ("U", id.to_string()),
            Self::Bot(id) => ("BOT", id.to_string()),
            Self::Mannequin(id) => ("M", id.to_string()),
            Self::Repository(id) => ("R", id.to_string()),
            Self::PullRequest(id) => ("PR", id.to_string()),
            Self::Review(id) => ("PRR", id.to_string()),
            Self::Commit(repository, oid) => ("C", format!("{repository}:{oid}")),
            Self::Ref(repository, name) => ("REF", format!("{repository}:{name}")),
            Self::Other(prefix, text) => (*prefix, text.clone()),
        };
        format!("{prefix}_kw{}", URL_SAFE_NO_PAD.encode(text))
    }

    /// Reads a node id back; none when it points at nothing that can be looked up.
    pub fn decode(text: &str) -> Option<Self> {
        let (prefix, rest) = text.split_once("_kw")?;
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(rest).ok()?).ok()?;
        let number = || decoded.parse().ok();
        let pair = || {
            decoded
                .split_once(':')
                .and_then(|(id, name)| Some((id.parse().ok()?, name.to_owned())))
        };
        Some(match prefix {
            "O" => Self::Organization(number()?),
            "U" => Self::User(number()?),
            "BOT" => Self::Bot(number()?),
            "M" => Self::Mannequin(number()?),
            "R" => Self::Repository(number()?),
            "PR" => Self::PullRequest(number()?),
            "PRR" => Self::Review(number()?),
            "C" => pair().map(|(id, oid)| Self::Commit(id, oid))?,
            "REF" => pair().map(|(id, name)| Self::Ref(id, name))?,
            _ => return None,
        })
    }
}

/// An object id that depends on nothing but its parts, so that a seed always gives the same world.
pub fn oid(parts: &[&str]) -> Oid {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    hex(context.finish().as_ref())
}

/// Lower-case hexadecimal digits of some bytes.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The opaque cursor of the item at a position, counted from 1.
pub fn cursor(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("cursor:v2:{position}"))
}

/// The position of a cursor that [`cursor`] made.
pub fn position(cursor: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix("cursor:v2:")?.parse().ok()
}
