//! `AuditFinding`: one change that a person must look at. The operator states the facts, a person the acknowledgement; each
//! under a field manager of its own.

#![expect(
    clippy::doc_markdown,
    reason = "kubectl explain shows these comments and knows no Markdown"
)]

pub mod acknowledgement;
pub mod change;
pub mod status;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use self::acknowledgement::{Acknowledgement, Disposition};
pub use self::change::{Account, AuditedChange};
pub use self::status::{
    AcknowledgementStatus, AuditFindingStatus, FindingState, Independence, PostMergeReview,
};

use crate::api::schema;
use crate::audit::verdict::Severity;
use crate::digest::Digest;

/// The facts, as the operator states them, and the acknowledgement, which a person writes.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[kube(
    group = "mergeaudit.io",
    version = "v1alpha1",
    kind = "AuditFinding",
    plural = "auditfindings",
    singular = "auditfinding",
    shortname = "auditfind",
    category = "mergeaudit",
    namespaced,
    status = "AuditFindingStatus",
    derive = "PartialEq",
    doc = "AuditFinding is one change that skipped review, or of which the evidence does not suffice to say. A person reviews it on GitHub or acknowledges it here; the archive keeps it in any case.",
    selectable = ".spec.policyName",
    selectable = ".status.state",
    selectable = ".spec.severity",
    selectable = ".spec.change.organization",
    selectable = ".spec.change.repository",
    validation = Rule::new(
        "(!has(oldSelf.spec.severity) && (!has(oldSelf.status) || !has(oldSelf.status.state) || oldSelf.status.state == 'Undetermined')) || (has(self.spec.reasons) == has(oldSelf.spec.reasons) && (!has(self.spec.reasons) || self.spec.reasons == oldSelf.spec.reasons) && has(self.spec.severity) == has(oldSelf.spec.severity) && (!has(self.spec.severity) || self.spec.severity == oldSelf.spec.severity) && self.spec.evidence == oldSelf.spec.evidence)"
    ).message("reasons, severity and evidence change once: when an undetermined change is determined").field_path(".spec"),
    printcolumn(name = "State", type_ = "string", json_path = ".status.state", description = "What has become of it."),
    printcolumn(name = "Severity", type_ = "string", json_path = ".spec.severity", description = "How bad it is."),
    printcolumn(name = "Repository", type_ = "string", json_path = ".spec.change.repository", description = "Where it landed."),
    printcolumn(name = "Number", type_ = "integer", json_path = ".spec.change.number", description = "The pull request's number."),
    printcolumn(name = "Reasons", type_ = "string", json_path = ".spec.reasons[*].type", description = "Why it is non-compliant."),
    printcolumn(name = "Organization", type_ = "string", json_path = ".spec.change.organization", priority = 1, description = "Where it landed."),
    printcolumn(name = "Branch", type_ = "string", json_path = ".spec.change.branch", priority = 1, description = "Where it landed."),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner", priority = 1, description = "Who owns the repository."),
    printcolumn(name = "Author", type_ = "string", json_path = ".spec.change.author.login", priority = 1, description = "Who opened the pull request."),
    printcolumn(name = "URL", type_ = "string", json_path = ".spec.change.url", priority = 1, description = "Its page."),
    printcolumn(name = "Merged", type_ = "date", json_path = ".spec.change.mergedTime", description = "When it landed."),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[x_kube(
    validation = Rule::new("has(self.severity) == (has(self.reasons) && self.reasons.size() > 0)")
        .message("there is a severity exactly where there are reasons").field_path(".severity"),
    validation = Rule::new("!has(self.missing) || self.missing.size() == 0 || !has(self.reasons) || self.reasons.size() == 0")
        .message("a change has reasons or missing evidence, not both").field_path(".missing"),
    validation = Rule::new("!has(oldSelf.acknowledgement) || has(self.acknowledgement)")
        .message("an acknowledgement can be added or extended, never removed").field_path(".acknowledgement")
)]
#[serde(rename_all = "camelCase")]
pub struct AuditFindingSpec {
    /// The name of the policy that found it, in the same namespace. Findings outlive their policy.
    #[schemars(length(min = 1, max = 52))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("policyName is immutable"))]
    pub policy_name: String,

    /// The change.
    pub change: AuditedChange,

    /// Why it is non-compliant: every reason, one per type. None while the change is undetermined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 45), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub reasons: Vec<FindingReason>,

    /// What is missing to say whether it is compliant, one per type. None once the change is determined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub missing: Vec<MissingEvidence>,

    /// How bad it is. Critical: nobody independent approved anything. Warning: somebody did, but with a defect. The policy may say
    /// otherwise. None while the change is undetermined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::severity")]
    pub severity: Option<Severity>,

    /// Who owns the repository, by the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub owner: Option<String>,

    /// The emergency that the change was marked as, as of its merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<DeclaredEmergency>,

    /// Where the archive says so.
    pub evidence: EvidencePointer,

    /// What a person has decided about the finding. It stops the page and changes no count. It takes effect once it is in the
    /// archive, can be added or extended and never removed; expired, the finding opens again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<Acknowledgement>,
}

/// A fact that violates the policy.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct FindingReason {
    /// Which fact, such as ApprovalMissing, ApprovalStale, ApprovalByAuthor, DirectPush or Rule/NAME.
    #[serde(rename = "type")]
    #[schemars(
        length(min = 1, max = 80),
        regex(pattern = r"^[A-Z][A-Za-z]*(/[a-z0-9]([-a-z0-9]*[a-z0-9])?)?$")
    )]
    pub kind: String,

    /// Who and when.
    #[schemars(length(max = 512))]
    pub message: String,
}

/// Evidence that is missing.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct MissingEvidence {
    /// Which evidence, such as Commits, ApproverPermission or CommitAuthor.
    #[serde(rename = "type")]
    #[schemars(length(min = 1, max = 80), regex(pattern = r"^[A-Z][A-Za-z]*$"))]
    pub kind: String,

    /// What exactly, and what would bring it.
    #[schemars(length(max = 512))]
    pub message: String,
}

/// An emergency, as people marked it on GitHub.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DeclaredEmergency {
    /// The label that says so.
    #[schemars(length(min = 1, max = 50))]
    pub label: String,

    /// The login of who set the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub labeled_by: Option<String>,

    /// The justification in the pull request's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub justification: Option<String>,

    /// By when somebody must have reviewed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_due_time: Option<Time>,
}

/// Where the archive holds the facts.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct EvidencePointer {
    /// The number of the entry in the organization's chain.
    #[schemars(range(min = 0))]
    pub sequence: i64,

    /// The entry's digest.
    #[schemars(schema_with = "schema::digest")]
    pub digest: Digest,

    /// The object with the records, as a path within the archive.
    #[schemars(length(min = 1, max = 512))]
    pub location: String,
}
