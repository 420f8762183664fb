//! A finding of the core as the facts of an `AuditFinding`. Texts are shortened to their bounds, so that no change gets past the
//! API server by its long title; the archive has them whole.

use std::collections::BTreeMap;

use kube::core::ObjectMeta;

use crate::api::condition::whole_seconds;
use crate::api::finding::{
    Account, AuditFinding, AuditFindingSpec, AuditedChange, DeclaredEmergency, EvidencePointer,
    FindingReason, MissingEvidence,
};
use crate::api::{LABEL_ORGANIZATION, LABEL_OWNER, LABEL_POLICY, LABEL_REPOSITORY, label_value};
use crate::audit::facts::Actor;
use crate::audit::finding::{EvidenceReference, Finding};
use crate::audit::record::ChangeKey;
use crate::audit::verdict::Emergency;

/// The most characters of a message, and of all messages of a finding and its justification together: a finding stays below
/// 4 KiB.
const MESSAGE_LENGTH: usize = 512;
const MESSAGES_LENGTH: usize = 1536;

/// The facts of the finding as a resource, for server-side apply by the manager of facts: without status and without
/// acknowledgement, which belong to others.
pub fn finding_resource(
    finding: &Finding,
    name: &str,
    namespace: &str,
    policy: &str,
) -> AuditFinding {
    let metadata = ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.to_owned()),
        labels: Some(labels(finding, policy)),
        ..ObjectMeta::default()
    };
    AuditFinding {
        metadata,
        spec: spec(finding, policy),
        status: None,
    }
}

fn labels(finding: &Finding, policy: &str) -> BTreeMap<String, String> {
    let mut labels = vec![
        (LABEL_POLICY, label_value(policy)),
        (LABEL_ORGANIZATION, label_value(&finding.organization.login)),
        (LABEL_REPOSITORY, label_value(&finding.repository.name)),
    ];
    labels.extend(
        finding
            .owner
            .as_deref()
            .map(|owner| (LABEL_OWNER, label_value(owner))),
    );
    let label = |(key, value): (&str, String)| (key.to_owned(), value);
    labels.into_iter().map(label).collect()
}

fn spec(finding: &Finding, policy: &str) -> AuditFindingSpec {
    let emergency = finding.emergency.as_ref();
    let justified = emergency.is_some_and(|it| it.justification.is_some());
    let count = finding.reasons.len() + finding.missing.len() + usize::from(justified);
    let length = (MESSAGES_LENGTH / count.max(1)).min(MESSAGE_LENGTH);
    let reasons = finding.reasons.iter().map(|reason| FindingReason {
        kind: reason.kind.to_string(),
        message: shorten(&reason.message, length),
    });
    let missing = finding.missing.iter().map(|missing| MissingEvidence {
        kind: missing.kind.as_str().to_owned(),
        message: shorten(&missing.message, length),
    });
    AuditFindingSpec {
        policy_name: policy.to_owned(),
        change: change(finding),
        reasons: reasons.collect(),
        missing: missing.collect(),
        severity: finding.severity,
        owner: finding.owner.as_deref().map(|owner| shorten(owner, 63)),
        emergency: emergency.map(|it| declared(it, length)),
        evidence: evidence(&finding.evidence),
        acknowledgement: None,
    }
}

fn change(finding: &Finding) -> AuditedChange {
    let common = AuditedChange {
        kind: finding.kind,
        host: finding.identity.host.clone(),
        organization: finding.organization.login.clone(),
        organization_id: finding.identity.organization_id,
        repository: finding.repository.name.clone(),
        repository_id: finding.identity.repository_id,
        number: None,
        url: Some(shorten(&finding.url, 512)).filter(|url| !url.is_empty()),
        title: None,
        author: None,
        merged_by: None,
        merged_time: whole_seconds(finding.merged_at),
        branch: finding.branch.clone(),
        head_commit: None,
        merge_commit: None,
        before: None,
        after: None,
        commits: Vec::new(),
        pusher: None,
    };
    match &finding.identity.change {
        ChangeKey::PullRequest { number } => AuditedChange {
            number: Some(*number),
            title: Some(shorten(&finding.title, 256)),
            author: finding.author.as_ref().map(account),
            merged_by: finding.merged_by.as_ref().map(account),
            head_commit: Some(finding.head_commit.clone()),
            merge_commit: finding.merge_commit.clone(),
            ..common
        },
        ChangeKey::Push {
            branch,
            before,
            after,
        } => AuditedChange {
            branch: branch.clone(),
            before: Some(before.clone()),
            after: Some(after.clone()),
            pusher: finding.author.as_ref().map(account),
            ..common
        },
    }
}

fn declared(emergency: &Emergency, length: usize) -> DeclaredEmergency {
    let Emergency {
        label,
        labeled_by,
        justification,
        review_due_time,
    } = emergency;
    let justification = justification.as_deref();
    DeclaredEmergency {
        label: shorten(label, 50),
        labeled_by: labeled_by.as_ref().map(|by| shorten(&by.login, 100)),
        justification: justification.map(|text| shorten(text, length)),
        review_due_time: Some(whole_seconds(*review_due_time)),
    }
}

fn account(actor: &Actor) -> Account {
    Account {
        id: actor.id,
        login: shorten(&actor.login, 100),
        kind: actor.kind,
    }
}

fn evidence(reference: &EvidenceReference) -> EvidencePointer {
    EvidencePointer {
        // A chain would need 292 years of a billion entries a second to get past this.
        sequence: i64::try_from(reference.sequence).unwrap_or(i64::MAX),
        digest: reference.digest,
        location: reference.location.clone(),
    }
}

/// At most this many characters, the last one telling that there are more.
fn shorten(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(length.saturating_sub(1)).collect();
    short.push('…');
    short
}
