//! What on-call gets: one notification of Alertmanager.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// One webhook notification: the alerts of a group at that moment.
/// Source: <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// `firing` while one alert of the group fires, else `resolved`.
    pub status: String,
    /// The receiver's name in Alertmanager's configuration.
    pub receiver: String,
    /// The labels that make the group.
    pub group_labels: BTreeMap<String, String>,
    /// The group's alerts.
    pub alerts: Vec<Alert>,
}

/// One alert of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// `firing` or `resolved`.
    pub status: String,
    /// `alertname` and the rest.
    pub labels: BTreeMap<String, String>,
    /// What the rule says about it, templates filled in.
    pub annotations: BTreeMap<String, String>,
    /// When it began to fire, RFC 3339.
    pub starts_at: String,
    /// The same for the same labels, always.
    pub fingerprint: String,
}

// === impl Page ===

impl Page {
    /// The alerts of that name that fire.
    pub fn firing<'a>(&'a self, alertname: &'a str) -> impl Iterator<Item = &'a Alert> {
        self.alerts
            .iter()
            .filter(move |alert| alert.status == "firing" && alert.name() == alertname)
    }
}

impl fmt::Display for Page {
    /// One line: `firing → on-call: Name [severity] summary; …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}: ", self.status, self.receiver)?;
        for (index, alert) in self.alerts.iter().enumerate() {
            write!(f, "{}{alert}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

// === impl Alert ===

impl Alert {
    /// The `alertname` label.
    pub fn name(&self) -> &str {
        self.labels.get("alertname").map_or("", String::as_str)
    }
}

impl fmt::Display for Alert {
    /// The name, the severity and the summary, or the description's first line where there is no summary.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Some(severity) = self.labels.get("severity") {
            write!(f, " [{severity}]")?;
        }
        let text = self
            .annotations
            .get("summary")
            .or_else(|| self.annotations.get("description"));
        text.and_then(|text| text.lines().next())
            .map_or(Ok(()), |line| write!(f, " {line}"))
    }
}
