//! What goes wrong around the operator: policies that cannot be obeyed, credentials, organizations, GitHub, the archive, the API
//! server. Each failure is named where people look, hides nothing else, claims nothing, and passes without a restart.

#[path = "failures/adoption.rs"]
mod adoption;
#[path = "failures/archive.rs"]
mod archive;
#[path = "failures/credentials.rs"]
mod credentials;
#[path = "failures/github.rs"]
mod github;
#[path = "failures/organizations.rs"]
mod organizations;
#[path = "failures/policies.rs"]
mod policies;
#[path = "failures/publishing.rs"]
mod publishing;
#[path = "failures/rotation.rs"]
mod rotation;
#[path = "failures/seen.rs"]
mod seen;
#[path = "failures/storage.rs"]
mod storage;
#[path = "failures/unreadable.rs"]
mod unreadable;

/// The operator's binary.
const PROGRAM: &str = env!("CARGO_BIN_EXE_mergeaudit");
