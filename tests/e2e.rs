//! The operator as a process, from `kubectl apply` to the page, on a real API server, a GitHub on the wire, a real Prometheus
//! and a real Alertmanager. The tests share one control plane; each has a namespace, a GitHub and an operator of its own.

#[path = "e2e/archive.rs"]
mod archive;
#[path = "e2e/baseline.rs"]
mod baseline;
#[path = "e2e/examples.rs"]
mod examples;
#[path = "e2e/page.rs"]
mod page;
#[path = "e2e/projections.rs"]
mod projections;
#[path = "e2e/replicas.rs"]
mod replicas;
#[path = "e2e/running.rs"]
mod running;
#[path = "e2e/thread.rs"]
mod thread;

/// The operator.
const PROGRAM: &str = env!("CARGO_BIN_EXE_mergeaudit");

/// The name of the policies in these tests.
const POLICY: &str = "soc2";
