//! What a person decides about a finding.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::schema;

/// What a person has decided about a finding.
///
/// Once written, its term never gets shorter. Whoever extends it (a later expirationTime, or none) decides anew and may
/// change the rest; without an extension only a ticket can be added.
// Another person must be able to extend it, under their own name in acknowledgedBy: therefore the rest is not plainly immutable.
// The archive keeps every version.
#[derive(KubeSchema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[x_kube(
    validation = Rule::new("self.disposition != 'FalsePositive' || has(self.ticket)")
        .message("a FalsePositive needs a ticket").field_path(".ticket"),
    validation = Rule::new("!has(self.expirationTime) || (has(oldSelf.expirationTime) && self.expirationTime >= oldSelf.expirationTime)")
        .message("the term of an acknowledgement can be extended, never shortened").field_path(".expirationTime"),
    validation = Rule::new(
        "(has(oldSelf.expirationTime) && (!has(self.expirationTime) || self.expirationTime > oldSelf.expirationTime)) || (self.disposition == oldSelf.disposition && self.reason == oldSelf.reason && self.acknowledgedBy == oldSelf.acknowledgedBy && (!has(oldSelf.ticket) || (has(self.ticket) && self.ticket == oldSelf.ticket)))"
    ).message("disposition, reason, acknowledgedBy and ticket change only together with an extension (a later expirationTime); a missing ticket can be added")
)]
#[serde(rename_all = "camelCase")]
pub struct Acknowledgement {
    /// Emergency: it could not wait. AcceptedRisk: it stays as it is. Reverted: it was taken back. FalsePositive: mergeaudit is
    /// wrong, which needs a ticket; it is reported both with and without such ones.
    pub disposition: Disposition,

    /// Why, for the auditor.
    #[schemars(length(min = 1, max = 1024))]
    #[x_kube(validation = Rule::new(schema::NOT_BLANK).message("reason is blank"))]
    pub reason: String,

    /// The ticket that follows it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    #[x_kube(validation = Rule::new(schema::NOT_BLANK).message("ticket is blank"))]
    pub ticket: Option<String>,

    /// Who acknowledges: the user of the request, where the chart's admission policy is in force.
    #[schemars(length(min = 1, max = 256))]
    #[x_kube(validation = Rule::new(schema::NOT_BLANK).message("acknowledgedBy is blank"))]
    pub acknowledged_by: String,

    /// When it ends and the finding opens again; without it, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[^.]*([.][0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"))]
    #[x_kube(
        validation = Rule::new(schema::TIME)
            .message("expirationTime is a time such as 2027-03-01T00:00:00Z, before the year 9999; without it the acknowledgement has no end")
    )]
    pub expiration_time: Option<Time>,
}

/// What kind of decision it is.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It could not wait.
    Emergency,
    /// It stays as it is.
    AcceptedRisk,
    /// It was taken back.
    Reverted,
    /// The finding is wrong.
    FalsePositive,
}
