//! Policies become plans, findings become resources, and nothing is lost or ignored on the way.

use serde_json::json;

use super::*;
use crate::api::audit_policy::status::ChangeTotals;
use crate::api::finding::FindingState;
use crate::audit::facts::{Actor, ActorKind, Organization, Repository};
use crate::audit::finding::{EvidenceReference, Finding};
use crate::audit::record::{ChangeIdentity, ChangeKey, ChangeKind};
use crate::audit::requirements::{ApprovedCommit, IndependentOf, Permission};
use crate::audit::totals::{NonCompliantCount, Totals};
use crate::audit::verdict::{Emergency, Missing, MissingType, Reason, ReasonType, Severity};

fn spec(extra: Value) -> AuditPolicySpec {
    let mut spec = json!({
        "schedule": "@hourly",
        "github": {"credentialsRef": {"name": "github"}},
        "organizations": [{"name": "acme"}],
    });
    if let (Value::Object(spec), Value::Object(extra)) = (&mut spec, extra) {
        spec.extend(extra);
    }
    serde_json::from_value(spec).unwrap()
}

fn invalid_path(spec: &AuditPolicySpec) -> String {
    plan(spec).unwrap_err().path
}

fn finding() -> Finding {
    let actor = |id, login: &str| Actor {
        id: Some(id),
        login: login.into(),
        kind: ActorKind::User,
    };
    Finding {
        identity: ChangeIdentity {
            host: "github.com".into(),
            organization_id: 7,
            repository_id: 70,
            change: ChangeKey::PullRequest { number: 1234 },
        },
        kind: ChangeKind::PullRequest,
        organization: Organization {
            id: 7,
            login: "acme".into(),
        },
        repository: Repository {
            id: 70,
            name: ".github".into(),
            default_branch: Some("main".into()),
            archived: false,
        },
        node_id: "PR_1".into(),
        number: 1234,
        url: "https://github.com/acme/.github/pull/1234".into(),
        title: "Pay twice".into(),
        author: Some(actor(1, "mallory")),
        merged_by: Some(actor(2, "alice")),
        merged_at: "2026-11-22T12:00:00.5Z".parse().unwrap(),
        branch: "main".into(),
        head_commit: "a".repeat(40),
        merge_commit: Some("b".repeat(40)),
        reasons: vec![Reason {
            kind: ReasonType::ApprovalMissing,
            message: "nobody approved".into(),
        }],
        missing: Vec::new(),
        severity: Some(Severity::Critical),
        emergency: None,
        owner: Some("payments".into()),
        baseline: false,
        resolved: false,
        evidence: EvidenceReference {
            sequence: 7,
            digest: Digest::of(b"entry"),
            location: "compliance/soc2/7/records/x.jsonl.gz".into(),
        },
        first_detected: "2026-11-22T12:15:00Z".parse().unwrap(),
        acknowledgement: None,
        review: None,
        closed_at: None,
        published: None,
        inherited: false,
    }
}

#[test]
fn the_smallest_policy_has_the_defaults_of_the_design() {
    let smallest = spec(json!({}));
    let demanded = requirements(&smallest).unwrap();
    assert_eq!(demanded.approvals, 1);
    assert_eq!(demanded.approved_commit, ApprovedCommit::Head);
    assert_eq!(demanded.approver.permission, Permission::Write);
    assert_eq!(
        demanded.approver.independent_of,
        IndependentOf::CommitAuthors
    );
    let plan = plan(&smallest).unwrap();
    assert_eq!(plan.window.initial_lookback, SignedDuration::from_hours(24));
    assert_eq!(plan.window.overlap, SignedDuration::from_hours(1));
    let scope = &plan.scopes[0];
    assert_eq!(scope.organization, "acme");
    assert_eq!(scope.include, ["*"]);
    assert!(scope.exclude.is_empty());
    assert_eq!(scope.branches, ["@default"]);
}

#[test]
fn what_a_policy_sets_reaches_the_core() {
    let spec = spec(json!({
        "organizations": [{"name": "acme", "repositories": {"include": [".g*"], "exclude": [".github"]}}],
        "branches": ["release/*"],
        "requirements": {"approvals": 2, "approvedCommit": "Any",
            "approver": {"permission": "Any", "independentOf": "PullRequestAuthor", "bots": ["Renovate"]}},
        "owners": [{"repositories": ["*"], "owner": "platform"}],
        "severities": [{"reasons": ["ApprovalStale"], "severity": "Critical"}],
        "rules": [{"name": "ticket", "expression": "true"}],
        "exemptions": [{"name": "updates", "authors": ["app/dependabot"], "repositories": ["web-*"], "reason": "r",
            "approvedBy": "b", "expirationTime": "2027-03-01T00:00:00Z"}],
        "emergency": {"labels": ["hotfix"], "justificationPattern": "why: (.+)"},
        "window": {"initialLookbackSeconds": 60, "overlapSeconds": 61},
    }));
    let demanded = requirements(&spec).unwrap();
    assert_eq!(demanded.approvals, 2);
    assert_eq!(demanded.approved_commit, ApprovedCommit::Any);
    assert_eq!(demanded.approver.permission, Permission::Any);
    assert_eq!(
        demanded.approver.independent_of,
        IndependentOf::PullRequestAuthor
    );
    assert_eq!(demanded.approver.bots, ["renovate"]);
    assert_eq!(demanded.severities[0].reasons, ["ApprovalStale"]);
    assert_eq!(demanded.severities[0].severity, Severity::Critical);
    assert_eq!(
        (
            demanded.rules[0].name.as_str(),
            demanded.rules[0].expression.as_str(),
            demanded.rules[0].severity,
        ),
        ("ticket", "true", Severity::Warning)
    );
    let exemption = &demanded.exemptions[0];
    assert_eq!(exemption.authors, ["app/dependabot"]);
    assert_eq!(exemption.repositories, ["web-*"]);
    assert_eq!(
        exemption.expiration_time.to_string(),
        "2027-03-01T00:00:00Z"
    );
    let mark = demanded.emergency.as_ref().unwrap();
    assert_eq!(mark.labels, ["hotfix"]);
    assert_eq!(mark.justification_pattern.as_deref(), Some("why: (.+)"));
    assert_eq!(mark.review_within_seconds, 86_400);
    let plan = plan(&spec).unwrap();
    assert_eq!(plan.requirements.owners[0].owner, "platform");
    assert_eq!(plan.window.overlap, SignedDuration::from_secs(61));
    let scope = &plan.scopes[0];
    assert_eq!(scope.include, [".g*"]);
    assert_eq!(scope.exclude, [".github"]);
    assert_eq!(scope.branches, ["release/*"]);
}

#[test]
fn a_policy_from_a_file_is_checked_without_an_api_server() {
    for (extra, path) in [
        (
            json!({"requirements": {"approvals": -1}}),
            "spec.requirements.approvals",
        ),
        (
            json!({"requirements": {"approvals": 11}}),
            "spec.requirements.approvals",
        ),
        (json!({"organizations": []}), "spec.organizations"),
        (
            json!({"branches": ["@default", "refs/heads/main"]}),
            "spec.branches[1]",
        ),
        (json!({"branches": ["!main"]}), "spec.branches[0]"),
        (
            json!({"severities": [{"reasons": ["ApprovalStale", "Rule/ticket"], "severity": "Critical"}]}),
            "spec.severities[0].reasons[1]",
        ),
        (
            json!({"organizations": [{"name": "a b"}]}),
            "spec.organizations[0].name",
        ),
        (
            json!({"organizations": [{"name": "a--b"}]}),
            "spec.organizations[0].name",
        ),
        (
            json!({"organizations": [{"name": "a"}, {"name": "A"}]}),
            "spec.organizations[1].name",
        ),
        (
            json!({"window": {"overlapSeconds": 0}}),
            "spec.window.overlapSeconds",
        ),
        (
            json!({"window": {"initialLookbackSeconds": -1}}),
            "spec.window.initialLookbackSeconds",
        ),
    ] {
        assert_eq!(invalid_path(&spec(extra)), path);
    }
}

#[test]
fn a_token_is_never_sent_in_the_clear_past_loopback() {
    let of =
        |url: &str| spec(json!({"github": {"apiUrl": url, "credentialsRef": {"name": "github"}}}));
    for url in [
        "https://ghe.example.com/api/v3",
        "http://127.0.0.1:8080",
        "http://[::1]/x",
        "http://localhost",
    ] {
        assert!(plan(&of(url)).is_ok(), "{url}");
    }
    for url in [
        "http://ghe.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "https://user:pass@example.com",
        "https://example.com/?x",
        "ftp://example.com",
        "example.com",
    ] {
        assert_eq!(invalid_path(&of(url)), "spec.github.apiUrl", "{url}");
    }
}

#[test]
fn the_canonical_spec_is_the_same_however_a_policy_was_written() {
    let short = spec(json!({}));
    let long = spec(
        json!({"branches": ["@default"], "suspend": false, "timeZone": "Etc/UTC",
        "findings": {"retentionDays": 400, "maxOpen": 500}, "rules": [], "window": {}}),
    );
    assert_eq!(
        canonical_spec(&short).to_string(),
        canonical_spec(&long).to_string()
    );
    assert_eq!(policy_digest(&short), policy_digest(&long));
    assert_ne!(
        policy_digest(&short),
        policy_digest(&spec(json!({"suspend": true})))
    );
}

#[test]
fn the_keys_of_the_canonical_spec_are_sorted_at_every_level() {
    fn assert_sorted(value: &Value) {
        if let Some(map) = value.as_object() {
            assert!(map.keys().is_sorted(), "{:?}", map.keys());
            map.values().for_each(assert_sorted);
        }
    }
    assert_sorted(&canonical_spec(&spec(json!({}))));
}

#[test]
fn what_is_set_and_not_obeyed_is_named() {
    let exemption = json!([{"name": "x", "authors": ["a"], "reason": "r", "approvedBy": "b",
        "expirationTime": "2027-03-01T00:00:00Z"}]);
    for (extra, path) in [
        (
            json!({"execution": {"mode": "CronJob", "shards": 2}}),
            "spec.execution.mode",
        ),
        (
            json!({"searchQuery": "review:required"}),
            "spec.searchQuery",
        ),
    ] {
        let fields = unsupported_fields(&spec(extra));
        assert_eq!(
            fields.iter().map(|field| field.path).collect::<Vec<_>>(),
            [path]
        );
    }
    let obeyed = json!({"suspend": true, "owners": [{"repositories": ["*"], "owner": "x"}],
        "severities": [{"reasons": ["ApprovalStale"], "severity": "Critical"}],
        "requirements": {"directPushes": "Allowed"}, "startingDeadlineSeconds": 60,
        "rules": [{"name": "a", "expression": "true"}], "exemptions": exemption,
        "emergency": {"labels": ["emergency"]},
        "findings": {"paging": "Disabled", "maxOpen": 1, "retentionDays": 1}});
    assert_eq!(unsupported_fields(&spec(obeyed)), []);
}

#[test]
fn a_finding_becomes_a_resource_with_facts_only() {
    let resource = finding_resource(&finding(), "soc2-github-1234-x", "compliance", "soc2");
    assert!(resource.status.is_none());
    assert!(resource.spec.acknowledgement.is_none());
    let labels = resource.metadata.labels.unwrap();
    assert_eq!(labels["mergeaudit.io/policy"], "soc2");
    assert_eq!(labels["mergeaudit.io/organization"], "acme");
    assert!(labels["mergeaudit.io/repository"].starts_with("github-"));
    assert_eq!(labels["mergeaudit.io/owner"], "payments");
    let change = resource.spec.change;
    assert_eq!(
        (change.number, change.repository.as_str()),
        (Some(1234), ".github")
    );
    assert_eq!(change.merged_time.0.to_string(), "2026-11-22T12:00:00Z");
    assert_eq!(change.merged_by.unwrap().login, "alice");
}

#[test]
fn a_push_becomes_a_resource_without_anything_of_a_pull_request() {
    let mut push = finding();
    push.kind = ChangeKind::DirectPush;
    push.identity.change = ChangeKey::Push {
        branch: "main".into(),
        before: "a".repeat(40),
        after: "b".repeat(40),
    };
    let change = finding_resource(&push, "x", "compliance", "soc2")
        .spec
        .change;
    assert_eq!(
        (change.number, change.title, change.head_commit),
        (None, None, None)
    );
    assert_eq!(change.after, Some("b".repeat(40)));
    assert_eq!(change.pusher.unwrap().login, "mallory");
}

#[test]
fn a_finding_with_every_reason_at_its_longest_stays_below_four_kibibytes() {
    let mut long = finding();
    let all = [
        ReasonType::ApprovalAfterMerge,
        ReasonType::ApprovalStale,
        ReasonType::ApprovalByAuthor,
        ReasonType::ApprovalByContributor,
        ReasonType::ApproverWithoutWrite,
        ReasonType::ApprovalDismissed,
        ReasonType::ChangesRequested,
    ];
    let reason = |kind| Reason {
        kind,
        message: "x".repeat(512),
    };
    long.reasons = all.map(reason).into();
    long.title = "t".repeat(300);
    long.emergency = Some(Emergency {
        label: "l".repeat(60),
        labeled_by: long.author.clone(),
        justification: Some("j".repeat(512)),
        review_due_time: long.merged_at,
    });
    let resource = finding_resource(&long, &"n".repeat(100), "compliance", "soc2");
    let size = serde_json::to_vec(&resource).unwrap().len();
    assert!(size < 4096, "{size} bytes");
    let message = &resource.spec.reasons[0].message;
    assert!(
        message.ends_with('…') && message.chars().count() <= 192,
        "{message}"
    );
}

#[test]
fn an_emergency_is_in_the_resource() {
    let mut urgent = finding();
    urgent.emergency = Some(Emergency {
        label: "hotfix".into(),
        labeled_by: urgent.author.clone(),
        justification: Some("the site is down".into()),
        review_due_time: "2026-11-23T12:00:00.5Z".parse().unwrap(),
    });
    let resource = finding_resource(&urgent, "x", "compliance", "soc2");
    let emergency = serde_json::to_value(resource.spec.emergency).unwrap();
    assert_eq!(
        emergency,
        json!({"label": "hotfix", "labeledBy": "mallory", "justification": "the site is down",
            "reviewDueTime": "2026-11-23T12:00:00Z"})
    );
    let calm = finding_resource(&finding(), "x", "compliance", "soc2");
    assert_eq!(calm.spec.emergency, None);
}

#[test]
fn the_state_of_a_finding_follows_from_its_facts() {
    let open = finding();
    let undetermined = Finding {
        reasons: Vec::new(),
        severity: None,
        missing: vec![Missing {
            kind: MissingType::Commits,
            message: String::new(),
        }],
        baseline: true,
        ..finding()
    };
    let baseline = Finding {
        baseline: true,
        ..finding()
    };
    let resolved = Finding {
        resolved: true,
        ..undetermined.clone()
    };
    let state = |finding: &Finding| finding_status(finding, finding.first_detected).state;
    assert_eq!(state(&open), FindingState::Open);
    assert_eq!(state(&undetermined), FindingState::Undetermined);
    assert_eq!(state(&baseline), FindingState::Baseline);
    assert_eq!(state(&resolved), FindingState::Resolved);
}

#[test]
fn totals_come_back_from_a_status_in_the_order_of_the_core() {
    let count = |severity| NonCompliantCount {
        kind: ChangeKind::PullRequest,
        severity,
        count: 2,
    };
    let totals = Totals {
        changes: 9,
        compliant: 3,
        exempt: 1,
        baseline: 1,
        non_compliant: vec![count(Severity::Warning), count(Severity::Critical)],
    };
    let mut status = ChangeTotals::from(&totals);
    status.non_compliant.reverse();
    assert_eq!(Totals::from(&status), totals);
}
