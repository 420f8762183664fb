//! A Kubernetes, a Prometheus and an Alertmanager of real parts on loopback, for tests and the demo.
//!
//! - [`ControlPlane`]: etcd, kube-apiserver and kube-controller-manager, ready in about four seconds, without root or containers.
//! - [`monitoring`]: Prometheus, Alertmanager and an on-call webhook; promtool's and amtool's checks.
//! - [`process`]: programs that never outlive the test.
//! - [`ControlPlaneTools`], [`MonitoringTools`]: the programs behind them, found, built or unpacked once.
//!
//! Nothing started here outlives the process that started it, however that ends: see [`ControlPlane`].
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use mergeaudit_test_cluster::ControlPlane;
//!
//! let cluster = ControlPlane::shared().await?;
//! let namespace = cluster.namespace("audit").await?;
//! let client = cluster.client().await?;
//! # Ok(()) }
//! ```

mod certificates;
mod control_plane;
mod environment;
pub mod monitoring;
mod poll;
mod ports;
pub mod process;
mod progress;
mod tools;

pub use control_plane::ControlPlane;
pub use tools::{ControlPlaneTools, MonitoringTools, find_or_build_helm};
