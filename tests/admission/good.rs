//! A good policy, a good finding and their statuses, which the cases change.

use serde_json::{Value, json};

pub(crate) const DIGEST: &str =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The smallest useful one.
pub(crate) fn policy() -> Value {
    json!({
        "apiVersion": "mergeaudit.io/v1alpha1",
        "kind": "AuditPolicy",
        "metadata": {"name": "soc2-cc8-1"},
        "spec": {
            "schedule": "*/15 * * * *",
            "github": {"credentialsRef": {"name": "github"}},
            "organizations": [{"name": "acme"}],
        },
    })
}

/// One that sets every field.
pub(crate) fn full_policy() -> Value {
    json!({
        "apiVersion": "mergeaudit.io/v1alpha1",
        "kind": "AuditPolicy",
        "metadata": {"name": "full"},
        "spec": {
            "schedule": "*/15 * * * *",
            "timeZone": "Etc/UTC",
            "suspend": false,
            "startingDeadlineSeconds": 3600,
            "execution": {"mode": "InProcess"},
            "github": {"apiUrl": "https://api.github.com", "credentialsRef": {"name": "github"}},
            "organizations": [{"name": "acme", "repositories": {"include": ["*"], "exclude": ["sandbox-*"]}}],
            "branches": ["@default", "release/*"],
            "requirements": {
                "approvals": 1,
                "approvedCommit": "Head",
                "approver": {"permission": "Write", "independentOf": "CommitAuthors", "bots": []},
                "directPushes": "Forbidden",
            },
            "rules": [{"name": "ticket", "expression": "change.title.matches('^[A-Z]+-[0-9]+')",
                "message": "the title names no ticket", "severity": "Warning"}],
            "searchQuery": "review:required",
            "exemptions": [{"name": "dependency-updates", "authors": ["app/dependabot"], "repositories": ["*"],
                "reason": "CI-gated updates", "approvedBy": "ciso@example.com", "expirationTime": "2027-03-01T00:00:00Z"}],
            "emergency": {"labels": ["emergency"], "justificationPattern": "(?im)^justification:\\s*(.+)$",
                "reviewWithinSeconds": 86400},
            "owners": [{"repositories": ["payments-*"], "owner": "payments"}, {"repositories": ["*"], "owner": "platform"}],
            "severities": [],
            "window": {"initialLookbackSeconds": 86400, "overlapSeconds": 3600},
            "findings": {"paging": "Enabled", "maxOpen": 500, "retentionDays": 400},
        },
    })
}

pub(crate) fn policy_status() -> Value {
    let time = "2026-11-22T12:00:00Z";
    let totals = json!({"changes": 3, "compliant": 1, "exempt": 0, "baseline": 1,
        "nonCompliant": [{"kind": "PullRequest", "severity": "Critical", "count": 1}]});
    json!({
        "observedGeneration": 1,
        "conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "",
            "observedGeneration": 1, "lastTransitionTime": time}],
        "lastCheckedTime": time,
        "lastScheduleTime": time,
        "nextScheduleTime": time,
        "lastSuccessfulTime": time,
        "lastMissedTime": time,
        "lastHandledRequest": "now",
        "organizations": [organization_status()],
        "credentialsExpirationTime": time,
        "totals": totals,
        "findings": {"open": 1, "undetermined": 0, "withheld": 0, "baseline": 1},
    })
}

pub(crate) fn organization_status() -> Value {
    let time = "2026-11-22T12:00:00Z";
    json!({
        "name": "acme",
        "id": 7,
        "lastCheckedTime": time,
        "lastSuccessfulTime": time,
        "entry": {"genesis": DIGEST, "sequence": 7, "digest": DIGEST},
        "archiveVerifiedTime": time,
        "debts": [{"repository": "payments", "since": time, "reason": "403"}],
        "debtCount": 1,
        "totals": {"changes": 3, "compliant": 2, "exempt": 0, "baseline": 0,
            "nonCompliant": [{"kind": "PullRequest", "severity": "Critical", "count": 1}]},
        "undetermined": 0,
        "repositories": {"audited": 3, "skipped": 1},
    })
}

pub(crate) fn finding() -> Value {
    json!({
        "apiVersion": "mergeaudit.io/v1alpha1",
        "kind": "AuditFinding",
        "metadata": {"name": "soc2-cc8-1-payments-1234-3f9c2a7b5d10e8aa"},
        "spec": {
            "policyName": "soc2-cc8-1",
            "change": {
                "kind": "PullRequest", "host": "github.com", "organization": "acme", "organizationId": 7,
                "repository": "payments", "repositoryId": 70, "number": 1234,
                "url": "https://github.com/acme/payments/pull/1234", "title": "Pay twice",
                "author": {"id": 1, "login": "mallory", "kind": "User"},
                "mergedBy": {"id": 1, "login": "mallory", "kind": "User"},
                "mergedTime": "2026-11-22T12:00:00Z", "branch": "main", "headCommit": COMMIT, "mergeCommit": COMMIT,
            },
            "reasons": [{"type": "ApprovalMissing", "message": "nobody approved"}],
            "severity": "Critical",
            "owner": "payments",
            "evidence": {"sequence": 7, "digest": DIGEST, "location": "compliance/soc2-cc8-1/7/records/x.jsonl.gz"},
        },
    })
}

pub(crate) fn push() -> Value {
    json!({
        "kind": "DirectPush", "host": "github.com", "organization": "acme", "organizationId": 7,
        "repository": "payments", "repositoryId": 70, "branch": "main", "before": COMMIT, "after": COMMIT,
        "commits": [COMMIT], "pusher": {"login": "mallory", "kind": "User"}, "mergedTime": "2026-11-22T12:00:00Z",
    })
}

pub(crate) fn finding_status() -> Value {
    json!({
        "state": "Open",
        "firstDetectedTime": "2026-11-22T12:15:00Z",
        "review": {"by": "alice", "time": "2026-11-22T12:15:00Z"},
        "acknowledgement": {"sequence": 8, "independence": "Verified"},
    })
}

pub(crate) fn acknowledgement() -> Value {
    json!({"disposition": "Emergency", "reason": "the site was down", "ticket": "SEC-42",
        "acknowledgedBy": "alice@example.com", "expirationTime": "2026-12-22T12:00:00Z"})
}
