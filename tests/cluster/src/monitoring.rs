//! Prometheus, Alertmanager and the on-call webhook behind them, each a real server on loopback.

mod alertmanager;
mod check;
mod page;
mod prometheus;
mod receiver;
mod server;

pub use alertmanager::{Alertmanager, Routes};
pub use check::{check_alertmanager_config, check_rules, receiver_of, test_rules};
pub use page::{Alert, Page};
pub use prometheus::{ActiveAlert, Prometheus, PrometheusSetup, Sample};
pub use receiver::WebhookReceiver;
