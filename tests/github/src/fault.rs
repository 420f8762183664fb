//! Faults on demand: what the next requests get instead of, or before, an answer.
use serde::Deserialize;

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
    /// The connection ends without an answer.
    Drop,
    /// The secondary limit, 403.
    SecondaryLimit {
        /// Seconds in `Retry-After`; without it the header is missing too.
        retry_after: Option<u64>,
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

/// Faults in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The fault for a request, used up once.
    pub(crate) fn take(&mut self, path: &str, operation: Option<&str>) -> Option<FaultKind> {
        let applies = |fault: &Fault| {
            let texts = [Some(path), operation];
            fault
                .matching
                .as_deref()
                .is_none_or(|part| texts.iter().flatten().any(|text| text.contains(part)))
        };
        let index = self
            .0
            .iter()
            .position(|fault| fault.count > 0 && applies(fault))?;
        let fault = &mut self.0[index];
        fault.count -= 1;
        let kind = fault.kind.clone();
        self.0.retain(|fault| fault.count > 0);
        Some(kind)
    }
}
