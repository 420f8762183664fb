//! Faults on demand: what the next requests get instead of, or before, an answer.
mod plan;

use serde::Deserialize;

use self::plan::Dice;
pub use self::plan::FaultPlan;
use crate::settings::RetryAfter;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum FaultKind {
    /// An error of the server, with an HTML page as GitHub sends it.
    Status {
        /// Such as 502.
        status: u16,
    },
    /// An error of the server with nothing in the body.
    Empty {
        /// Such as 503.
        status: u16,
    },
    /// A refusal in GitHub's shape, such as 410 or 451.
    Refused {
        /// Such as 451.
        status: u16,
        /// In GitHub's words.
        message: String,
    },
    /// The connection ends without an answer.
    Drop,
    /// The connection ends in the middle of the answer, short of its `Content-Length`. The request is executed.
    Truncated,
    /// The secondary limit, 403.
    SecondaryLimit {
        /// Seconds in `Retry-After`; without it the header is missing too.
        retry_after: Option<u64>,
    },
    /// The secondary limit in its other shapes.
    Throttled {
        /// 403, 429, or 200 with the words in the body, as GraphQL has it.
        status: u16,
        /// How long it lasts.
        seconds: u64,
        /// How that is told.
        #[serde(default)]
        retry_after: RetryAfter,
        /// In the words that GitHub used before: "abuse detection mechanism".
        #[serde(default)]
        former_words: bool,
    },
    /// The primary limit, in the shape that [`crate::Limits`] sets, with nothing remaining.
    PrimaryLimit {
        /// Seconds until it resets.
        reset_after: u64,
    },
    /// The answer comes late, but comes.
    Slow {
        /// How late.
        milliseconds: u64,
    },
    /// Status 200 and a body that is no JSON.
    Garbage,
    /// GraphQL's timeout: 502 with a JSON body.
    GraphqlTimeout,
    /// GraphQL's timeout with status 200.
    GraphqlTimeoutInside,
    /// GraphQL's time limit as the documentation words it: 504.
    GatewayTimeout,
    /// The first found node is null, with an error beside the data. Requests without nodes of a search are answered in full.
    MissingNode,
    /// The first repository of an organization's list is null, with `FORBIDDEN` beside the data, as behind single sign-on.
    HiddenRepository,
    /// The first page of reviews, commits or the timeline fails, with an error beside the data. Where the schema does not allow
    /// null, what is around it is null.
    MissingConnection,
    /// The same because the query takes too much: `RESOURCE_LIMITS_EXCEEDED`.
    ResourceLimits,
    /// GraphQL says null at a path of its data and does not say why, as it may wherever the schema allows it: names and
    /// positions between dots, `*` for every item of a list.
    Null {
        /// Such as `search.nodes.*.reviews`.
        path: String,
    },
    /// A search over REST ran out of time: `incomplete_results`, and the second half of the page is missing.
    IncompleteResults,
    /// 401 for a token that is good, as fresh installation tokens may get.
    BadCredentials,
    /// The answer, and then megabytes of blanks behind it.
    Oversized {
        /// How many.
        megabytes: u64,
    },
    /// The same, compressed to almost nothing for who accepts that.
    Bomb {
        /// How many.
        megabytes: u64,
    },
}

/// A fault that waits for requests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// For how many requests.
    #[serde(default = "once")]
    pub count: u32,
    /// Only requests whose path or GraphQL operation contains this.
    #[serde(default)]
    pub matching: Option<String>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault of the next request.
    pub fn next(kind: FaultKind) -> Self {
        Self {
            kind,
            count: 1,
            matching: None,
        }
    }

    /// For that many requests.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self { count, ..self }
    }

    /// Only for requests whose path or GraphQL operation contains a text.
    #[must_use]
    pub fn matching(self, text: &str) -> Self {
        Self {
            matching: Some(text.to_owned()),
            ..self
        }
    }
}

/// Faults in the order in which they were asked for, and then those of the plan.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Fault>,
    dice: Option<Dice>,
}

fn concerns(matching: Option<&str>, path: &str, operation: Option<&str>) -> bool {
    let texts = [Some(path), operation];
    matching.is_none_or(|part| texts.iter().flatten().any(|text| text.contains(part)))
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    /// From now on requests fail by chance; none ends that.
    pub(crate) fn plan(&mut self, plan: Option<FaultPlan>) {
        self.dice = plan.map(Dice::new);
    }

    /// The fault for a request, used up once.
    pub(crate) fn take(&mut self, path: &str, operation: Option<&str>) -> Option<FaultKind> {
        let found = self.waiting.iter().position(|fault| {
            fault.count > 0 && concerns(fault.matching.as_deref(), path, operation)
        });
        let Some(index) = found else {
            return self.dice.as_mut()?.roll(path, operation);
        };
        let fault = &mut self.waiting[index];
        fault.count -= 1;
        let kind = fault.kind.clone();
        self.waiting.retain(|fault| fault.count > 0);
        Some(kind)
    }
}
