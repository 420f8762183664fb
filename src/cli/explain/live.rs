//! The change as GitHub shows it now, judged by the policy of a file.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};

use super::explained::{Explained, PolicyName};
use super::reference::Reference;
use crate::audit::facts::PullRequest;
use crate::audit::scope::{RepositoryScope, Scope, SkipReason};
use crate::cli::progress::Progress;
use crate::cli::source::Source;
use crate::controller::Plan;
use crate::github::{Client, Endpoint, NumberedPullRequest};
use crate::scan::Assignment;

/// Why the policy of the file says what it says of the change.
pub(super) async fn explain(
    reference: &Reference,
    file: &Path,
    source: &Source,
) -> anyhow::Result<Explained> {
    let plan = source.plan(file)?;
    check_host(reference, &plan.endpoint)?;
    let assignment = assignment(reference, &plan).with_context(|| {
        let (organization, file) = (&reference.organization, file.display());
        format!("organization {organization} is not in the policy of {file}")
    })?;
    let progress = Arc::new(Progress::start());
    let client = source.client(&plan, None, &progress)?;
    let found = find(reference, &client).await;
    progress.end();
    Ok(judged(assignment, plan.endpoint.host(), found?))
}

/// An address of another GitHub means another change. A GitHub on this very machine is a simulator, whatever its pages' addresses.
fn check_host(reference: &Reference, endpoint: &Endpoint) -> anyhow::Result<()> {
    let (Some(host), false) = (&reference.host, endpoint.is_loopback()) else {
        return Ok(());
    };
    let ours = endpoint.host();
    ensure!(
        host.eq_ignore_ascii_case(ours),
        "{reference} is on {host}, and the policy's GitHub (spec.github.apiUrl) is {ours}"
    );
    Ok(())
}

fn assignment<'p>(reference: &Reference, plan: &'p Plan) -> Option<&'p Assignment> {
    let name = &reference.organization;
    let mut assignments = plan.assignments.iter();
    assignments.find(|it| it.organization.eq_ignore_ascii_case(name))
}

async fn find(reference: &Reference, client: &Client) -> anyhow::Result<PullRequest> {
    let Reference {
        host: _,
        organization,
        repository,
        number,
    } = reference;
    let found = client.pull_request(organization, repository, *number).await;
    let found = found.with_context(|| format!("{reference} could not be read"))?;
    match found {
        Some(NumberedPullRequest::Merged(pull)) => Ok(*pull),
        Some(NumberedPullRequest::NotMerged { url }) => {
            bail!("{reference} is not merged ({url}): only what landed is judged")
        }
        None => bail!(
            "GitHub shows no pull request {reference}: it is absent or not visible to these credentials; check the name, and \
             that the token was granted access to it"
        ),
    }
}

fn judged(assignment: &Assignment, host: &str, pull: PullRequest) -> Explained {
    let explanation = assignment.judge.explain(&pull);
    let not_audited = not_audited(&assignment.scope, &pull);
    let policy = PolicyName {
        namespace: assignment.namespace.clone(),
        name: assignment.policy.clone(),
        digest: assignment.version.digest,
    };
    let since = pull.merged_at;
    let record = assignment.record_alone(host, since, pull);
    Explained {
        not_audited,
        ..Explained::new(record, policy, Some(explanation))
    }
}

/// Why a scan by this policy would pass the change over.
fn not_audited(scope: &Scope, pull: &PullRequest) -> Option<String> {
    let (repository, branch) = (&pull.repository, &pull.base_branch);
    let name = &repository.name;
    match scope.repository(repository) {
        RepositoryScope::Skipped(SkipReason::Archived) => {
            return Some(format!("the repository {name} is archived"));
        }
        RepositoryScope::Skipped(SkipReason::Excluded) => {
            return Some(format!("the repository {name} is excluded"));
        }
        RepositoryScope::Skipped(SkipReason::NotIncluded) => {
            return Some(format!("the repository {name} is not included"));
        }
        RepositoryScope::InScope => {}
    }
    let is_audited = scope.branch(branch, repository.default_branch.as_deref());
    (!is_audited).then(|| format!("the branch {branch} is not among spec.branches"))
}
