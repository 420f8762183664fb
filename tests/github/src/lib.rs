//! A GitHub on the wire, for tests and the demo: strict where GitHub is strict, and as unreliable as GitHub on demand.
//!
//! A [`World`] is plain data. A [`Simulator`] serves it over HTTP on loopback while tests change it through [`Handle`]:
//! GraphQL, executed against a committed subset of GitHub's published schema, the REST calls that an auditor needs, tokens,
//! Apps, costs, limits and faults. What the author of a world declares about each change is served at `/_sim/truth`.
//! Under `/_sim/`, by hand, without a token:
//!
//! | Call | Body or answer |
//! |---|---|
//! | `GET /_sim/truth` | list of [`Truth`] |
//! | `GET /_sim/requests` | list of [`RequestRecord`] |
//! | `POST /_sim/merge` | [`MergeNow`]: `{"organization": "acme", "repository": "payments", "title": "Fix", "author": "alice"}` |
//! | `POST /_sim/revoke` | `{"token": "ghp_demo"}` |
//! | `POST /_sim/faults` | [`Fault`]: `{"kind": "status", "status": 502, "count": 3, "matching": "/graphql"}` |
//! | `POST /_sim/faults/plan` | [`FaultPlan`]: `{"seed": 7, "percent": 5}`, or `null` to end it |
//! | `GET /_sim/usage` | [`Usage`] |
//! | `GET /_sim/settings` | [`Settings`] |
//! | `POST /_sim/settings` | what is to change of them: `{"latencyMilliseconds": 50, "limits": {"searches": 5}}` |
//! | `POST /_sim/suspend` | `{"installation": 1234, "suspended": true}` |
//! | `POST /_sim/clock` | `{"offsetSeconds": -3600}` |
//!
//! ```no_run
//! use mergeaudit_test_github::{Simulator, World, time};
//!
//! let mut world = World::new(7);
//! let mut acme = world.organization("acme");
//! let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
//! let reviewed = payments
//!     .merged_pull_request("Round to even")
//!     .author("alice")
//!     .approved_by("bob").at(time("2026-11-20T10:00:00Z"))
//!     .merged_at(time("2026-11-20T11:00:00Z"))
//!     .compliant();
//! let unreviewed = payments.merged_pull_request("Hurry").author("alice").non_compliant(&["ApprovalMissing"]);
//! world.token("ghp_demo").organization("acme");
//! let github = Simulator::start(world)?;
//! println!("{} {reviewed} {unreviewed}", github.url());
//! # anyhow::Ok(())
//! ```
mod body;
mod budget;
mod clock;
mod control;
mod exchange;
mod fault;
mod graphql;
mod handle;
pub mod id;
mod log;
mod operation;
mod random;
mod refuse;
mod respond;
mod rest;
mod search;
mod server;
mod settings;
mod throttle;
mod tls;
pub mod tokens;
pub mod world;

pub use self::{
    clock::{now, time},
    control::MergeNow,
    fault::{Fault, FaultKind, FaultPlan},
    graphql::{SDL, nullable_paths},
    handle::Handle,
    log::{RequestRecord, Usage},
    server::Simulator,
    settings::{
        Backend, Edition, Limits, Lockout, PointsShape, RetryAfter, SearchSettings, Settings,
        UnknownQualifiers,
    },
    tokens::{Barrier, Grant, jwt::generate_key},
    world::{
        MergeMethod, Permission, Truth, Verdict, Visibility, World,
        seeded::{self, SeedOptions},
    },
};
