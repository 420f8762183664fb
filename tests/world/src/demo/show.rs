//! What the demo prints on standard output: each thing with the command that shows it.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use mergeaudit_test_cluster::monitoring::Sample;

use super::{Demo, Outcome, POLICY, alert_names, archive, monitoring::Monitoring};

// === impl Demo ===

impl Demo {
    /// Shows what came of the merge.
    pub(super) async fn show(&self, outcome: &Outcome) -> Result<()> {
        self.show_finding(outcome).await?;
        self.show_policy().await?;
        self.show_counter().await?;
        show_page(outcome)?;
        self.show_log()?;
        self.show_archive()
    }

    async fn show_finding(&self, outcome: &Outcome) -> Result<()> {
        heading(&format!("The finding: acme/payments#{}", outcome.number))?;
        self.show_kubectl(&["get", "auditfindings"]).await
    }

    async fn show_policy(&self) -> Result<()> {
        heading("The policy, and up to when everything is audited")?;
        self.show_kubectl(&["get", "auditpolicies"]).await?;
        let path = "--output=jsonpath={.status.lastCheckedTime}";
        self.show_kubectl(&["get", "auditpolicy", POLICY, path])
            .await
    }

    async fn show_counter(&self) -> Result<()> {
        heading("The counter, from Prometheus")?;
        let expression = format!("{} > 0", Monitoring::expression());
        command(&format!(
            "curl --get http://{}/api/v1/query --data-urlencode 'query={expression}'",
            self.monitoring.prometheus.address()
        ))?;
        for sample in self.monitoring.prometheus.query(&expression).await? {
            print(&describe(&sample))?;
        }
        Ok(())
    }

    fn show_log(&self) -> Result<()> {
        heading("The log line that old alarms match")?;
        command("grep 'is non-compliant!' operator-1.log")?;
        let log = self.operator.log();
        let lines = log
            .lines()
            .filter(|line| line.contains("is non-compliant!"));
        lines.into_iter().try_for_each(print)
    }

    fn show_archive(&self) -> Result<()> {
        heading("The archive: what everything above is a projection of")?;
        command(&format!("cd {}; find -type f", self.evidence.display()))?;
        for (size, path) in archive::files(&self.evidence)? {
            print(&format!("{size:>7} {path}"))?;
        }
        Ok(())
    }

    async fn show_kubectl(&self, arguments: &[&str]) -> Result<()> {
        let namespace = self.cluster.namespace();
        let said = arguments.iter().map(|argument| match argument {
            plain if plain.contains('{') => format!("'{plain}'"),
            plain => (*plain).to_owned(),
        });
        let said: Vec<String> = said.collect();
        command(&format!("kubectl -n {namespace} {}", said.join(" ")))?;
        print(self.cluster.kubectl(arguments).await?.trim_end())
    }

    /// Prints where everything is and what to try.
    ///
    /// # Errors
    /// When standard output is closed.
    pub(crate) fn say_how_to_look_around(&self) -> Result<()> {
        heading("Look around (Ctrl-C ends everything)")?;
        let namespace = self.cluster.namespace();
        let text = format!(
            "\
export KUBECONFIG={kubeconfig}
kubectl:       {kubectl}
Prometheus:    http://{prometheus}/alerts
Alertmanager:  http://{alertmanager}
metrics:       http://{operator}/metrics
GitHub:        {github}   (what each change really is: {github}/_sim/truth)

kubectl explain auditpolicy.spec.requirements
kubectl -n {namespace} describe auditpolicy {POLICY}
kubectl -n {namespace} get auditfindings -o yaml
kubectl -n {namespace} get events
# merge another one; the policy is due every minute
curl {github}/_sim/merge -d '{{\"organization\": \"acme\", \"repository\": \"ledger\", \"title\": \"Hurry\", \"author\": \"bob\"}}'
# and one that carol approved
curl {github}/_sim/merge -d '{{\"organization\": \"acme\", \"repository\": \"ledger\", \"title\": \"Slow\", \"author\": \"bob\", \"approvedBy\": [\"carol\"]}}'
kubectl -n {namespace} get auditfindings --watch",
            kubeconfig = self.cluster.kubeconfig().display(),
            kubectl = self.cluster.kubectl_path().display(),
            prometheus = self.monitoring.prometheus.address(),
            alertmanager = self.monitoring.alertmanager.address(),
            operator = self.operator.address(),
            github = self.github.url(),
        );
        print(&text)
    }
}

fn show_page(outcome: &Outcome) -> Result<()> {
    heading("The page, as the on-call webhook received it")?;
    let page = &outcome.page;
    print(&format!("{page}"))?;
    print(&format!("alerts: {}", alert_names(page).join(", ")))?;
    for alert in &page.alerts {
        for (label, value) in &alert.labels {
            print(&format!("  {label}: {value}"))?;
        }
        if let Some(text) = alert.annotations.get("description") {
            print(&format!("  {text}"))?;
        }
    }
    Ok(())
}

fn describe(sample: &Sample) -> String {
    let labels = sample.labels.iter().filter(|(name, _)| *name != "__name__");
    let labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!("{{{}}} {}", labels.join(","), sample.value)
}

fn heading(text: &str) -> Result<()> {
    print(&format!("\n== {text}"))
}

fn command(text: &str) -> Result<()> {
    print(&format!("$ {text}"))
}

fn print(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("writing to standard output")
}
