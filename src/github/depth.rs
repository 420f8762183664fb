//! How much of each pull request is asked for in one request: chosen so that few requests bring nearly all, for few points.
//!
//! GitHub counts, for the points of a query, the requests that would fill each of its connections as far as its `first`, and
//! divides by 100. Of `n` pull requests with `c` commits each that is
//!
//! ```text
//! 1 (search) + n (reviews) + n (timeline) + n (commits) + n·c (authors) + n·c (parents) = 1 + n·(3 + 2c)
//! ```
//!
//! so a pull request costs (3 + 2c)/100 points whatever the page's size, and neither the length of reviews and timeline nor
//! that of authors and parents counts:
//!
//! | `c` | n = 25 | n = 50 | n = 100 | points per 1,000 | nodes, n = 100 |
//! |----:|-------:|-------:|--------:|-----------------:|---------------:|
//! |   5 |      3 |      7 |      13 |              130 |         18,100 |
//! |  10 |      6 |     12 |      23 |              230 |         26,100 |
//! |  30 |     16 |     32 |      63 |              630 |         58,100 |
//! | 100 |     51 |    102 |     203 |            2,030 |        170,100 |
//!
//! (Nodes, of at most 500,000: n·(1 + 50 reviews + 50 events + c·(1 + 10 authors + 5 parents)).)
//!
//! Each commit more in `c` costs every pull request 0.02 points; a pull request with more commits than `c` costs 2.03 points
//! when it is read again with 100. So `c` should grow as long as one pull request in a hundred has exactly so many commits:
//! ten. With a page of 100 that makes, for 1,000 merges, 10 requests, and one more for every 25 pull requests that are longer.
//!
//! <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>

use serde_json::{Value, json};

/// How much of a pull request is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// All of nearly every pull request.
    Usual,
    /// All of what is longer, but for a few, whose connections are then read on one by one.
    Long,
}

/// How many long pull requests are read in one request: 1 + 25·203 requests, 51 points, at most 45,025 nodes.
pub(super) const LONG_PAGE: u32 = 25;

// === impl Depth ===

impl Depth {
    /// Variables of a query that uses `pull_request.graphql`, with those that it needs besides.
    pub(super) fn variables(self, descriptions: bool, mut variables: Value) -> Value {
        let (reviews, events, commits) = match self {
            Self::Usual => (50, 50, 10),
            Self::Long => (100, 100, 100),
        };
        let own = json!({
            "reviews": reviews, "events": events, "commits": commits, "descriptions": descriptions
        });
        if let (Value::Object(variables), Value::Object(own)) = (&mut variables, own) {
            variables.extend(own);
        }
        variables
    }
}
