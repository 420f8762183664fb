//! `mergeaudit acknowledge`: what on-call types at night to take a finding on.

mod request;

use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::PostParams;
use kube::{Api, Client, Config};

use super::{Exit, archive};
use crate::api::AuditFinding;
use crate::clock::Clock;
use request::{Request, Word};

/// How long the operator may take to archive what was written.
const PATIENCE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(200);

const AFTER_HELP: &str = "\
An acknowledgement stops the page and changes no count. It takes effect when the operator has archived it, which this command \
waits for. Without --for it holds for good; when its term ends, the finding opens and pages again. It can be extended, by \
anybody who may acknowledge, and never be removed.

As a kubectl plugin: put a link to this program named kubectl-mergeaudit on the PATH, then
  kubectl mergeaudit acknowledge …

Exit codes:
  0  every finding is acknowledged
  3  one is not, or it is not known yet

Examples:
  mergeaudit acknowledge soc2-payments-1234-3f9c2a7b5d10e8aa --disposition Emergency --reason \"outage, fix is reviewed tomorrow\" --for 24h
  mergeaudit acknowledge -n compliance NAME --disposition FalsePositive --reason \"paired with carol\" --ticket SEC-42";

/// Arguments of `mergeaudit acknowledge`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "a terminal shows these comments")]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The findings, by name: kubectl get auditfindings
    #[arg(required = true, value_name = "FINDING")]
    findings: Vec<String>,

    /// What kind of decision it is
    #[arg(long, value_name = "DISPOSITION", ignore_case = true)]
    disposition: Word,

    /// Why, for the auditor
    #[arg(long, value_name = "TEXT", value_parser = not_blank)]
    reason: String,

    /// The ticket that follows it up; a FalsePositive needs one
    #[arg(long, value_name = "TICKET", value_parser = not_blank, required_if_eq_any = [("disposition", "FalsePositive"), ("disposition", "falsepositive")])]
    ticket: Option<String>,

    /// For how long, such as 24h or 7d; for good without it
    #[arg(long = "for", value_name = "DURATION", value_parser = term)]
    term: Option<SignedDuration>,

    /// The namespace; that of the kubeconfig's context without it
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Sign with this name instead of the user that the API server knows you by; the chart's admission policy refuses any other
    #[arg(long, value_name = "NAME", value_parser = not_blank)]
    as_name: Option<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Exit> {
    let config = Config::infer()
        .await
        .context("no kubeconfig was found: set KUBECONFIG")?;
    let namespace = args
        .namespace
        .clone()
        .unwrap_or_else(|| config.default_namespace.clone());
    let client = Client::try_from(config)?;
    let by = match &args.as_name {
        Some(name) => name.clone(),
        None => user(&client).await?,
    };
    let request = Request {
        disposition: args.disposition.into(),
        reason: args.reason.clone(),
        ticket: args.ticket.clone(),
        acknowledged_by: by,
        expiration_time: end(args.term, Clock::System.now())?,
    };
    let findings: Api<AuditFinding> = Api::namespaced(client, &namespace);
    let mut failed = 0;
    for name in &args.findings {
        // One that is refused hides none of the others.
        match acknowledge(&findings, name, &request).await {
            Ok(text) => archive::print(&format!("{name}: {text}\n"))?,
            Err(error) => {
                failed += 1;
                archive::print(&format!("{name}: not acknowledged: {error:#}\n"))?;
            }
        }
    }
    if failed > 0 {
        let all = args.findings.len();
        bail!("{failed} of {all} findings are not acknowledged, in namespace {namespace}");
    }
    Ok(Exit::Clean)
}

/// Who the API server says we are: what the admission policy compares with.
async fn user(client: &Client) -> anyhow::Result<String> {
    let reviews: Api<SelfSubjectReview> = Api::all(client.clone());
    let review = reviews
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await
        .context("the API server does not tell which user you are; name yourself by --as-name")?;
    let user = review.status.and_then(|status| status.user_info);
    user.and_then(|user| user.username)
        .context("the API server knows no user of yours; name yourself by --as-name")
}

async fn acknowledge(
    findings: &Api<AuditFinding>,
    name: &str,
    request: &Request,
) -> anyhow::Result<String> {
    let Some(finding) = findings.get_opt(name).await? else {
        bail!("there is no such finding; list them by kubectl get auditfindings");
    };
    request.write(findings, &finding).await?;
    let before = sequence(&finding);
    let by = &request.acknowledged_by;
    let until = match request.expiration_time {
        Some(end) => format!("until {end}"),
        None => "for good".to_owned(),
    };
    let archived = tokio::time::timeout(PATIENCE, archived(findings, name, before)).await;
    match archived {
        Ok(entry) => Ok(format!(
            "acknowledged by {by} {until}, entry {} of the archive",
            entry?
        )),
        Err(_) => bail!(
            "it is written, and the operator has not archived it within {} s: it takes effect when the operator does. kubectl describe auditfinding {name} says more",
            PATIENCE.as_secs()
        ),
    }
}

/// The entry of the acknowledgement, once there is one after that of before.
async fn archived(
    findings: &Api<AuditFinding>,
    name: &str,
    before: Option<i64>,
) -> kube::Result<i64> {
    loop {
        let entry = sequence(&findings.get(name).await?);
        match entry.filter(|_| entry > before) {
            Some(entry) => return Ok(entry),
            None => tokio::time::sleep(POLL).await,
        }
    }
}

fn sequence(finding: &AuditFinding) -> Option<i64> {
    let status = finding.status.as_ref()?;
    Some(status.acknowledgement.as_ref()?.sequence)
}

fn end(term: Option<SignedDuration>, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    let Some(term) = term else { return Ok(None) };
    let end = now.checked_add(term).context("--for is too long")?;
    // Kubernetes keeps whole seconds.
    Ok(Some(end.round(jiff::Unit::Second).unwrap_or(end)))
}

fn term(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("{text:?} is no duration; write such as 24h, 90m or 7d");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let days = SpanRelativeTo::days_are_24_hours();
    let term = span.to_duration(days).map_err(|_| wrong())?;
    if term < SignedDuration::from_mins(1) {
        return Err("an acknowledgement holds for a minute at least".to_owned());
    }
    Ok(term)
}

fn not_blank(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it says nothing".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_written_as_people_write_them() {
        assert_eq!(term("24h"), Ok(SignedDuration::from_hours(24)));
        assert_eq!(term("7d"), Ok(SignedDuration::from_hours(168)));
        assert_eq!(term("1h30m"), Ok(SignedDuration::from_mins(90)));
        for wrong in ["", "soon", "24", "-24h", "10s", "1 month"] {
            term(wrong).unwrap_err();
        }
    }
}
