//! What has become of a finding.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What has become of the finding. It is read from the archive: deleted, it comes back.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct AuditFindingStatus {
    /// Undetermined: the evidence does not suffice to say. Open: non-compliant. Acknowledged: a person has acknowledged it.
    /// Reviewed: somebody independent approved it after the merge. Baseline: it is from before the policy's time. Resolved: it was
    /// undetermined and proved compliant.
    #[x_kube(
        validation = Rule::new("self != 'Undetermined' || oldSelf == 'Undetermined'")
            .message("what is determined does not become undetermined again")
    )]
    pub state: FindingState,

    /// When it was first recorded, by GitHub's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = Rule::new("self == oldSelf").message("firstDetectedTime is immutable"))]
    pub first_detected_time: Option<Time>,

    /// The review after the merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<PostMergeReview>,

    /// The acknowledgement as the archive holds it; it is in effect from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<AcknowledgementStatus>,
}

/// A review after the merge.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct PostMergeReview {
    /// The login of who approved.
    #[schemars(length(min = 1, max = 100))]
    pub by: String,

    /// When.
    pub time: Time,
}

/// An acknowledgement as the archive holds it.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct AcknowledgementStatus {
    /// The number of its entry in the organization's chain.
    #[schemars(range(min = 0))]
    pub sequence: i64,

    /// Verified: who acknowledged is known to be somebody else than the change's author and merger. Self: they are the same.
    /// Unverified: it is not known.
    pub independence: Independence,
}

/// What has become of a finding.
#[derive(
    JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
)]
pub enum FindingState {
    /// The evidence does not suffice to say.
    Undetermined,
    /// It is non-compliant, and nobody has looked at it.
    Open,
    /// A person has acknowledged it.
    Acknowledged,
    /// Somebody independent approved it after the merge.
    Reviewed,
    /// It is from before the chain's genesis.
    Baseline,
    /// It was undetermined and proved compliant.
    Resolved,
}

/// Whether who acknowledged is independent of who made the change.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Independence {
    /// They are known to differ.
    Verified,
    /// It is not known.
    Unverified,
    /// They are the same.
    #[serde(rename = "Self")]
    SamePerson,
}

// === impl FindingState ===

impl FindingState {
    /// The name as in the resource and in metric labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undetermined => "Undetermined",
            Self::Open => "Open",
            Self::Acknowledged => "Acknowledged",
            Self::Reviewed => "Reviewed",
            Self::Baseline => "Baseline",
            Self::Resolved => "Resolved",
        }
    }

    /// Whether it counts against `findings.maxOpen`.
    pub fn is_open(self) -> bool {
        match self {
            Self::Undetermined | Self::Open => true,
            Self::Acknowledged | Self::Reviewed | Self::Baseline | Self::Resolved => false,
        }
    }
}
