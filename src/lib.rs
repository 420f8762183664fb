//! mergeaudit audits every change that lands in a company's GitHub organizations and tells on-call about each one that
//! skipped review.
//!
//! # Layers
//!
//! Dependencies run one way, from the bottom of this list to its top; `tests/architecture.rs` holds them.
//!
//! | level | modules | may use |
//! |---|---|---|
//! | 0, core | [`audit`], [`schedule`], [`digest`], [`clock`] | no Kubernetes, no network, no file, no clock but the one it is handed |
//! | 1, edges | [`api`], [`github`], [`evidence`], [`metrics`], [`telemetry`] | the core; never each other |
//! | 2, use case | [`scan`] | the core, `github`, `evidence` |
//! | 3, shell | [`controller`], [`server`] | everything above |
//! | 4, command line | [`cli`] and the binary | everything |
//!
//! # One scan
//!
//! `resolve (I/O) → validate → gather (I/O) → evaluate → commit (I/O) → publish (I/O) → update status`: the controller finds
//! a slot due, reads the policy's Secret, [`scan`] gathers what merged in the window, [`audit::evaluate`] judges each change,
//! [`evidence`] commits records and a run entry to the chain, and only then do findings, status and metrics, which are
//! projections of the chain, claim anything.
//!
//! # Words
//!
//! *Change*: a pull request or a push that landed on an audited branch. *Record*: one judged change in the archive. *Run*: one
//! scan of one organization over one window. *Entry*: one link of an organization's chain. *Finding*: a non-compliant or
//! undetermined change that a person must look at. *Baseline*: a non-compliant change from before the chain's genesis.

pub mod api;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod controller;
pub mod digest;
pub mod evidence;
pub mod github;
pub mod metrics;
pub mod scan;
pub mod schedule;
pub mod server;
pub mod telemetry;
